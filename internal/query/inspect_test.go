package query_test

import (
	"strings"
	"testing"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/query"
)

func TestCheckExpr(t *testing.T) {
	t.Parallel()
	m := compile(t, planModel+`
---
kind: Metric
metadata: {name: cny}
spec: {type: simple, dataset: sales, agg: sum, expr: amount, unit: CNY}
---
kind: Metric
metadata: {name: usd}
spec: {type: simple, dataset: sales, agg: sum, expr: amount, unit: USD}
---
kind: Metric
metadata: {name: twice}
spec: {type: derived, expr: cny * 2}
`)
	e := engineOf(m, &fake{states: loaded(m, 10)}, 0)
	for name, c := range map[string]struct {
		ask        query.ExprRequest
		typ, unit  string
		rule       string
		at         string // the part of the source that is underlined
		suggestion string
	}{
		"a condition":         {ask: query.ExprRequest{Expr: "channel <> 'web' and store.region = 'north'", As: "condition", Dataset: "sales"}, typ: "boolean"},
		"a column misspelt":   {ask: query.ExprRequest{Expr: "1 + amonut", As: "number", Dataset: "sales"}, rule: "unknown_name", at: "amonut", suggestion: "amount"},
		"behind characters":   {ask: query.ExprRequest{Expr: "channel = '线上' and 金额 > 1", As: "condition", Dataset: "sales"}, rule: "unknown_name", at: "金额"},
		"no condition":        {ask: query.ExprRequest{Expr: "amount", As: "condition", Dataset: "sales"}, rule: "wrong_type", at: "amount"},
		"no number":           {ask: query.ExprRequest{Expr: "channel", As: "number", Dataset: "sales"}, rule: "wrong_type", at: "channel"},
		"any value":           {ask: query.ExprRequest{Expr: "lower(channel)", As: "value", Dataset: "sales"}, typ: "string"},
		"a path misspelt":     {ask: query.ExprRequest{Expr: "stroe.region", As: "value", Dataset: "sales"}, rule: "unknown_relationship", at: "stroe.region", suggestion: "store.region"},
		"not to its end":      {ask: query.ExprRequest{Expr: "amount +", As: "number", Dataset: "sales"}, rule: "syntax"},
		"over two datasets":   {ask: query.ExprRequest{Expr: "store.region = 'north'", As: "condition", Metrics: []string{"conversion"}}, typ: "boolean"},
		"only one of them":    {ask: query.ExprRequest{Expr: "channel = 'web'", As: "condition", Metrics: []string{"conversion"}}, rule: "unknown_name", at: "channel"},
		"a formula":           {ask: query.ExprRequest{Expr: "cny * 2 - cny / 3", As: "formula"}, typ: "float", unit: "CNY"},
		"a ratio has no unit": {ask: query.ExprRequest{Expr: "cny / buyers", As: "formula"}, typ: "float"},
		"an alias":            {ask: query.ExprRequest{Expr: "a + 1", As: "formula", Inputs: map[string]string{"a": "buyers"}}, typ: "integer"},
		"unlike units":        {ask: query.ExprRequest{Expr: "1 * cny + usd", As: "formula"}, typ: "decimal", unit: "CNY", rule: "unlike_units", at: "1 * cny + usd"},
		"a metric misspelt":   {ask: query.ExprRequest{Expr: "revenu / 2", As: "formula"}, rule: "unknown_name", at: "revenu", suggestion: "revenue"},
		"made of itself":      {ask: query.ExprRequest{Expr: "1 + twice", As: "formula", Metric: "cny"}, rule: "cycle", at: "twice"},
		"no metric":           {ask: query.ExprRequest{Expr: "1 + 1", As: "formula"}, typ: "integer", rule: "no_metric"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := e.CheckExpr(t.Context(), viewer, c.ask)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Type) != c.typ || got.Unit != c.unit {
				t.Errorf("type %q in %q, want %q in %q", got.Type, got.Unit, c.typ, c.unit)
			}
			if c.rule == "" {
				if len(got.Findings) > 0 {
					t.Errorf("found %+v", got.Findings)
				}
				return
			}
			if len(got.Findings) != 1 || got.Findings[0].Rule != c.rule {
				t.Fatalf("found %+v, want %s", got.Findings, c.rule)
			}
			f := got.Findings[0]
			if at := string([]rune(c.ask.Expr)[f.Offset:f.End]); c.at != "" && at != c.at {
				t.Errorf("underlines %q, want %q", at, c.at)
			}
			if f.Suggestion != c.suggestion {
				t.Errorf("suggests %q, want %q", f.Suggestion, c.suggestion)
			}
			if f.Text.ZH == "" || f.Text.EN == "" || strings.Contains(f.Text.EN, "{") {
				t.Errorf("words %+v", f.Text)
			}
		})
	}
}

func TestCheckExprNeedsAContext(t *testing.T) {
	t.Parallel()
	m := compile(t, planModel)
	e := engineOf(m, &fake{}, 0)
	for name, c := range map[string]struct {
		ask  query.ExprRequest
		code string
	}{
		"no place":        {query.ExprRequest{Expr: "1", As: "value"}, "no_context"},
		"no such place":   {query.ExprRequest{Expr: "1", As: "value", Dataset: "nowhere"}, "unknown_dataset"},
		"no such metric":  {query.ExprRequest{Expr: "1", As: "condition", Metrics: []string{"revenu"}}, "unknown_metric"},
		"no such meaning": {query.ExprRequest{Expr: "1", As: "poem", Dataset: "sales"}, "bad_value"},
	} {
		if _, err := e.CheckExpr(t.Context(), viewer, c.ask); fault.Of(err).Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if _, err := e.CheckExpr(t.Context(), access.Actor{}, query.ExprRequest{Expr: "1", As: "value", Dataset: "sales"}); err == nil {
		t.Error("a stranger may ask")
	}
}
