package event_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestClocksThatJump: the server's clock is two days ahead for a while, and then
// an hour behind; senders send again what they sent before. Nothing is stored
// twice, and what happened when is told by each sender's own clock.
func TestClocksThatJump(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	sent := func(id string, clock time.Time) string {
		return fmt.Sprintf(`{"sentAt": %q, "batch": [{"type": "track", "event": "order_paid", "messageId": %q, "userId": "u", "timestamp": %q, "properties": {"order_id": "o1"}}]}`,
			clock.Format(time.RFC3339), id, clock.Add(-time.Minute).Format(time.RFC3339))
	}
	b.must("batch", sent("m1", noon()))
	b.at(noon().Add(48 * time.Hour))
	b.must("batch", sent("m2", noon().Add(48*time.Hour)))
	b.must("batch", sent("m1", noon().Add(48*time.Hour)))
	b.at(noon().Add(20 * time.Minute))
	b.must("batch", sent("m3", noon().AddDate(-1, 0, 0))) // a sender whose clock is a year behind
	b.must("batch", sent("m1", noon()))
	b.must("batch", sent("m2", noon()))
	b.at(noon().Add(-time.Hour))
	b.must("batch", sent("m4", noon().AddDate(1, 0, 0))) // or ahead
	b.must("batch", sent("m3", noon()))
	want := []string{
		"m1 2026-03-04 11:59:00 +0000 UTC", "m2 2026-03-06 11:59:00 +0000 UTC",
		"m3 2026-03-04 12:19:00 +0000 UTC", "m4 2026-03-04 10:59:00 +0000 UTC",
	}
	if got := b.rows("order_paid", "message_id, time"); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
