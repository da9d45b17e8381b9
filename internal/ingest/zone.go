package ingest

import (
	"sort"
	"time"

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
	z := &zone{steps: warehouse.LocalSteps(loc, time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))}
	for i, s := range z.steps[:len(z.steps)-1] {
		from, to := s.Offset, z.steps[i+1].Offset
		z.odd = append(z.odd, [2]int64{s.Before.Unix() - int64(max(from-to, to-from)), s.Before.Unix()})
		z.last = s.Before.Year() + 1
	}
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
