package warehouse

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/calendar"
)

var clockZones = []string{"America/New_York", "Australia/Lord_Howe", "Europe/Berlin", "Asia/Shanghai", "Pacific/Apia", "America/Caracas", "UTC"}

// aboutAChange draws a time of a naive clock, most often near a change of one of
// two zones' clocks.
func aboutAChange(t *rapid.T, name string, list []calendar.Transition) time.Time {
	at := rapid.SampledFrom(list).Draw(t, name+" change").At
	return at.Add(time.Duration(rapid.Int64Range(-30*3600, 30*3600).Draw(t, name+" seconds")) * time.Second)
}

// TestClocksOfTwoZones holds what is written on a column that is kept to what a
// time of it means: its instant by its own zone, and the clocks there of another.
func TestClocksOfTwoZones(t *testing.T) {
	t.Parallel()
	from, to := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	zone := func(t *rapid.T, name string) (*time.Location, []calendar.Transition) {
		loc, err := time.LoadLocation(rapid.SampledFrom(clockZones).Draw(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return loc, calendar.Calendar{Zone: loc}.Transitions(from, to)
	}
	rapid.Check(t, func(t *rapid.T) {
		own, ownChanges := zone(t, "own")
		asks, changes := zone(t, "asks")
		k := Kept{Steps: LocalSteps(own, from, to)}
		kept := aboutAChange(t, "kept", append(ownChanges[1:len(ownChanges):len(ownChanges)], changes...))
		instant := calendar.Resolve(kept, own).UTC()
		if instant.Before(from.AddDate(0, 0, 2)) {
			t.Skip()
		}
		list := k.meet(changes)
		i := 0
		for i < len(list)-1 && !kept.Before(list[i].before) {
			if !list[i].before.Before(list[i+1].before) && i+1 < len(list)-1 {
				t.Fatalf("%v is not before %v", list[i].before, list[i+1].before)
			}
			i++
		}
		if got := kept.Add(-time.Duration(list[i].kept) * time.Second); !got.Equal(instant) {
			t.Errorf("%s in %s is %s, want %s", kept, own, got, instant)
		}
		if _, offset := instant.In(asks).Zone(); list[i].asks != offset {
			t.Errorf("%s in %s: clocks of %s are %d ahead, want %d", kept, own, asks, list[i].asks, offset)
		}
		r := calendar.Range{From: aboutAChange(t, "from", changes), To: aboutAChange(t, "to", changes)}
		wide := k.Within(r)
		if !instant.Before(r.From) && kept.Before(wide.From) || instant.Before(r.To) && !kept.Before(wide.To) {
			t.Errorf("%s is within %v, but %s not within %v", instant, r, kept, wide)
		}
		if wide.To.Sub(wide.From) > r.To.Sub(r.From)+3*time.Hour && own.String() != "Pacific/Apia" {
			t.Errorf("%v is much wider than %v", wide, r)
		}
	})
}

// TestRangesWithoutBounds leaves out bounds that no year of four digits has.
func TestRangesWithoutBounds(t *testing.T) {
	t.Parallel()
	k := Kept{Steps: []LocalStep{{Offset: -5 * 3600}}}
	early, late := firstTime.Add(time.Hour), endOfTime.Add(-time.Hour)
	if got := k.Within(calendar.Range{From: early, To: late}); !got.From.IsZero() || !got.To.Equal(late.Add(-5*time.Hour+time.Second)) {
		t.Errorf("%+v", got)
	}
	k.Steps[0].Offset = 8 * 3600
	if got := k.Within(calendar.Range{From: early, To: late}); !got.From.Equal(early.Add(8*time.Hour-time.Second)) || !got.To.IsZero() {
		t.Errorf("%+v", got)
	}
}
