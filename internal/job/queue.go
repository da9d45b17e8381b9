package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Handler does the work of one kind. It may be called again for the same job
// and must then find its earlier work done or do it over. The context ends when
// the lease is lost or the soft stop is over.
type Handler func(ctx context.Context, j Job) error

// Permanent marks an error after which trying again will not help.
func Permanent(err error) error { return permanent{err} }

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Later puts a job off: it is tried again after a while, whatever the attempt.
// The error, nil for none, is why.
func Later(after time.Duration, why error) error { return later{why, after} }

type later struct {
	why   error
	after time.Duration
}

func (l later) Error() string {
	if l.why == nil {
		return ""
	}
	return l.why.Error()
}

func (l later) Unwrap() error { return l.why }

// Config is what a Queue needs. Store, Now and Log must be given.
type Config struct {
	Store   Store
	Now     func() time.Time
	Log     *slog.Logger
	Workers int           // default 1
	Lease   time.Duration // renewed at a third of it; default 1 minute
	Poll    time.Duration // how often a lease that ran out or a job of another start is looked for; default 5 seconds
	Keep    time.Duration // how long ended jobs stay; default 30 days
	// Alone says that no other process works on the store's jobs: those under a
	// lease at Start are of a process that vanished, and are taken over at once.
	Alone bool
}

// Queue hands jobs to handlers. Handlers are given before Start.
type Queue struct {
	Config
	handlers map[string]Handler
	kinds    []string

	mu      sync.Mutex
	wake    chan struct{}
	seen    time.Time          // the latest moment that the clock has told
	cancel  context.CancelFunc // ends taking
	abort   context.CancelFunc // ends handlers
	workers sync.WaitGroup
	running bool
}

// NewQueue makes a Queue.
func NewQueue(c Config) *Queue {
	if c.Workers == 0 {
		c.Workers = 1
	}
	if c.Lease == 0 {
		c.Lease = time.Minute
	}
	if c.Poll == 0 {
		c.Poll = 5 * time.Second
	}
	if c.Keep == 0 {
		c.Keep = 30 * 24 * time.Hour
	}
	return &Queue{Config: c, handlers: map[string]Handler{}, wake: make(chan struct{}, 1)}
}

// Handle sets the handler of a kind. It panics on a second one, or once the
// queue runs: both are mistakes in the program.
func (q *Queue) Handle(kind string, h Handler) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.handlers[kind] != nil || q.running {
		panic("job: handler of " + kind + " set twice or too late")
	}
	q.handlers[kind] = h
	q.kinds = append(q.kinds, kind)
	slices.Sort(q.kinds)
}

// Add stores a job and wakes a worker. It gives the job's id, or that of the
// one whose dedupe key held it back, and whether it was added.
func (q *Queue) Add(ctx context.Context, n New) (id int64, added bool, err error) {
	payload, err := json.Marshal(n.Payload)
	if err != nil {
		return 0, false, fmt.Errorf("payload of %s: %w", n.Kind, err)
	}
	now := q.Now().UTC()
	if n.RunAt.IsZero() {
		n.RunAt = now
	}
	if n.MaxAttempts == 0 {
		n.MaxAttempts = 5
	}
	id, added, err = q.Store.Add(ctx, Job{Kind: n.Kind, Payload: payload, Dedupe: n.Dedupe,
		MaxAttempts: n.MaxAttempts, RunAt: n.RunAt.UTC(), CreatedAt: now})
	if added {
		q.nudge()
	}
	return id, added, err
}

func (q *Queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Start begins to work. A second call does nothing.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running {
		return nil
	}
	if n, err := q.Store.Prune(ctx, q.Now().Add(-q.Keep)); err != nil {
		return fmt.Errorf("prune jobs: %w", err)
	} else if n > 0 {
		q.Log.InfoContext(ctx, "old jobs removed", "count", n)
	}
	if q.Alone {
		if n, err := q.Store.Release(ctx, q.kinds, q.Now()); err != nil {
			return fmt.Errorf("take over jobs: %w", err)
		} else if n > 0 {
			q.Log.InfoContext(ctx, "jobs taken over", "count", n)
		}
	}
	base := context.WithoutCancel(ctx)
	hard, abort := context.WithCancel(base)
	soft, cancel := context.WithCancel(hard)
	q.cancel, q.abort, q.running = cancel, abort, true
	for range q.Workers {
		q.workers.Go(func() { q.work(soft, hard) })
	}
	return nil
}

// Stop takes no more jobs and waits for those that run. When ctx ends first
// they are cancelled, and their leases run out for the next start. A second
// call does nothing.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.running {
		return nil
	}
	q.running = false
	q.cancel()
	done := make(chan struct{})
	go func() {
		q.workers.Wait()
		close(done)
	}()
	select {
	case <-done:
		q.abort()
		return nil
	case <-ctx.Done():
		q.abort()
		<-done
		return ctx.Err()
	}
}

func (q *Queue) work(soft, hard context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-soft.Done():
			return
		case <-q.wake:
		case <-timer.C:
		}
		for soft.Err() == nil {
			now := q.Now().UTC()
			q.noteClock(soft, now)
			j, ok, err := q.Store.Take(soft, q.kinds, now, q.until(now))
			if err != nil && soft.Err() == nil {
				q.Log.ErrorContext(soft, "take a job", "error", err)
			}
			if err != nil || !ok {
				break
			}
			q.nudge() // there may be more for the others
			q.run(hard, j)
		}
		timer.Reset(q.Poll)
	}
}

// until is when a lease ends. Where nobody else works it does not: a clock that
// is put forward must not have a job done twice.
func (q *Queue) until(now time.Time) time.Time {
	if q.Alone {
		return now.AddDate(100, 0, 0)
	}
	return now.Add(q.Lease)
}

// putBack is by how much a clock has to go back to be one that was put back.
const putBack = time.Minute

// noteClock lets what waits wait no longer when the clock was put back: when it
// was to be done is not known any more.
func (q *Queue) noteClock(ctx context.Context, now time.Time) {
	q.mu.Lock()
	back := now.Add(putBack).Before(q.seen)
	if back || now.After(q.seen) {
		q.seen = now
	}
	q.mu.Unlock()
	if back {
		q.hasten(ctx, now)
	}
}

func (q *Queue) hasten(ctx context.Context, now time.Time) {
	n, err := q.Store.Hasten(ctx, q.kinds, now)
	if err != nil {
		q.Log.ErrorContext(ctx, "the clock was put back; jobs may wait for long", "error", err)
		return
	}
	q.Log.WarnContext(ctx, "the clock was put back; jobs that waited are done now", "count", n)
}

// run does one attempt under a heartbeat.
func (q *Queue) run(hard context.Context, j Job) {
	ctx, cancel := context.WithCancel(hard)
	var beat sync.WaitGroup
	beat.Go(func() { q.beat(ctx, cancel, j) })
	err := q.call(ctx, j)
	cancel()
	beat.Wait()
	if hard.Err() != nil && err != nil {
		return // stopped: the lease runs out and the job is taken again
	}
	now := q.Now().UTC()
	var fatal permanent
	var off later
	switch {
	case err == nil:
		j.State, j.EndedAt, j.Error = Done, now, ""
	case errors.As(err, &off):
		j.State, j.RunAt, j.Error = Waiting, now.Add(off.after), off.Error()
	case j.Attempt >= j.MaxAttempts || errors.As(err, &fatal):
		j.State, j.EndedAt, j.Error = Failed, now, err.Error()
		q.Log.ErrorContext(hard, "job failed", "kind", j.Kind, "id", j.ID, "attempt", j.Attempt, "error", err)
	default:
		j.State, j.RunAt, j.Error = Waiting, now.Add(Backoff(j.Attempt)), err.Error()
		q.Log.WarnContext(hard, "job will be tried again", "kind", j.Kind, "id", j.ID, "attempt", j.Attempt, "at", j.RunAt, "error", err)
	}
	q.finish(hard, j)
	if today := q.Now().UTC(); today.Add(putBack).Before(now) { // the clock was put back meanwhile
		q.hasten(hard, today)
	}
}

// finish stores how an attempt ended, as soon as the store takes it.
func (q *Queue) finish(hard context.Context, j Job) {
	for {
		ok, err := q.Store.Finish(context.WithoutCancel(hard), j)
		if err == nil && !ok {
			q.Log.ErrorContext(hard, "job ended without its lease", "kind", j.Kind, "id", j.ID)
		}
		if err == nil {
			return
		}
		q.Log.ErrorContext(hard, "the end of a job cannot be stored; it is tried again", "kind", j.Kind, "id", j.ID, "error", err)
		select {
		case <-hard.Done():
			return
		case <-time.After(q.Poll):
		}
	}
}

func (q *Queue) call(ctx context.Context, j Job) (err error) {
	defer func() {
		if r := recover(); r != nil {
			q.Log.ErrorContext(ctx, "job panicked", "kind", j.Kind, "id", j.ID, "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return q.handlers[j.Kind](ctx, j)
}

func (q *Queue) beat(ctx context.Context, lost context.CancelFunc, j Job) {
	tick := time.NewTicker(q.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			ok, err := q.Store.Beat(ctx, j.ID, j.Attempt, q.until(q.Now().UTC()))
			if err != nil {
				if ctx.Err() == nil {
					q.Log.WarnContext(ctx, "job lease not renewed", "kind", j.Kind, "id", j.ID, "error", err)
				}
			} else if !ok {
				lost()
				return
			}
		}
	}
}

// Backoff is the pause after a failed attempt: 10 seconds, doubled each time,
// at most an hour.
func Backoff(attempt int) time.Duration {
	d := 10 * time.Second
	for range max(0, attempt-1) {
		if d *= 2; d >= time.Hour {
			return time.Hour
		}
	}
	return d
}
