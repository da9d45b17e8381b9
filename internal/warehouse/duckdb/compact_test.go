package duckdb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// TestCompact gives back the room that replaced rows left, and changes nothing
// else: rows, ledger, versions, roll-ups, and loads go on as before. What is left
// of an attempt that was broken off does no harm.
func TestCompact(t *testing.T) {
	dir := t.TempDir()
	open := func() *duckdb.DB {
		db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "500MB", Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	k := &keeper{t: t, db: open()}
	mark, r := "here", rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{250_000, 250_000, 3000, 2000} {
		rows := make([]row, n)
		for n := range rows {
			rows[n] = row{line: int64(n + 1), key: int64(n), value: fmt.Sprintf("%x%x", r.Uint64(), r.Uint64())}
		}
		if _, err := k.load("replace", rows, &mark, false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.db.Materialise(t.Context(), "sums", "f", expr.SQL{Text: "SELECT 7 AS n"}); err != nil {
		t.Fatal(err)
	}
	see := func(db *duckdb.DB) string {
		state, ok, err := db.State(t.Context(), "kept")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		ledger, err := db.Ledger(t.Context(), "kept", 100)
		if err != nil {
			t.Fatal(err)
		}
		materials, err := db.Materials(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := db.Query(t.Context(), expr.SQL{Text: "SELECT count(*), sum(k), min(v), max(v), sum(hash(k, v)) FROM " + state.Table})
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		rows.Next()
		return fmt.Sprint(state, ledger, materials, rows.Values(), rows.Err())
	}
	want := see(k.db)
	if err := k.db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "warehouse.duckdb.compact"), []byte("half a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, after, err := duckdb.Compact(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if after >= before/2 {
		t.Errorf("%d bytes became %d", before, after)
	}
	k.db = open()
	defer func() {
		if err := k.db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if got := see(k.db); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	room, err := k.db.Room(t.Context())
	if err != nil || room.Bytes == 0 || room.Free > room.Bytes/2 {
		t.Errorf("%+v, %v", room, err)
	}
	var state warehouse.State
	if state, err = k.load("append", []row{{line: 1, key: 1_000_000, value: "new"}}, nil, false); err != nil || state.Rows != 2001 {
		t.Errorf("%+v, %v", state, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.compact*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
