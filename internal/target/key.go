package target

import (
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
)

// keyShape tells how the keys of a target's values look for a period, for
// messages; "" for a period that targets cannot have.
func keyShape(period calendar.Grain) string {
	switch period {
	case calendar.Day:
		return "2026-01-05"
	case calendar.Week:
		return "2026-W02"
	case calendar.Month:
		return "2026-01"
	case calendar.Quarter:
		return "2026-Q1"
	case calendar.Year:
		return "2026"
	}
	return ""
}

// ParseKey reads the key of a target value and gives the first day of the
// period it names as a date without zone (midnight UTC). It accepts the first
// day itself (2026-01-05) for any period, 2026-W05 for weeks, 2026-01 for months,
// 2026-Q1 for quarters and 2026 for years, all as the calendar labels them: a
// fiscal year that does not start in January bears the year in which it ends.
// ok is false for any other text.
func ParseKey(key string, period calendar.Grain, c calendar.Calendar) (first time.Time, ok bool) {
	if d, err := time.Parse(time.DateOnly, key); err == nil {
		return d, true
	}
	yearText, rest, _ := strings.Cut(key, "-")
	year, err := strconv.Atoi(yearText)
	if err != nil || len(yearText) != 4 {
		return time.Time{}, false
	}
	yearStart := max(c.YearStart, time.January)
	fiscal := year
	if yearStart != time.January {
		fiscal--
	}
	switch period {
	case calendar.Week:
		n, ok := number(rest, "W", 53)
		if !ok {
			return time.Time{}, false
		}
		return weekStart(year, n, c.WeekStart)
	case calendar.Month:
		n, ok := number(rest, "", 12)
		return time.Date(year, time.Month(n), 1, 0, 0, 0, 0, time.UTC), ok && len(rest) == 2
	case calendar.Quarter:
		n, ok := number(rest, "Q", 4)
		return time.Date(fiscal, yearStart+time.Month(3*(n-1)), 1, 0, 0, 0, 0, time.UTC), ok
	case calendar.Year:
		return time.Date(fiscal, yearStart, 1, 0, 0, 0, 0, time.UTC), rest == "" && len(key) == 4
	}
	return time.Time{}, false
}

// number reads prefix followed by 1 … limit.
func number(s, prefix string, limit int) (int, bool) {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n >= 1 && n <= limit
}

// weekStart gives the first day of week n of a year, the way the calendar
// labels weeks: a week belongs to the year of its fourth day, so that the week
// of 4 January is the first.
func weekStart(year, n int, first time.Weekday) (time.Time, bool) {
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	back := (int(fourth.Weekday()) - int(first) + 7) % 7
	start := fourth.AddDate(0, 0, 7*(n-1)-back)
	return start, start.AddDate(0, 0, 3).Year() == year
}

// At gives the value wanted in the period that starts at the instant, read as
// a day in the calendar's zone; ok is false when the target has none.
func (s *Spec) At(start time.Time, c calendar.Calendar) (value float64, ok bool) {
	y, m, d := start.In(c.Zone).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	for key, v := range s.Values {
		if first, ok := ParseKey(key, s.Period, c); ok && first.Equal(day) {
			return v, true
		}
	}
	return 0, false
}
