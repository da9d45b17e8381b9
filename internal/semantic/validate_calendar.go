package semantic

import (
	"fmt"
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// Validate checks the calendar by itself.
func (s *CalendarSpec) Validate(catalog.Metadata) []catalog.Finding {
	out := checkZone("zone", s.Zone)
	if s.WeekStart != "" {
		out = append(out, oneOf("weekStart", s.WeekStart, weekdays())...)
	}
	if s.YearStart < 0 || s.YearStart > 12 {
		out = append(out, problem("yearStart", "bad_value", text.Text{ZH: "年的首月须在 1 到 12 之间", EN: "the first month of the year is 1 to 12"}))
	}
	out = append(out, s.validateFiscal()...)
	names := map[string]string{}
	for i, p := range s.Periods {
		path := fmt.Sprintf("periods[%d]", i)
		out = append(out, checkName(path+".name", p.Name)...)
		out = append(out, duplicateName(path+".name", p.Name, names)...)
		if p.Name == "period" || slices.Contains(calendar.Calendar{}.GrainNames(), calendar.Grain(p.Name)) {
			out = append(out, problem(path+".name", "name_reserved", text.Text{
				ZH: "{name} 已是时间粒度的名称，请换一个", EN: "{name} is a grain already; choose another name"}, "name", p.Name))
		}
		out = append(out, p.validate(path)...)
	}
	if s.Holidays != nil {
		out = append(out, s.Holidays.validate("holidays")...)
	}
	out = append(out, checkWeekdays("workWeek", s.WorkWeek)...)
	if t := s.TradingDays; t != nil {
		out = append(out, checkWeekdays("tradingDays.week", t.Week)...)
		if t.Holidays != "" {
			out = append(out, oneOf("tradingDays.holidays", t.Holidays, []string{"closed", "open"})...)
		}
		out = append(out, checkDates("tradingDays.closed", t.Closed)...)
		out = append(out, checkDates("tradingDays.open", t.Open)...)
	}
	return out
}

func (s *CalendarSpec) validateFiscal() []catalog.Finding {
	var out []catalog.Finding
	if s.Pattern == "" {
		if s.YearEnds != "" || s.YearNamed != "" {
			out = append(out, problem("pattern", "required", text.Text{
				ZH: "写了 yearEnds 或 yearNamed 就要写 pattern，例如 445", EN: "yearEnds and yearNamed need a pattern such as 445"}))
		}
		return out
	}
	out = append(out, oneOf("pattern", s.Pattern, calendar.Patterns())...)
	if _, _, _, err := calendar.ParseYearEnd(s.YearEnds); err != nil {
		out = append(out, problem("yearEnds", "bad_year_end", text.Text{
			ZH: "请写明财年在哪天结束，例如 last saturday of january 或 nearest saturday of january",
			EN: "say where the fiscal year ends, such as last saturday of january or nearest saturday of january"}))
	}
	if s.YearNamed != "" {
		out = append(out, oneOf("yearNamed", s.YearNamed, []string{"start", "end"})...)
	}
	return out
}

func checkWeekdays(path string, days []string) []catalog.Finding {
	var out []catalog.Finding
	for i, d := range days {
		out = append(out, oneOf(fmt.Sprintf("%s[%d]", path, i), d, weekdays())...)
	}
	return out
}

func checkDates(path string, days []string) []catalog.Finding {
	var out []catalog.Finding
	for i, d := range days {
		if !isDate(d) {
			out = append(out, badDate(fmt.Sprintf("%s[%d]", path, i), d))
		}
	}
	return out
}

func badDate(path, value string) catalog.Finding {
	return problem(path, "bad_date", text.Text{
		ZH: "{value} 不是日期，请写成 2026-01-05", EN: "{value} is not a date; write it as 2026-01-05"}, "value", value)
}

// validate checks that a grain says in exactly one way where its periods are.
func (p CalendarPeriods) validate(path string) []catalog.Finding {
	need := func(key, value string) []catalog.Finding {
		if value != "" {
			return nil
		}
		return []catalog.Finding{problem(path+"."+key, "required", text.Text{
			ZH: "缺少 {key}：写出数据集中的列名", EN: "{key} is missing: name a column of the dataset"}, "key", key)}
	}
	surplus := func(why text.Text, keys map[string]string) (out []catalog.Finding) {
		for _, key := range []string{"from", "to", "through", "label", "day", "value"} {
			if keys[key] != "" {
				out = append(out, problem(path+"."+key, "surplus", why, "key", key))
			}
		}
		return out
	}
	columns := map[string]string{"from": p.From, "to": p.To, "through": p.Through, "label": p.Label, "day": p.Day, "value": p.Value}
	switch {
	case len(p.List) > 0 && p.Dataset != "", len(p.List) == 0 && p.Dataset == "":
		return []catalog.Finding{problem(path, "list_or_dataset", text.Text{
			ZH: "周期须写在 list 里，或来自 dataset，二者选一", EN: "periods are either in list or rows of a dataset"})}
	case len(p.List) > 0:
		out := surplus(text.Text{ZH: "{key} 只用于来自数据集的周期", EN: "{key} is for periods from a dataset"}, columns)
		_, more := p.spans(path)
		return append(out, more...)
	case p.Day != "" || p.Value != "":
		delete(columns, "day")
		delete(columns, "value")
		return slices.Concat(need("day", p.Day), need("value", p.Value),
			surplus(text.Text{ZH: "写了 day 和 value 就不写 {key}", EN: "{key} does not go with day and value"}, columns))
	}
	out := need("from", p.From)
	if p.To != "" && p.Through != "" {
		out = append(out, toOrThrough(path))
	}
	return out
}

func toOrThrough(path string) catalog.Finding {
	return problem(path+".through", "to_or_through", text.Text{
		ZH: "to（不含）与 through（含）只写一个", EN: "give either to, which is not included, or through, which is"})
}

// spans reads the list of periods.
func (p CalendarPeriods) spans(path string) ([]calendar.Span, []catalog.Finding) {
	var out []calendar.Span
	var bad []catalog.Finding
	for i, item := range p.List {
		at := fmt.Sprintf("%s.list[%d]", path, i)
		s := calendar.Span{Label: item.Label}
		read := func(key, value string) time.Time {
			v, ok := wallClock(value)
			if !ok {
				bad = append(bad, problem(at+"."+key, "bad_date", text.Text{
					ZH: "{value} 不是日期或时间，请写成 2026-01-05 或 2026-01-05 08:00",
					EN: "{value} is neither a date nor a time; write 2026-01-05 or 2026-01-05 08:00"}, "value", value))
			}
			return v
		}
		s.From = read("from", item.From)
		switch {
		case item.To != "" && item.Through != "":
			bad = append(bad, toOrThrough(at))
		case item.To != "":
			s.To = read("to", item.To)
		case item.Through != "":
			s.To = read("through", item.Through).Truncate(24*time.Hour).AddDate(0, 0, 1)
		}
		s.Value = item.shown()
		out = append(out, s)
	}
	if len(bad) > 0 {
		return nil, bad
	}
	if _, err := (calendar.Calendar{}).With(calendar.Grain(p.Name), out); err != nil {
		bad = append(bad, ofFault(path+".list", err))
	}
	return out, bad
}

// shown is what stands for the period in answers.
func (p CalendarPeriod) shown() string {
	switch {
	case p.Value != "":
		return p.Value
	case p.Label.ZH == p.Label.EN && p.Label.ZH != "":
		return p.Label.ZH
	}
	return p.From
}

func wallClock(s string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if v, err := time.Parse(layout, s); err == nil {
			return v, true
		}
	}
	return time.Time{}, false
}

func (h *CalendarHolidays) validate(path string) []catalog.Finding {
	var out []catalog.Finding
	if h.Use != "" {
		out = append(out, oneOf(path+".use", h.Use, calendar.HolidaySets())...)
	}
	if h.Dataset == "" && (h.Date != "" || h.Name != "" || h.Type != "") {
		out = append(out, problem(path+".dataset", "required", text.Text{
			ZH: "date、name、type 是数据集的列名，请写明 dataset", EN: "date, name and type are columns; name the dataset"}))
	}
	if h.Dataset != "" && h.Date == "" {
		out = append(out, problem(path+".date", "required", text.Text{
			ZH: "缺少 date：哪一列是日期", EN: "date is missing: which column holds the date"}))
	}
	seen := map[string]string{}
	for i, d := range h.Days {
		at := fmt.Sprintf("%s.days[%d]", path, i)
		if !isDate(d.Date) {
			out = append(out, badDate(at+".date", d.Date))
		}
		out = append(out, duplicateName(at+".date", d.Date, seen)...)
		if d.Type != "" {
			out = append(out, oneOf(at+".type", d.Type, []string{string(calendar.Holiday), string(calendar.Workday)})...)
		}
		if d.ID != "" {
			out = append(out, checkName(at+".id", d.ID)...)
		}
	}
	return out
}

// Refs names the datasets that periods and holidays come from.
func (s *CalendarSpec) Refs() []catalog.Ref {
	var out []catalog.Ref
	for i, p := range s.Periods {
		if p.Dataset != "" {
			out = append(out, catalog.Ref{Kind: KindDataset, Name: p.Dataset, Path: fmt.Sprintf("periods[%d].dataset", i)})
		}
	}
	if s.Holidays != nil && s.Holidays.Dataset != "" {
		out = append(out, catalog.Ref{Kind: KindDataset, Name: s.Holidays.Dataset, Path: "holidays.dataset"})
	}
	return out
}

// Rename gives a copy that follows a dataset to another name.
func (s *CalendarSpec) Rename(kind, from, to string) catalog.Spec {
	c := *s
	if kind != KindDataset {
		return &c
	}
	c.Periods = slices.Clone(s.Periods)
	for i := range c.Periods {
		if c.Periods[i].Dataset == from {
			c.Periods[i].Dataset = to
		}
	}
	if h := s.Holidays; h != nil && h.Dataset == from {
		copied := *h
		copied.Dataset = to
		c.Holidays = &copied
	}
	return &c
}
