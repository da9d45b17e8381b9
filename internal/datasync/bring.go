package datasync

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// bringing is one attempt of a run: reads, loads and acknowledgements.
type bringing struct {
	s    *Service
	l    *live
	src  source.Source
	plan *plan
	// stream is what is read, as it was described.
	stream source.Stream
	mark   source.Mark
	// others are columns that what was read has besides those of the dataset.
	others []source.Column
	// lacks is how many of the keys compared last are not here.
	lacks int64
}

// pieceBytes bounds what is spooled before it is committed.
const pieceBytes = 512 << 20

// kept is the mark as it is stored beside the rows, with what it is a mark of:
// another table, mode or key begins anew.
type kept struct {
	Of   string `json:"of"`
	Mark string `json:"mark"`
}

func (p *plan) of(connection string) string {
	of := []any{connection, p.request.Stream, p.request.Mode, p.request.Cursor, p.request.Key}
	zones := slices.DeleteFunc(slices.Clone(p.zones), func(z string) bool { return z == "UTC" })
	if slices.Sort(zones); len(zones) > 0 { // rows read by another zone's clocks were at other times
		of = append(of, slices.Compact(zones))
	}
	b, err := json.Marshal(of)
	if err != nil {
		panic(err) // texts
	}
	return short(string(b))
}

func (b *bringing) keep(m source.Mark) string {
	out, err := json.Marshal(kept{b.plan.of(b.l.run.Connection), string(m)})
	if err != nil {
		panic(err) // texts
	}
	return string(out)
}

// bring reads until it has caught up.
func (b *bringing) bring(ctx context.Context) error {
	r := b.l.run
	mode := b.plan.request.Mode
	if b.plan.once && r.Full {
		return errOnce(r.Table, r.Dataset)
	}
	if mode == source.Changes {
		held := Held{r.Connection, r.Table, b.plan.request.Reader, mode, b.plan.request.Key}
		if err := b.s.hold(ctx, r.Dataset, held); err != nil {
			return err
		}
	}
	if r.From != "" || r.To != "" {
		return b.backfill(ctx)
	}
	_, loaded, err := b.s.Warehouse.State(ctx, r.Dataset)
	if err != nil {
		return err
	}
	known, err := b.known(ctx)
	if err != nil {
		return err
	}
	switch {
	case mode == source.Full || r.Full || loaded && !known && !b.plan.once:
		err = b.whole(ctx)
	default:
		err = b.pieces(ctx, loaded)
	}
	if err != nil || mode != source.Incremental || b.plan.spec.Source.Sync.Deletes != semantic.DeletesCompare {
		return err
	}
	return b.compare(ctx)
}

// known takes the mark up from where the last commit left it. What was
// committed is acknowledged again: a crash may have come between the two.
func (b *bringing) known(ctx context.Context) (bool, error) {
	text, err := b.s.Warehouse.Mark(ctx, b.l.run.Dataset)
	if err != nil || text == "" {
		return false, err
	}
	var k kept
	if err := json.Unmarshal([]byte(text), &k); err != nil || k.Of != b.plan.of(b.l.run.Connection) {
		return false, nil // of another source
	}
	b.mark = source.Mark(k.Mark)
	if b.l.run.Full {
		return true, nil
	}
	return true, b.acknowledge(ctx)
}

func (b *bringing) acknowledge(ctx context.Context) error {
	if b.mark == "" {
		return nil
	}
	return b.s.step("acknowledge", func() error { return b.src.Acknowledge(ctx, b.plan.request, b.mark) })
}

// read fills a spool from a mark.
func (b *bringing) read(ctx context.Context, sp *ingest.Spool, req source.Request) (res source.Result, err error) {
	b.s.phase(b.l, Reading, sp)
	before := sp.Bytes()
	err = b.s.step("spool", func() error {
		res, err = b.src.Read(ctx, req, sp)
		return err
	})
	if err != nil {
		return res, err
	}
	if ctx.Err() != nil {
		return res, ctx.Err()
	}
	for _, c := range res.Others {
		if len(req.Columns) < len(b.plan.request.Columns) {
			break // only keys were asked for
		}
		if !slices.ContainsFunc(b.others, func(x source.Column) bool { return x.Name == c.Name }) {
			b.others = append(b.others, c)
		}
	}
	if len(res.Without) > 0 && (res.Whole || req.Mark == "" && req.From == "" && req.To == "") {
		b.s.warn(b.l, "columns_missing", text.Text{EN: "none of the {n} records that {table} has holds {columns}; if it is called otherwise now, change the dataset's definition",
			ZH: "{table} 的 {n} 条记录都没有 {columns}；如果来源改了名，请修改数据集定义"}.With("n", res.Rows, "table", req.Stream, "columns", strings.Join(res.Without, ", ")))
	}
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.l.spool = nil
	if !sp.Files() {
		b.l.run.Read += res.Rows
	}
	b.l.run.Bytes += sp.Bytes() - before
	b.l.run.Behind = int64(res.Behind / time.Second)
	return res, nil
}

// load commits a spool with the mark after it.
func (b *bringing) load(ctx context.Context, sp *ingest.Spool, mode string, mark *source.Mark) error {
	b.s.phase(b.l, Loading, nil)
	r := b.l.run
	if sp.Files() && b.plan.spec.Source.Sync.Drift == semantic.DriftAdd {
		if err := b.widen(ctx, sp); err != nil {
			return err
		}
	}
	req := ingest.SpoolLoad{Spool: sp, Optional: b.s.memory(r.Dataset).Added, Dataset: r.Dataset, Spec: b.plan.spec, Columns: b.plan.columns, Mode: mode, Name: r.Connection + ":" + r.Table,
		NoExtra: b.plan.spec.Source.Sync.Drift == semantic.DriftFail}
	if mark != nil {
		text := b.keep(*mark)
		req.Mark = &text
	}
	var got ingest.Load
	err := b.s.step("load", func() (err error) {
		got, err = b.s.Loads.LoadSpool(ctx, b.who(), req)
		return err
	})
	if err != nil {
		return err
	}
	if mark != nil {
		b.mark = *mark
	}
	b.lacks = got.Missing
	for _, n := range got.Warnings {
		b.s.warn(b.l, n.Code, n.Text)
	}
	b.s.update(b.l, func(r *Run) {
		r.Pieces++
		if sp.Files() {
			r.Read += got.Records
		}
		r.Loaded += got.Loaded
		r.Rejected += got.Rejected
		r.Deleted += got.Deleted
	})
	return b.s.save(ctx, b.l)
}

// who is in whose name rows are loaded.
func (b *bringing) who() access.Actor {
	who := access.Actor{Name: "sync", Role: access.Editor, Via: access.ViaLocal}
	if b.l.run.Actor != "" {
		who.Name = b.l.run.Actor
	}
	return who
}

// whole reads everything, in as many reads as it takes, and puts it in place of
// what was there in one commit.
func (b *bringing) whole(ctx context.Context) (err error) {
	req := b.plan.request
	if req.Mode == source.Changes {
		// The reader begins anew: what it has left would be read a second time.
		if err := b.src.Forget(ctx, req); err != nil {
			return err
		}
	}
	sp, err := b.s.Loads.NewSpool(ingest.SpoolOptions{Key: req.Key, Numbered: req.Mode != source.Full})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	if req.Mark, err = b.all(ctx, sp, req); err != nil {
		return err
	}
	if sp.Silent() {
		return nil // such as no files: that is no word about rows
	}
	if err := b.load(ctx, sp, ingest.Replace, &req.Mark); err != nil {
		return err
	}
	return b.acknowledge(ctx)
}

// all reads into one spool until there is no more, and tells the mark behind it.
func (b *bringing) all(ctx context.Context, sp *ingest.Spool, req source.Request) (source.Mark, error) {
	stuck := patience{}
	for {
		res, err := b.read(ctx, sp, req)
		if err != nil {
			return "", err
		}
		if stuck.lost(req.Mark, res) {
			return "", errStuck(req.Stream)
		}
		req.Mark = res.Mark
		if !res.More || res.Whole {
			return req.Mark, nil
		}
	}
}

// pieces reads on from the mark, and commits each piece by itself.
func (b *bringing) pieces(ctx context.Context, loaded bool) error {
	stuck := patience{}
	for {
		before := b.mark
		res, err := b.piece(ctx, loaded)
		if err != nil {
			return err
		}
		loaded = true
		if b.mark != before {
			if err := b.acknowledge(ctx); err != nil {
				return err
			}
		}
		if !res.More {
			return nil
		}
		if stuck.lost(before, res) {
			return errStuck(b.plan.request.Stream)
		}
	}
}

func (b *bringing) piece(ctx context.Context, loaded bool) (res source.Result, err error) {
	req := b.plan.request
	req.Mark, req.Bytes = b.mark, pieceBytes
	sp, err := b.s.Loads.NewSpool(ingest.SpoolOptions{Key: req.Key})
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	if res, err = b.read(ctx, sp, req); err != nil {
		return res, err
	}
	mode := ingest.Upsert
	switch {
	case res.Whole:
		mode = ingest.Replace
	case req.Mode == source.Changes:
		mode = ingest.Change
	}
	if res.Rows > 0 || res.Whole || !loaded {
		return res, b.load(ctx, sp, mode, &res.Mark)
	}
	if res.Mark == b.mark {
		return res, nil
	}
	err = b.s.step("move", func() error { return b.s.Warehouse.SetMark(ctx, b.l.run.Dataset, b.keep(res.Mark)) })
	if err == nil {
		b.mark = res.Mark
	}
	return res, err
}

// backfill reads a range again; from where to go on stays as it is.
func (b *bringing) backfill(ctx context.Context) (err error) {
	req := b.plan.request
	req.From, req.To = b.plan.bound(b.l.run.From), b.plan.bound(b.l.run.To)
	sp, err := b.s.Loads.NewSpool(ingest.SpoolOptions{Key: req.Key, Numbered: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	if _, err := b.all(ctx, sp, req); err != nil {
		return err
	}
	if sp.Silent() || !sp.Files() && b.l.run.Read == 0 {
		return nil
	}
	return b.load(ctx, sp, ingest.Upsert, nil)
}

// compare reads all keys, lets go of rows whose key is not among them, and looks
// for those that are missing here.
func (b *bringing) compare(ctx context.Context) (err error) {
	sp, err := b.keys(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	if err := b.load(ctx, sp, ingest.Retain, nil); err != nil || b.lacks == 0 || sp.Files() {
		return err
	}
	return b.missing(ctx, sp)
}

// patience finds a source that promises more and does not move.
type patience struct{ same int }

const mostSame = 3

func (p *patience) lost(before source.Mark, res source.Result) bool {
	if !res.More || res.Mark != before {
		p.same = 0
		return false
	}
	p.same++
	return p.same >= mostSame
}
