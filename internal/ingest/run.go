package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/behind"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// keptRuns is how many finished runs stay in memory; the ledger keeps all
// that changed something.
const keptRuns = 200

// run is one load under way or just over.
type run struct {
	service *Service
	actor   access.Actor
	cancel  context.CancelFunc
	done    chan struct{}
	bytes   progress
	listed  bool
	load    Load // guarded by service.mu once the run has started, but for ID
}

// Start begins a load in the background. What can be seen to be wrong without
// reading the file is refused at once.
func (s *Service) Start(ctx context.Context, actor access.Actor, req LoadRequest) (Load, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Load{}, err
	}
	if _, _, err := parseMaxRejects(req.MaxRejects); err != nil {
		return Load{}, err
	}
	revision, err := s.define(ctx, actor, req)
	if err != nil {
		return Load{}, err
	}
	mode, spec, u, release, err := s.take(ctx, req)
	if err != nil {
		if revision > 0 {
			err = errors.Join(err, s.forget(ctx, actor, req.Dataset, revision))
		}
		return Load{}, err
	}
	req.Mode = mode
	r := s.newRun(actor, req.Dataset, mode, u.Name)
	r.load.BytesTotal = u.Bytes
	runCtx, cancel := context.WithCancel(s.ctx)
	r.cancel = cancel
	snapshot := r.load
	s.wait.Go(func() {
		defer close(r.done)
		defer cancel()
		defer release()
		var err error
		behind.Do(func() { err = s.full(u.Bytes, r.perform(runCtx, req, u, spec)) })
		if err != nil && revision > 0 {
			err = errors.Join(err, s.forget(context.WithoutCancel(runCtx), actor, req.Dataset, revision))
		}
		r.finish(runCtx, err)
	})
	return snapshot, nil
}

func (s *Service) newRun(actor access.Actor, dataset, mode, file string) *run {
	r := s.unlisted(actor, dataset, mode, file)
	r.listed = true
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[r.load.ID] = r
	s.recent = append(s.recent, r.load.ID)
	for i := 0; len(s.recent) > keptRuns && i < len(s.recent); {
		if old := s.runs[s.recent[i]]; old.load.State == Running {
			i++
			continue
		}
		delete(s.runs, s.recent[i])
		s.recent = append(s.recent[:i], s.recent[i+1:]...)
	}
	return r
}

// unlisted makes a run that only the ledger knows of, when it is over.
func (s *Service) unlisted(actor access.Actor, dataset, mode, file string) *run {
	return &run{service: s, actor: actor, done: make(chan struct{}), cancel: func() {}, bytes: progress{pace: s.pace()},
		load: Load{ID: strings.ToLower(rand.Text()), Dataset: dataset, Mode: mode, File: file,
			Actor: actor.Name, State: Running, Phase: "waiting", StartedAt: s.Now().UTC()}}
}

// take checks what can be checked without reading the file, and holds the file.
func (s *Service) take(ctx context.Context, req LoadRequest) (mode string, spec semantic.DatasetSpec, u *staged, release func(), err error) {
	spec, ok := s.Dataset(req.Dataset)
	if !ok {
		return "", spec, nil, nil, errNoDataset(req.Dataset)
	}
	if connection, _ := spec.Direct(); connection != "" {
		return "", spec, nil, nil, errDirect(req.Dataset, connection)
	}
	if spec.FromEvents() {
		return "", spec, nil, nil, errEvents(req.Dataset)
	}
	if spec.Prepared() {
		return "", spec, nil, nil, errPrepared(req.Dataset)
	}
	if mode, err = s.mode(ctx, req, spec); err != nil {
		return "", spec, nil, nil, err
	}
	if u, release, err = s.use(req.Upload); err != nil {
		return "", spec, nil, nil, err
	}
	if err = s.room(u.Bytes); err != nil {
		release()
	}
	return mode, spec, u, release, err
}

// define stores the dataset that comes with the request, and gives its
// revision; 0 when there was none.
func (s *Service) define(ctx context.Context, actor access.Actor, req LoadRequest) (int, error) {
	if req.Create == nil || s.Create == nil {
		return 0, nil
	}
	meta := req.Create.Metadata
	meta.Name = req.Dataset
	return s.Create(ctx, actor, &catalog.Resource{Kind: "Dataset", Metadata: meta, Spec: &req.Create.Spec})
}

// forget takes back the definition that came with a load which failed, so that
// no empty dataset stays behind and the same request can be sent again. One
// that has been changed or used meanwhile stays.
func (s *Service) forget(ctx context.Context, actor access.Actor, dataset string, revision int) error {
	if s.Forget == nil {
		return nil
	}
	err := s.Forget(ctx, actor, dataset, revision)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		s.Log.Info("a definition stays though its load failed", "dataset", dataset, "reason", err)
		return nil
	}
	return err
}

func (s *Service) mode(ctx context.Context, req LoadRequest, spec semantic.DatasetSpec) (string, error) {
	_, loaded, err := s.Warehouse.State(ctx, req.Dataset)
	if err != nil {
		return "", err
	}
	switch req.Mode {
	case "":
		if loaded {
			return "", errMode
		}
		return Replace, nil
	case Upsert:
		if len(spec.PrimaryKey) == 0 {
			return "", errNoKey
		}
	case Replace, Append:
	default:
		return "", errUnknownMode
	}
	return req.Mode, nil
}

// finish notes how a run ended.
func (r *run) finish(ctx context.Context, err error) {
	s := r.service
	s.mu.Lock()
	r.load.EndedAt, r.load.Phase = s.Now().UTC(), "ended"
	if r.load.EndedAt.Before(r.load.StartedAt) { // the clock was put back
		r.load.EndedAt = r.load.StartedAt
	}
	switch {
	case err == nil:
		r.load.State = Done
		r.load.BytesDone = r.load.BytesTotal
	case ctx.Err() != nil || fault.Is(err, fault.Canceled):
		r.load.State = Canceled
		err = errCanceled.Wrap(err)
	default:
		r.load.State = Failed
	}
	if err != nil {
		f := fault.Of(err)
		r.load.Error = &Note{f.Code, f.Text}
		r.load.Records, r.load.Loaded, r.load.Rejected = 0, 0, 0
	}
	load := r.load
	s.mu.Unlock()
	switch {
	case load.State == Failed && fault.Is(err, fault.Internal):
		s.Log.Error("load", "load", load.ID, "dataset", load.Dataset, "error", err)
	case err != nil:
		s.Log.Info("load ended", "load", load.ID, "dataset", load.Dataset, "state", load.State, "error", err)
	default:
		s.Log.Info("load done", "load", load.ID, "dataset", load.Dataset, "records", load.Records,
			"loaded", load.Loaded, "rejected", load.Rejected, "took", load.EndedAt.Sub(load.StartedAt))
	}
	if !r.listed {
		return
	}
	detail := map[string]any{"load": load.ID, "mode": load.Mode,
		"file": load.File, "records": load.Records, "loaded": load.Loaded, "rejected": load.Rejected}
	if load.Error != nil { // the list of loads forgets it at a restart, the trail does not
		detail["error"] = load.Error.Code
		detail["reason"] = load.Error.Text
	}
	s.record(ctx, r.actor, "load."+load.State, load.Dataset, detail)
}

func (r *run) phase(name string) {
	r.service.mu.Lock()
	defer r.service.mu.Unlock()
	r.load.Phase = name
}

func (r *run) warn(n Note) {
	r.service.mu.Lock()
	defer r.service.mu.Unlock()
	r.load.Warnings = append(r.load.Warnings, n)
}

// leavesOut says which rows of a file are not read.
func (r *run) leavesOut(p *plan) {
	if n := p.shape.format.SkipFooter; n > 0 {
		r.warn(noteFooter(n, p.shape.footer))
	}
}

// step does one step of a load between its two hooks.
func (r *run) step(name string, do func()) {
	r.service.step("before " + name)
	do()
	r.service.step("after " + name)
}

// perform is a load from beginning to end.
func (r *run) perform(ctx context.Context, req LoadRequest, u *staged, spec semantic.DatasetSpec) (err error) {
	defer failOnPanic(&err)
	var p *plan
	r.step("prepare", func() { p, err = r.service.prepare(ctx, req, u, spec) })
	if err != nil {
		return err
	}
	r.leavesOut(p)
	p.load = warehouse.LoadSpec{ID: r.load.ID, Dataset: req.Dataset, Mode: req.Mode, File: u.Name,
		Actor: r.actor.Name, At: r.service.Now().UTC(), Zone: r.service.location(), Columns: p.stored, Key: spec.PrimaryKey}
	err = r.carry(ctx, []*plan{p}, req.MaxRejects, nil, u.hash)
	if n := r.load.Outdated; err == nil && n > 0 {
		r.warn(NoteOutdated(n))
	}
	return err
}

// carry brings what the plans say into the warehouse, in one commit.
func (r *run) carry(ctx context.Context, parts []*plan, maxRejects string, mark *string, hash func() (string, error)) (err error) {
	defer failOnPanic(&err)
	change, outcome, err := r.read(ctx, parts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, change.Rollback()) }()
	if err := tooManyRejects(maxRejects, outcome); err != nil {
		return err
	}
	if r.load.Mode == Retain {
		if outcome.Rejected > 0 {
			return errKeysRejected
		}
		if r.load.Missing, _, err = change.Missing(ctx, "", 0); err != nil {
			return err
		}
	}
	r.phase("saving")
	r.step("apply", func() { err = change.Apply(ctx) })
	if err != nil {
		return err
	}
	if change.Idle() {
		return nil // and the version stays
	}
	if outcome.Hash, err = hash(); err != nil {
		return err
	}
	if outcome.Hash != "" {
		if err := r.seenBefore(ctx, outcome.Hash); err != nil {
			return err
		}
	}
	outcome.Mark = mark
	var state warehouse.State
	r.step("commit", func() { state, err = change.Commit(ctx, outcome) })
	if err != nil {
		return err
	}
	if state.KeyBroken {
		r.warn(noteKeyBroken)
	}
	list, err := r.service.Warehouse.Ledger(context.WithoutCancel(ctx), r.load.Dataset, 20)
	if err != nil {
		return err
	}
	if err := r.totalsInside(context.WithoutCancel(ctx), parts[0], state); err != nil { // the rows are in all the same
		r.service.Log.Warn("look for totals", "load", r.load.ID, "error", err)
	}
	i := slices.IndexFunc(list, func(e warehouse.LedgerEntry) bool { return e.Version == state.Version })
	if i < 0 {
		return fmt.Errorf("load %s is not in the ledger", r.load.ID)
	}
	r.service.mu.Lock()
	defer r.service.mu.Unlock()
	e := list[i]
	r.load.Version, r.load.Records, r.load.Loaded, r.load.Rejected = state.Version, e.Records, e.Loaded, e.Rejected
	r.load.Folded, r.load.Gone, r.load.Deleted = e.Folded, e.Gone, e.Deleted
	r.load.Outdated, r.load.Absent = e.Outdated, e.Absent
	return nil
}

// read fills a change by the first lane that works for all parts.
func (r *run) read(ctx context.Context, parts []*plan) (change warehouse.Change, o warehouse.Outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			if change != nil {
				err = change.Rollback()
			}
			change, err = nil, errors.Join(fmt.Errorf("panic: %v\n%s", v, debug.Stack()), err)
		}
	}()
	first := parts[0]
	begin := func(lines bool) error {
		for _, p := range parts {
			p.load.Lines = lines
		}
		r.step("begin", func() { change, err = r.service.Warehouse.Begin(ctx, first.load) })
		if err == nil {
			r.phase("reading")
		}
		return err
	}
	fast, parquet := true, false
	for _, p := range parts {
		isParquet := p.shape.format.Type == parquetType
		fast, parquet = fast && (isParquet || p.empty || p.fast()), parquet || isParquet
	}
	if fast {
		if err := begin(first.keys == foldKeys && first.numbered); err != nil {
			return nil, o, err
		}
		var ok bool
		r.step("read", func() { o.Records, ok, err = r.fastLanes(ctx, parts, change) })
		if ok && err == nil {
			return change, o, nil
		}
		if rollback := change.Rollback(); rollback != nil || err != nil && (!parquet || ctx.Err() != nil) {
			return nil, o, errors.Join(err, rollback)
		}
		r.bytes.n.Store(0)
	}
	if err := begin(len(first.load.Key) > 0); err != nil {
		return nil, o, err
	}
	r.step("read", func() { o.Records, o.Rejected, err = r.slowLane(ctx, parts, change) })
	if err != nil {
		return nil, o, errors.Join(err, change.Rollback())
	}
	return change, o, nil
}

// fastLanes reads each part by its fast lane, and looks at the keys of all.
func (r *run) fastLanes(ctx context.Context, parts []*plan, change warehouse.Change) (records int64, ok bool, err error) {
	for _, p := range parts {
		var n int64
		switch {
		case p.empty:
			ok = true
		case p.shape.format.Type == parquetType:
			n, ok, err = r.parquetFast(ctx, p, change)
		default:
			n, ok, err = r.fastLane(ctx, p, change)
		}
		if !ok || err != nil {
			return 0, false, ofFile(p.name, err)
		}
		records += n
	}
	first := parts[0]
	if len(first.load.Key) == 0 || first.keys == anyKeys {
		return records, true, nil
	}
	if r.phase("checking"); first.keys == foldKeys && first.numbered {
		r.step("fold", func() { err = change.Fold(ctx) })
		return records, err == nil, err
	}
	ok, err = change.KeysUnique(ctx)
	return records, ok, err
}

// seenBefore warns when this very file was loaded into the dataset already.
func (r *run) seenBefore(ctx context.Context, hash string) error {
	list, err := r.service.Warehouse.Ledger(ctx, r.load.Dataset, 1000)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Hash == hash && e.Mode != "recast" {
			r.warn(noteSameFile(e.At))
			return nil
		}
	}
	return nil
}
