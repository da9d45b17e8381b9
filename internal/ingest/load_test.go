package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

func orders() semantic.DatasetSpec {
	return semantic.DatasetSpec{PrimaryKey: []string{"id"}, Columns: []semantic.Column{
		{Name: "id", Type: expr.Integer}, {Name: "shop", Source: "门店", Type: expr.String},
		{Name: "amount", Type: expr.Decimal, Precision: 12, Scale: 2}, {Name: "day", Type: expr.Date},
		{Name: "at", Type: expr.Timestamp}}}
}

const clean = "id,门店,amount,day,at\n1,a,1.5,2026-01-05,2026-01-05 10:00:00\n2,,2,2026-01-06,2026-01-06T11:30:00\n3,\"x,y\",,,\n"

func TestBothLanesAgree(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.zone = "Asia/Shanghai"
	b.define("orders", orders())
	want := []string{"1|a|1.50|2026-01-05|2026-01-05 02:00:00", "2|2.00|2026-01-06|2026-01-06 03:30:00", "3|x,y"}
	columns := `id, shop, amount, "day", "at"`
	if l := b.load(LoadRequest{Dataset: "orders"}, clean); l.State != Done || l.Loaded != 3 || l.Rejected != 0 {
		t.Fatalf("%+v", l)
	}
	if diff := cmp.Diff(want, b.rows("orders", columns)); diff != "" {
		t.Error("first lane", diff)
	}
	// One bad record forces the second lane on the same rows.
	l := b.load(LoadRequest{Dataset: "orders", Mode: Replace}, clean+"4,b,1.234,2026-01-05,\n")
	if l.State != Done || l.Loaded != 3 || l.Rejected != 1 {
		t.Fatalf("%+v %+v", l, l.Error)
	}
	if diff := cmp.Diff(want, b.rows("orders", columns)); diff != "" {
		t.Error("second lane", diff)
	}
	rejects, err := b.Rejects(t.Context(), editor, "orders", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(rejects.Items) != 1 || rejects.Items[0].Line != 5 || rejects.Items[0].Reason != wouldRound ||
		rejects.Items[0].Column != "amount" || rejects.Items[0].Raw != "4,b,1.234,2026-01-05," {
		t.Errorf("%+v", rejects)
	}
}

func TestModesAndUndo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("kv", semantic.DatasetSpec{PrimaryKey: []string{"k"},
		Columns: []semantic.Column{col("k", expr.String), col("v", expr.Integer)}})
	expect := func(what string, l Load, want ...string) {
		t.Helper()
		if l.State != Done {
			t.Fatalf("%s: %+v %+v", what, l, l.Error)
		}
		if diff := cmp.Diff(want, b.rows("kv", "k, v")); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		state, _, err := b.db.State(t.Context(), "kv")
		if err != nil || state.Rows != int64(len(want)) {
			t.Errorf("%s: state %+v, %v", what, state, err)
		}
	}
	expect("first", b.load(LoadRequest{Dataset: "kv"}, "k,v\na,1\nb,2\na,9\n"), "a|1", "b|2")
	expect("append", b.load(LoadRequest{Dataset: "kv", Mode: Append}, "v,k\n3,c\n"), "a|1", "b|2", "c|3")
	undo := func(want ...string) {
		t.Helper()
		l, err := b.Undo(t.Context(), editor, "kv")
		if err != nil {
			t.Fatal(err)
		}
		expect("undo", l, want...)
	}
	undo("a|1", "b|2")
	if _, err := b.Undo(t.Context(), editor, "kv"); err == nil {
		t.Error("an undo was undone")
	}
	expect("upsert", b.load(LoadRequest{Dataset: "kv", Mode: Upsert}, "k,v\nb,7\nd,8\nd,9\n"), "a|1", "b|7", "d|9")
	undo("a|1", "b|2")
	expect("replace", b.load(LoadRequest{Dataset: "kv", Mode: Replace}, "k,v\nz,1\n"), "z|1")
	undo("a|1", "b|2")
	// What overlaps with rows that are there is set aside, in whichever lane.
	l := b.load(LoadRequest{Dataset: "kv", Mode: Append}, "k,v\na,5\nc,6\nc,7\n")
	expect("append over a key", l, "a|1", "b|2", "c|6")
	if l.Records != 3 || l.Loaded != 1 || l.Rejected != 2 {
		t.Errorf("%+v", l)
	}
	rejects, err := b.Rejects(t.Context(), editor, "kv", 0, 10)
	if err != nil || len(rejects.Items) != 2 || rejects.Items[0].Reason != knownKey || rejects.Items[1].Reason != sameKey {
		t.Errorf("%+v %v", rejects, err)
	}
	undo("a|1", "b|2")
	if err := b.DropDataset(t.Context(), editor, "kv"); err != nil {
		t.Fatal(err)
	}
	if rows := b.rows("kv", "k"); rows != nil {
		t.Errorf("after drop: %v", rows)
	}
	if n := b.query("SELECT count(*)::VARCHAR FROM duckdb_tables() WHERE schema_name IN ('data', 'previous', 'reject')"); n[0] != "0" {
		t.Errorf("%s tables are left over", n[0])
	}
}

func TestDuplicateKeysNameTheLineThatStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("kv", semantic.DatasetSpec{PrimaryKey: []string{"k"},
		Columns: []semantic.Column{col("k", expr.String), col("v", expr.String)}})
	b.load(LoadRequest{Dataset: "kv"}, "k,v\na,\"1\n2\"\nb,2\na,3\n,4\n")
	rejects, err := b.Rejects(t.Context(), editor, "kv", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rejects.Items {
		got = append(got, strings.Join([]string{r.Reason, r.Value, r.Raw, r.Text.EN}, "|"))
	}
	want := []string{"key_missing||,4|the primary key is missing", "same_key|2|a,3|same key as line 2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if rejects.Items[1].Line != 5 {
		t.Errorf("line %d", rejects.Items[1].Line)
	}
}
