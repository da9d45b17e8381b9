package calendar

import (
	"slices"
	"time"
)

// Grain is the length of a period.
type Grain string

// The grains, from fine to coarse.
const (
	Millisecond Grain = "millisecond"
	Second      Grain = "second"
	Minute      Grain = "minute"
	Hour        Grain = "hour"
	Day         Grain = "day"
	Week        Grain = "week"
	Month       Grain = "month"
	Quarter     Grain = "quarter"
	Year        Grain = "year"
)

// Grains lists all grains, finest first.
func Grains() []Grain {
	return []Grain{Millisecond, Second, Minute, Hour, Day, Week, Month, Quarter, Year}
}

// Length is how long a period shorter than a day is; ok is false for all
// others, whose length depends on clocks and calendars.
func (g Grain) Length() (d time.Duration, ok bool) {
	switch g {
	case Millisecond:
		return time.Millisecond, true
	case Second:
		return time.Second, true
	case Minute:
		return time.Minute, true
	case Hour:
		return time.Hour, true
	}
	return 0, false
}

// Rank orders the grains from fine to coarse; it is -1 for those that only a
// calendar knows.
func (g Grain) Rank() int { return slices.Index(Grains(), g) }

// Nests reports whether every period of a coarser grain consists of whole
// periods of this one. What only a calendar knows nests in itself alone.
func (g Grain) Nests(coarse Grain) bool {
	return g == coarse || g != Week && g.Rank() >= 0 && g.Rank() < coarse.Rank()
}

// Fine reports whether periods are shorter than a day.
func (g Grain) Fine() bool {
	_, ok := g.Length()
	return ok
}

// Calendar is a zone with the customs of its weeks and years. The zero value
// is UTC with weeks from Sunday; New gives Monday. Methods give times in Zone.
type Calendar struct {
	Zone      *time.Location
	WeekStart time.Weekday
	YearStart time.Month // first month of the fiscal year; 0 and January are the calendar year
	Fiscal    Fiscal     // a fiscal year of weeks; the zero value has none
	Days      *Days      // working and trading days; nil is Monday to Friday
	grains    *[]named   // see With
}

// New is a calendar with weeks from Monday and years from January.
func New(zone *time.Location) Calendar {
	return Calendar{Zone: zone, WeekStart: time.Monday, YearStart: time.January}
}

// Range is the half-open interval [From, To).
type Range struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// IsZero reports whether the range says nothing.
func (r Range) IsZero() bool { return r.From.IsZero() && r.To.IsZero() }
