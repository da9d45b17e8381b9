package duckdb_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// row is a row of the dataset kept, with the line on which it came: negative
// for one that is gone.
type row struct {
	line  int64
	key   int64
	value string
}

// keeper loads rows of (k, v) into one dataset.
type keeper struct {
	t  *testing.T
	db *duckdb.DB
	n  int
}

func (k *keeper) load(mode string, rows []row, mark *string, fold bool) (warehouse.State, error) {
	k.t.Helper()
	k.n++
	id := fmt.Sprint("load", k.n)
	spec := warehouse.LoadSpec{ID: id, Dataset: "kept", Mode: mode, At: time.Unix(int64(k.n), 0), Key: []string{"k"}, Lines: true,
		Columns: []warehouse.StoredColumn{{Name: "k", Type: expr.Integer}, {Name: "v", Type: expr.String}}}
	file := warehouse.CSV{Path: filepath.Join(k.db.Staging(), id), Delimiter: ',', Quote: '"', Newline: "\n",
		Columns: []warehouse.CSVColumn{{To: warehouse.LineColumn}, {To: 0}, {To: 1}}}
	if mode == "retain" {
		spec.Columns = spec.Columns[:1]
		file.Columns[2].To = warehouse.Ignored
	}
	var text strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&text, "%d,%d,%s\n", r.line, r.key, r.value)
	}
	if err := os.WriteFile(file.Path, []byte(text.String()), 0o600); err != nil {
		k.t.Fatal(err)
	}
	c, err := k.db.Begin(k.t.Context(), spec)
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() {
		if err := c.Rollback(); err != nil {
			k.t.Error(err)
		}
	}()
	ctx := k.t.Context()
	if len(rows) > 0 {
		if _, err := c.Read(ctx, file); err != nil {
			k.t.Fatal(err)
		}
	}
	if fold {
		if err := c.Fold(ctx); err != nil {
			k.t.Fatal(err)
		}
	}
	if err := c.Apply(ctx); err != nil {
		return warehouse.State{}, err
	}
	return c.Commit(ctx, warehouse.Outcome{Records: int64(len(rows)), Mark: mark})
}

func (k *keeper) rows() map[int64]string {
	k.t.Helper()
	out := map[int64]string{}
	state, ok, err := k.db.State(k.t.Context(), "kept")
	if err != nil {
		k.t.Fatal(err)
	}
	if !ok {
		return out
	}
	rows, err := k.db.Query(k.t.Context(), expr.SQL{Text: "SELECT k, v FROM " + state.Table})
	if err != nil {
		k.t.Fatal(err)
	}
	defer rows.Close()
	n := int64(0)
	for rows.Next() {
		value, _ := rows.Values()[1].(string)
		out[rows.Values()[0].(int64)] = value
		n++
	}
	if err := rows.Err(); err != nil || n != state.Rows || int64(len(out)) != n {
		k.t.Fatalf("%d rows, %d keys, the state says %d, %v", n, len(out), state.Rows, err)
	}
	return out
}

func (k *keeper) mark() string {
	k.t.Helper()
	m, err := k.db.Mark(k.t.Context(), "kept")
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}

// TestRowsAndMarksFollowEveryChange makes random changes, keeps the rows and the
// mark beside them in a map, and compares after each.
func TestRowsAndMarksFollowEveryChange(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 11))
	k := &keeper{t: t, db: open(t, t.TempDir())}
	want, mark := map[int64]string{}, ""
	type version struct {
		rows map[int64]string
		mark string
	}
	before, canUndo, last := version{map[int64]string{}, ""}, false, ""
	for i := range 160 {
		mode := []string{"change", "change", "upsert", "replace", "retain", "undo", "mark"}[r.IntN(7)]
		if (mode == "retain" || mode == "mark") && k.n == 0 {
			continue
		}
		var rows []row
		for line := range int64(r.IntN(40)) {
			// The order in the file is not that of the lines.
			x := row{line + 1, int64(r.IntN(25)), fmt.Sprint("v", r.IntN(1000))}
			if mode != "retain" && r.IntN(3) == 0 {
				x.line, x.value = -x.line, ""
			}
			rows = append(rows, x)
		}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		now := version{maps.Clone(want), mark}
		var to *string
		if r.IntN(2) == 0 {
			m := fmt.Sprint("mark", i)
			to = &m
		}
		switch mode {
		case "undo":
			_, err := k.db.Undo(t.Context(), warehouse.LoadSpec{ID: fmt.Sprint("undo", i), Dataset: "kept"})
			if !canUndo {
				if !fault.Is(err, fault.Conflict) || last == "change" && fault.Of(err).Code != "changes_stay" {
					t.Fatalf("undo of %s: %v", last, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			want, mark, canUndo, last = before.rows, before.mark, false, mode
		case "mark":
			was := k.version()
			if err := k.db.SetMark(t.Context(), "kept", "moved"); err != nil {
				t.Fatal(err)
			}
			if mark = "moved"; k.version() != was {
				t.Fatal("a mark is no change of rows")
			}
		case "retain":
			if _, err := k.load(mode, rows, to, true); err != nil {
				t.Fatal(err)
			}
			maps.DeleteFunc(want, func(key int64, _ string) bool {
				return !slices.ContainsFunc(rows, func(x row) bool { return x.key == key })
			})
			before, canUndo, last = now, true, mode
		default:
			if _, err := k.load(mode, rows, to, true); err != nil {
				t.Fatal(err)
			}
			if mode == "replace" {
				want = map[int64]string{}
			}
			apply(want, rows, mode == "upsert")
			before, canUndo, last = now, mode != "change", mode
		}
		if to != nil && mode != "undo" && mode != "mark" {
			mark = *to
		}
		if got := k.rows(); !maps.Equal(got, want) {
			t.Fatalf("%d, after %s of %v: %v, want %v", i, mode, rows, got, want)
		}
		if got := k.mark(); got != mark {
			t.Fatalf("%d, after %s: mark %q, want %q", i, mode, got, mark)
		}
	}
	entries, err := k.db.Ledger(t.Context(), "kept", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var folded, gone, deleted int64
	for _, e := range entries {
		if e.Records != e.Loaded+e.Rejected+e.Folded+e.Gone {
			t.Errorf("%+v does not add up", e)
		}
		folded, gone, deleted = folded+e.Folded, gone+e.Gone, deleted+e.Deleted
	}
	if folded == 0 || gone == 0 || deleted == 0 {
		t.Errorf("%d folded, %d gone, %d deleted: something was not tried", folded, gone, deleted)
	}
}

func (k *keeper) version() int64 {
	s, _, err := k.db.State(k.t.Context(), "kept")
	if err != nil {
		k.t.Fatal(err)
	}
	return s.Version
}

// apply does to a map what rows say, in the order of their lines. An upsert
// knows no row that is gone: the last word on its key is then nothing said.
func apply(m map[int64]string, rows []row, upsert bool) {
	last := map[int64]row{}
	for _, x := range rows {
		if was, ok := last[x.key]; !ok || max(x.line, -x.line) > max(was.line, -was.line) {
			last[x.key] = x
		}
	}
	for key, x := range last {
		switch {
		case x.line > 0:
			m[key] = x.value
		case !upsert:
			delete(m, key)
		}
	}
}

// TestDroppedRowsTakeTheirMark: what is read after that begins anew.
func TestDroppedRowsTakeTheirMark(t *testing.T) {
	t.Parallel()
	k := &keeper{t: t, db: open(t, t.TempDir())}
	if err := k.db.SetMark(t.Context(), "kept", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a mark without rows: %v", err)
	}
	m := "here"
	if _, err := k.load("replace", []row{{1, 1, "a"}}, &m, true); err != nil {
		t.Fatal(err)
	}
	if err := k.db.Drop(t.Context(), warehouse.LoadSpec{ID: "drop", Dataset: "kept"}); err != nil {
		t.Fatal(err)
	}
	if got := k.mark(); got != "" {
		t.Errorf("rows are gone and the mark is %q", got)
	}
}

// TestLedgersOfOldStillOpen takes away what came later, as an old file lacks it.
func TestLedgersOfOldStillOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "512MB", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{t: t, db: db}
	if _, err := k.load("replace", []row{{1, 1, "a"}}, nil, false); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("duckdb", filepath.Join(dir, "warehouse.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"mark", "folded", "gone", "deleted"} {
		if _, err := raw.ExecContext(context.Background(), "ALTER TABLE ledger.loads DROP COLUMN "+column); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	k.db = open(t, dir)
	if k.mark() != "" || !maps.Equal(k.rows(), map[int64]string{1: "a"}) {
		t.Errorf("mark %q, rows %v", k.mark(), k.rows())
	}
	m := "on"
	if _, err := k.load("change", []row{{1, 2, "b"}, {-2, 1, ""}}, &m, true); err != nil {
		t.Fatal(err)
	}
	if k.mark() != "on" || !maps.Equal(k.rows(), map[int64]string{2: "b"}) {
		t.Errorf("mark %q, rows %v", k.mark(), k.rows())
	}
}
