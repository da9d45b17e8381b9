package gate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/gate"
)

// slow is a warehouse whose statements run until they are let go.
type slow struct {
	warehouse.Warehouse
	mu      sync.Mutex
	order   []string // who was let in
	running int
	most    int
	takes   time.Duration // 0: until canceled
}

func (s *slow) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	s.mu.Lock()
	s.order = append(s.order, warehouse.AskerOf(ctx).Name)
	s.running++
	s.most = max(s.most, s.running)
	s.mu.Unlock()
	var over <-chan time.Time
	if s.takes > 0 {
		t := time.NewTimer(s.takes)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-over:
		return &slowRows{s: s, ctx: ctx}, nil
	case <-ctx.Done():
		s.end()
		return nil, fault.New(fault.Canceled, "canceled", text.Same("canceled")).Wrap(ctx.Err())
	}
}

func (s *slow) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
}

type slowRows struct {
	s   *slow
	ctx context.Context
	n   int
}

func (r *slowRows) Columns() []warehouse.Column { return nil }
func (r *slowRows) Next() bool                  { r.n++; return r.n < 3 && r.ctx.Err() == nil }
func (r *slowRows) Values() []any               { return nil }
func (r *slowRows) Err() error {
	if r.ctx.Err() == nil {
		return nil
	}
	return fault.New(fault.Canceled, "canceled", text.Same("canceled")).Wrap(r.ctx.Err())
}
func (r *slowRows) Close() error { r.s.end(); return nil }

func by(ctx context.Context, name string, stream bool) context.Context {
	return warehouse.WithAsker(ctx, warehouse.Asker{Name: name, Stream: stream})
}

func askOnce(ctx context.Context, g *gate.Gate) error {
	rows, err := g.Query(ctx, expr.SQL{Text: "SELECT 1"})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

// TestOnlySoManyRun, and everybody gets an answer.
func TestOnlySoManyRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slow{takes: time.Second}
		g := gate.New(w, gate.Config{Places: 3})
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				if err := askOnce(by(t.Context(), fmt.Sprint("p", i%4), false), g); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s := g.Stats()
		if w.most != 3 || w.running != 0 || s.Running != 0 || s.Waiting != 0 || s.Started != 30 {
			t.Errorf("%d at once, %d left, %+v", w.most, w.running, s)
		}
		if s.RunSeconds != 30 || s.WaitSeconds < 1 {
			t.Errorf("figures %+v", s)
		}
	})
}

// TestPeopleTakeTurns: somebody who comes late with one question does not wait
// for all hundred of somebody else.
func TestPeopleTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slow{takes: time.Second}
		g := gate.New(w, gate.Config{Places: 2})
		var wg sync.WaitGroup
		ask := func(who string) {
			wg.Go(func() {
				if err := askOnce(by(t.Context(), who, false), g); err != nil {
					t.Error(err)
				}
			})
		}
		for range 100 {
			ask("many")
		}
		synctest.Wait()
		ask("one")
		ask("another")
		wg.Wait()
		at := slices.Index(w.order, "one")
		if other := slices.Index(w.order, "another"); at > 4 || other > 4 {
			t.Errorf("one came %d., another %d.", at+1, other+1)
		}
	})
}

// TestLineIsBounded: for all together, for one person, and in time; and says
// when to come back.
func TestLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slow{}
		g := gate.New(w, gate.Config{Places: 1, Waiting: 4, MaxWait: 10 * time.Second, MaxRun: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var late error
		for i := range 4 { // one runs, three wait
			wg.Go(func() {
				if err := askOnce(by(ctx, "ann", false), g); i == 3 {
					late = err
				}
			})
			synctest.Wait()
		}
		for _, c := range []struct {
			who  string
			kind fault.Kind
			code string
		}{{"ann", fault.RateLimited, "too_many_questions"}} {
			err := askOnce(by(t.Context(), c.who, false), g)
			if f := fault.Of(err); f.Kind != c.kind || f.Code != c.code || f.Params["retryAfter"].(int) < 1 || f.Text.ZH == "" {
				t.Errorf("%s: %v", c.who, err)
			}
		}
		wg.Go(func() { _ = askOnce(by(ctx, "bob", false), g) })
		synctest.Wait()
		err := askOnce(by(t.Context(), "eve", false), g)
		if f := fault.Of(err); f.Kind != fault.Unavailable || f.Code != "queue_full" || f.Params["retryAfter"].(int) < 1 {
			t.Errorf("full: %v", err)
		}
		if s := g.Stats(); s.Waiting != 4 || s.Refused != 2 || s.Running != 1 {
			t.Errorf("%+v", s)
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if f := fault.Of(late); f.Code != "queue_full" {
			t.Errorf("who waited too long: %v", late)
		}
		if s := g.Stats(); s.Waiting != 0 || s.Impatient != 4 {
			t.Errorf("%+v", s)
		}
		cancel()
		wg.Wait()
		if s := g.Stats(); s.Running != 0 || w.running != 0 || s.Canceled != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestTimeLimit stops the engine, frees the place, and says what happened.
func TestTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slow{}
		g := gate.New(w, gate.Config{Places: 1, MaxRun: 5 * time.Second})
		start := time.Now()
		err := askOnce(t.Context(), g)
		if f := fault.Of(err); f.Kind != fault.Timeout || f.Params["seconds"] != 5 {
			t.Error(err)
		}
		if took := time.Since(start); took != 5*time.Second || w.running != 0 {
			t.Errorf("after %s, %d running", took, w.running)
		}
		if s := g.Stats(); s.TimedOut != 1 || s.Running != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestSlowReaders: the limit of time stands for the engine, not for who reads
// the rows; and readers leave places to questions.
func TestSlowReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slow{takes: time.Second}
		g := gate.New(w, gate.Config{Places: 4, MaxRun: 5 * time.Second})
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				rows, err := g.Query(by(t.Context(), fmt.Sprint(i), true), expr.SQL{})
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Minute / 2)
				for rows.Next() {
				}
				if err := errors.Join(rows.Err(), rows.Close(), rows.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(3 * time.Second)
		if s := g.Stats(); s.Streams != 2 || s.Waiting != 2 {
			t.Errorf("%+v", s)
		}
		start := time.Now()
		if err := askOnce(t.Context(), g); err != nil || time.Since(start) != time.Second {
			t.Errorf("a question took %s beside readers: %v", time.Since(start), err)
		}
		wg.Wait()
	})
}

// TestCancelledQueriesLeaveNothing: in line, while running, and while rows are
// read. The bubble does not end while a goroutine is left.
func TestCancelledQueriesLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slow{takes: 200 * time.Microsecond}
		g := gate.New(w, gate.Config{Places: 3, Waiting: 2000})
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(by(t.Context(), fmt.Sprint(i%7), i%5 == 0), time.Duration(i%40)*time.Millisecond)
				defer cancel()
				_ = askOnce(ctx, g)
			})
		}
		wg.Wait()
		s := g.Stats()
		if s.Running != 0 || s.Waiting != 0 || s.Streams != 0 || w.running != 0 || w.most > 3 {
			t.Errorf("%+v, %d running", s, w.running)
		}
		if s.Canceled < 100 || s.Started < 100 {
			t.Errorf("the trial is too easy: %+v", s)
		}
	})
}
