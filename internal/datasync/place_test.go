package datasync_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// op is one line of a place's log.
type op struct {
	key, value string
	gone       bool
}

// place is a source in memory: a table of (ID, Seq, Value) with the log of its
// changes. Seq grows with every change, so that it is a cursor.
type place struct {
	mu      sync.Mutex
	log     []op
	trimmed int // what of the log was acknowledged, and is gone
	columns []source.Column
	rng     *rand.Rand
	flaky   bool // one call in five fails
	opened  int
	gate    chan struct{} // reads wait for it, when there is one
	forgot  []string
	limit   int
	failing error
	wrap    func(source.Source) source.Source // of what is opened, when it is set
}

func newPlace(seed uint64) *place {
	return &place{rng: rand.New(rand.NewPCG(seed, seed)), limit: 40, columns: []source.Column{
		{Name: "ID", Type: expr.Integer}, {Name: "Seq", Type: expr.Integer}, {Name: "Value", Type: expr.String}}}
}

func (p *place) write(ops ...op) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, ops...)
}

// rows are what a table made of the log holds, as id|value.
func (p *place) rows() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for key, at := range p.last() {
		out = append(out, key+"|"+p.log[at].value)
	}
	slices.Sort(out)
	return out
}

// last tells for each key that is there which line of the log it is of.
func (p *place) last() map[string]int {
	at := map[string]int{}
	for i, o := range p.log {
		if at[o.key] = i; o.gone {
			delete(at, o.key)
		}
	}
	return at
}

func (p *place) open(context.Context, string) (source.Source, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failing != nil {
		return nil, p.failing
	}
	p.opened++
	if p.wrap != nil {
		return p.wrap(&reader{p}), p.chance()
	}
	return &reader{p}, p.chance()
}

var errFlaky = fault.New(fault.Unavailable, "flaky", text.Text{EN: "nobody answers", ZH: "没有响应"})

func (p *place) chance() error {
	if p.flaky && p.rng.IntN(5) == 0 {
		return errFlaky
	}
	return nil
}

type reader struct{ p *place }

func (r *reader) Discover(context.Context) ([]source.Stream, error) { return nil, nil }

func (r *reader) Describe(_ context.Context, stream string) (source.Stream, error) {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	return source.Stream{Name: stream, Columns: slices.Clone(r.p.columns), Key: []string{"ID"},
		Modes: []string{source.Full, source.Incremental, source.Changes}}, r.p.chance()
}

func (r *reader) Acknowledge(_ context.Context, _ source.Request, m source.Mark) error {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	n, err := strconv.Atoi(string(m))
	if err != nil {
		return err
	}
	r.p.trimmed = max(r.p.trimmed, n)
	return r.p.chance()
}

func (r *reader) Forget(_ context.Context, q source.Request) error {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.p.forgot = append(r.p.forgot, q.Reader)
	return nil
}

func (r *reader) Close() error { return nil }

func (r *reader) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	if r.p.gate != nil {
		select {
		case <-r.p.gate:
		case <-ctx.Done():
			return source.Result{}, ctx.Err()
		}
	}
	p := r.p
	p.mu.Lock()
	defer p.mu.Unlock()
	header := make([]string, len(q.Columns))
	for i, c := range q.Columns {
		header[i] = c.Name
	}
	rows, err := out.Rows(header)
	if err != nil {
		return source.Result{}, err
	}
	w := &writer{p: p, header: header, rows: rows}
	res, err := p.read(q, w)
	if err == nil {
		err = w.flush()
	}
	res.Rows = w.n
	if err == nil {
		err = p.chance() // after all was written
	}
	return res, err
}

func (p *place) read(q source.Request, w *writer) (source.Result, error) {
	at := 0
	if q.Mark != "" {
		n, err := strconv.Atoi(string(q.Mark))
		if err != nil {
			return source.Result{}, err
		}
		at = n
	}
	end := source.Result{Mark: source.Mark(strconv.Itoa(len(p.log)))}
	switch q.Mode {
	case source.Full:
		return end, w.live(p, 0, len(p.log), p.rng.IntN(2) == 0)
	case source.Incremental:
		if q.From != "" || q.To != "" {
			from, _ := strconv.Atoi(q.From)
			to, err := strconv.Atoi(q.To)
			if err != nil {
				to = len(p.log)
			}
			return source.Result{Mark: q.Mark}, w.live(p, from, min(to, len(p.log)), true)
		}
		begin := max(0, at-int(q.LookbackNumber))
		if end.Mark = source.Mark(strconv.Itoa(min(len(p.log), at+p.limit))); at+p.limit < len(p.log) {
			end.More = true
		}
		return end, w.live(p, begin, min(len(p.log), at+p.limit), p.rng.IntN(2) == 0)
	}
	if q.Mark != "" && at < p.trimmed {
		return end, errors.New("what comes after the mark was acknowledged and let go of")
	}
	if q.Mark == "" {
		end.Whole = true
		return end, w.live(p, 0, len(p.log), true)
	}
	for i := at; i < len(p.log); i++ {
		if i-at == p.limit {
			end.Mark, end.More = source.Mark(strconv.Itoa(i)), true
			break
		}
		if err := w.put(p.log[i], i); err != nil {
			return end, err
		}
	}
	return end, nil
}

// writer writes rows of the place under a header.
type writer struct {
	p      *place
	header []string
	rows   source.Rows
	text   *csv.Writer
	n      int64
}

// live writes the rows that are there whose last change is in [from, to).
func (w *writer) live(p *place, from, to int, asText bool) error {
	if asText {
		out, err := w.rows.CSV()
		if err != nil {
			return err
		}
		w.text = csv.NewWriter(out)
	}
	last := p.last()
	var at []int
	for _, i := range last {
		if i >= from && i < to {
			at = append(at, i)
		}
	}
	slices.Sort(at)
	for _, i := range at {
		if err := w.put(p.log[i], i); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) put(o op, seq int) error {
	w.n++
	if o.gone {
		return w.rows.Delete([][]byte{[]byte(o.key)})
	}
	texts := map[string]string{"ID": o.key, "Seq": strconv.Itoa(seq), "Value": o.value}
	if w.text != nil {
		var cells []string
		for _, h := range w.header {
			cells = append(cells, texts[h])
		}
		return w.text.Write(cells)
	}
	var cells [][]byte
	for _, h := range w.header {
		cells = append(cells, []byte(texts[h]))
	}
	return w.rows.Put(cells)
}

func (w *writer) flush() error {
	if w.text == nil {
		return nil
	}
	w.text.Flush()
	return w.text.Error()
}

// busy makes changes: new rows, other values, rows that go.
func (p *place) busy(n int) {
	for range n {
		key := strconv.Itoa(p.rng.IntN(60))
		_, there := p.last()[key]
		p.write(op{key, fmt.Sprint("value ", p.rng.IntN(1000), `, "so"`), there && p.rng.IntN(4) == 0})
	}
}
