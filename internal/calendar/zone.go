package calendar

import (
	"sort"
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
		end, ok := spanEnd(from)
		if !ok || at.Before(end) {
			return at, offset
		}
		from, before = end, offset
	}
}

// spanEnd is an instant after t up to which the offset at t surely stays; ok
// is false when it stays for ever. Around a turn of the year Go's ZoneBounds
// gives an end that is not after t for dates beyond its table; the next day
// is then searched instead.
func spanEnd(t time.Time) (end time.Time, ok bool) {
	_, end = t.ZoneBounds()
	if end.IsZero() {
		return end, false
	}
	if end.After(t) {
		return end.In(t.Location()), true
	}
	_, offset := t.Zone()
	const day = 24 * 60 * 60
	seconds := sort.Search(day, func(s int) bool {
		_, later := t.Add(time.Duration(s) * time.Second).Zone()
		return later != offset
	})
	return t.Add(time.Duration(max(seconds, 1)) * time.Second), true
}

// Transition says that from an instant on, clocks differ from UTC by Offset.
type Transition struct {
	At     time.Time // in UTC
	Offset int       // seconds east of UTC
}

// lastChange bounds the changes of clocks: from then on they stand still, so that
// times which say "for ever", as the year 9999 does, do not bring thousands of them.
var lastChange = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

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
		end, ok := spanEnd(at)
		if !ok || !end.Before(to) || !end.Before(lastChange) {
			return out
		}
		at = end
	}
}
