package query

import (
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
)

// ordinalPairs aligns buckets by their number in the calendar: the same week
// and weekday of the fiscal year, the same working day of the month. ok is
// false where the comparison does not go by such numbers.
func (q *question) ordinalPairs(g calendar.Grain, before, current []time.Time) (pairs []pair, ok bool) {
	fine := g.Fine() || g == calendar.Day
	switch q.times.align {
	case "working_day", "trading_day":
		if fine {
			return q.byDayNumber(calendar.Grain(q.times.align), before, current)
		}
		return nil, false
	}
	by, ok := q.fiscalShift()
	if !ok || !fine && !slices.Contains(calendar.FiscalGrains(), g) {
		return nil, false
	}
	exists := setOf(before)
	for _, c := range current {
		// Week 53 has no counterpart: the way back does not lead home.
		if p := q.cal.Step(c, by, -1); exists[p] && q.cal.Step(p, by, 1).Equal(c) {
			pairs = append(pairs, pair{p, c})
		}
	}
	return pairs, true
}

func setOf(list []time.Time) map[time.Time]bool {
	out := make(map[time.Time]bool, len(list))
	for _, t := range list {
		out[t] = true
	}
	return out
}

// fiscalShift is the fiscal period by which the comparison moves.
func (q *question) fiscalShift() (calendar.Grain, bool) {
	if q.cal.Fiscal.Pattern == "" {
		return "", false
	}
	word := calendar.Grain(strings.TrimPrefix(q.compare.To, "previous_"))
	if q.times.align == "fiscal" {
		switch word {
		case calendar.Week, calendar.Month, calendar.Quarter, calendar.Year:
			word = "fiscal_" + word
		}
	}
	return word, slices.Contains(calendar.FiscalGrains(), word)
}

// dayNumber is a day's place in its month: how many working days there have
// been, and how many other days since the last of them.
type dayNumber struct {
	month, worked, free int
	clock               time.Duration
}

func (q *question) byDayNumber(kind calendar.Grain, before, current []time.Time) (pairs []pair, ok bool) {
	months := map[string]int{"previous_month": 1, "previous_quarter": 3, "previous_year": 12}[q.compare.To]
	if months == 0 {
		return nil, false
	}
	earlier := make(map[dayNumber]time.Time, len(before))
	for _, b := range before {
		earlier[q.dayNumber(kind, b)] = b
	}
	for _, c := range current {
		n := q.dayNumber(kind, c)
		n.month -= months
		if p, ok := earlier[n]; ok {
			pairs = append(pairs, pair{p, c})
		}
	}
	return pairs, true
}

func (q *question) dayNumber(kind calendar.Grain, label time.Time) dayNumber {
	day := q.cal.Floor(label, calendar.Day)
	out := dayNumber{month: 12*day.Year() + int(day.Month()), clock: label.Sub(day)}
	for d := q.cal.Floor(day, calendar.Month); !d.After(day); d = d.AddDate(0, 0, 1) {
		if q.cal.Holds(d, kind) {
			out.worked, out.free = out.worked+1, 0
		} else {
			out.free++
		}
	}
	return out
}
