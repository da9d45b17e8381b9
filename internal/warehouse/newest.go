package warehouse

import (
	"time"

	"lodestar/internal/expr"
)

// Slack is by how much clocks may differ: rows that are so little ahead are not of
// the future.
const Slack = 5 * time.Minute

// firstZone is how far ahead of UTC the zone is in which days begin first.
const firstZone = 14 * time.Hour

// Reached is the last value of a column of times that is not of the future at a
// moment: the moment and Slack; of a column of dates the day that it is then where
// zone is, as midnight UTC. Where zone is nil, that is not known, and it is the
// day that has begun somewhere on earth.
func Reached(t expr.Type, at time.Time, zone *time.Location) time.Time {
	at = at.Add(Slack)
	if t != expr.Date {
		return at.UTC().Truncate(time.Microsecond) // finer than that no engine stores
	}
	if zone == nil {
		return at.UTC().Add(firstZone).Truncate(24 * time.Hour)
	}
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
