package semantic

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// Newest is the newest time that rows tell of, by the newest values of their
// columns: a moment, or a day where the workspace is, which counts until it is
// over; zero for rows without a time of their own.
func (s *DatasetSpec) Newest(times map[string]time.Time, cal calendar.Calendar) (begin, end time.Time) {
	t := times[s.Time]
	for _, c := range s.Columns {
		if c.Name == s.Time && c.Type == expr.Date && !t.IsZero() {
			t = calendar.Resolve(t, cal.Zone)
			return t, cal.Next(t, calendar.Day)
		}
	}
	return t, t
}
