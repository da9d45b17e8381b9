package prepare

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// zone writes the way between instants, stored as naive UTC, and the clocks of
// a place.
type zone struct {
	d     warehouse.Dialect
	steps []calendar.Transition // the first holds from the beginning of time
}

func newZone(d warehouse.Dialect, loc *time.Location) zone {
	if loc == nil || loc == time.UTC || loc.String() == "UTC" {
		return zone{d: d}
	}
	return zone{d, calendar.Calendar{Zone: loc}.Transitions(
		time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))}
}

// local turns an instant into what the clocks say.
func (z zone) local(x expr.SQL) expr.SQL {
	return z.tree(x, z.steps, 1, func(i int) time.Time { return z.steps[i].At }, 0)
}

// utc turns what the clocks say into the instant: the later one of a time that
// they skip, the earlier one of a time that they say twice.
func (z zone) utc(x expr.SQL) expr.SQL {
	return z.tree(x, z.steps, -1, func(i int) time.Time {
		offset := max(z.steps[i-1].Offset, z.steps[i].Offset)
		return z.steps[i].At.Add(time.Duration(offset) * time.Second)
	}, 0)
}

// tree compares x with the bounds of the steps, halving them each time.
func (z zone) tree(x expr.SQL, steps []calendar.Transition, sign int, bound func(int) time.Time, first int) expr.SQL {
	switch len(steps) {
	case 0:
		return x
	case 1:
		return z.d.AddSeconds(x, z.d.Literal(int64(sign*steps[0].Offset), expr.Integer))
	}
	half := len(steps) / 2
	return expr.Concat("(CASE WHEN ", x, " < ", z.d.Literal(bound(first+half), expr.Timestamp), " THEN ",
		z.tree(x, steps[:half], sign, bound, first), " ELSE ", z.tree(x, steps[half:], sign, bound, first+half), " END)")
}
