package steps_test

import (
	"slices"
	"testing"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
)

func orders(name string) *steps.Input {
	switch name {
	case "orders":
		return steps.NewInput("orders", []steps.Column{{Name: "id", Type: expr.Integer}, {Name: "customer", Type: expr.String},
			{Name: "amount", Type: expr.Decimal, Precision: 12, Scale: 2}, {Name: "at", Type: expr.Timestamp}}, []string{"id"})
	case "customers":
		return steps.NewInput("customers", []steps.Column{{Name: "id", Type: expr.String}, {Name: "city", Type: expr.String}}, []string{"id"})
	}
	return nil
}

func asof(time, other string) *steps.Join {
	return &steps.Join{Dataset: "customers", On: map[string]string{"customer": "id"}, AsOf: &steps.AsOf{Time: time, Other: other}}
}

// TestFindings says what is wrong in a step, where, and what was probably meant.
func TestFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step                   steps.Step
		path, rule, suggestion string
		offset, end            int
	}{
		{steps.Step{Filter: "amout > 1"}, "steps[0].filter", "unknown_name", "amount", 0, 5},
		{steps.Step{Filter: "amount + 1"}, "steps[0].filter", "wrong_type", "", 0, 10},
		{steps.Step{Derive: []steps.Derived{{Name: "x", Expr: "1"}, {Name: "y", Expr: "customer * x"}}}, "steps[0].derive[1].expr", "wrong_type", "", 0, 8},
		{steps.Step{Select: []string{"id", "custmer"}}, "steps[0].select[1]", "unknown_column", "customer", 0, 0},
		{steps.Step{Select: []string{"id", "id"}}, "steps[0].select[1]", "duplicate", "", 0, 0},
		{steps.Step{Rename: map[string]string{"id": "customer"}}, "steps[0].rename", "duplicate", "", 0, 0},
		{steps.Step{Drop: []string{"id", "customer", "amount", "at"}}, "steps[0].drop", "no_columns", "", 0, 0},
		{steps.Step{Cast: []steps.Cast{{Column: "at", Type: expr.Integer}}}, "steps[0].cast[0].type", "wrong_type", "", 0, 0},
		{steps.Step{Join: &steps.Join{Dataset: "customers", On: map[string]string{"id": "id"}}}, "steps[0].join.on.id", "key_type", "", 0, 0},
		{steps.Step{Join: &steps.Join{Dataset: "customers", On: map[string]string{"customer": "id"}, Columns: []string{"id"}}}, "steps[0].join.columns[0]", "duplicate", "", 0, 0},
		{steps.Step{Join: &steps.Join{Dataset: "customers", On: map[string]string{"customer": "id"}, Columns: []string{"citi"}}}, "steps[0].join.columns[0]", "unknown_column", "city", 0, 0},
		{steps.Step{Union: &steps.Union{Datasets: []string{"customers"}}}, "steps[0].union.datasets[0]", "wrong_type", "", 0, 0},
		{steps.Step{Fill: []steps.Fill{{Column: "amount", With: "none"}}}, "steps[0].fill[0].with", "bad_value", "", 0, 0},
		{steps.Step{Map: &steps.Mapping{Column: "id", Values: map[string]string{"one": "1"}}}, "steps[0].map.values.one", "bad_value", "", 0, 0},
		{steps.Step{Aggregate: &steps.Aggregate{Values: []steps.Value{{Name: "v", Agg: "sum", Expr: "customer"}}}}, "steps[0].aggregate.values[0].expr", "wrong_type", "", 0, 0},
		{steps.Step{Mask: []steps.Mask{{Column: "customer", How: "hash"}}}, "steps[0].mask[0].salt", "required", "", 0, 0},
		{steps.Step{Session: &steps.Session{By: []string{"customer"}, Time: "amount"}}, "steps[0].session.time", "wrong_type", "", 0, 0},
		{steps.Step{Session: &steps.Session{By: []string{"custmer"}, Time: "at"}}, "steps[0].session.by[0]", "unknown_column", "customer", 0, 0},
		{steps.Step{Session: &steps.Session{By: []string{"customer"}, Time: "at", Gap: "half an hour"}}, "steps[0].session.gap", "bad_span", "", 0, 0},
		{steps.Step{Session: &steps.Session{By: []string{"customer"}, Time: "at", Gap: "1 month"}}, "steps[0].session.gap", "bad_span", "", 0, 0},
		{steps.Step{Session: &steps.Session{Time: "at"}}, "steps[0].session.by", "required", "", 0, 0},
		{steps.Step{Session: &steps.Session{By: []string{"customer"}, Time: "at", As: "My Visit"}}, "steps[0].session.as", "bad_name", "", 0, 0},
		{steps.Step{Join: asof("at", "seen")}, "steps[0].join.asof.other", "unknown_column", "", 0, 0},
		{steps.Step{Join: asof("amount", "city")}, "steps[0].join.asof.time", "wrong_type", "", 0, 0},
		{steps.Step{Join: asof("at", "city")}, "steps[0].join.asof.other", "key_type", "", 0, 0},
		{steps.Step{Join: &steps.Join{Dataset: "customers", On: map[string]string{"customer": "id"}, Many: true, AsOf: &steps.AsOf{Time: "at", Other: "city"}}}, "steps[0].join.many", "not_here", "", 0, 0},
		{steps.Step{Join: &steps.Join{Dataset: "customers", On: map[string]string{"customer": "id"}, Kind: "full", AsOf: &steps.AsOf{Time: "at", Other: "city"}}}, "steps[0].join.kind", "not_here", "", 0, 0},
		{steps.Step{}, "steps[0]", "one_kind", "", 0, 0},
		{steps.Step{Filter: "true", Select: []string{"id"}}, "steps[0].filter", "one_kind", "", 0, 0},
		{steps.Step{Sample: &steps.Sample{Share: 2}}, "steps[0].sample.share", "bad_value", "", 0, 0},
		{steps.Step{Cast: []steps.Cast{{Column: "at", Type: expr.Date, Format: "'; drop"}}}, "steps[0].cast[0].format", "bad_pattern", "", 0, 0},
	} {
		found := steps.Validate("steps", []steps.Step{c.step})
		if len(found) == 0 {
			_, found = steps.Type("steps", "orders", []steps.Step{c.step}, orders)
		}
		if len(found) == 0 {
			t.Errorf("%s %s was not found", c.path, c.rule)
			continue
		}
		f := found[0]
		if f.Path != c.path || f.Rule != c.rule || f.Suggestion != c.suggestion || f.Offset != c.offset || f.End != c.end {
			t.Errorf("%+v is not %+v", f, c)
		}
		if f.Text.ZH == "" || f.Text.EN == "" {
			t.Errorf("text %+v", f.Text)
		}
	}
}

// TestLineageOfTimes: a session comes from its key, time and what begins one; a
// row that is looked up by time is chosen by both times.
func TestLineageOfTimes(t *testing.T) {
	t.Parallel()
	datasets := func(name string) *steps.Input {
		return steps.NewInput(name, []steps.Column{{Name: "id", Type: expr.Integer}, {Name: "device", Type: expr.String}, {Name: "at", Type: expr.Timestamp}, {Name: "campaign", Type: expr.String}}, []string{"id"})
	}
	plan, found := steps.Type("", "deals", []steps.Step{
		{Session: &steps.Session{By: []string{"device"}, Time: "at", Change: []string{"campaign"}}},
		{Join: &steps.Join{Dataset: "touches", On: map[string]string{"device": "device"}, Columns: []string{"campaign"}, Prefix: "last_", AsOf: &steps.AsOf{Time: "session_start", Other: "at"}}},
	}, datasets)
	if len(found) > 0 {
		t.Fatal(found)
	}
	own := []steps.Origin{{Dataset: "deals", Column: "at"}, {Dataset: "deals", Column: "campaign"}, {Dataset: "deals", Column: "device"}}
	for _, name := range []string{"session_id", "session_start", "session_number", "session_row"} {
		if c := plan.Last().Column(name); c == nil || !slices.Equal(c.From, own) || c.Copy != (steps.Origin{}) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if c := plan.Last().Column("last_campaign"); !slices.Equal(c.From, []steps.Origin{{Dataset: "touches", Column: "campaign"}}) {
		t.Errorf("last_campaign comes from %v", c.From)
	}
	if want := append(own, steps.Origin{Dataset: "touches", Column: "at"}, steps.Origin{Dataset: "touches", Column: "device"}); !slices.Equal(plan.Last().Decides, want) {
		t.Errorf("decided by %v", plan.Last().Decides)
	}
	if !slices.Equal(plan.Last().Key, []string{"id"}) {
		t.Errorf("key %v", plan.Last().Key)
	}
}

// TestLineage tells where columns come from, and what decided about rows.
func TestLineage(t *testing.T) {
	t.Parallel()
	plan, found := steps.Type("", "orders", []steps.Step{
		{Filter: "at is not null"},
		{Derive: []steps.Derived{{Name: "net", Expr: "amount * 0.9"}}},
		{Join: &steps.Join{Dataset: "customers", On: map[string]string{"customer": "id"}, Columns: []string{"city"}}},
		{Rename: map[string]string{"id": "order_id"}},
		{Select: []string{"order_id", "net", "city"}},
	}, orders)
	if len(found) > 0 {
		t.Fatal(found)
	}
	last := plan.Last()
	if !slices.Equal(last.Key, []string{"order_id"}) {
		t.Errorf("key %v", last.Key)
	}
	for name, want := range map[string]steps.Origin{"order_id": {"orders", "id"}, "net": {"orders", "amount"}, "city": {"customers", "city"}} {
		if c := last.Column(name); !slices.Equal(c.From, []steps.Origin{want}) {
			t.Errorf("%s comes from %v", name, c.From)
		}
	}
	if c := last.Column("order_id"); c.Copy != (steps.Origin{Dataset: "orders", Column: "id"}) {
		t.Errorf("order_id is a copy of %v", c.Copy)
	}
	if c := last.Column("net"); c.Copy != (steps.Origin{}) {
		t.Errorf("net is a copy of %v", c.Copy)
	}
	want := []steps.Origin{{"customers", "id"}, {"orders", "at"}, {"orders", "customer"}}
	if !slices.Equal(last.Decides, want) {
		t.Errorf("decided by %v", last.Decides)
	}
	if !slices.Equal(plan.Inputs(), []string{"orders", "customers"}) {
		t.Errorf("inputs %v", plan.Inputs())
	}
}
