package semantic

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Calendar is a compiled calendar.
type Calendar struct {
	Name     string
	Title    text.Text
	Revision int
	Spec     *CalendarSpec
	// Base is the calendar without what comes from datasets.
	Base calendar.Calendar
	// Sources are the datasets that complete it, in the order of the spec.
	Sources []CalendarSource
}

// CalendarSource is a dataset whose rows are periods or holidays. Columns that
// the spec does not name are nil.
type CalendarSource struct {
	Grain   calendar.Grain // "" for holidays
	Dataset *Dataset
	// periods: From with To or Through, and Label; or Day and Value
	From, To, Through, Label, Day, Value *Column
	// holidays
	Date, Name, Type *Column
}

// Columns lists the columns that are read: those that there are of From, To,
// Through and Label, of Day and Value, or of Date, Name and Type.
func (s CalendarSource) Columns() []*Column {
	all := []*Column{s.From, s.To, s.Through, s.Label, s.Day, s.Value, s.Date, s.Name, s.Type}
	return slices.DeleteFunc(all, func(c *Column) bool { return c == nil })
}

// Complete is the calendar with what has been read: spans for each grain that
// comes from a dataset, and holidays. Faults: Invalid for spans that overlap.
func (c *Calendar) Complete(spans map[calendar.Grain][]calendar.Span, holidays []calendar.SpecialDay) (calendar.Calendar, error) {
	out := c.Base
	for _, s := range c.Sources {
		var err error
		if s.Grain == "" {
			out.Days = c.Spec.days(holidays)
		} else if out, err = out.With(s.Grain, spans[s.Grain]); err != nil {
			return c.Base, err
		}
	}
	return out, nil
}

// Calendars lists the calendars by name.
func (m *Model) Calendars() []*Calendar { return sortedValues(m.calendars) }

// CalendarNamed gives a calendar by name, or with "" the workspace's own; nil
// when there is none or it is bad.
func (m *Model) CalendarNamed(name string) *Calendar {
	if name == "" {
		name = m.workspace.Calendar
	}
	return m.calendars[name]
}

// GrainTitle is what a calendar calls one of its own grains, if it does.
func (c *Calendar) GrainTitle(g calendar.Grain) text.Text {
	for _, p := range c.Spec.Periods {
		if calendar.Grain(p.Name) == g {
			if p.Title.IsZero() {
				return text.Same(p.Name)
			}
			return p.Title
		}
	}
	return text.Text{}
}

// GrainType is the type of what stands for the periods of one of the calendar's
// own grains in answers and conditions; ok is false where that is the first day.
func (c *Calendar) GrainType(g calendar.Grain) (t expr.Type, ok bool) {
	for _, s := range c.Sources {
		switch {
		case s.Grain != g:
		case s.Value != nil:
			return s.Value.Type, true
		case s.Label != nil:
			return s.Label.Type, true
		default:
			return "", false
		}
	}
	for _, p := range c.Spec.Periods {
		if calendar.Grain(p.Name) == g {
			return expr.String, true
		}
	}
	return "", false
}

// nameGrains lists the grains of all calendars. Of two that share a name the
// workspace's own counts.
func (m *Model) nameGrains() {
	all := m.Calendars()
	if own := m.calendars[m.workspace.Calendar]; own != nil {
		all = append(all, own)
	}
	for _, g := range m.calendar.GrainNames() {
		if m.grains[g] == "" {
			m.grains[g] = expr.Date
		}
	}
	for _, c := range all {
		for _, p := range c.Spec.Periods {
			g := calendar.Grain(p.Name)
			m.grains[g] = expr.Date
			if t, ok := c.GrainType(g); ok {
				m.grains[g] = t
			}
		}
	}
}

// calendars compiles all calendars, and makes the workspace's own the one that
// counts where a query names none.
func (c *compiler) calendars(rs []*catalog.Resource) {
	for _, r := range rs {
		spec, ok := r.Spec.(*CalendarSpec)
		if !ok || c.bad[r.Ref()] {
			continue
		}
		c.calendar(r, spec)
	}
	name := c.model.workspace.Calendar
	if name == "" {
		return
	}
	if cal := c.model.calendars[name]; cal != nil {
		c.model.calendar = cal.Base
		return
	}
	c.needs(KindWorkspace, WorkspaceName, "calendar", KindCalendar, name, sortedKeys(c.model.calendars))
}

func (c *compiler) calendar(r *catalog.Resource, spec *CalendarSpec) {
	name := r.Metadata.Name
	cal := &Calendar{Name: name, Title: r.Metadata.Title, Revision: r.Revision, Spec: spec}
	if cal.Title.IsZero() {
		cal.Title = text.Same(name)
	}
	for i, p := range spec.Periods {
		if p.Dataset != "" {
			c.periodSource(cal, fmt.Sprintf("periods[%d]", i), p)
		}
	}
	if h := spec.Holidays; h != nil && h.Dataset != "" {
		c.holidaySource(cal, h)
	}
	if c.bad[r.Ref()] {
		return
	}
	base, err := spec.calendarOf(c.model.calendar)
	if err != nil {
		c.report(KindCalendar, name, ofFault("periods", err)) // Validate has said so before
		return
	}
	cal.Base = base
	c.model.calendars[name] = cal
}

func (c *compiler) periodSource(cal *Calendar, path string, p CalendarPeriods) {
	d := c.model.datasets[p.Dataset]
	if d == nil {
		c.needs(KindCalendar, cal.Name, path+".dataset", KindDataset, p.Dataset, c.datasetNames())
		return
	}
	column := func(key, name string, time bool) *Column { return c.calendarColumn(cal, d, path+"."+key, name, time) }
	cal.Sources = append(cal.Sources, CalendarSource{Grain: calendar.Grain(p.Name), Dataset: d,
		From: column("from", p.From, true), To: column("to", p.To, true), Through: column("through", p.Through, true),
		Label: column("label", p.Label, false), Day: column("day", p.Day, true), Value: column("value", p.Value, false)})
}

func (c *compiler) holidaySource(cal *Calendar, h *CalendarHolidays) {
	d := c.model.datasets[h.Dataset]
	if d == nil {
		c.needs(KindCalendar, cal.Name, "holidays.dataset", KindDataset, h.Dataset, c.datasetNames())
		return
	}
	column := func(key, name string, time bool) *Column {
		return c.calendarColumn(cal, d, "holidays."+key, name, time)
	}
	cal.Sources = append(cal.Sources, CalendarSource{Dataset: d,
		Date: column("date", h.Date, true), Name: column("name", h.Name, false), Type: column("type", h.Type, false)})
}

func (c *compiler) calendarColumn(cal *Calendar, d *Dataset, path, name string, time bool) *Column {
	if name == "" {
		return nil
	}
	col := d.columns[name]
	switch {
	case col == nil:
		c.report(KindCalendar, cal.Name, unknown(path, "unknown_column", text.Text{
			ZH: "数据集没有名为 {name} 的列", EN: "the dataset has no column {name}"}, name, d.Spec.columnNames()))
	case time && col.Type != expr.Date && col.Type != expr.Timestamp:
		c.report(KindCalendar, cal.Name, problem(path, "not_time", text.Text{
			ZH: "列 {name} 须为 date 或 timestamp 类型", EN: "the column {name} must be a date or a timestamp"}, "name", name))
	}
	return col
}

// calendarOf makes the calendar; what is not set is as in base.
func (s *CalendarSpec) calendarOf(base calendar.Calendar) (calendar.Calendar, error) {
	c := base
	if s.Zone != "" {
		zone, err := time.LoadLocation(s.Zone)
		if err != nil {
			return c, err
		}
		c.Zone = zone
	}
	if s.WeekStart != "" {
		c.WeekStart = weekday(s.WeekStart)
	}
	if s.YearStart > 0 {
		c.YearStart = time.Month(s.YearStart)
	}
	if s.Pattern != "" {
		nearest, day, month, err := calendar.ParseYearEnd(s.YearEnds)
		if err != nil {
			return c, err
		}
		c.Fiscal = calendar.Fiscal{Pattern: s.Pattern, Month: month, Weekday: day, Nearest: nearest, NamedByStart: s.YearNamed == "start"}
	}
	c.Days = s.days(nil)
	for _, p := range s.Periods {
		spans, _ := p.spans("")
		var err error
		if c, err = c.With(calendar.Grain(p.Name), spans); err != nil {
			return c, err
		}
	}
	return c, nil
}

// days puts holidays together, with those read from a dataset in the middle.
func (s *CalendarSpec) days(read []calendar.SpecialDay) *calendar.Days {
	rules := calendar.DayRules{}
	for _, name := range s.WorkWeek {
		rules.Week = append(rules.Week, weekday(name))
	}
	if h := s.Holidays; h != nil {
		shipped, _ := calendar.HolidaySet(h.Use)
		rules.Special = append(rules.Special, shipped...)
		rules.Special = append(rules.Special, read...)
		for _, d := range h.Days {
			date, _ := time.Parse(time.DateOnly, d.Date)
			kind := calendar.Holiday
			if d.Type == string(calendar.Workday) {
				kind = calendar.Workday
			}
			rules.Special = append(rules.Special, calendar.SpecialDay{Date: date, Kind: kind, ID: d.ID, Name: d.Name})
		}
	}
	if t := s.TradingDays; t != nil {
		for _, name := range t.Week {
			rules.TradeWeek = append(rules.TradeWeek, weekday(name))
		}
		rules.OnHolidays = t.Holidays == "open"
		rules.Closed, rules.Open = dates(t.Closed), dates(t.Open)
	}
	return calendar.NewDays(rules)
}

func dates(list []string) []time.Time {
	out := make([]time.Time, 0, len(list))
	for _, s := range list {
		if d, err := time.Parse(time.DateOnly, s); err == nil {
			out = append(out, d)
		}
	}
	return out
}

// weekday reads monday … sunday; anything else is Monday.
func weekday(name string) time.Weekday {
	return time.Weekday((max(0, slices.Index(weekdays(), strings.ToLower(name))) + 1) % 7)
}

// ofFault turns a fault into a finding.
func ofFault(path string, err error) catalog.Finding {
	var f *fault.Error
	if !errors.As(err, &f) {
		return problem(path, "bad_value", text.Same(err.Error()))
	}
	return problem(path, f.Code, f.Text)
}

func sortedKeys[T any](by map[string]T) []string {
	out := make([]string, 0, len(by))
	for name := range by {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
