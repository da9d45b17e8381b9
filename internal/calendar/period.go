package calendar

import "time"

// A period is named by the wall clock of its start and begins at the first
// instant at which clocks show that time or later. So a day whose midnight is
// missing begins at its first instant, an hour that clocks go through twice is
// one period of two hours, and one that they jump over does not exist. Periods
// of a grain follow each other without gap or overlap. Grains with gaps, such as
// working days, tile time together with their gaps: Start and Next then give
// the ends of the gap, and Periods leaves gaps out.

// Start is the start of the period in which t lies, in the calendar's zone.
func (c Calendar) Start(t time.Time, g Grain) time.Time {
	zone := c.zone()
	label := c.floor(Civil(t, zone), g)
	start := first(label, zone)
	for {
		// Clocks set back over a boundary show the old label again.
		label = c.after(label, g)
		next := first(label, zone)
		if next.After(t) {
			return start
		}
		start = next
	}
}

// Next is the start of the period after the one in which t lies.
func (c Calendar) Next(t time.Time, g Grain) time.Time {
	zone := c.zone()
	label := c.floor(Civil(t, zone), g)
	for {
		label = c.after(label, g)
		if next := first(label, zone); next.After(t) {
			return next
		}
	}
}

// Add moves an instant by n periods and keeps its place inside the period: day
// and longer grains keep the wall clock, and months clamp to their last day
// (31 January plus a month is the last of February). Hours and less are
// elapsed time. The start of a day stays the start of a day. A fiscal month,
// quarter or year keeps the week and the weekday inside the period. Beyond the
// last period of a grain with gaps lies the year 9000, before the first 1000.
func (c Calendar) Add(t time.Time, g Grain, n int) time.Time {
	zone := c.zone()
	if d, ok := g.Length(); ok {
		return t.Add(time.Duration(n) * d).In(zone)
	}
	civil := Civil(t, zone)
	if gaps := c.gapped(g); gaps != nil {
		moved, _ := moveGapped(gaps, c.clockIn(t, gaps), n)
		return first(moved, zone)
	}
	if c.Start(t, Day).Equal(t) {
		return first(c.step(c.floor(civil, Day), g, n), zone)
	}
	return Resolve(c.step(civil, g, n), zone)
}

// Periods lists the starts of all periods that overlap the range, in order.
func (c Calendar) Periods(r Range, g Grain) []time.Time {
	out, _ := c.PeriodsUpTo(r, g, -1)
	return out
}

// PeriodsUpTo is Periods with a limit; complete is false when there were more.
// A negative limit is none.
func (c Calendar) PeriodsUpTo(r Range, g Grain, limit int) (starts []time.Time, complete bool) {
	if !r.From.Before(r.To) {
		return nil, true
	}
	gaps := c.HasGaps(g)
	for t := c.Start(r.From, g); t.Before(r.To); t = c.Next(t, g) {
		if gaps && !c.In(t, g) {
			continue
		}
		if limit >= 0 && len(starts) == limit {
			return starts, false
		}
		starts = append(starts, t)
	}
	return starts, true
}

// Period is the whole period in which t lies.
func (c Calendar) Period(t time.Time, g Grain) Range {
	return Range{From: c.Start(t, g), To: c.Next(t, g)}
}

// yearStart is the first month of the fiscal year.
func (c Calendar) yearStart() time.Month {
	if c.YearStart < time.January || c.YearStart > time.December {
		return time.January
	}
	return c.YearStart
}

// floor is the label of the period of a wall clock.
func (c Calendar) floor(civil time.Time, g Grain) time.Time {
	if gaps := c.gapped(g); gaps != nil {
		s, _ := gaps.find(civil)
		return s.From
	}
	g = c.plain(g)
	if isFiscal(g) {
		return c.Fiscal.floor(civil, g)
	}
	if d, ok := g.Length(); ok {
		return civil.Truncate(d)
	}
	y, m, d := civil.Date()
	switch g {
	case Week:
		d -= (int(civil.Weekday()) - int(c.WeekStart) + 7) % 7
	case Month:
		d = 1
	case Quarter:
		d = 1
		m -= (m - c.yearStart() + 12) % 3
	case Year:
		d = 1
		m -= (m - c.yearStart() + 12) % 12
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// after is the label of what follows a label: the next period, or a gap.
func (c Calendar) after(label time.Time, g Grain) time.Time {
	if gaps := c.gapped(g); gaps != nil {
		s, _ := gaps.find(label)
		return s.To
	}
	return c.step(label, g, 1)
}

// step moves a wall clock by n grains.
func (c Calendar) step(civil time.Time, g Grain, n int) time.Time {
	if gaps := c.gapped(g); gaps != nil {
		moved, _ := moveGapped(gaps, civil, n)
		return moved
	}
	g = c.plain(g)
	if isFiscal(g) {
		return c.Fiscal.step(civil, g, n)
	}
	if d, ok := g.Length(); ok {
		return civil.Add(time.Duration(n) * d)
	}
	switch g {
	case Week:
		return civil.AddDate(0, 0, 7*n)
	case Month:
		return addMonths(civil, n)
	case Quarter:
		return addMonths(civil, 3*n)
	case Year:
		return addMonths(civil, 12*n)
	}
	return civil.AddDate(0, 0, n)
}

// addMonths keeps the day of the month, or takes the last one there is.
func addMonths(civil time.Time, n int) time.Time {
	y, m, d := civil.Date()
	last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	clock := civil.Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
	return last.AddDate(0, 0, min(d, last.Day())-last.Day()).Add(clock)
}
