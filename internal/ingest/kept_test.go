package ingest

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestLateSpans: each minute is late as the newest load before it says, asked
// minute by minute.
func TestLateSpans(t *testing.T) {
	t.Parallel()
	zero := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	minute := func(n int) time.Time { return zero.Add(time.Duration(n) * time.Minute) }
	rapid.Check(t, func(rt *rapid.T) {
		var steps []due
		at := 0
		for range rapid.IntRange(1, 8).Draw(rt, "loads") {
			at += rapid.IntRange(0, 30).Draw(rt, "pause")
			steps = append(steps, due{minute(at), minute(at + rapid.IntRange(-40, 60).Draw(rt, "fresh for"))})
		}
		from := rapid.IntRange(0, 120).Draw(rt, "from")
		to := from + rapid.IntRange(0, 120).Draw(rt, "span")
		spans := lateSpans(steps, minute(from), minute(to))
		for i, s := range spans {
			if !s.From.Before(s.To) || i > 0 && !spans[i-1].To.Before(s.From) {
				rt.Fatalf("spans %v", spans)
			}
		}
		for m := -5; m < to+5; m++ {
			now := minute(m)
			late := false
			if m >= from && m < to {
				for _, s := range steps {
					if !s.at.After(now) {
						late = !s.until.After(now) // the newest load so far decides
					}
				}
			}
			told := false
			for _, s := range spans {
				told = told || !now.Before(s.From) && now.Before(s.To)
			}
			if told != late {
				rt.Fatalf("minute %d: told %t, is %t; %v of %v", m, told, late, spans, steps)
			}
		}
	})
}
