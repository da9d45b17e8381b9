package datasync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"lodestar/internal/behind"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/job"
)

// mostCrashes is how often a run may take the whole program with it, beyond the
// attempts that it has anyway.
const mostCrashes = 10

// turn is after how long a run whose turn has not come asks again.
const turn = time.Second

// handle does one attempt of a run.
func (s *Service) handle(ctx context.Context, j job.Job) error {
	var id string
	if err := json.Unmarshal(j.Payload, &id); err != nil {
		return job.Permanent(err)
	}
	l, runCtx, err := s.begin(ctx, id)
	if err != nil || l == nil {
		return err
	}
	defer l.cancel(nil)
	err = s.guarded(runCtx, l)
	return s.end(runCtx, l, err)
}

// guarded makes a panic an error of the run.
func (s *Service) guarded(ctx context.Context, l *live) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return s.attempt(ctx, l)
}

// begin takes a run up; nil for one that has ended, and an error that puts the
// job off while it is not its turn.
func (s *Service) begin(ctx context.Context, id string) (*live, context.Context, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.Store.GetRun(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && r.Ended() {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if s.ctx.Err() != nil || s.live[id] != nil || s.busy[r.Connection] >= s.PerConnection {
		return nil, nil, job.Later(turn, nil)
	}
	r.State, r.Phase, r.NextTry, r.Error = Running, Connecting, time.Time{}, nil
	r.Attempt++
	if r.StartedAt.IsZero() {
		r.StartedAt = later(s.Now().UTC(), r.CreatedAt)
	}
	if err := s.Store.PutRun(ctx, r); err != nil {
		return nil, nil, err
	}
	runCtx, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(s.ctx, func() { cancel(errStopping) })
	l := &live{run: r, cancel: func(cause error) { unhook(); cancel(cause) }}
	s.live[id] = l
	s.busy[r.Connection]++
	return l, runCtx, nil
}

// later is the later of two moments: a clock that was put back must not have a
// run end before it began.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// errStopping is why runs end when the program does.
var errStopping = errors.New("the program stops")

// end notes how an attempt ended, and what comes next.
func (s *Service) end(ctx context.Context, l *live, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &l.run
	now := later(s.Now().UTC(), r.StartedAt)
	attempts := 1
	if spec, gone := s.synced(r.Dataset); gone == nil {
		attempts = spec.Source.Sync.Attempts()
	}
	cause := context.Cause(ctx)
	var again error
	r.Phase = ""
	switch {
	case err == nil:
		r.State, r.EndedAt = Done, now
	case errors.Is(cause, errCanceled):
		r.State, r.EndedAt, r.Error = Canceled, now, noteOf(errCanceled)
	case ctx.Err() != nil: // stopped: it goes on at the next start
		r.State = Waiting
		r.Attempt--
		again = job.Later(0, nil)
	case permanent(err) || r.Attempt >= attempts:
		r.State, r.EndedAt, r.Error = Failed, now, noteOf(err)
	default:
		pause := job.Backoff(r.Attempt)
		r.State, r.NextTry, r.Error = Waiting, now.Add(pause), noteOf(err)
		again = job.Later(pause, nil) // the run says why, in words that may be shown
	}
	s.log(*r, err)
	delete(s.live, r.ID)
	if s.busy[r.Connection]--; s.busy[r.Connection] == 0 {
		delete(s.busy, r.Connection)
	}
	if err := s.Store.PutRun(context.WithoutCancel(ctx), *r); err != nil {
		return err // it is still open: it is taken up again when the store takes something
	}
	if r.Ended() {
		delete(s.open, r.Dataset)
	}
	return again
}

func (s *Service) log(r Run, err error) {
	about := []any{"run", r.ID, "dataset", r.Dataset, "attempt", r.Attempt, "state", r.State, "read", r.Read, "loaded", r.Loaded,
		"rejected", r.Rejected, "deleted", r.Deleted}
	switch {
	case err == nil:
		s.Log.Info("sync done", about...)
	case fault.Is(err, fault.Internal) && r.State != Canceled:
		s.Log.Error("sync", append(about, "error", err)...)
	default:
		s.Log.Warn("sync ended", append(about, "error", err)...)
	}
}

// update changes a run under way, for those who look.
func (s *Service) update(l *live, change func(r *Run)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&l.run)
}

// phase says what a run does, and what it writes into.
func (s *Service) phase(l *live, name string, spool *ingest.Spool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.run.Phase, l.spool = name, spool
}

// save stores how far a run is, so that a crash does not forget it.
func (s *Service) save(ctx context.Context, l *live) error {
	s.mu.Lock()
	r := l.run
	s.mu.Unlock()
	return s.Store.PutRun(ctx, r)
}

// attempt is a run from the connection to the last commit.
func (s *Service) attempt(ctx context.Context, l *live) error {
	r := l.run
	spec, err := s.synced(r.Dataset)
	if err != nil {
		return err
	}
	if r.Attempt > spec.Source.Sync.Attempts()+mostCrashes {
		return errCrashes
	}
	src, err := s.Open(ctx, spec.Source.Connection)
	if err != nil {
		return err
	}
	defer func() {
		if err := src.Close(); err != nil { // of a connection that broke, when all is stored
			s.Log.Warn("close a source", "run", r.ID, "dataset", r.Dataset, "error", err)
		}
	}()
	stream, err := src.Describe(ctx, spec.Source.Table)
	if err != nil {
		return err
	}
	p, err := s.planned(ctx, l, spec, stream)
	if err != nil {
		return err
	}
	b := &bringing{s: s, l: l, src: src, plan: p, stream: stream}
	if behind.Do(func() { err = b.bring(ctx) }); err != nil {
		return err
	}
	state, _, err := s.Warehouse.State(ctx, r.Dataset)
	if err != nil {
		return err
	}
	for _, n := range unfit(state.Outdated, state.Absent) {
		s.warn(l, n.Code, n.Text)
	}
	s.learn(l, b.plan, b.others)
	return s.accept(ctx, r, b.plan)
}
