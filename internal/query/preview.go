package query

import (
	"context"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// PreviewRequest is a metric as it is being written.
type PreviewRequest struct {
	Spec semantic.MetricSpec `json:"spec"`
}

// Preview is what a metric would have shown.
type Preview struct {
	Grain    calendar.Grain  `json:"grain,omitempty"` // of the points; none for a metric without time
	Points   []PreviewPoint  `json:"points"`
	Total    any             `json:"total"` // over the whole range
	Type     expr.Type       `json:"type,omitempty"`
	Range    *calendar.Range `json:"range,omitempty"`
	Rows     *PreviewRows    `json:"rows,omitempty"` // of a metric of rows
	Warnings []Warning       `json:"warnings,omitempty"`
	// Findings are what is wrong with the definition: there is nothing else then.
	Findings []catalog.Finding `json:"findings,omitempty"`
}

// PreviewPoint is the value of one period.
type PreviewPoint struct {
	Time  string `json:"time"`
	Value any    `json:"value"`
}

// PreviewRows counts the rows of the range by what the condition says of them.
type PreviewRows struct {
	All  int64 `json:"all"`
	Kept int64 `json:"kept"`
	// Unknown are rows of which the condition is neither true nor false, since
	// a column has no value: they are left out like those of which it is false.
	Unknown int64         `json:"unknown"`
	Missing []MissingRows `json:"missing,omitempty"`
}

// MissingRows are unknown rows in which a column has no value.
type MissingRows struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// Names of metrics in a preview; no stored one can have them.
const (
	draftMetric = "__draft"
	draftRows   = "__draft_rows"
	mostMissing = 5 // columns of a condition that are looked at
)

// Preview gives the last 90 days of a metric that is not stored, and says what
// its condition does to the rows. A definition that is not finished is no fault:
// its findings are the answer. Editors may. Faults: those of Query.
func (e *Engine) Preview(ctx context.Context, who access.Actor, r PreviewRequest) (*Preview, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	spec := r.Spec
	drafts := map[string]*semantic.MetricSpec{draftMetric: &spec}
	if spec.Type == "simple" && strings.TrimSpace(spec.Where) != "" {
		drafts[draftRows] = &semantic.MetricSpec{Type: "simple", Dataset: spec.Dataset, Agg: "count", Time: spec.Time}
	}
	m, findings := e.c.Draft(drafts)
	draft := m.Metric(draftMetric)
	if draft == nil {
		return &Preview{Points: []PreviewPoint{}, Findings: draftFindings(findings)}, nil
	}
	draft.Title = text.Text{ZH: "这个指标", EN: "this metric"} // in what is told of it
	refs := []MetricRef{{Metric: draftMetric, As: "value"}}
	var missing []string
	if drafts[draftRows] != nil {
		var err error
		if refs, missing, err = withRows(refs, spec.Where); err != nil {
			return nil, err
		}
	}
	ask := Request{Metrics: refs, Totals: true, AsOf: "latest"}
	out := &Preview{Type: draft.Type, Points: []PreviewPoint{}}
	if timed, _ := m.TimeFits([]string{draftMetric}); timed {
		var last string
		out.Grain, last = previewGrain(draft)
		ask.By, ask.Time, ask.Fill = []By{{Time: out.Grain}}, &TimeRange{Last: last}, true
	}
	res, err := e.queryOn(ctx, who, m, ask)
	if err != nil {
		return nil, err
	}
	out.read(res, missing)
	return out, nil
}

// withRows adds counts of the rows that a condition keeps and of those that it
// cannot judge, in all and by the columns without value.
func withRows(refs []MetricRef, where string) ([]MetricRef, []string, error) {
	n, err := expr.Parse(where)
	if err != nil {
		return nil, nil, ofExpr("spec.where", err)
	}
	unknown := &expr.IsNull{X: n}
	refs = append(refs, MetricRef{Metric: draftRows, As: "rows"}, MetricRef{Metric: draftRows, As: "kept", Where: where},
		MetricRef{Metric: draftRows, As: "unknown", Where: unknown.String()})
	var names []string
	for _, name := range expr.Names(n) {
		if !slices.Contains(names, name.String()) && len(names) < mostMissing {
			names = append(names, name.String())
			none := &expr.Binary{Op: "and", L: unknown, R: &expr.IsNull{X: name}}
			refs = append(refs, MetricRef{Metric: draftRows, As: "missing_" + string(rune('a'+len(names)-1)), Where: none.String()})
		}
	}
	return refs, names, nil
}

// previewGrain is how a metric of time is shown: by day, and a retention by
// its own period.
func previewGrain(m *semantic.Metric) (calendar.Grain, string) {
	for _, leaf := range m.Leaves {
		if j := leaf.Simple.Journey; j != nil && j.Return != nil {
			switch leaf.Spec.Period {
			case "week":
				return calendar.Week, "13 weeks"
			case "month":
				return calendar.Month, "12 months"
			}
		}
	}
	return calendar.Day, "90 days"
}

// read takes the answer apart.
func (p *Preview) read(res *Result, missing []string) {
	p.Range, p.Warnings = res.Range, res.Warnings
	first := 0
	if p.Grain != "" {
		first = 1
		for _, row := range res.Rows {
			at, _ := row[0].(string)
			p.Points = append(p.Points, PreviewPoint{at, row[1]})
		}
	}
	if len(res.Totals) == 0 {
		return
	}
	total := res.Totals[0][first:]
	p.Total = total[0]
	if len(total) == 1 {
		return
	}
	count := func(i int) int64 { n, _ := total[i].(int64); return n }
	p.Rows = &PreviewRows{All: count(1), Kept: count(2), Unknown: count(3)}
	for i, name := range missing {
		if n := count(4 + i); n > 0 {
			p.Rows.Missing = append(p.Rows.Missing, MissingRows{name, n})
		}
	}
}

// draftFindings are the errors of the draft.
func draftFindings(all []catalog.Finding) []catalog.Finding {
	out := []catalog.Finding{}
	for _, f := range all {
		if f.Severity == catalog.Error && f.Name == draftMetric {
			f.Name = ""
			out = append(out, f)
		}
	}
	return out
}
