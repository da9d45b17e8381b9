package app_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

var writer = access.Actor{Name: "bo", Role: access.Editor}

const previewModel = `
kind: Dataset
metadata: {name: orders}
spec:
  columns: [{name: day, type: date}, {name: channel, type: string}, {name: amount, type: integer}, {name: who, type: string}]
  time: day
---
kind: Dataset
metadata: {name: shelves}
spec: {columns: [{name: shelf, type: string}, {name: height, type: integer}]}
---
kind: Metric
metadata: {name: revenue}
spec: {type: simple, dataset: orders, agg: sum, expr: amount}
---
kind: Metric
metadata: {name: half}
spec: {type: derived, expr: revenue / 2}
`

func previewBench(t *testing.T) (*queryBench, *query.Engine) {
	t.Helper()
	b := openQueryBench(t)
	rs, findings := catalog.Decode("model.yaml", []byte(previewModel), semantic.Kinds())
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	b.define(rs)
	return b, query.New(query.Config{Model: func() *semantic.Model { return b.model }, Warehouse: b,
		Draft: func(d map[string]*semantic.MetricSpec) (*semantic.Model, []catalog.Finding) {
			return semantic.CompileDrafts(rs, d)
		},
		Now: func() time.Time { return b.now }, CacheBytes: -1})
}

// A preview of a filtered sum shows the 90 days up to the newest, and counts
// rows as a loop over them does.
func TestPreviewCountsRows(t *testing.T) {
	t.Parallel()
	b, e := previewBench(t)
	r := rand.New(rand.NewPCG(7, 7))
	var cells [][]string
	type row struct {
		day             time.Time
		channel, amount string
	}
	var rows []row
	for i := range 400 {
		d := time.Date(2026, 1, 1+i%151, 0, 0, 0, 0, time.UTC) // to 31 May
		one := row{d, []string{"", "app", "web", "test"}[r.IntN(4)], []string{"", "1", "20", "300"}[r.IntN(4)]}
		rows = append(rows, one)
		cells = append(cells, []string{d.Format(time.DateOnly), one.channel, one.amount, "x"})
	}
	b.fill("orders", cells)
	p, err := e.Preview(t.Context(), writer, query.PreviewRequest{Spec: semantic.MetricSpec{
		Type: "simple", Dataset: "orders", Agg: "sum", Expr: "amount", Where: "channel <> 'test' or amount > 100"}})
	if err != nil {
		t.Fatal(err)
	}
	from, want := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -90), query.PreviewRows{}
	var sum int64
	missing := map[string]int64{}
	for _, one := range rows {
		if one.day.Before(from) {
			continue
		}
		want.All++
		big := one.amount == "300"
		switch {
		case one.channel == "app" || one.channel == "web" || big:
			want.Kept++
			var n int64
			fmt.Sscan(one.amount, &n)
			sum += n
		case one.channel == "" || one.amount == "":
			want.Unknown++
			if one.channel == "" {
				missing["channel"]++
			}
			if one.amount == "" {
				missing["amount"]++
			}
		}
	}
	for _, name := range []string{"channel", "amount"} {
		want.Missing = append(want.Missing, query.MissingRows{Name: name, Rows: missing[name]})
	}
	if !reflect.DeepEqual(*p.Rows, want) {
		t.Errorf("rows %+v, want %+v", *p.Rows, want)
	}
	if cell(p.Total) != fmt.Sprint(sum) || len(p.Points) != 90 || p.Points[0].Time != "2026-03-03" || p.Points[89].Time != "2026-05-31" {
		t.Errorf("total %v, %d points from %v", p.Total, len(p.Points), p.Points[0])
	}
}

// Every kind of metric can be seen before it is stored, also one of others.
func TestPreviewKinds(t *testing.T) {
	b, e := previewBench(t)
	b.fill("orders", [][]string{{"2026-05-30", "app", "4", "a"}, {"2026-05-31", "web", "6", "a"}})
	b.fill("shelves", [][]string{{"a", "10"}, {"b", "20"}})
	for name, c := range map[string]struct {
		spec  semantic.MetricSpec
		grain string
		total string
	}{
		"formula":      {semantic.MetricSpec{Type: "derived", Expr: "half + revenue"}, "day", "15"},
		"ratio":        {semantic.MetricSpec{Type: "ratio", Numerator: &semantic.Input{Metric: "revenue", Where: "channel = 'web'"}, Denominator: &semantic.Input{Metric: "revenue"}}, "day", "0.6"},
		"running":      {semantic.MetricSpec{Type: "cumulative", Metric: "revenue", Window: "7 days"}, "day", "10"},
		"without time": {semantic.MetricSpec{Type: "simple", Dataset: "shelves", Agg: "max", Expr: "height"}, "", "20"},
		"retention": {semantic.MetricSpec{Type: "retention", Base: &semantic.Input{Metric: "revenue"}, Return: &semantic.Input{Metric: "revenue"},
			Entity: &semantic.Entity{Base: "who", Other: "who"}, Period: "week", After: 1}, "week", "null"},
	} {
		p, err := e.Preview(t.Context(), writer, query.PreviewRequest{Spec: c.spec})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(p.Grain) != c.grain || cell(p.Total) != c.total {
			t.Errorf("%s: by %q %s, want %q %s", name, p.Grain, cell(p.Total), c.grain, c.total)
		}
		for _, w := range p.Warnings {
			if strings.Contains(w.Text.ZH+w.Text.EN, "__") {
				t.Errorf("%s: tells of a name that nobody gave: %+v", name, w.Text)
			}
		}
	}
}

func TestPreviewSaysWhatIsWrong(t *testing.T) {
	b, e := previewBench(t)
	b.fill("orders", [][]string{{"2026-05-31", "app", "1", "a"}})
	p, err := e.Preview(t.Context(), writer, query.PreviewRequest{Spec: semantic.MetricSpec{Type: "simple", Dataset: "orders", Agg: "sum", Expr: "amuont"}})
	if err != nil || len(p.Points) > 0 || len(p.Findings) != 1 || p.Findings[0].Path != "spec.expr" || p.Findings[0].Suggestion != "amount" {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = e.Preview(t.Context(), writer, query.PreviewRequest{Spec: semantic.MetricSpec{Type: "derived", Expr: "revenue +"}})
	if err != nil || len(p.Findings) != 1 || p.Findings[0].Rule != "syntax" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := e.Preview(t.Context(), asker, query.PreviewRequest{}); !fault.Is(err, fault.Denied) {
		t.Errorf("a viewer got %v", err)
	}
}
