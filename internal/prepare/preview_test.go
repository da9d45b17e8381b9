package prepare_test

import (
	"context"
	"slices"
	"testing"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/prepare"
	"lodestar/internal/steps"
)

func previewPlace(t *testing.T) *place {
	t.Helper()
	p := openPlace(t)
	p.compile(t, stored("facts", "id"), stored("dims"), stored("more"),
		made("first", "facts", nil, []steps.Step{{Derive: []steps.Derived{{Name: "code", Expr: "concat(s, txt)"}}}, {Filter: "id > 0"}}),
		made("second", "first", nil, []steps.Step{{Select: []string{"id", "code"}}}))
	p.load(t, "facts", "replace", []string{"id"}, [][]any{factRow(1, int64(1), "1"), factRow(2, int64(1), "two"), factRow(3, int64(2), "two")})
	p.load(t, "dims", "replace", nil, [][]any{{int64(1), "a", nil}, {int64(1), "b", nil}})
	return p
}

// TestPreview shows steps that are not stored, one after the other.
func TestPreview(t *testing.T) {
	t.Parallel()
	p := previewPlace(t)
	list := []steps.Step{{Cast: []steps.Cast{{Column: "txt", Type: expr.Integer}}}, {Filter: "id > 1"},
		{Join: &steps.Join{Dataset: "dims", On: map[string]string{"k": "k"}, Columns: []string{"label"}}}}
	at := func(step int) *prepare.Preview {
		t.Helper()
		out, err := p.Preview(t.Context(), editor, prepare.PreviewRequest{From: "facts", Steps: list, Step: &step})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if v := at(0); v.Total != 3 || len(v.Rows) != 3 || len(v.Stages) != 4 || v.Stages[0].Kind != "input" {
		t.Errorf("input: %+v", v)
	}
	if v := at(1); v.Total != 3 || len(v.Lost) != 1 || v.Lost[0] != (prepare.Lost{Step: 1, Column: "txt", Count: 2}) {
		t.Errorf("cast: %+v", v)
	}
	if v := at(2); v.Total != 2 || v.Before != 3 {
		t.Errorf("filter: %+v", v)
	}
	if v := at(3); v.Total != 3 || v.Before != 2 || !slices.Equal(v.Fans, []prepare.FanOut{{Step: 3, Dataset: "dims", Keys: 1}}) {
		t.Errorf("join: %+v", v)
	}
	wrong := append(slices.Clone(list[:2]), steps.Step{Filter: "idd > 1"}, steps.Step{Sample: &steps.Sample{}})
	v, err := p.Preview(t.Context(), editor, prepare.PreviewRequest{From: "facts", Steps: wrong})
	if err != nil || v.Step != 2 || v.Total != 2 || len(v.Findings) != 2 || v.Findings[1].Path != "steps[2].filter" || v.Findings[1].Suggestion != "id" {
		t.Errorf("with mistakes: %v %+v", err, v)
	}
	if v, err := p.Preview(t.Context(), editor, prepare.PreviewRequest{From: "fact"}); err != nil || len(v.Findings) != 1 || v.Findings[0].Suggestion != "facts" {
		t.Errorf("of nothing: %v %+v", err, v)
	}
	if v, err := p.Preview(t.Context(), editor, prepare.PreviewRequest{From: "more"}); err != nil || v.Missing != "more" || len(v.Stages) != 1 {
		t.Errorf("without rows: %v %+v", err, v)
	}
	v, err = p.Preview(t.Context(), editor, prepare.PreviewRequest{From: "facts", Values: "txt"})
	if err != nil || !slices.Equal(v.Values, []prepare.Count{{Value: "two", Count: 2}, {Value: "1", Count: 1}}) {
		t.Errorf("values: %v %+v", err, v)
	}
	if _, err := p.Preview(t.Context(), editor, prepare.PreviewRequest{From: "facts", Values: "none"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("values of nothing: %v", err)
	}
	if _, err := p.Preview(t.Context(), access.Actor{Name: "eve", Role: access.Viewer}, prepare.PreviewRequest{From: "facts"}); !fault.Is(err, fault.Denied) {
		t.Errorf("a viewer sees what is masked later: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Preview(over, editor, prepare.PreviewRequest{From: "facts"}); !fault.Is(err, fault.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestOf tells where columns come from, through datasets in between, and
// whether the rows are those of now.
func TestOf(t *testing.T) {
	t.Parallel()
	p := previewPlace(t)
	viewer := access.Actor{Name: "vi", Role: access.Viewer}
	of := func(name, state, next string) *prepare.Preparation {
		t.Helper()
		out, err := p.Of(t.Context(), viewer, name)
		if err != nil {
			t.Fatal(err)
		}
		if out.State != state || out.Next != next {
			t.Errorf("%s is %s %s, not %s %s", name, out.State, out.Next, state, next)
		}
		return out
	}
	of("second", "waiting", "")
	of("first", "behind", "replace")
	if err := p.Catch(t.Context()); err != nil {
		t.Fatal(err)
	}
	of("first", "current", "")
	out := of("second", "current", "")
	want := []steps.Origin{{Dataset: "facts", Column: "s"}, {Dataset: "facts", Column: "txt"}}
	if c := out.Columns[1]; c.Name != "code" || !slices.Equal(c.Roots, want) || !slices.Equal(c.From, []steps.Origin{{Dataset: "first", Column: "code"}}) {
		t.Errorf("code comes from %+v", c)
	}
	if in := out.Inputs; len(in) != 1 || in[0].Used == 0 || in[0].Used != in[0].Version {
		t.Errorf("inputs %+v", in)
	}
	p.load(t, "facts", "append", []string{"id"}, [][]any{factRow(9, nil, "")})
	of("first", "behind", "append")
	if tables, err := p.Tables(t.Context(), viewer); err != nil || len(tables) != 5 || tables[2].Dataset != "first" && tables[2].Dataset != "facts" {
		t.Errorf("tables %v %+v", err, tables)
	}
	if _, err := p.Of(t.Context(), viewer, "facts"); !fault.Is(err, fault.Invalid) {
		t.Errorf("of loaded rows: %v", err)
	}
}
