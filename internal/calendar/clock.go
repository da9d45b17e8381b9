package calendar

import "time"

// Floor is the wall clock at which the period of a wall clock starts. Wall
// clocks are written as times in UTC; zones play no part.
func (c Calendar) Floor(civil time.Time, g Grain) time.Time { return c.floor(civil, g) }

// Step moves a wall clock by n periods; months clamp to their last day.
func (c Calendar) Step(civil time.Time, g Grain, n int) time.Time { return c.step(civil, g, n) }
