package duckdb_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// TestUnfitKeysOutliveDefinitionsAndRestarts: keys of what did not fit follow the
// types of the columns, and are there after the next start.
func TestUnfitKeysOutliveDefinitionsAndRestarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir)
	columns := []warehouse.StoredColumn{{Name: "a b", Type: expr.Integer}, {Name: "k", Type: expr.String}, {Name: "v", Type: expr.Integer}}
	load := func(id, mode, rows, refused string) warehouse.State {
		t.Helper()
		write := func(name, text string) string {
			path := filepath.Join(db.Staging(), name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		c, err := db.Begin(t.Context(), warehouse.LoadSpec{ID: id, Dataset: "d", Mode: mode, At: time.Unix(0, 0), Columns: columns, Key: []string{"k", "a b"}, Lines: true})
		if err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(t.Context(), warehouse.CSV{Path: write(id, rows), Delimiter: ',', Quote: '"', Newline: "\n",
			Columns: []warehouse.CSVColumn{{To: warehouse.LineColumn}, {To: 0}, {To: 1}, {To: 2}}})
		if err == nil && refused != "" {
			err = c.Refused(t.Context(), write(id+".keys", refused), true)
		}
		if err == nil {
			err = c.Apply(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Commit(t.Context(), warehouse.Outcome{Records: n})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	expect := func(what string, s warehouse.State, outdated, absent int64) {
		t.Helper()
		if s.Outdated != outdated || s.Absent != absent {
			t.Errorf("%s: %d and %d, want %d and %d", what, s.Outdated, s.Absent, outdated, absent)
		}
	}
	load("one", "replace", "1,1,x,1\n2,2,x,2\n3,3,\"a,\"\"b\"\"\",3\n", "")
	expect("refused", load("two", "upsert", "4,2,x,5\n", "5,\"a,\"\"b\"\"\",3\n6,x,1\n7,y,9\n3,x,2\n"), 2, 1)
	columns[0].Type = expr.String
	s, err := db.Recast(t.Context(), warehouse.LoadSpec{ID: "cast", Dataset: "d", At: time.Unix(0, 0), Columns: columns, Key: []string{"k", "a b"}})
	if err != nil {
		t.Fatal(err)
	}
	expect("with keys of another type", s, 2, 1)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir)
	if s, _, err = db.State(t.Context(), "d"); err != nil {
		t.Fatal(err)
	}
	expect("after a restart", s, 2, 1)
	expect("mended", load("three", "upsert", "1,1,x,7\n2,9,y,7\n", ""), 1, 0)
	s, err = db.Undo(t.Context(), warehouse.LoadSpec{ID: "undo", Dataset: "d", At: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	expect("undone", s, 2, 1)
	expect("once more", load("four", "upsert", "1,1,x,7\n", ""), 1, 1)
	expect("everything", load("five", "replace", "1,1,x,7\n", ""), 0, 0)
	rows, err := db.Query(t.Context(), expr.SQL{Text: "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'unfit'"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() || rows.Values()[0].(int64) > 1 {
		t.Errorf("%v tables are left, %v", rows.Values(), rows.Err())
	}
}
