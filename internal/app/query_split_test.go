package app_test

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// formula is a made-up expression that is linear in the columns of a row, with
// its value; NULL is nil.
type formula struct {
	text  string
	value func(row map[string]*big.Rat) *big.Rat
}

func (d *dice) formula(depth int) formula {
	if depth == 0 || d.one(4) {
		if d.one(3) {
			n := d.pick("2", "0.5", "1.25", "10", "0", "3.00")
			x, _ := new(big.Rat).SetString(n)
			return formula{n, func(map[string]*big.Rat) *big.Rat { return x }}
		}
		c := d.pick("a", "b", "n")
		return formula{c, func(row map[string]*big.Rat) *big.Rat { return row[c] }}
	}
	if d.one(5) {
		x := d.formula(depth - 1)
		return formula{"-(" + x.text + ")", func(row map[string]*big.Rat) *big.Rat {
			if v := x.value(row); v != nil {
				return new(big.Rat).Neg(v)
			}
			return nil
		}}
	}
	l, r := d.formula(depth-1), d.formula(depth-1)
	op := d.pick("+", "-", "*")
	if op == "*" {
		l = d.formula(0)
		for strings.Trim(l.text, "0123456789.") != "" {
			l = d.formula(0)
		}
	}
	return formula{"(" + l.text + " " + op + " " + r.text + ")", func(row map[string]*big.Rat) *big.Rat {
		a, b := l.value(row), r.value(row)
		if a == nil || b == nil {
			return nil
		}
		switch op {
		case "+":
			return new(big.Rat).Add(a, b)
		case "-":
			return new(big.Rat).Sub(a, b)
		}
		return new(big.Rat).Mul(a, b)
	}}
}

// TestSumsOfLinearExpressions compares many sums in one question with sums that
// are worked out row by row, exactly, over columns with missing values. The
// sums are split where that pays, and are not with the optimiser off.
func TestSumsOfLinearExpressions(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	split := 0
	for seed := range uint64(12) {
		d := &dice{newWorld(seed).rng.Rand}
		rs := []*catalog.Resource{{Kind: "Dataset", Metadata: catalog.Metadata{Name: "facts"}, Spec: &semantic.DatasetSpec{
			Columns: []semantic.Column{{Name: "k", Type: expr.String}, {Name: "a", Type: expr.Decimal, Precision: 12, Scale: 2},
				{Name: "b", Type: expr.Decimal, Precision: 9, Scale: 3}, {Name: "n", Type: expr.Integer}}}}}
		r := query.Request{By: []query.By{{Dimension: "k"}}, Totals: true}
		formulas, wheres := make([]formula, 12), make([]string, 12)
		for i := range formulas {
			formulas[i] = d.formula(3)
			if seed%2 == 1 && d.one(2) {
				wheres[i] = d.pick("k = 'x'", "k <> 'y'", "n > 3", "n is null", "n > 3 and k = 'x'")
			}
			name := fmt.Sprintf("m%d", i)
			rs = append(rs, &catalog.Resource{Kind: "Metric", Metadata: catalog.Metadata{Name: name}, Spec: &semantic.MetricSpec{
				Type: "simple", Dataset: "facts", Agg: "sum", Expr: formulas[i].text, Where: wheres[i]}})
			r.Metrics = append(r.Metrics, query.MetricRef{Metric: name})
		}
		rs = append(rs, &catalog.Resource{Kind: "Metric", Metadata: catalog.Metadata{Name: "all"}, Spec: &semantic.MetricSpec{
			Type: "simple", Dataset: "facts", Agg: "count"}})
		r.Metrics = append(r.Metrics, query.MetricRef{Metric: "all"}) // so that every group has a row
		b.define(rs)
		cells := factRows(d)
		b.fill("facts", cells)
		plan, err := b.engine(false).Plan(t.Context(), asker, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range plan.Statements {
			split += strings.Count(s.Steps[len(s.Steps)-1].Text, "from the sums of columns")
		}
		for _, plain := range []bool{false, true} {
			got, err := b.engine(plain).Query(t.Context(), asker, r)
			if err != nil {
				t.Fatalf("seed %d plain %v: %v", seed, plain, err)
			}
			for i, f := range formulas {
				for _, row := range append(got.Rows, append([]any{"*"}, got.Totals[0][len(got.Totals[0])-len(r.Metrics):]...)) {
					want := linearSum(f, wheres[i], cells, cell(row[0]))
					if have := cell(row[1+i]); have != want {
						t.Fatalf("seed %d plain %v: sum(%s) where %q of %v is %s, want %s", seed, plain, f.text, wheres[i], row[0], have, want)
					}
				}
			}
		}
	}
	if split < 50 {
		t.Errorf("only %d sums were split", split)
	}
}

// factRows are rows of k, a, b and n; "" is missing.
func factRows(d *dice) [][]string {
	out := make([][]string, 60)
	for i := range out {
		row := []string{d.pick("x", "y", "z"), fmt.Sprintf("%d.%02d", d.IntN(2000)-1000, d.IntN(100)),
			fmt.Sprintf("%d.%03d", d.IntN(100), d.IntN(1000)), strconv.Itoa(d.IntN(9) - 2)}
		for c := 1; c < len(row); c++ {
			if d.one(5) || row[0] == "z" && c == 2 {
				row[c] = ""
			}
		}
		out[i] = row
	}
	return out
}

// linearSum works a sum out over the rows of a group, "*" for all.
func linearSum(f formula, where string, rows [][]string, group string) string {
	var sum *big.Rat
	for _, r := range rows {
		row := map[string]*big.Rat{}
		for i, c := range []string{"k", "a", "b", "n"} {
			if x, ok := new(big.Rat).SetString(r[i]); ok {
				row[c] = x
			}
		}
		above := row["n"] != nil && row["n"].Cmp(big.NewRat(3, 1)) > 0
		holds := map[string]bool{"": true, "k = 'x'": r[0] == "x", "k <> 'y'": r[0] != "y", "n > 3": above, "n is null": row["n"] == nil,
			"n > 3 and k = 'x'": above && r[0] == "x"}[where]
		v := f.value(row)
		if !holds || v == nil || group != "*" && group != r[0] {
			continue
		}
		if sum == nil {
			sum = new(big.Rat)
		}
		sum.Add(sum, v)
	}
	if sum == nil {
		return "null"
	}
	s := sum.FloatString(12)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
