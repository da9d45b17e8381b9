package calendar

import (
	"time"
	_ "time/tzdata" // machines without zone files compute the same
)

// farOff is more than any zone ever differed from UTC.
const farOff = 26 * time.Hour

// zone is the calendar's zone; nil means UTC.
func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Civil gives the local wall clock of an instant as a time in UTC, so that it
// can be compared and counted with as if there were no zones.
func Civil(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// Resolve turns a wall clock, given as a time in UTC, into the instant at
// which clocks in the zone showed it. Shown twice, the earlier instant counts;
// never shown (clocks went forward over it), it is moved later by the gap.
func Resolve(civil time.Time, zone *time.Location) time.Time {
	at, before := crossing(civil, zone)
	if shown := Civil(at, zone); shown.After(civil) {
		return civil.Add(-before).In(zone)
	}
	return at
}

// first is the first instant at which the wall clock shows civil or later.
func first(civil time.Time, zone *time.Location) time.Time {
	at, _ := crossing(civil, zone)
	return at
}

// crossing walks through the spans of constant offset and also tells the
// offset that was in force before the span of the answer.
func crossing(civil time.Time, zone *time.Location) (at time.Time, before time.Duration) {
	from := civil.Add(-farOff).In(zone)
	for {
		_, seconds := from.Zone()
		offset := time.Duration(seconds) * time.Second
		at = civil.Add(-offset).In(zone)
		if at.Before(from) {
			return from, before
		}
		_, end := from.ZoneBounds()
		if end.IsZero() || at.Before(end) {
			return at, offset
		}
		from, before = end.In(zone), offset
	}
}

// Transition says that from an instant on, clocks differ from UTC by Offset.
type Transition struct {
	At     time.Time // in UTC
	Offset int       // seconds east of UTC
}

// Transitions lists the offsets in force in [from, to), oldest first. The
// first entry is at from itself; there is always one.
func (c Calendar) Transitions(from, to time.Time) []Transition {
	var out []Transition
	at := from.In(c.zone())
	for {
		_, offset := at.Zone()
		if n := len(out); n == 0 || out[n-1].Offset != offset {
			out = append(out, Transition{at.UTC(), offset})
		}
		_, end := at.ZoneBounds()
		if end.IsZero() || !end.Before(to) {
			return out
		}
		at = end.In(c.zone())
	}
}
