package duckdb_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// dater loads rows with times and days into one dataset, by a clock of its own.
type dater struct {
	t    *testing.T
	db   *duckdb.DB
	now  time.Time
	zone *time.Location
	n    int
}

func (d *dater) spec(mode string) warehouse.LoadSpec {
	d.n++
	return warehouse.LoadSpec{ID: fmt.Sprint("load", d.n), Dataset: "dated", Mode: mode, At: d.now, Zone: d.zone, Key: []string{"k"}, Lines: true,
		Columns: []warehouse.StoredColumn{{Name: "k", Type: expr.Integer}, {Name: "at", Type: expr.Timestamp}, {Name: "day", Type: expr.Date}}}
}

// load loads rows of key, time and day; a key below zero says that a row is gone.
func (d *dater) load(mode string, rows [][3]string) {
	d.t.Helper()
	spec := d.spec(mode)
	file := warehouse.CSV{Path: filepath.Join(d.db.Staging(), spec.ID), Delimiter: ',', Quote: '"', Newline: "\n",
		Columns: []warehouse.CSVColumn{{To: warehouse.LineColumn}, {To: 0}, {To: 1}, {To: 2}}}
	if mode == "retain" {
		spec.Columns = spec.Columns[:1]
		file.Columns[2].To, file.Columns[3].To = warehouse.Ignored, warehouse.Ignored
	}
	var text strings.Builder
	for i, r := range rows {
		line := i + 1
		if key, gone := strings.CutPrefix(r[0], "-"); gone {
			line, r = -line, [3]string{key}
		}
		fmt.Fprintf(&text, "%d,%s\n", line, strings.Join(r[:], ","))
	}
	if err := os.WriteFile(file.Path, []byte(text.String()), 0o600); err != nil {
		d.t.Fatal(err)
	}
	ctx := d.t.Context()
	c, err := d.db.Begin(ctx, spec)
	if err != nil {
		d.t.Fatal(err)
	}
	if len(rows) > 0 {
		if _, err := c.Read(ctx, file); err != nil {
			d.t.Fatal(err)
		}
	}
	for _, step := range []func() error{
		func() error { return c.Fold(ctx) },
		func() error { return c.Apply(ctx) },
		func() error { _, err := c.Commit(ctx, warehouse.Outcome{Records: int64(len(rows))}); return err },
	} {
		if err := step(); err != nil {
			d.t.Fatal(mode, err)
		}
	}
}

// seen is what a pencil finds in the rows: of times and of days the newest that is
// not of the future, "" for none, and how many are.
type seen struct {
	at, day          string
	atLater, dayLate int64
}

func (d *dater) count(brought time.Time, zone *time.Location) (out seen) {
	d.t.Helper()
	state, ok, err := d.db.State(d.t.Context(), "dated")
	if err != nil || !ok {
		d.t.Fatal(ok, err)
	}
	rows, err := d.db.Query(d.t.Context(), expr.SQL{Text: `SELECT "at", "day" FROM ` + state.Table})
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	brought = brought.Add(5 * time.Minute) // clocks may differ
	today := brought.In(zone).Format(time.DateOnly)
	for rows.Next() {
		v := rows.Values()
		if at, ok := v[0].(time.Time); ok {
			if at.After(brought) {
				out.atLater++
			} else {
				out.at = max(out.at, at.Format(time.DateTime))
			}
		}
		if day, ok := v[1].(time.Time); ok {
			if s := day.Format(time.DateOnly); s > today {
				out.dayLate++
			} else {
				out.day = max(out.day, s)
			}
		}
	}
	if rows.Err() != nil {
		d.t.Fatal(rows.Err())
	}
	return out
}

func (d *dater) told() (out seen, brought time.Time) {
	d.t.Helper()
	s, _, err := d.db.State(d.t.Context(), "dated")
	if err != nil {
		d.t.Fatal(err)
	}
	if at, ok := s.Newest["at"]; ok {
		out.at = at.Format(time.DateTime)
	}
	if day, ok := s.Newest["day"]; ok {
		out.day = day.Format(time.DateOnly)
	}
	out.atLater, out.dayLate = s.Future["at"], s.Future["day"]
	return out, s.BroughtAt
}

// TestNewestIsWhatARowTells makes random changes with rows before and after the
// clock, and compares what is told of the newest times with the rows.
func TestNewestIsWhatARowTells(t *testing.T) {
	t.Parallel()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(31, 11))
	d := &dater{t: t, db: open(t, t.TempDir()), now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), zone: shanghai}
	stamp := func(layout string) string {
		switch r.IntN(8) {
		case 0:
			return ""
		case 1:
			return time.Date(2099, 1, r.IntN(28)+1, 0, 0, 0, 0, time.UTC).Format(layout)
		}
		return d.now.Add(time.Duration(r.IntN(100)-80)*time.Hour + time.Duration(r.IntN(4))*3*time.Minute).Format(layout)
	}
	var brought, before time.Time
	last, tried := "", map[string]int{}
	for i := range 110 {
		d.now = d.now.Add(time.Duration(r.IntN(30)) * time.Hour)
		mode := []string{"append", "append", "append", "upsert", "change", "replace", "retain", "undo", "recast"}[r.IntN(9)]
		if last == "" {
			mode = "replace"
		}
		var rows [][3]string
		n := r.IntN(6)
		if mode == "retain" {
			n = 12 // so that some stay
		}
		for range n {
			key := r.IntN(12)
			if mode == "append" {
				key = 1000 + 10*i + len(rows)
			}
			if slices.ContainsFunc(rows, func(x [3]string) bool { return strings.TrimPrefix(x[0], "-") == fmt.Sprint(key) }) {
				continue
			}
			x := [3]string{fmt.Sprint(key), stamp(time.DateTime), stamp(time.DateOnly)}
			if mode == "change" && r.IntN(3) == 0 {
				x[0] = "-" + x[0]
			}
			rows = append(rows, x)
		}
		switch mode {
		case "undo":
			_, err := d.db.Undo(t.Context(), d.spec(mode))
			if !slices.Contains([]string{"append", "upsert", "replace", "retain"}, last) {
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			brought = before
			if brought.IsZero() { // back to nothing
				last = ""
				continue
			}
		case "recast":
			if _, err := d.db.Recast(t.Context(), d.spec(mode)); err != nil {
				t.Fatal(err)
			}
		default:
			d.load(mode, rows)
			before = brought
			if len(rows) > 0 && mode != "retain" || mode == "replace" {
				brought = d.now
			}
		}
		last = mode
		want := d.count(brought, shanghai)
		got, at := d.told()
		if got != want || !at.Equal(brought) {
			t.Fatalf("%d, after %s of %v: %+v of %v, want %+v of %v", i, mode, rows, got, at, want, brought)
		}
		if want.atLater > 0 && want.at != "" {
			tried[mode]++
		}
		if want.atLater > 0 && want.at == "" {
			tried["only the future"]++
		}
	}
	for _, mode := range []string{"append", "upsert", "change", "replace", "retain", "undo", "recast", "only the future"} {
		if tried[mode] == 0 {
			t.Errorf("%s was not tried with rows of the future: %v", mode, tried)
		}
	}
}

// TestNewestOfOldLedgers: where an older program wrote the ledger, the newest
// times of the rows that there are are found at the start; of rows that are gone
// only where none were of the future.
func TestNewestOfOldLedgers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := &dater{t: t, db: open(t, dir), now: time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)}
	d.load("replace", [][3]string{{"1", "2026-03-01 10:00:00", "2026-03-02"}}) // a day that has begun in the east
	d.load("append", [][3]string{{"2", "2026-03-01 12:00:00", "2026-03-02"}, {"3", "2099-01-01 00:00:00", "2026-03-03"}})
	d.load("append", [][3]string{{"4", "2026-03-01 14:00:00", ""}})
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := sql.Open("duckdb", filepath.Join(dir, "warehouse.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"ALTER TABLE ledger.loads DROP COLUMN newest", "ALTER TABLE ledger.loads DROP COLUMN brought_at"} {
		if _, err := old.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and the next time
		d.db = open(t, dir)
		got, brought := d.told()
		if want := (seen{"2026-03-01 14:00:00", "2026-03-02", 1, 1}); got != want || !brought.Equal(d.now) {
			t.Errorf("%+v of %v", got, brought)
		}
		entries, err := d.db.Ledger(t.Context(), "dated", 10)
		if err != nil || len(entries) != 3 {
			t.Fatal(entries, err)
		}
		for i, want := range []string{"14", "", "10"} {
			at, ok := entries[i].Newest["at"]
			if ok != (want != "") || ok && at.Format("15") != want {
				t.Errorf("entry %d: %v", i, entries[i].Newest)
			}
		}
		if err := d.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
