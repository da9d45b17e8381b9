package duckdb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// keysUnique loads rows of (n, m, day, text), asks whether the key is unique,
// and takes the load back.
func keysUnique(t *testing.T, db *duckdb.DB, id string, key []string, rows []string) bool {
	t.Helper()
	path := filepath.Join(db.Staging(), id+".csv")
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	spec := warehouse.LoadSpec{ID: id, Dataset: "d", Mode: "replace", At: time.Unix(0, 0), Key: key,
		Columns: []warehouse.StoredColumn{{Name: "n", Type: expr.Integer}, {Name: "m", Type: expr.Integer},
			{Name: "day", Type: expr.Date}, {Name: "s", Type: expr.String}}}
	change, err := db.Begin(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := change.Rollback(); err != nil {
			t.Error(err)
		}
	}()
	read, err := change.Read(t.Context(), warehouse.CSV{Path: path, Delimiter: ',', Quote: '"', Newline: "\n",
		Columns: []warehouse.CSVColumn{{To: 0}, {To: 1}, {To: 2}, {To: 3}}})
	if err != nil || read != int64(len(rows)) {
		t.Fatalf("%d rows read of %d, %v", read, len(rows), err)
	}
	unique, err := change.KeysUnique(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return unique
}

// TestKeysUnique compares both ways to check keys with a set of their text.
func TestKeysUnique(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	r := rand.New(rand.NewPCG(7, 7))
	wide := []int64{-1 << 63, 1<<63 - 1, -1, 0, 1, 1 << 40}
	both := [2]int{}
	for i := range 150 {
		key := [][]string{{"n"}, {"n", "m"}, {"day"}, {"n", "day", "m"}, {"s"}, {"n", "s"}}[r.IntN(6)]
		spread := 1 + r.IntN(400)
		shift := []int64{0, -200, 1<<63 - 401, -1 << 63}[r.IntN(4)]
		seen, unique := map[string]bool{}, true
		var rows []string
		for range r.IntN(25) {
			n := shift + int64(r.IntN(spread))
			if i%5 == 0 {
				n = wide[r.IntN(len(wide))]
			}
			value := map[string]string{"n": fmt.Sprint(n), "m": fmt.Sprint(r.IntN(5) - 2),
				"day": time.Unix(0, 0).UTC().AddDate(0, 0, r.IntN(spread)-100).Format(time.DateOnly), "s": fmt.Sprint("k", r.IntN(spread))}
			if r.IntN(120) == 0 {
				value[key[len(key)-1]] = ""
			}
			var k []string
			for _, name := range key {
				k = append(k, value[name])
				unique = unique && value[name] != ""
			}
			whole := strings.Join(k, "|")
			unique = unique && !seen[whole]
			seen[whole] = true
			rows = append(rows, strings.Join([]string{value["n"], value["m"], value["day"], value["s"]}, ","))
		}
		if len(rows) == 0 {
			continue
		}
		if got := keysUnique(t, db, fmt.Sprint("run", i), key, rows); got != unique {
			t.Fatalf("key %v of %q: unique %v, want %v", key, rows, got, unique)
		}
		if unique {
			both[1]++
		} else {
			both[0]++
		}
	}
	if both[0] < 20 || both[1] < 20 {
		t.Errorf("too few of one outcome: %v", both)
	}
}
