package ingest

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPace has somebody ask without end: a load rests three times as long as it
// works, and not for ever after a piece that took long.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{giveWay: func(most time.Duration) { time.Sleep(most) }}
		p.rest()
		begun := time.Now()
		for range 10 {
			time.Sleep(8 * time.Millisecond) // it works
			p.rest()
		}
		if got, want := time.Since(begun), 10*32*time.Millisecond; got != want {
			t.Errorf("took %v, not %v", got, want)
		}
		begun = time.Now()
		time.Sleep(time.Hour)
		p.rest()
		if got := time.Since(begun); got != time.Hour+longestRest {
			t.Errorf("took %v", got)
		}
	})
}
