package query

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// TestSeriesAreTheRows writes spines of days across clock changes, months and
// constant bounds as series, and reads the rows back out of them.
func TestSeriesAreTheRows(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	short := 0
	for range 300 {
		zone := time.FixedZone("", 0)
		if z, err := time.LoadLocation([]string{"UTC", "Europe/Berlin", "America/New_York"}[random.IntN(3)]); err == nil {
			zone = z
		}
		rows := spineOf(random, zone)
		list, moves, ok := seriesOf(rows, 1)
		if !ok {
			continue
		}
		short++
		var again [][]any
		for _, s := range list {
			for n := range s.count {
				row := make([]any, len(s.first))
				for i, v := range s.first {
					if row[i] = v; moves[i] {
						row[i] = v.(time.Time).Add(time.Duration(n*s.step) * time.Second)
					}
				}
				again = append(again, row)
			}
		}
		if !reflect.DeepEqual(rows, again) {
			t.Fatalf("%d rows came back as %d, or others", len(rows), len(again))
		}
	}
	if short < 100 {
		t.Errorf("only %d spines were series", short)
	}
}

// spineOf makes rows of a constant bound, a period, its end, a label that may
// be coarser, and perhaps a number.
func spineOf(random *rand.Rand, zone *time.Location) [][]any {
	hours, months, part := random.IntN(4) == 0, random.IntN(5) == 0, random.IntN(5) == 0
	next := func(at time.Time) time.Time {
		switch {
		case hours:
			return at.Add(time.Hour)
		case months:
			return at.AddDate(0, 1, 0)
		}
		return at.AddDate(0, 0, 1)
	}
	at := time.Date(2000+random.IntN(20), time.Month(1+random.IntN(12)), 1, 0, 0, 0, 0, zone)
	coarse := random.IntN(3) == 0
	var rows [][]any
	for range 70 + random.IntN(2000) {
		label := at
		if coarse {
			label = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, zone)
		}
		row := []any{time.Time{}, at.UTC(), next(at).UTC(), label.UTC()}
		if part {
			row = append(row, int64(at.Year()))
		}
		rows = append(rows, row)
		if at = next(at); random.IntN(400) == 0 { // a gap, as a condition leaves
			at = next(next(at))
		}
	}
	return rows
}
