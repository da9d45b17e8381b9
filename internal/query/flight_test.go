package query_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// patient is a warehouse that takes a minute for a statement, unless it is
// given up.
type patient struct {
	fake
	mu     sync.Mutex
	asked  int
	gaveUp int
}

func (p *patient) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	p.mu.Lock()
	p.asked++
	p.mu.Unlock()
	select {
	case <-time.After(time.Minute):
		return p.fake.Query(ctx, q)
	case <-ctx.Done():
		p.mu.Lock()
		p.gaveUp++
		p.mu.Unlock()
		return nil, ctx.Err()
	}
}

// TestFirstAskerMayLeave: equal questions share one statement. Who asked it
// first may give up without taking it from the others; when all have given up,
// it ends.
func TestFirstAskerMayLeave(t *testing.T) {
	m := compile(t, streamModel)
	for _, stay := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := &patient{fake: fake{states: loaded(m, 10), answers: func(expr.SQL) [][]any { return [][]any{{int64(7)}} }}}
			e := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: w, Now: func() time.Time { return noon }})
			defer e.Close()
			r := decode(t, `{"metrics": ["sales"]}`)
			first, leave := context.WithCancel(t.Context())
			others, leaveToo := context.WithCancel(t.Context())
			defer leaveToo()
			results := make(chan error, 5)
			ask := func(ctx context.Context, who string) {
				go func() {
					res, err := e.Query(ctx, access.Actor{Name: who, Role: access.Viewer}, r)
					if err == nil && (len(res.Rows) != 1 || res.Rows[0][0] != int64(7)) {
						t.Errorf("got %v", res.Rows)
					}
					results <- err
				}()
				synctest.Wait()
			}
			ask(first, "ann")
			for range 4 {
				ask(others, "bob")
			}
			leave()
			if err := <-results; !fault.Is(err, fault.Canceled) {
				t.Errorf("who left got %v", err)
			}
			if !stay {
				leaveToo()
			}
			for range 4 {
				if err := <-results; stay != (err == nil) {
					t.Errorf("stayed %v: %v", stay, err)
				}
			}
			synctest.Wait()
			gaveUp := 1
			if stay {
				gaveUp = 0
			}
			if w.asked != 1 || w.gaveUp != gaveUp {
				t.Errorf("stayed %v: %d statements, %d given up", stay, w.asked, w.gaveUp)
			}
		})
	}
}
