package calendar

import (
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// The grains of a fiscal year. In a calendar without a pattern of weeks they
// are the plain ones: a fiscal month is a month, a fiscal year begins with
// YearStart.
const (
	FiscalWeek    Grain = "fiscal_week"
	FiscalMonth   Grain = "fiscal_month"
	FiscalQuarter Grain = "fiscal_quarter"
	FiscalYear    Grain = "fiscal_year"
)

// FiscalGrains lists the grains of a fiscal year, finest first.
func FiscalGrains() []Grain { return []Grain{FiscalWeek, FiscalMonth, FiscalQuarter, FiscalYear} }

// Fiscal is a year of whole weeks, as in 4-4-5 accounting and 4-5-4 retail
// calendars. The year ends on the last Weekday of Month, or on the one nearest
// to the last day of Month, and so has 52 or 53 weeks; a 53rd week belongs to
// the last month. The zero value is no such year.
type Fiscal struct {
	Pattern      string // "445" | "454" | "544": weeks of the months of each quarter
	Month        time.Month
	Weekday      time.Weekday
	Nearest      bool
	NamedByStart bool // the year is named by the calendar year in which it starts, not by the one in which it ends
}

// Patterns lists the orders of months of four and five weeks.
func Patterns() []string { return []string{"445", "454", "544"} }

// ParseYearEnd reads where a fiscal year ends: "last saturday of january" or
// "nearest saturday of january". The error is an Invalid fault.
func ParseYearEnd(s string) (nearest bool, day time.Weekday, month time.Month, err error) {
	words := strings.Fields(strings.ToLower(s))
	bad := fault.New(fault.Invalid, "bad_year_end", text.Text{
		ZH: "{value} 不是财年的结束规则，请写成 last saturday of january 或 nearest saturday of january",
		EN: "{value} does not say where a fiscal year ends; write last saturday of january or nearest saturday of january"}, "value", s)
	if len(words) != 4 || words[2] != "of" || words[0] != "last" && words[0] != "nearest" {
		return false, 0, 0, bad
	}
	day, month = -1, 0
	for d := time.Sunday; d <= time.Saturday; d++ {
		if words[1] == strings.ToLower(d.String()) {
			day = d
		}
	}
	for m := time.January; m <= time.December; m++ {
		if words[3] == strings.ToLower(m.String()) {
			month = m
		}
	}
	if day < 0 || month == 0 {
		return false, 0, 0, bad
	}
	return words[0] == "nearest", day, month, nil
}

// plain gives the grain that a fiscal one stands for in a calendar whose
// fiscal year is made of months.
func (c Calendar) plain(g Grain) Grain {
	if c.Fiscal.Pattern != "" {
		return g
	}
	switch g {
	case FiscalWeek:
		return Week
	case FiscalMonth:
		return Month
	case FiscalQuarter:
		return Quarter
	case FiscalYear:
		return Year
	}
	return g
}

func isFiscal(g Grain) bool {
	return g == FiscalWeek || g == FiscalMonth || g == FiscalQuarter || g == FiscalYear
}

// start is the first day of fiscal year y, the one that ends with Month of
// calendar year y or a few days after it.
func (f Fiscal) start(y int) time.Time {
	end := time.Date(y-1, f.Month+1, 0, 0, 0, 0, 0, time.UTC)
	back := (int(end.Weekday()) - int(f.Weekday) + 7) % 7
	if f.Nearest && back > 3 {
		back -= 7
	}
	return end.AddDate(0, 0, 1-back)
}

// year finds the fiscal year of a day.
func (f Fiscal) year(civil time.Time) int {
	y := civil.Year()
	for !civil.Before(f.start(y + 1)) {
		y++
	}
	for civil.Before(f.start(y)) {
		y--
	}
	return y
}

// name is the number by which people call fiscal year y.
func (f Fiscal) name(y int) int {
	if f.NamedByStart {
		// A year that starts in the last days of December is meant for the next.
		return f.start(y).AddDate(0, 0, 7).Year()
	}
	return f.start(y+1).AddDate(0, 0, -8).Year()
}

// months of a year are counted through: number 12y+m is month m, from 0, of
// year y. monthStart is the first day of one.
func (f Fiscal) monthStart(number int) time.Time {
	y, m := floorDiv(number, 12)
	weeks := m / 3 * 13
	for i := range m % 3 {
		weeks += int(f.Pattern[i] - '0')
	}
	return f.start(y).AddDate(0, 0, 7*weeks)
}

func (f Fiscal) month(civil time.Time) int {
	number := 12*f.year(civil) + 11
	for civil.Before(f.monthStart(number)) {
		number--
	}
	return number
}

func floorDiv(a, b int) (quotient, rest int) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}

// months of a grain, 0 for weeks.
func fiscalMonths(g Grain) int {
	switch g {
	case FiscalMonth:
		return 1
	case FiscalQuarter:
		return 3
	case FiscalYear:
		return 12
	}
	return 0
}

func (f Fiscal) floor(civil time.Time, g Grain) time.Time {
	size := fiscalMonths(g)
	if size == 0 {
		y, m, d := civil.Date()
		d -= (int(civil.Weekday()) - int(f.Weekday) - 1 + 14) % 7
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	number, _ := floorDiv(f.month(civil), size)
	return f.monthStart(number * size)
}

// step keeps the week and the weekday inside the period; a week that the other
// period does not have is its last one.
func (f Fiscal) step(civil time.Time, g Grain, n int) time.Time {
	size := fiscalMonths(g)
	if size == 0 {
		return civil.AddDate(0, 0, 7*n)
	}
	number, _ := floorDiv(f.month(civil), size)
	into := civil.Sub(f.monthStart(number * size))
	number += n
	begins, ends := f.monthStart(number*size), f.monthStart((number+1)*size)
	const week = 7 * 24 * time.Hour
	if length := ends.Sub(begins); into >= length {
		into = length - week + into%week
	}
	return begins.Add(into)
}

// ordinal gives the fiscal year's name and the number, from 1, of the period
// inside it.
func (f Fiscal) ordinal(civil time.Time, g Grain) (year, number int) {
	y := f.year(civil)
	switch g {
	case FiscalWeek:
		number = int(civil.Sub(f.start(y))/(7*24*time.Hour)) + 1
	case FiscalMonth:
		number = f.month(civil) - 12*y + 1
	case FiscalQuarter:
		number = (f.month(civil)-12*y)/3 + 1
	}
	return f.name(y), number
}
