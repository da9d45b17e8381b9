package access

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOneOfManyWritesItsUseDown(t *testing.T) {
	t.Parallel()
	var r recently
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var writes atomic.Int32
	use := func(key string, last, now time.Time, fails error) error {
		return r.note(key, last, now, func() error { writes.Add(1); return fails })
	}
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if err := use("a", time.Time{}, now, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, step := range []struct {
		key       string
		last, now time.Time
		fails     error
		want      int32
	}{
		{"b", time.Time{}, now, nil, 2},
		{"a", time.Time{}, now.Add(59 * time.Second), nil, 2},
		{"a", now, now.Add(61 * time.Second), nil, 3},
		{"c", now, now.Add(time.Second), nil, 3}, // the caller knows
		{"d", time.Time{}, now, errors.New("full"), 4},
		{"d", time.Time{}, now, nil, 5}, // what failed is tried again
	} {
		if err := use(step.key, step.last, step.now, step.fails); !errors.Is(err, step.fails) {
			t.Error(err)
		}
		if writes.Load() != step.want {
			t.Fatalf("%s at %s: %d writes, want %d", step.key, step.now, writes.Load(), step.want)
		}
	}
}
