package calendar_test

import (
	"testing"
	"time"

	"lodestar/internal/calendar"
)

// TestTransitionsOfEver lists those of clocks until the end of time.
func TestTransitionsOfEver(t *testing.T) {
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	got := calendar.Calendar{Zone: loc}.Transitions(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
	if n := len(got); n != 161 || got[n-1].At.Year() != 2099 {
		t.Errorf("%d changes, the last %v", n, got[n-1])
	}
}
