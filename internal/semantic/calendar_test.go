package semantic_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

const retail = `
kind: Dataset
metadata: {name: seasons}
spec:
  columns: [{name: starts, type: date}, {name: ends, type: date}, {name: title, type: string}, {name: n, type: integer}]
---
kind: Calendar
metadata: {name: retail, title: {zh: 零售日历, en: Retail calendar}}
spec:
  weekStart: saturday
  pattern: 454
  yearEnds: nearest saturday of january
  yearNamed: start
  periods:
    - {name: season, title: {zh: 季, en: Season}, dataset: seasons, from: starts, through: ends, label: title}
    - name: campaign
      list:
        - {from: 2025-11-01, through: 2025-11-11, label: {zh: 双十一, en: Singles' Day}}
        - {from: 2025-06-01 20:00, to: 2025-06-19, label: "618"}
  holidays:
    use: china
    days: [{date: 2026-12-24, name: {zh: 盘点日, en: Stocktaking}, id: stocktaking}, {date: 2026-10-01, type: workday}]
  tradingDays: {week: [monday, tuesday, wednesday, thursday, friday, saturday, sunday], holidays: open, closed: [2026-02-17]}
`

func TestCalendar(t *testing.T) {
	t.Parallel()
	m, findings := compileText(t, strings.Replace(shop, "yearStart: 4}", "yearStart: 4, calendar: retail}", 1)+"---"+retail)
	if len(findings) > 0 {
		t.Fatalf("%v", findings)
	}
	cal := m.CalendarNamed("")
	if cal == nil || cal != m.CalendarNamed("retail") || len(m.Calendars()) != 1 || cal.Title.EN != "Retail calendar" {
		t.Fatalf("%+v", cal)
	}
	c := m.Calendar()
	if c.Zone.String() != "Asia/Shanghai" || c.WeekStart != time.Saturday || c.YearStart != time.April || !c.Fiscal.NamedByStart {
		t.Errorf("%+v", c)
	}
	day := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, c.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got := c.Label(day("2025-02-02 10:00"), calendar.FiscalWeek, text.EN); got != "FY2025 W01" {
		t.Errorf("called %s", got)
	}
	if got := c.Label(day("2025-11-11 23:59"), "campaign", text.ZH); got != "双十一" || c.In(day("2025-06-01 19:59"), "campaign") {
		t.Errorf("campaign %s", got)
	}
	if c.IsWorkingDay(day("2026-12-24 10:00")) || !c.IsWorkingDay(day("2026-10-01 10:00")) || c.IsWorkingDay(day("2026-10-02 10:00")) {
		t.Error("holidays")
	}
	if c.IsTradingDay(day("2026-02-17 10:00")) || !c.IsTradingDay(day("2026-02-18 10:00")) {
		t.Error("trading days")
	}
	if len(cal.Sources) != 1 || cal.Sources[0].Dataset.Name != "seasons" || len(cal.Sources[0].Columns()) != 3 ||
		cal.GrainTitle("season").ZH != "季" || cal.GrainTitle("campaign").EN != "campaign" {
		t.Errorf("%+v", cal.Sources)
	}
	done, err := cal.Complete(map[calendar.Grain][]calendar.Span{"season": {{From: day("2026-01-01 00:00"), Label: text.Same("Winter")}}}, nil)
	if err != nil || len(done.Spans("season")) != 1 || len(done.Spans("campaign")) != 2 {
		t.Errorf("%v %v", done, err)
	}
	other, _ := compileText(t, strings.Replace(shop, "yearStart: 4}", "yearStart: 4, calendar: retail}", 1)+"---"+strings.Replace(retail, "454", "445", 1))
	if other.Revision == m.Revision {
		t.Error("another pattern is the same revision")
	}
}

func TestCalendarFindings(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"{zone: Mars/Base}": "spec.zone unknown_zone",
		"{weekStart: mon}":  "spec.weekStart bad_value",
		"{yearStart: 13}":   "spec.yearStart bad_value",
		"{pattern: 446, yearEnds: last friday of may}": "spec.pattern bad_value",
		"{pattern: 445}":                                                                          "spec.yearEnds bad_year_end",
		"{pattern: 445, yearEnds: some day}":                                                      "spec.yearEnds bad_year_end",
		"{yearEnds: last friday of may}":                                                          "spec.pattern required",
		"{pattern: 445, yearEnds: last friday of may, yearNamed: both}":                           "spec.yearNamed bad_value",
		"{periods: [{name: week, list: [{from: 2026-01-01}]}]}":                                   "spec.periods[0].name name_reserved",
		"{periods: [{name: Bad, list: [{from: 2026-01-01}]}]}":                                    "spec.periods[0].name bad_name",
		"{periods: [{name: a}]}":                                                                  "spec.periods[0] list_or_dataset",
		"{periods: [{name: a, dataset: cities, list: [{from: 2026-01-01}]}]}":                     "spec.periods[0] list_or_dataset",
		"{periods: [{name: a, from: x, list: [{from: 2026-01-01}]}]}":                             "spec.periods[0].from surplus",
		"{periods: [{name: a, list: [{from: May}]}]}":                                             "spec.periods[0].list[0].from bad_date",
		"{periods: [{name: a, list: [{from: 2026-01-02}, {from: 2026-01-02}]}]}":                  "spec.periods[0].list empty_span",
		"{periods: [{name: a, list: [{from: 2026-01-02, to: 2026-01-04}, {from: 2026-01-03}]}]}":  "spec.periods[0].list overlapping_spans",
		"{periods: [{name: a, list: [{from: 2026-01-02, to: 2026-01-04, through: 2026-01-05}]}]}": "spec.periods[0].list[0].through to_or_through",
		"{periods: [{name: a, dataset: cities}]}":                                                 "spec.periods[0].from required",
		"{periods: [{name: a, dataset: cities, day: name}]}":                                      "spec.periods[0].value required",
		"{periods: [{name: a, dataset: cities, day: name, value: name, to: x}]}":                  "spec.periods[0].to surplus",
		"{periods: [{name: a, dataset: cities, from: name}]}":                                     "spec.periods[0].from not_time",
		"{periods: [{name: a, dataset: orders, from: at, to: att}]}":                              "spec.periods[0].to unknown_column",
		"{periods: [{name: a, dataset: citys, from: name}]}":                                      "spec.periods[0].dataset unknown_reference",
		"{holidays: {use: chna}}":                                                                 "spec.holidays.use bad_value",
		"{holidays: {date: x}}":                                                                   "spec.holidays.dataset required",
		"{holidays: {dataset: orders}}":                                                           "spec.holidays.date required",
		"{holidays: {dataset: orders, date: channel}}":                                            "spec.holidays.date not_time",
		"{holidays: {days: [{date: tomorrow}]}}":                                                  "spec.holidays.days[0].date bad_date",
		"{holidays: {days: [{date: 2026-01-01, type: off}]}}":                                     "spec.holidays.days[0].type bad_value",
		"{holidays: {days: [{date: 2026-01-01}, {date: 2026-01-01}]}}":                            "spec.holidays.days[1].date duplicate",
		"{workWeek: [monday, caturday]}":                                                          "spec.workWeek[1] bad_value",
		"{tradingDays: {holidays: maybe}}":                                                        "spec.tradingDays.holidays bad_value",
		"{tradingDays: {closed: [x]}}":                                                            "spec.tradingDays.closed[0] bad_date",
	} {
		rs, bad := catalog.Decode("m", []byte(shop+"---\nkind: Calendar\nmetadata: {name: c}\nspec: "+spec+"\n"), semantic.Kinds())
		if len(bad) > 0 {
			t.Fatalf("%s: %v", spec, bad)
		}
		m, findings := semantic.Compile(rs)
		for _, r := range rs {
			for _, f := range r.Spec.Validate(r.Metadata) {
				f.Path = "spec." + f.Path
				findings = append(findings, f)
			}
		}
		if len(findings) != 1 || findings[0].Path+" "+findings[0].Rule != want || m.CalendarNamed("c") != nil {
			t.Errorf("%s: %v, want %s", spec, findings, want)
		}
	}
}

func TestCalendarRefs(t *testing.T) {
	t.Parallel()
	rs, bad := catalog.Decode("m", []byte(retail), semantic.Kinds())
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	spec := rs[1].Spec.(*semantic.CalendarSpec)
	if got := spec.Refs(); len(got) != 1 || got[0] != (catalog.Ref{Kind: "Dataset", Name: "seasons", Path: "periods[0].dataset"}) {
		t.Errorf("%v", got)
	}
	renamed := spec.Rename("Dataset", "seasons", "times").(*semantic.CalendarSpec)
	if renamed.Periods[0].Dataset != "times" || spec.Periods[0].Dataset != "seasons" {
		t.Error("not renamed, or renamed in place")
	}
	w := &semantic.WorkspaceSpec{Zone: "UTC", Calendar: "retail"}
	if !slices.Contains(w.Refs(), catalog.Ref{Kind: "Calendar", Name: "retail", Path: "calendar"}) ||
		w.Rename("Calendar", "retail", "shops").(*semantic.WorkspaceSpec).Calendar != "shops" {
		t.Error("the workspace's calendar")
	}
	out, err := catalog.Encode(rs)
	if err != nil {
		t.Fatal(err)
	}
	again, bad := catalog.Decode("m", out, semantic.Kinds())
	if len(bad) > 0 || cmp.Diff(rs[1].Spec, again[1].Spec) != "" {
		t.Errorf("%v %s\n%s", bad, cmp.Diff(rs[1].Spec, again[1].Spec), out)
	}
	_, findings := compileText(t, strings.Replace(shop, "yearStart: 4}", "calendar: retale}", 1)+"---"+retail)
	if len(findings) != 1 || findings[0].Rule != "unknown_reference" || findings[0].Suggestion != "retail" {
		t.Errorf("%v", findings)
	}
}
