package semantic

import (
	"lodestar/internal/text"
)

// CalendarSpec says how time is divided: the zone, weeks and years, fiscal
// years of whole weeks, periods with names, holidays and working days. What is
// not set comes from the workspace.
type CalendarSpec struct {
	Zone      string `json:"zone,omitempty"`      // IANA name
	WeekStart string `json:"weekStart,omitempty"` // monday … sunday
	YearStart int    `json:"yearStart,omitempty"` // first month of years and quarters, 1 to 12

	// A fiscal year of weeks; without Pattern fiscal periods are the plain ones.
	Pattern   string `json:"pattern,omitempty"`   // 445 | 454 | 544: weeks of the months of each quarter
	YearEnds  string `json:"yearEnds,omitempty"`  // "last saturday of september", "nearest saturday of january"
	YearNamed string `json:"yearNamed,omitempty"` // start | end: the calendar year that names it; default end

	Periods     []CalendarPeriods `json:"periods,omitempty"`
	Holidays    *CalendarHolidays `json:"holidays,omitempty"`
	WorkWeek    []string          `json:"workWeek,omitempty"` // default monday to friday
	TradingDays *TradingDays      `json:"tradingDays,omitempty"`
}

// CalendarPeriods is a grain with a name: seasons, campaigns, shifts. Its
// periods are listed, or are rows of a dataset: one row for each period (From
// with To or Through), or one for each day (Day, Value).
type CalendarPeriods struct {
	Name    string           `json:"name"` // the grain: {"time": NAME}
	Title   text.Text        `json:"title,omitzero"`
	List    []CalendarPeriod `json:"list,omitempty"`
	Dataset string           `json:"dataset,omitempty"`
	From    string           `json:"from,omitempty"`    // columns: first day or moment,
	To      string           `json:"to,omitempty"`      // first one after it,
	Through string           `json:"through,omitempty"` // or the last day that belongs to it;
	Label   string           `json:"label,omitempty"`   // what it is called; default the first day
	Day     string           `json:"day,omitempty"`     // columns: a day,
	Value   string           `json:"value,omitempty"`   // and what stands for the period it is in
}

// CalendarPeriod is one period. Times are dates, or dates with a clock such as
// "2026-01-05 08:00". Without To or Through it lasts until the next begins.
type CalendarPeriod struct {
	From    string    `json:"from"`
	To      string    `json:"to,omitempty"`
	Through string    `json:"through,omitempty"`
	Value   string    `json:"value,omitempty"` // what answers show; default the label where both languages agree, else the first day
	Label   text.Text `json:"label,omitzero"`
}

// CalendarHolidays are holidays and make-up working days: a set that comes with
// the program, rows of a dataset, days of one's own, or all three, of which
// later ones win.
type CalendarHolidays struct {
	Use     string        `json:"use,omitempty"` // china
	Dataset string        `json:"dataset,omitempty"`
	Date    string        `json:"date,omitempty"` // columns of the dataset
	Name    string        `json:"name,omitempty"`
	Type    string        `json:"type,omitempty"` // column with holiday or workday; without it all are holidays
	Days    []CalendarDay `json:"days,omitempty"`
}

// CalendarDay is a holiday or a make-up working day.
type CalendarDay struct {
	Date string    `json:"date"`
	Name text.Text `json:"name,omitzero"`
	Type string    `json:"type,omitempty"` // holiday (default) | workday
	ID   string    `json:"id,omitempty"`   // spring_festival: for comparing with the same holiday of another year
}

// TradingDays are the days of business, where they are not the working days of
// the week that are no holidays.
type TradingDays struct {
	Week     []string `json:"week,omitempty"`     // days of the week; default those of workWeek
	Holidays string   `json:"holidays,omitempty"` // closed (default) | open
	Closed   []string `json:"closed,omitempty"`   // dates
	Open     []string `json:"open,omitempty"`
}
