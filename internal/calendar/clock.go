package calendar

import "time"

// Floor is the wall clock at which the period of a wall clock starts. Wall
// clocks are written as times in UTC; zones play no part.
func (c Calendar) Floor(civil time.Time, g Grain) time.Time { return c.floor(civil, g) }

// Step moves a wall clock by n periods; months clamp to their last day.
func (c Calendar) Step(civil time.Time, g Grain, n int) time.Time { return c.step(civil, g, n) }

// Latest is the later of two times.
func Latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Earliest is the earlier of two times.
func Earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
