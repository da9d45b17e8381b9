package semantic

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// Times is what is known of the times in a dataset's rows, by column; see the
// state and the ledger of a warehouse.
type Times struct {
	Max    map[string]time.Time // the newest of all
	Newest map[string]time.Time // the newest that counts: none of the future when the rows were brought
	Loaded time.Time            // when they were loaded
}

// Fresh tells how fresh rows are: up to when they tell what happened. That is
// their newest time that is not of the future: a moment, or the end of a day where
// the workspace is. Rows without a time of their own are as fresh as their load.
// ok is false when all times are of the future, or it is not known which are.
func (s *DatasetSpec) Fresh(t Times, cal calendar.Calendar) (at time.Time, ok bool) {
	if _, some := t.Max[s.Time]; !some {
		return t.Loaded, true
	}
	at, ok = t.Newest[s.Time]
	for _, c := range s.Columns {
		if ok && c.Name == s.Time && c.Type == expr.Date {
			at = cal.Next(calendar.Resolve(at, cal.Zone), calendar.Day)
		}
	}
	return at, ok
}

// Until is when rows that are so fresh no longer keep the promise. Faults: those
// of calendar.ParseSpan.
func (f *Freshness) Until(fresh time.Time, cal calendar.Calendar) (time.Time, error) {
	n, grain, err := calendar.ParseSpan(f.Within)
	if err != nil {
		return time.Time{}, err
	}
	return cal.Add(fresh, grain, n), nil
}
