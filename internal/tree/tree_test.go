package tree_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/explain/explaintest"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/tree"
)

// weeks of data; asOf is a Thursday, so the last complete week began on
// 5 January 2026.
const weeks = 40

var asOf = time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)

// business has visits, orders that lag adverts by a week, and complaints.
func business(t testing.TB, edit func(week int, row explaintest.Row)) (*explaintest.Engine, *semantic.Model) {
	t.Helper()
	simple := func(column string) *semantic.MetricSpec {
		return &semantic.MetricSpec{Type: "simple", Dataset: "days", Agg: "sum", Expr: column, Direction: "up"}
	}
	derived := func(formula, direction string) *semantic.MetricSpec {
		return &semantic.MetricSpec{Type: "derived", Expr: formula, Direction: direction}
	}
	specs := map[string]catalog.Spec{
		"visits": simple("visits"), "orders": simple("orders"), "complaints": simple("complaints"), "adverts": simple("adverts"),
		"conversion":     derived("orders / visits", "up"),
		"growth":         derived("visits * conversion", "up"),
		"complaint_rate": derived("1000 * complaints / orders", "down"),
		"web_share": &semantic.MetricSpec{Type: "ratio", Numerator: &semantic.Input{Metric: "orders", Where: "channel = 'web'"},
			Denominator: &semantic.Input{Metric: "orders"}, Unit: "percent"},
	}
	rs := []*catalog.Resource{
		{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"}, Spec: &semantic.WorkspaceSpec{Zone: "UTC", WeekStart: "monday"}},
		{Kind: "Dataset", Metadata: catalog.Metadata{Name: "days", Title: text.Text{ZH: "日报", EN: "Days"}}, Spec: &semantic.DatasetSpec{Time: "at",
			Columns: []semantic.Column{{Name: "at", Type: expr.Timestamp}, {Name: "channel", Type: expr.String}, {Name: "visits", Type: expr.Float},
				{Name: "orders", Type: expr.Float}, {Name: "complaints", Type: expr.Float}, {Name: "adverts", Type: expr.Float}}}},
	}
	for name, s := range specs {
		rs = append(rs, &catalog.Resource{Kind: "Metric", Metadata: catalog.Metadata{Name: name, Title: text.Text{ZH: "指标" + name, EN: name}}, Spec: s, Revision: 1})
	}
	m, findings := semantic.Compile(rs)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	e := &explaintest.Engine{Model: m, AsOf: asOf, Rows: map[string][]explaintest.Row{}}
	r := rand.New(rand.NewPCG(1, 2))
	monday := time.Date(2026, 1, 12, 0, 0, 0, 0, time.UTC)
	before := 0.0
	for w := -weeks; w <= 0; w++ {
		adverts := 100 + 30*r.NormFloat64()
		for d := range 7 {
			at := monday.AddDate(0, 0, 7*w+d).Add(10 * time.Hour)
			if at.After(asOf) {
				break
			}
			for _, channel := range []string{"web", "shop"} {
				row := explaintest.Row{"at": at, "channel": channel, "visits": 1000.0, "orders": 100 + 0.5*before + 2*r.NormFloat64(),
					"complaints": 2.0, "adverts": adverts / 14}
				if edit != nil {
					edit(w, row)
				}
				e.Rows["days"] = append(e.Rows["days"], row)
			}
		}
		before = adverts
	}
	return e, m
}

func evaluate(t testing.TB, spec *tree.Spec, o tree.Options, edit func(int, explaintest.Row)) *tree.State {
	t.Helper()
	e, m := business(t, edit)
	s := tree.New(tree.Config{Query: e, Model: func() *semantic.Model { return m }})
	state, err := s.Evaluate(t.Context(), access.Actor{}, "growth", text.Text{}, spec, o)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func spec() *tree.Spec {
	return &tree.Spec{Root: "growth", Period: calendar.Week,
		Nodes:      []tree.Node{{Metric: "conversion", Collapse: true}},
		Influences: []tree.Influence{{From: "adverts", To: "growth", Lag: "1 week", Sign: "+"}},
		Guardrails: []tree.Guardrail{{Metric: "complaint_rate", Rule: "change_rate <= 0.05", When: "root.change > 0", Then: "unhealthy"}}}
}

func node(t testing.TB, s *tree.State, id string) tree.NodeState {
	t.Helper()
	for _, n := range s.Nodes {
		if n.ID == id {
			return n
		}
	}
	t.Fatalf("no node %s", id)
	return tree.NodeState{}
}

func TestNodesAndEdges(t *testing.T) {
	t.Parallel()
	s := evaluate(t, spec(), tree.Options{}, nil)
	var ids []string
	for _, n := range s.Nodes {
		ids = append(ids, n.ID)
	}
	if got := strings.Join(ids, " "); got != "growth visits conversion adverts orders" {
		t.Errorf("nodes: %s", got)
	}
	if !node(t, s, "conversion").Collapsed || node(t, s, "growth").Formula != "visits * conversion" {
		t.Error("collapse or formula is lost")
	}
	if s.Range.From.Format(time.DateOnly) != "2026-01-05" || s.Previous.From.Format(time.DateOnly) != "2025-12-29" || s.Incomplete {
		t.Errorf("range %v, previous %v", s.Range, s.Previous)
	}
	root := s.Nodes[0]
	if len(root.Series) != 13 || root.Series[12].Time != "2026-01-05" || *root.Series[12].Value != *root.Value || *root.Series[11].Value != *root.Previous {
		t.Errorf("series %v, value %v", root.Series, *root.Value)
	}
	// Visits occur twice below the root, as a node they are one.
	parents := map[string]float64{}
	for _, e := range s.Edges {
		if e.Kind != "formula" {
			continue
		}
		if e.Contribution == nil {
			t.Fatalf("%s → %s has no contribution", e.From, e.To)
		}
		parents[e.To] += *e.Contribution
	}
	for id, sum := range parents {
		n := node(t, s, id)
		if math.Abs(sum-*n.Change) > 1e-9*math.Abs(*n.Value) {
			t.Errorf("the children of %s make %v of its change %v", id, sum, *n.Change)
		}
	}
}

func TestInfluence(t *testing.T) {
	t.Parallel()
	for _, e := range evaluate(t, spec(), tree.Options{}, nil).Edges {
		if e.Kind != "influence" {
			continue
		}
		if e.From != "adverts" || e.Lag != 1 || e.Strength == nil || *e.Strength < 0.6 || e.Confidence != "high" || e.Agrees == nil || !*e.Agrees {
			t.Errorf("%+v", e)
		}
	}
	wrong := spec()
	wrong.Influences[0].Sign = "-"
	for _, e := range evaluate(t, wrong, tree.Options{}, nil).Edges {
		if e.Kind == "influence" && (e.Agrees == nil || *e.Agrees) {
			t.Errorf("a wrong sign agrees: %+v", e)
		}
	}
	young := evaluate(t, spec(), tree.Options{Period: "2025-05-26"}, nil) // only a few weeks of data before
	for _, e := range young.Edges {
		if e.Kind == "influence" && (e.Confidence != "none" || e.Strength != nil) {
			t.Errorf("few periods are believed: %+v", e)
		}
	}
}

// grow makes the root grow in the last complete week, and complaints with it.
func grow(complaints float64) func(int, explaintest.Row) {
	return func(week int, row explaintest.Row) {
		if week == -1 {
			row["orders"] = row["orders"].(float64) * 1.5
			row["complaints"] = complaints
		}
	}
}

func TestGuardrails(t *testing.T) {
	t.Parallel()
	s := evaluate(t, spec(), tree.Options{}, grow(6))
	g := s.Guardrails[0]
	if g.State != "unhealthy" || s.Verdict.State != "unhealthy" || s.Verdict.Reasons[0].Code != "guardrail_unhealthy" {
		t.Errorf("%+v %+v", g, s.Verdict)
	}
	if g.Words.EN != "complaint_rate rises by at most 5% on the week before while growth grows" ||
		g.Words.ZH != "指标growth增长时，指标complaint_rate比前一周升幅不超过 5%" {
		t.Errorf("words: %+v", g.Words)
	}
	s = evaluate(t, spec(), tree.Options{}, grow(2))
	if g := s.Guardrails[0]; g.State != "ok" || s.Verdict.State != "healthy" {
		t.Errorf("%+v %+v", g, s.Verdict)
	}
	// While the root does not grow the rule does not apply.
	s = evaluate(t, spec(), tree.Options{}, func(week int, row explaintest.Row) {
		if week == -1 {
			row["orders"], row["complaints"] = 50.0, 9.0
		}
	})
	if g := s.Guardrails[0]; g.State != "ok" || !strings.Contains(g.Evidence.EN, "does not apply") {
		t.Errorf("%+v", g)
	}
	// Two weeks in a row.
	twice := spec()
	twice.Guardrails = []tree.Guardrail{{Metric: "complaint_rate", Rule: "value <= 20", Periods: 2, Then: "watch"}}
	bad := func(from int) func(int, explaintest.Row) {
		return func(week int, row explaintest.Row) {
			if week >= from {
				row["complaints"] = 9.0
			}
		}
	}
	if s := evaluate(t, twice, tree.Options{}, bad(-1)); s.Guardrails[0].State != "ok" {
		t.Errorf("one week counts as two: %+v", s.Guardrails[0])
	}
	if s := evaluate(t, twice, tree.Options{}, bad(-2)); s.Guardrails[0].State != "watch" || s.Verdict.State != "watch" {
		t.Errorf("two weeks do not count: %+v", s.Guardrails[0])
	}
	year := spec()
	year.Guardrails = []tree.Guardrail{{Metric: "complaint_rate", Compare: "previous_month", Rule: "change_rate <= 0.05", Then: "watch"}}
	if s := evaluate(t, year, tree.Options{}, bad(-1)); s.Guardrails[0].State != "watch" || !strings.Contains(s.Guardrails[0].Evidence.ZH, "上月同期") {
		t.Errorf("%+v", s.Guardrails[0])
	}
}

func TestPeriodToDate(t *testing.T) {
	t.Parallel()
	s := evaluate(t, spec(), tree.Options{Period: tree.Current}, nil)
	if !s.Incomplete || s.Range.From.Format(time.DateOnly) != "2026-01-12" || s.Previous.From.Format(time.DateOnly) != "2026-01-05" {
		t.Fatalf("%v %v %v", s.Incomplete, s.Range, s.Previous)
	}
	n := node(t, s, "visits")
	if *n.Value != 6000 || *n.Previous != 6000 || !n.Series[12].Incomplete {
		t.Errorf("visits so far %v, same part before %v", *n.Value, *n.Previous)
	}
	past := evaluate(t, spec(), tree.Options{Period: "2025-12-17"}, nil)
	if past.Incomplete || past.Range.From.Format(time.DateOnly) != "2025-12-15" {
		t.Errorf("%v", past.Range)
	}
	e, m := business(t, nil)
	service := tree.New(tree.Config{Query: e, Model: func() *semantic.Model { return m }})
	for _, period := range []string{"2026-02-01", "yesterday"} {
		if _, err := service.Evaluate(t.Context(), access.Actor{}, "t", text.Text{}, spec(), tree.Options{Period: period}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", period, err)
		}
	}
}

// TestOneBadMetric: what cannot be asked has its error; the rest is there.
func TestOneBadMetric(t *testing.T) {
	t.Parallel()
	e, m := business(t, nil)
	e.Fail = map[string]error{"adverts": fault.New(fault.Unavailable, "busy", text.Text{ZH: "忙", EN: "busy"})}
	s, err := tree.New(tree.Config{Query: e, Model: func() *semantic.Model { return m }}).
		Evaluate(t.Context(), access.Actor{}, "t", text.Text{}, spec(), tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := node(t, s, "adverts"); n.Error == nil || n.Error.Code != "busy" || n.Value != nil {
		t.Errorf("%+v", n)
	}
	if n := node(t, s, "growth"); n.Value == nil || n.Change == nil || len(s.Edges) != 5 {
		t.Errorf("%+v, %d edges", n, len(s.Edges))
	}
}

func TestLateDataIsWatched(t *testing.T) {
	t.Parallel()
	e, m := business(t, nil)
	var rows []explaintest.Row
	for _, r := range e.Rows["days"] {
		if r["at"].(time.Time).Before(time.Date(2026, 1, 8, 0, 0, 0, 0, time.UTC)) {
			rows = append(rows, r)
		}
	}
	e.Rows["days"] = rows
	s, err := tree.New(tree.Config{Query: e, Model: func() *semantic.Model { return m }}).
		Evaluate(t.Context(), access.Actor{}, "t", text.Text{}, spec(), tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	late := false
	for _, r := range s.Verdict.Reasons {
		late = late || r.Code == "data_late" && strings.Contains(r.Text.ZH, "数据晚到")
	}
	if !late || s.Verdict.State == "healthy" {
		t.Errorf("%+v", s.Verdict)
	}
}

// TestLateGuardrail: numbers that rest on a feed that stopped do not hold a
// guardrail, and what was late by the time the period was over does.
func TestLateGuardrail(t *testing.T) {
	t.Parallel()
	sp := spec()
	sp.Guardrails = []tree.Guardrail{{Metric: "complaints", Rule: "change_rate <= 0.05", Then: "unhealthy"}}
	for _, c := range []struct {
		last  int // day of January with the last rows
		state string
	}{{7, "unknown"}, {11, "ok"}, {13, "ok"}} {
		e, m := business(t, nil)
		e.Rows["days"] = slices.DeleteFunc(e.Rows["days"], func(r explaintest.Row) bool {
			return !r["at"].(time.Time).Before(time.Date(2026, 1, c.last+1, 0, 0, 0, 0, time.UTC))
		})
		s, err := tree.New(tree.Config{Query: e, Model: func() *semantic.Model { return m }}).
			Evaluate(t.Context(), access.Actor{}, "t", text.Text{}, sp, tree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		g := s.Guardrails[0]
		if g.State != c.state || g.Late != (c.state == "unknown") || g.Late && (s.Verdict.State != "watch" || !strings.Contains(g.Evidence.EN, "late")) {
			t.Errorf("rows to %d January: %+v, %s", c.last, g, s.Verdict.State)
		}
	}
}

// TestFewQuestions: a tree is one question, however many metrics it has.
func TestFewQuestions(t *testing.T) {
	t.Parallel()
	e, m := business(t, nil)
	_, err := tree.New(tree.Config{Query: e, Model: func() *semantic.Model { return m }}).
		Evaluate(t.Context(), access.Actor{}, "t", text.Text{}, spec(), tree.Options{})
	if err != nil || len(e.Asked) != 1 {
		t.Errorf("%d questions, %v", len(e.Asked), err)
	}
}

// TestFilteredOperands: a metric under a formula's condition is a node of its own.
func TestFilteredOperands(t *testing.T) {
	t.Parallel()
	s := evaluate(t, &tree.Spec{Root: "web_share", Period: calendar.Week}, tree.Options{}, nil)
	n := node(t, s, "orders where channel = 'web'")
	if n.Metric != "orders" || n.Where != "channel = 'web'" || *n.Value >= *node(t, s, "orders").Value {
		t.Errorf("%+v", n)
	}
}

func TestValidateAndCheck(t *testing.T) {
	t.Parallel()
	_, m := business(t, nil)
	if f := append(spec().Validate(catalog.Metadata{}), spec().Check(m)...); len(f) > 0 {
		t.Errorf("a good tree has findings: %v", f)
	}
	for rule, edit := range map[string]func(*tree.Spec){
		"missing":                func(s *tree.Spec) { s.Root = "" },
		"unknown_word":           func(s *tree.Spec) { s.Period = "fortnight"; s.Influences = nil },
		"bad_lag":                func(s *tree.Spec) { s.Influences[0].Lag = "soon" },
		"unknown_name":           func(s *tree.Spec) { s.Guardrails[0].Rule = "chang_rate <= 1" },
		"wrong_type":             func(s *tree.Spec) { s.Guardrails[0].Rule = "value + 1" },
		"bad_periods":            func(s *tree.Spec) { s.Guardrails[0].Periods = 99 },
		"duplicate_node":         func(s *tree.Spec) { s.Nodes = append(s.Nodes, s.Nodes[0]) },
		"duplicate_influence":    func(s *tree.Spec) { s.Influences = append(s.Influences, s.Influences[0]) },
		"self_influence":         func(s *tree.Spec) { s.Influences[0].From = "growth" },
		"node_outside_tree":      func(s *tree.Spec) { s.Nodes[0].Metric = "complaints" },
		"influence_by_formula":   func(s *tree.Spec) { s.Influences[0].From = "orders" },
		"influence_outside_tree": func(s *tree.Spec) { s.Influences[0].To = "complaints" },
		"circular_influence": func(s *tree.Spec) {
			s.Influences[0].Lag = ""
			s.Influences = append(s.Influences, tree.Influence{From: "growth", To: "adverts"})
		},
	} {
		s := spec()
		edit(s)
		f := append(s.Validate(catalog.Metadata{}), s.Check(m)...)
		found := false
		for _, x := range f {
			found = found || x.Rule == rule && x.Text.ZH != "" && x.Text.EN != ""
		}
		if !found {
			t.Errorf("want %s, got %v", rule, f)
		}
	}
	// With a lag the ring is no ring.
	s := spec()
	s.Influences = append(s.Influences, tree.Influence{From: "growth", To: "adverts"})
	if f := s.Check(m); len(f) > 0 {
		t.Errorf("%v", f)
	}
}
