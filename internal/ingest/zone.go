package ingest

import (
	"sort"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/warehouse"
)

// zone turns naive local times into UTC. A time that a change of clocks skips
// is read as the later instant, one that occurs twice as the earlier.
type zone struct {
	steps []warehouse.LocalStep
	odd   [][2]int64 // local seconds [from, to) that are skipped or occur twice
	last  int        // year of the last change; later times need no search
}

// newZone works out the steps of a location from 1900 to 2100; nil for UTC.
func newZone(loc *time.Location) *zone {
	if loc == nil || loc == time.UTC || loc.String() == "UTC" {
		return nil
	}
	list := calendar.Calendar{Zone: loc}.Transitions(
		time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	z, offset := &zone{}, list[0].Offset
	for _, t := range list[1:] {
		local := t.At.Unix() + int64(max(offset, t.Offset))
		z.steps = append(z.steps, warehouse.LocalStep{Before: time.Unix(local, 0).UTC(), Offset: offset})
		z.odd = append(z.odd, [2]int64{t.At.Unix() + int64(min(offset, t.Offset)), local})
		z.last, offset = t.At.Year()+1, t.Offset
	}
	z.steps = append(z.steps, warehouse.LocalStep{Offset: offset})
	return z
}

// utc gives UTC seconds for local seconds, and whether the clock says the
// local time twice or never.
func (z *zone) utc(local int64) (int64, bool) {
	i := sort.Search(len(z.odd), func(i int) bool { return local < z.odd[i][1] })
	odd := i < len(z.odd) && local >= z.odd[i][0]
	return local - int64(z.steps[i].Offset), odd
}

// steady reports whether the clocks of a year, in four digits, go on without a
// change, as do those of later years, and all its moments are times by UTC, too.
func (z *zone) steady(year []byte) bool {
	if z == nil {
		return true
	}
	n := 0
	for _, c := range year {
		n = n*10 + int(c-'0')
	}
	return n > max(z.last, 1) && n < 9999
}
