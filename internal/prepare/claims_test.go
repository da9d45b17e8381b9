package prepare_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/catalog"
	"lodestar/internal/ingest"
	"lodestar/internal/prepare"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
)

// drawn makes random tables in which the ids of facts are different, and random
// steps over them.
func drawn(t *rapid.T, kinds []string) (tables map[string]rel, list []steps.Step) {
	tables = map[string]rel{}
	for _, n := range tableNames {
		tables[n] = randomTable(t, n)
	}
	for i, row := range tables["facts"].rows {
		row = slices.Clone(row)
		row[0] = int64(i)
		tables["facts"].rows[i] = row
	}
	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		list = appended(t, list, rapid.SampledFrom(kinds).Draw(t, "kind"))
	}
	return tables, list
}

// withKey is inputs with the key that drawn gives facts.
func withKey(name string) *steps.Input {
	in := inputs(name)
	if name == "facts" {
		in.Key = []string{"id"}
	}
	return in
}

// TestKeysTellRowsApart holds the key that is claimed after each step against
// the rows.
func TestKeysTellRowsApart(t *testing.T) {
	t.Parallel()
	s := openScratch(t)
	held := 0
	rapid.Check(t, func(t2 *rapid.T) {
		tables, list := drawn(t2, steps.Kinds())
		for n, r := range tables {
			s.fill(t2, n, r)
		}
		plan, _ := steps.Type("steps", "facts", list, withKey)
		st, err := s.printer(time.UTC).Print(plan)
		if err != nil {
			t2.Fatal(err)
		}
		for _, f := range st.Fans {
			if s.ask(t2, st.Multiplied(f)).rows[0][0] != int64(0) {
				return // refused
			}
		}
		for i := range plan.Stages {
			key := plan.Stages[i].Key
			if len(key) == 0 {
				continue
			}
			held++
			got := s.ask(t2, st.Rows(i, 0))
			seen := map[string]bool{}
			for _, row := range got.rows {
				if k := keyOf(got, row, key); seen[k] {
					t2.Fatalf("step %d %s\nkey %v\n%s", i, asJSON(list), key, show(got))
				} else {
					seen[k] = true
				}
			}
		}
	})
	if held == 0 {
		t.Error("no key was ever claimed")
	}
}

// TestLineageIsWhole changes values at random in all columns that a column of
// the result is said not to come from, and that are said not to decide about
// rows: the values of the column must stay.
func TestLineageIsWhole(t *testing.T) {
	t.Parallel()
	s := openScratch(t)
	rapid.Check(t, func(t2 *rapid.T) {
		tables, list := drawn(t2, steps.Kinds())
		for _, x := range list {
			if ties := x.Deduplicate != nil && len(x.Deduplicate.By) > 0 && len(x.Deduplicate.Order) > 0; ties {
				return // which of two that are equal in the order comes first is no column's word
			}
			if slices.ContainsFunc(x.Fill, func(f steps.Fill) bool { return f.From != "" }) {
				return
			}
			if j := x.Join; j != nil && j.AsOf != nil && alike(tables[j.Dataset], append(slices.Collect(maps.Values(j.On)), j.AsOf.Other)) {
				return
			}
		}
		plan, _ := steps.Type("steps", "facts", list, inputs)
		if i := slices.IndexFunc(list, func(x steps.Step) bool { return x.Session != nil }); i >= 0 { // nor which of two at one time
			for n, r := range tables {
				s.fill(t2, n, r)
			}
			st, err := s.printer(time.UTC).Print(plan)
			if err != nil {
				t2.Fatal(err)
			}
			if alike(s.ask(t2, st.Rows(i, 0)), append(slices.Clone(list[i].Session.By), list[i].Session.Time)) {
				return
			}
		}
		names := plan.Last().Names()
		name := rapid.SampledFrom(names).Draw(t2, "column")
		known := slices.Concat(plan.Last().Column(name).From, plan.Last().Decides)
		values := func() string {
			for n, r := range tables {
				s.fill(t2, n, r)
			}
			st, err := s.printer(time.UTC).Print(plan)
			if err != nil {
				t2.Fatal(err)
			}
			got := s.ask(t2, st.Rows(len(plan.Stages)-1, 0))
			var out []string
			for _, row := range got.rows {
				out = append(out, cell(got.get(row, name)))
			}
			slices.Sort(out)
			return strings.Join(out, " | ")
		}
		before := values()
		for _, dataset := range tableNames {
			for i, c := range columnsOf[dataset] {
				if slices.Contains(known, steps.Origin{Dataset: dataset, Column: c.Name}) {
					continue
				}
				for j, row := range tables[dataset].rows {
					row = slices.Clone(row)
					row[i] = randomCell(t2, c)
					tables[dataset].rows[j] = row
				}
			}
		}
		if after := values(); after != before {
			t2.Fatalf("%s of %s comes from %v\nbefore %s\nafter  %s", name, asJSON(list), known, before, after)
		}
	})
}

// alike tells whether several rows have the same values in some columns.
func alike(r rel, columns []string) bool {
	keys, _ := groups(r, columns)
	return len(keys) < len(r.rows)
}

// TestFullJoinOfWholeNumbers: rows that only the other side has keep their keys
// as they are, also where keys here are whole numbers and there decimals.
func TestFullJoinOfWholeNumbers(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	p.compile(t, stored("facts", "id"), stored("dims"), made("both", "facts", nil, []steps.Step{{Select: []string{"id", "k"}},
		{Join: &steps.Join{Dataset: "dims", Kind: "full", On: map[string]string{"k": "d"}, Columns: []string{"label"}, Many: true}}, {Select: []string{"k", "label"}}}))
	p.load(t, "facts", "replace", []string{"id"}, [][]any{factRow(1, int64(2), "")})
	p.load(t, "dims", "replace", nil, [][]any{{int64(1), "two", 2.0}, {int64(1), "half", 2.5}})
	if l, err := p.Refresh(t.Context(), editor, "both"); err != nil || l.State != ingest.Done {
		t.Fatal(err, l.Error)
	}
	if got := show(p.rows(t, "both")); !strings.Contains(got, "2.5 | ") {
		t.Error(got)
	}
}

// TestMappingOfEqualNumbers: values that are written in two ways and are one
// number would give a row twice where they are looked up in a table.
func TestMappingOfEqualNumbers(t *testing.T) {
	t.Parallel()
	for name, values := range map[string]map[string]string{"n": {"1": "a", "01": "b"}, "d": {"1": "a", "1.00": "b"}, "f": {"10": "a", "1e1": "b"}} {
		for i := range 60 {
			values[fmt.Sprint(100+i)] = "x"
		}
		_, found := steps.Type("steps", "facts", []steps.Step{{Map: &steps.Mapping{Column: name, Values: values, Into: "m"}}}, inputs)
		if len(found) != 1 || found[0].Rule != "duplicate" {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// TestValuesThatDoNotFit: a value of a definition that its column cannot hold is
// told where it stands, not by a refresh that fails.
func TestValuesThatDoNotFit(t *testing.T) {
	t.Parallel()
	for _, s := range []steps.Step{
		{Map: &steps.Mapping{Column: "n", Values: map[string]string{"1": "2"}, Keep: true, Missing: "none"}},
		{Map: &steps.Mapping{Column: "d", Values: map[string]string{"1.001": "2"}, Keep: true}},
		{Map: &steps.Mapping{Column: "d", Values: map[string]string{"1": "12345678901.5"}, Keep: true}},
		{Fill: []steps.Fill{{Column: "d", With: "1.005"}}},
		{Fill: []steps.Fill{{Column: "f", With: "0x1p-2"}}},
		{Fill: []steps.Fill{{Column: "f", With: "inf"}}},
		{Pivot: &steps.Pivot{Column: "d", Values: []steps.PivotValue{{Value: "1.005", Name: "p"}}, Agg: "count"}},
	} {
		found := steps.Validate("steps", []steps.Step{s})
		if len(found) == 0 {
			_, found = steps.Type("steps", "facts", []steps.Step{s}, inputs)
		}
		if len(found) == 0 || found[0].Rule != "bad_value" {
			t.Errorf("%s: %v", asJSON(s), found)
		}
	}
}

// TestJoinByABrokenKey: a key that is declared and does not hold is no reason to
// let rows multiply.
func TestJoinByABrokenKey(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	list := []steps.Step{{Select: []string{"id", "k"}}, {Join: &steps.Join{Dataset: "dims", On: map[string]string{"k": "k"}, Columns: []string{"label"}}}}
	rs := []*catalog.Resource{stored("facts", "id"), stored("dims", "k"), made("out", "facts", nil, list)}
	p.compile(t, rs...)
	p.load(t, "facts", "replace", []string{"id"}, [][]any{factRow(1, int64(1), "")})
	p.load(t, "dims", "replace", nil, [][]any{{int64(1), "a", nil}, {int64(1), "b", nil}})
	if _, err := p.db.Recast(t.Context(), warehouse.LoadSpec{ID: "recast", Dataset: "dims", Mode: "recast", At: p.now, Columns: columnsOf["dims"], Key: []string{"k"}}); err != nil {
		t.Fatal(err)
	}
	if state, _, err := p.db.State(t.Context(), "dims"); err != nil || !state.KeyBroken {
		t.Fatal(state, err)
	}
	l, err := p.Refresh(t.Context(), editor, "out")
	if err != nil || l.State != ingest.Failed || l.Error.Code != "join_multiplies" {
		t.Errorf("%v %+v", err, l)
	}
	v, err := p.Preview(t.Context(), editor, prepare.PreviewRequest{Dataset: "out"})
	if err != nil || len(v.Fans) != 1 {
		t.Errorf("%v %+v", err, v)
	}
}
