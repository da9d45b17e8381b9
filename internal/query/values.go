package query

import (
	"context"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// ValuesRequest asks which values a dimension has, for choosing filters.
type ValuesRequest struct {
	Dimension string   `json:"dimension"`         // as in Request.By
	Dataset   string   `json:"dataset,omitempty"` // where the dimension is seen from,
	Metrics   []string `json:"metrics,omitempty"` // or the first of these that knows it; default any dataset
	Search    string   `json:"search,omitempty"`  // part of the value, letter case aside
	Limit     int      `json:"limit,omitempty"`   // default 50, at most 1,000
}

// Value is one value of a dimension and how many rows have it.
type Value struct {
	Value any   `json:"value"` // null for rows without a value; times as text
	Count int64 `json:"count"`
}

const (
	defaultValues = 50
	maxValues     = 1000
)

// Values lists the values of a dimension, those with most rows first. Viewers
// may ask. Faults: Invalid for a dimension that does not exist.
func (e *Engine) Values(ctx context.Context, who access.Actor, r ValuesRequest) ([]Value, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	q, err := valuesQuestion(e.c.Model(), r)
	if err != nil {
		return nil, err
	}
	as := Request{Metrics: []MetricRef{{Metric: valuesMetric, Where: r.Search}}, By: []By{{Dimension: r.Dimension}}, Limit: q.limit}
	ctx = warehouse.WithAsker(ctx, warehouse.Asker{Name: who.Name})
	if err := e.look(ctx, q, as); err != nil {
		return nil, err
	}
	key := q.cacheKey(as)
	b, ok := e.cache.get(key)
	if !ok {
		if b, err = e.flight.do(ctx, key, func(ctx context.Context) (*body, error) { return e.run(ctx, q, as, key) }); err != nil {
			return nil, err
		}
	}
	rows := q.present(b.rows)
	out := make([]Value, len(rows))
	for i, row := range rows {
		n, _ := row[1].(int64)
		out[i] = Value{row[0], n}
	}
	return out, nil
}

// valuesMetric counts rows; no metric can have the name.
const valuesMetric = "__rows"

// rowsOf counts the rows of a dataset.
func rowsOf(d *semantic.Dataset) *semantic.Metric {
	count := &semantic.Metric{Name: valuesMetric, Title: d.Title, Type: expr.Integer, Class: semantic.Additive, Spec: &semantic.MetricSpec{Type: "simple"},
		Simple: &semantic.Aggregation{Dataset: d, Func: "count", Zero: true, Time: d.Time}, Datasets: []*semantic.Dataset{d}}
	count.Leaves = []*semantic.Metric{count}
	return count
}

func valuesQuestion(m *semantic.Model, r ValuesRequest) (*question, error) {
	d, f, err := valuesField(m, r)
	if err != nil {
		return nil, err
	}
	count := rowsOf(d)
	q := &question{model: m, cal: m.Calendar(), facts: []*semantic.Dataset{d}, limit: defaultValues,
		keys:  []key{{name: r.Dimension, by: By{Dimension: r.Dimension}, typ: f.Type, sample: f, fields: map[*semantic.Dataset]*semantic.Field{d: f}}},
		order: []orderTerm{{column: 1, desc: true}, {column: 0}}}
	q.metrics = []asked{{name: valuesMetric, metric: count, value: q.valueOf(count, nil, nil)}}
	if r.Limit > 0 {
		q.limit = min(r.Limit, maxValues)
	}
	if err := resolveValidity(q, Request{}); err != nil {
		return nil, err
	}
	search := strings.TrimSpace(r.Search)
	if search == "" {
		return q, nil
	}
	lower := func(n expr.Node) expr.Node { return &expr.Call{Function: "lower", Args: []expr.Node{n}} }
	var column expr.Node = &expr.Name{Parts: strings.Split(f.String(), ".")}
	if f.Type != expr.String {
		column = &expr.Cast{X: column, To: expr.String}
	}
	n := &expr.Call{Function: "contains", Args: []expr.Node{lower(column), lower(&expr.Text{Value: search})}}
	t, err := expr.CheckBool(n, d.Scope())
	if err != nil {
		return nil, ofExpr("search", err)
	}
	q.where = []*semantic.Filter{{Text: n.String(), Node: n, On: map[*semantic.Dataset]*expr.Typed{d: t}}}
	return q, nil
}

// valuesField finds the dimension from the first metric, or from the first
// dataset that knows it.
func valuesField(m *semantic.Model, r ValuesRequest) (*semantic.Dataset, *semantic.Field, error) {
	var from []*semantic.Dataset
	for _, name := range r.Metrics {
		metric := m.Metric(name)
		if metric == nil {
			return nil, nil, unknownMetric(m, "metrics", name)
		}
		from = append(from, metric.Datasets...)
	}
	switch {
	case r.Dataset != "":
		d := m.Dataset(r.Dataset)
		if d == nil {
			return nil, nil, unknownDataset(m, "dataset", r.Dataset)
		}
		from = []*semantic.Dataset{d}
	case len(r.Metrics) == 0:
		from = m.Datasets()
	}
	var first error
	for _, d := range from {
		f, err := d.Field(r.Dimension)
		if err == nil {
			return d, f, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		return nil, nil, fault.New(fault.Invalid, "no_datasets", text.Text{ZH: "还没有数据集", EN: "there is no dataset yet"})
	}
	return nil, nil, ofExpr("dimension", first)
}
