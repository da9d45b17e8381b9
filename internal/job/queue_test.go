package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lodestar/internal/job"
)

// memory is a job.Store in memory, with the same rules as the real ones.
type memory struct {
	mu   sync.Mutex
	jobs []job.Job
	down bool
}

func (m *memory) Add(_ context.Context, j job.Job) (int64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.jobs {
		if j.Dedupe != "" && o.Kind == j.Kind && o.Dedupe == j.Dedupe && (o.State == job.Waiting || o.State == job.Running) {
			return o.ID, false, nil
		}
	}
	j.ID, j.State = int64(len(m.jobs)+1), job.Waiting
	m.jobs = append(m.jobs, j)
	return j.ID, true, nil
}

func (m *memory) Take(_ context.Context, kinds []string, now, lease time.Time) (job.Job, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return job.Job{}, false, errors.New("store is down")
	}
	for i := range m.jobs {
		j := &m.jobs[i]
		due := j.State == job.Waiting && !j.RunAt.After(now) || j.State == job.Running && !j.LeaseUntil.After(now)
		if due && slices.Contains(kinds, j.Kind) {
			j.State, j.LeaseUntil = job.Running, lease
			j.Attempt++
			return *j, true, nil
		}
	}
	return job.Job{}, false, nil
}

func (m *memory) Hasten(_ context.Context, kinds []string, now time.Time) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.jobs {
		if j := &m.jobs[i]; j.State == job.Waiting && j.RunAt.After(now) && slices.Contains(kinds, j.Kind) {
			j.RunAt = now
			n++
		}
	}
	return n, nil
}

func (m *memory) at(id int64, attempt int, change func(*job.Job)) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := &m.jobs[id-1]
	if j.Attempt != attempt || j.State != job.Running {
		return false, nil
	}
	change(j)
	return true, nil
}

func (m *memory) Beat(_ context.Context, id int64, attempt int, lease time.Time) (bool, error) {
	return m.at(id, attempt, func(j *job.Job) { j.LeaseUntil = lease })
}

func (m *memory) Finish(_ context.Context, j job.Job) (bool, error) {
	return m.at(j.ID, j.Attempt, func(o *job.Job) { *o = j })
}

func (m *memory) Release(_ context.Context, kinds []string, now time.Time) (n int, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.jobs {
		if j := &m.jobs[i]; j.State == job.Running && slices.Contains(kinds, j.Kind) {
			j.State, j.RunAt = job.Waiting, now
			n++
		}
	}
	return n, nil
}

func (m *memory) Get(_ context.Context, id int64) (job.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.jobs[id-1], nil
}

func (m *memory) Prune(context.Context, time.Time) (int, error) { return 0, nil }

func newQueue(m *memory) *job.Queue {
	return job.NewQueue(job.Config{Store: m, Now: time.Now, Log: slog.New(slog.DiscardHandler), Workers: 2})
}

func start(t *testing.T, q *job.Queue) {
	t.Helper()
	for range 2 { // twice does no harm
		if err := q.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func stop(t *testing.T, q *job.Queue) {
	t.Helper()
	for range 2 {
		if err := q.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func add(t *testing.T, q *job.Queue, n job.New) int64 {
	t.Helper()
	id, _, err := q.Add(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		q := newQueue(m)
		var mu sync.Mutex
		var got []string
		q.Handle("greet", func(_ context.Context, j job.Job) error {
			var name string
			if err := json.Unmarshal(j.Payload, &name); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			got = append(got, name)
			return nil
		})
		before := add(t, q, job.New{Kind: "greet", Payload: "before"})
		if id, added, err := q.Add(context.Background(), job.New{Kind: "greet", Payload: "x", Dedupe: "d", RunAt: time.Now().Add(time.Hour)}); !added || err != nil {
			t.Fatal(id, added, err)
		} else if again, added, err := q.Add(context.Background(), job.New{Kind: "greet", Payload: "y", Dedupe: "d"}); again != id || added || err != nil {
			t.Error(again, added, err)
		}
		start(t, q)
		synctest.Wait()
		for i := range 5 {
			add(t, q, job.New{Kind: "greet", Payload: fmt.Sprint(i)})
		}
		synctest.Wait()
		seen := func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(got)
		}
		first := seen()
		slices.Sort(first)
		if !slices.Equal(first, []string{"0", "1", "2", "3", "4", "before"}) {
			t.Error(first)
		}
		time.Sleep(time.Hour + time.Minute) // the clock of the test, not the wall's
		synctest.Wait()
		if all := seen(); len(all) != 7 || all[6] != "x" {
			t.Error(all)
		}
		if j, err := m.Get(context.Background(), before); err != nil || j.State != job.Done || j.EndedAt.IsZero() {
			t.Errorf("%+v %v", j, err)
		}
		stop(t, q)
		start(t, q) // and again
		stop(t, q)
	})
}

func TestRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		q := newQueue(m)
		var mu sync.Mutex
		var at []time.Time
		q.Handle("fail", func(_ context.Context, j job.Job) error {
			mu.Lock()
			at = append(at, time.Now())
			mu.Unlock()
			if j.Attempt == 2 {
				panic("even this")
			}
			return errors.New("no luck")
		})
		q.Handle("fatal", func(context.Context, job.Job) error { return fmt.Errorf("x: %w", job.Permanent(errors.New("never"))) })
		id := add(t, q, job.New{Kind: "fail", MaxAttempts: 3})
		fatal := add(t, q, job.New{Kind: "fatal"})
		start(t, q)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(at) != 3 || at[1].Sub(at[0]) < 10*time.Second || at[2].Sub(at[1]) < 20*time.Second || at[2].Sub(at[0]) > time.Minute {
			t.Error(at)
		}
		if j, _ := m.Get(context.Background(), id); j.State != job.Failed || j.Error != "no luck" || j.Attempt != 3 {
			t.Errorf("%+v", j)
		}
		if j, _ := m.Get(context.Background(), fatal); j.State != job.Failed || j.Attempt != 1 {
			t.Errorf("%+v", j)
		}
		stop(t, q)
	})
}

// A long job keeps its lease; one whose worker vanished is taken over.
func TestLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{jobs: []job.Job{{ID: 1, Kind: "long", State: job.Running, Attempt: 1, MaxAttempts: 3, LeaseUntil: time.Now().Add(30 * time.Second)}}}
		q := newQueue(m)
		var runs atomic.Int32
		q.Handle("long", func(context.Context, job.Job) error {
			runs.Add(1)
			time.Sleep(10 * time.Minute)
			return nil
		})
		start(t, q)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if runs.Load() != 0 {
			t.Error("taken under another's lease")
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if j, _ := m.Get(context.Background(), 1); runs.Load() != 1 || j.State != job.Done || j.Attempt != 2 {
			t.Errorf("%d runs, %+v", runs.Load(), j)
		}
		stop(t, q)
	})
}

// A clock that jumps has no job done twice, nor wait for the clock to come back
// to where it was.
func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		var jump atomic.Int64
		q := job.NewQueue(job.Config{Store: m, Log: slog.New(slog.DiscardHandler), Workers: 2, Alone: true,
			Now: func() time.Time { return time.Now().Add(time.Duration(jump.Load())) }})
		var long, tried atomic.Int32
		q.Handle("long", func(context.Context, job.Job) error {
			long.Add(1)
			time.Sleep(10 * time.Minute)
			return nil
		})
		q.Handle("again", func(context.Context, job.Job) error {
			if tried.Add(1) == 1 {
				return errors.New("not yet")
			}
			return nil
		})
		add(t, q, job.New{Kind: "long"})
		start(t, q)
		time.Sleep(time.Minute)
		jump.Store(int64(24 * time.Hour)) // while it is done
		time.Sleep(time.Minute)
		add(t, q, job.New{Kind: "again"})
		time.Sleep(time.Second) // its second try is to be in ten seconds, tomorrow
		synctest.Wait()
		jump.Store(0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if long.Load() != 1 || tried.Load() != 2 {
			t.Errorf("done %d times, tried %d times", long.Load(), tried.Load())
		}
		time.Sleep(20 * time.Minute)
		if j, _ := m.Get(context.Background(), 1); long.Load() != 1 || j.State != job.Done || j.Attempt != 1 {
			t.Errorf("%d runs, %+v", long.Load(), j)
		}
		stop(t, q)
	})
}

func TestLostLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		q := newQueue(m)
		var cause atomic.Value
		q.Handle("k", func(ctx context.Context, j job.Job) error {
			if _, err := m.at(j.ID, j.Attempt, func(j *job.Job) { j.Attempt = 7; j.LeaseUntil = time.Now().Add(time.Hour) }); err != nil {
				return err
			}
			<-ctx.Done()
			cause.Store(ctx.Err())
			return ctx.Err()
		})
		add(t, q, job.New{Kind: "k"})
		start(t, q)
		time.Sleep(time.Minute)
		synctest.Wait()
		if cause.Load() != context.Canceled {
			t.Error("the handler was not told")
		}
		if j, _ := m.Get(context.Background(), 1); j.State != job.Running || j.Attempt != 7 {
			t.Errorf("wrote without the lease: %+v", j)
		}
		stop(t, q)
	})
}

func TestSoftStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		q := newQueue(m)
		q.Handle("slow", func(ctx context.Context, _ job.Job) error {
			select {
			case <-time.After(time.Minute):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		add(t, q, job.New{Kind: "slow"})
		start(t, q)
		synctest.Wait()
		stop(t, q) // waits
		if j, _ := m.Get(context.Background(), 1); j.State != job.Done {
			t.Errorf("not waited for: %+v", j)
		}
		add(t, q, job.New{Kind: "slow"})
		start(t, q)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := q.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if j, _ := m.Get(context.Background(), 2); j.State != job.Running {
			t.Errorf("an interrupted job must stay for the next start: %+v", j)
		}
	})
}

func TestStoreDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{down: true}
		q := newQueue(m)
		var done atomic.Bool
		q.Handle("k", func(context.Context, job.Job) error { done.Store(true); return nil })
		add(t, q, job.New{Kind: "k"})
		start(t, q)
		synctest.Wait()
		m.mu.Lock()
		m.down = false
		m.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if !done.Load() {
			t.Error("did not recover")
		}
		stop(t, q)
	})
}

func TestHandleMistakes(t *testing.T) {
	t.Parallel()
	q := newQueue(&memory{})
	h := func(context.Context, job.Job) error { return nil }
	q.Handle("k", h)
	defer func() {
		if recover() == nil {
			t.Error("a second handler was taken")
		}
	}()
	q.Handle("k", h)
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{0: 10 * time.Second, 1: 10 * time.Second, 2: 20 * time.Second, 4: 80 * time.Second, 50: time.Hour} {
		if got := job.Backoff(attempt); got != want {
			t.Errorf("%d: %v", attempt, got)
		}
	}
}

// A job that is put off is tried as often as it takes; those that a vanished
// process had are taken over at once by a queue that is alone.
func TestLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{jobs: []job.Job{{ID: 1, Kind: "busy", State: job.Running, Attempt: 1, MaxAttempts: 5, LeaseUntil: time.Now().Add(time.Hour)}}}
		q := job.NewQueue(job.Config{Store: m, Now: time.Now, Log: slog.New(slog.DiscardHandler), Alone: true})
		var tries atomic.Int64
		q.Handle("busy", func(context.Context, job.Job) error {
			if tries.Add(1) < 20 {
				return job.Later(7*time.Second, nil)
			}
			return nil
		})
		begun := time.Now()
		start(t, q)
		for tries.Load() < 20 {
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if j, err := m.Get(context.Background(), 1); err != nil || j.State != job.Done || time.Since(begun) > 5*time.Minute {
			t.Errorf("%+v %v after %s", j, err, time.Since(begun))
		}
		stop(t, q)
	})
}
