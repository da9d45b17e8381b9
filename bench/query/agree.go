package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"lodestar/internal/query"
)

// table is what a statement by hand answers.
type table struct {
	columns []string
	rows    [][]any
}

// agree compares an answer with the rows written by hand, whatever their
// order. A first column "part" tells rows, others and totals apart.
func agree(res *query.Result, byHand *table) error {
	want := map[string][][]any{}
	for _, r := range byHand.rows {
		part := "row"
		if byHand.columns[0] == "part" {
			part, r = fmt.Sprint(r[0]), r[1:]
		}
		want[part] = append(want[part], r)
	}
	dims := 0
	for dims < len(res.Columns) && res.Columns[dims].Metric == "" {
		dims++
	}
	for part, got := range map[string][][]any{"row": res.Rows, "others": res.Others, "total": res.Totals} {
		if err := sameRows(got, want[part], dims); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return nil
}

func sameRows(got, want [][]any, dims int) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, by hand %d", len(got), len(want))
	}
	byKey := map[string][]any{}
	for _, r := range want {
		byKey[keyOf(r[:dims])] = r
	}
	for _, r := range got {
		w, ok := byKey[keyOf(r[:dims])]
		if !ok || len(w) != len(r) {
			return fmt.Errorf("no row %v by hand", r)
		}
		for i := dims; i < len(r); i++ {
			if !sameValue(r[i], w[i]) {
				return fmt.Errorf("%s column %d is %v, by hand %v", keyOf(r[:dims]), i+1, r[i], w[i])
			}
		}
	}
	return nil
}

func keyOf(dims []any) string {
	var b strings.Builder
	for _, d := range dims {
		if t, ok := d.(time.Time); ok {
			d = t.Format(time.DateOnly)
		}
		fmt.Fprintf(&b, "%v|", d)
	}
	return b.String()
}

func sameValue(a, b any) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, ok1 := query.Float(a)
	y, ok2 := query.Float(b)
	return ok1 && ok2 && math.Abs(x-y) <= 1e-9*math.Max(1e-9, math.Max(math.Abs(x), math.Abs(y)))
}
