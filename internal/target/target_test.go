package target_test

import (
	"math"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/explain/explaintest"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/target"
	"lodestar/internal/text"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	monday := calendar.Calendar{Zone: time.UTC, WeekStart: time.Monday}
	sunday := calendar.Calendar{Zone: time.UTC, WeekStart: time.Sunday}
	april := calendar.Calendar{Zone: time.UTC, WeekStart: time.Monday, YearStart: time.April}
	for _, c := range []struct {
		key    string
		period calendar.Grain
		c      calendar.Calendar
		want   string // "" for none
	}{
		{"2026-01-05", calendar.Week, monday, "2026-01-05"},
		{"2026-W01", calendar.Week, monday, "2025-12-29"},
		{"2026-W05", calendar.Week, monday, "2026-01-26"},
		{"2026-W05", calendar.Week, sunday, "2026-02-01"},
		{"2026-W53", calendar.Week, monday, "2026-12-28"},
		{"2025-W53", calendar.Week, monday, ""},
		{"2026-01", calendar.Month, monday, "2026-01-01"},
		{"2026-13", calendar.Month, monday, ""},
		{"2026-1", calendar.Month, monday, ""},
		{"2026-Q3", calendar.Quarter, monday, "2026-07-01"},
		{"2026-Q1", calendar.Quarter, april, "2025-04-01"},
		{"2026-Q5", calendar.Quarter, monday, ""},
		{"2026", calendar.Year, monday, "2026-01-01"},
		{"2026", calendar.Year, april, "2025-04-01"},
		{"2026", calendar.Month, monday, ""},
		{"26-01", calendar.Month, monday, ""},
		{"week five", calendar.Week, monday, ""},
	} {
		got, ok := target.ParseKey(c.key, c.period, c.c)
		if ok != (c.want != "") || ok && got.Format(time.DateOnly) != c.want {
			t.Errorf("%s as %s: %v %v, want %s", c.key, c.period, got, ok, c.want)
		}
		// A key means the period that the calendar labels so.
		if ok && len(c.key) != len(time.DateOnly) && c.period == calendar.Week {
			if label := c.c.Label(got, c.period, text.EN); label != c.key {
				t.Errorf("%s starts on %v, which the calendar labels %s", c.key, got, label)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := target.Spec{Metric: "revenue", Period: calendar.Month, Values: map[string]float64{"2026-01": 10, "2026-02-01": 12}}
	if f := good.Validate(catalog.Metadata{}); len(f) > 0 {
		t.Errorf("a good target has findings: %v", f)
	}
	for rule, spec := range map[string]target.Spec{
		"missing_metric":    {Period: calendar.Month, Values: map[string]float64{"2026-01": 1}},
		"unknown_period":    {Metric: "m", Period: "fortnight", Values: map[string]float64{"2026-01": 1}},
		"no_values":         {Metric: "m", Period: calendar.Month},
		"bad_period_key":    {Metric: "m", Period: calendar.Month, Values: map[string]float64{"2026-W01": 1}},
		"duplicate_period":  {Metric: "m", Period: calendar.Month, Values: map[string]float64{"2026-01": 1, "2026-01-01": 2}},
		"bad_value":         {Metric: "m", Period: calendar.Month, Values: map[string]float64{"2026-01": math.Inf(1)}},
		"unknown_pace":      {Metric: "m", Period: calendar.Month, Values: map[string]float64{"2026-01": 1}, Pace: "evn"},
		"unknown_direction": {Metric: "m", Period: calendar.Month, Values: map[string]float64{"2026-01": 1}, Direction: "left"},
		"bad_expression":    {Metric: "m", Period: calendar.Month, Values: map[string]float64{"2026-01": 1}, Where: "a ="},
	} {
		f := spec.Validate(catalog.Metadata{})
		if len(f) != 1 || f[0].Rule != rule || f[0].Text.ZH == "" || f[0].Text.EN == "" {
			t.Errorf("want %s, got %v", rule, f)
		}
	}
}

// world is a business that sells 10 a day, but 40 on each Sunday.
func world(t *testing.T, upTo time.Time) (*target.Service, *explaintest.Engine) {
	t.Helper()
	rs := []*catalog.Resource{
		{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"}, Spec: &semantic.WorkspaceSpec{Zone: "UTC", WeekStart: "monday"}},
		{Kind: "Dataset", Metadata: catalog.Metadata{Name: "sales"}, Spec: &semantic.DatasetSpec{Time: "at",
			Columns: []semantic.Column{{Name: "at", Type: expr.Timestamp}, {Name: "amount", Type: expr.Float}, {Name: "who", Type: expr.String}}}},
		{Kind: "Metric", Metadata: catalog.Metadata{Name: "revenue"}, Spec: &semantic.MetricSpec{Type: "simple", Dataset: "sales", Agg: "sum", Expr: "amount"}},
		{Kind: "Metric", Metadata: catalog.Metadata{Name: "people"}, Spec: &semantic.MetricSpec{Type: "simple", Dataset: "sales", Agg: "count_distinct", Expr: "who"}},
		{Kind: "Metric", Metadata: catalog.Metadata{Name: "rows"}, Spec: &semantic.MetricSpec{Type: "simple", Dataset: "sales", Agg: "count"}},
		{Kind: "Metric", Metadata: catalog.Metadata{Name: "basket"}, Spec: &semantic.MetricSpec{Type: "derived", Expr: "revenue / rows"}},
	}
	m, findings := semantic.Compile(rs)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	e := &explaintest.Engine{Model: m, Rows: map[string][]explaintest.Row{}, AsOf: upTo}
	for d := day("2025-10-06"); d.Before(upTo); d = d.AddDate(0, 0, 1) {
		amount := 10.0
		if d.Weekday() == time.Sunday {
			amount = 40
		}
		e.Rows["sales"] = append(e.Rows["sales"], explaintest.Row{"at": d.Add(12 * time.Hour), "amount": amount, "who": d.Weekday().String()})
	}
	return target.New(target.Config{Query: e, Model: func() *semantic.Model { return m },
		Catalog: func() catalog.Snapshot { return catalog.Snapshot{} }}), e
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	s, _ := world(t, day("2026-01-15")) // a Thursday: the week so far has 3 days
	for _, c := range []struct {
		name             string
		spec             target.Spec
		actual, expected float64
		elapsed, pace    float64
		status           string
	}{
		{"even", target.Spec{Metric: "revenue", Period: calendar.Week, Values: map[string]float64{"2026-W03": 70}}, 30, 30, 3. / 7, 1, "on_track"},
		{"history knows that Sundays are large", target.Spec{Metric: "revenue", Period: calendar.Week, Pace: "history", Values: map[string]float64{"2026-W03": 100}}, 30, 30, .3, 1, "on_track"},
		{"ahead", target.Spec{Metric: "revenue", Period: calendar.Week, Values: map[string]float64{"2026-01-12": 60}}, 30, 60 * 3. / 7, 3. / 7, 30 / (60 * 3. / 7), "ahead"},
		{"at risk", target.Spec{Metric: "revenue", Period: calendar.Week, Values: map[string]float64{"2026-W03": 72.5}}, 30, 72.5 * 3 / 7, 3. / 7, 30 / (72.5 * 3. / 7), "at_risk"},
		{"behind", target.Spec{Metric: "revenue", Period: calendar.Week, Values: map[string]float64{"2026-W03": 140}}, 30, 60, 3. / 7, .5, "behind"},
		{"less is wanted", target.Spec{Metric: "revenue", Period: calendar.Week, Direction: "down", Values: map[string]float64{"2026-W03": 140}}, 30, 60, 3. / 7, 1.5, "ahead"},
		{"people do not add up over days", target.Spec{Metric: "people", Period: calendar.Week, Values: map[string]float64{"2026-W03": 4}}, 3, 4, 3. / 7, .75, "behind"},
		{"a ratio is wanted all along", target.Spec{Metric: "basket", Period: calendar.Week, Values: map[string]float64{"2026-W03": 10}}, 10, 10, 3. / 7, 1, "on_track"},
		{"a condition", target.Spec{Metric: "revenue", Where: "who <> 'Monday'", Period: calendar.Week, Values: map[string]float64{"2026-W03": 70}}, 20, 30, 3. / 7, 2. / 3, "behind"},
		{"month", target.Spec{Metric: "revenue", Period: calendar.Month, Values: map[string]float64{"2026-01": 310}}, 200, 140, 14. / 31, 200. / 140, "ahead"},
	} {
		got, err := s.Measure(t.Context(), access.Actor{}, "t", &c.spec, target.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		near := func(a *float64, b float64) bool { return a != nil && math.Abs(*a-b) < 1e-9 }
		if !near(got.Actual, c.actual) || !near(got.Expected, c.expected) || !near(&got.Elapsed, c.elapsed) || !near(got.Pace, c.pace) || got.Status != c.status {
			t.Errorf("%s: actual %v expected %v elapsed %v pace %v %s", c.name, *got.Actual, *got.Expected, got.Elapsed, *got.Pace, got.Status)
		}
	}
}

// TestLateDataIsNotBehind: days without data yet do not count as over.
func TestLateDataIsNotBehind(t *testing.T) {
	t.Parallel()
	s, e := world(t, day("2026-01-15"))
	rows := e.Rows["sales"]
	e.Rows["sales"] = rows[:len(rows)-2] // only Monday is there
	got, err := s.Measure(t.Context(), access.Actor{}, "t",
		&target.Spec{Metric: "revenue", Period: calendar.Week, Values: map[string]float64{"2026-W03": 70}}, target.Options{})
	if err != nil || got.Status != "on_track" || math.Abs(got.Elapsed-1./7) > 1e-9 {
		t.Errorf("%+v %v", got, err)
	}
	e.Rows["sales"] = rows[:len(rows)-4] // nothing since Saturday: a count of 0 is no verdict
	got, err = s.Measure(t.Context(), access.Actor{}, "t",
		&target.Spec{Metric: "rows", Period: calendar.Week, Values: map[string]float64{"2026-W03": 7}}, target.Options{})
	if err != nil || got.Status != "unknown" || got.Elapsed != 0 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestAnEarlierPeriod(t *testing.T) {
	t.Parallel()
	s, _ := world(t, day("2026-01-15"))
	spec := &target.Spec{Metric: "revenue", Period: calendar.Week, Values: map[string]float64{"2026-W02": 100}}
	got, err := s.Measure(t.Context(), access.Actor{}, "t", spec, target.Options{At: day("2026-01-12")})
	if err != nil || got.Elapsed != 1 || *got.Actual != 100 || got.Status != "on_track" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.Measure(t.Context(), access.Actor{}, "t", spec, target.Options{}); err == nil {
		t.Error("a week without a value was measured")
	}
	if _, err := s.State(t.Context(), access.Actor{}, "nobody", target.Options{}); err == nil {
		t.Error("an unknown target was measured")
	}
}
