package semantic

import (
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// Validate checks the workspace's settings.
func (s *WorkspaceSpec) Validate(meta catalog.Metadata) []catalog.Finding {
	var out []catalog.Finding
	if meta.Name != WorkspaceName {
		f := problem("name", "bad_name", text.Text{ZH: "工作区的名称固定为 workspace", EN: "the workspace is always named workspace"})
		f.Suggestion = WorkspaceName
		out = append(out, f)
	}
	if s.Zone == "" {
		out = append(out, problem("zone", "required", text.Text{ZH: "缺少时区", EN: "the time zone is missing"}))
	}
	out = append(out, checkZone("zone", s.Zone)...)
	if s.WeekStart != "" {
		out = append(out, oneOf("weekStart", s.WeekStart, weekdays())...)
	}
	if s.YearStart < 0 || s.YearStart > 12 {
		out = append(out, problem("yearStart", "bad_value", text.Text{ZH: "财年首月须在 1 到 12 之间", EN: "the first month of the year is 1 to 12"}))
	}
	if s.AsOf != "" && s.AsOf != "now" && s.AsOf != "latest" && !isDate(s.AsOf) {
		out = append(out, problem("asOf", "bad_value", text.Text{
			ZH: "asOf 须是 now、latest 或 2026-01-05 这样的日期", EN: "asOf is now, latest or a date such as 2026-01-05"}))
	}
	if s.Currency != "" && (len(s.Currency) != 3 || strings.ToUpper(s.Currency) != s.Currency) {
		out = append(out, problem("currency", "bad_value", text.Text{
			ZH: "币种请写三位代码，例如 CNY", EN: "write the currency as a code of three letters, such as CNY"}))
	}
	return append(out, s.Events.validate()...)
}

// Refs names the tree of the home page and the calendar.
func (s *WorkspaceSpec) Refs() []catalog.Ref {
	var out []catalog.Ref
	if s.Tree != "" {
		out = append(out, catalog.Ref{Kind: "Tree", Name: s.Tree, Path: "tree"})
	}
	if s.Calendar != "" {
		out = append(out, catalog.Ref{Kind: KindCalendar, Name: s.Calendar, Path: "calendar"})
	}
	return out
}

// Rename gives a copy that follows the tree and the calendar to another name.
func (s *WorkspaceSpec) Rename(kind, from, to string) catalog.Spec {
	c := *s
	if kind == "Tree" && c.Tree == from {
		c.Tree = to
	}
	if kind == KindCalendar && c.Calendar == from {
		c.Calendar = to
	}
	return &c
}

func weekdays() []string {
	var out []string
	for d := time.Monday; d <= time.Saturday; d++ {
		out = append(out, strings.ToLower(d.String()))
	}
	return append(out, "sunday")
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// calendarOf makes the calendar of a workspace; what is not set is UTC, weeks
// from Monday and years from January.
func (s *WorkspaceSpec) calendarOf() (calendar.Calendar, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return calendar.Calendar{}, err
	}
	c := calendar.Calendar{Zone: zone, WeekStart: time.Monday, YearStart: time.January}
	if s.WeekStart != "" {
		c.WeekStart = weekday(s.WeekStart)
	}
	if s.YearStart > 0 {
		c.YearStart = time.Month(s.YearStart)
	}
	return c, nil
}
