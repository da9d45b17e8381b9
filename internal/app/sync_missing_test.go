package app_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"lodestar/internal/datasync"
)

// TestRowsThatCameLate writes rows with a cursor that was passed long ago:
// comparing keys finds them and has them read, and tells what cannot be had so.
func TestRowsThatCameLate(t *testing.T) {
	t.Parallel()
	pg, pgDB := postgresTable(t, "public.bills", "CREATE TABLE bills (id int PRIMARY KEY, at timestamp, day date, n int, amount text)",
		"INSERT INTO bills VALUES (1, '2026-03-09 02:30:00', '2026-03-09', 1, '1'), (2, '2026-06-01 10:00:00.25', '2026-06-01', 5000, '2')")
	my, myDB := mariaTable(t, "shop.bills", "CREATE TABLE shop.bills (id int PRIMARY KEY, at datetime(6), day date, n int, amount varchar(20))",
		"INSERT INTO shop.bills VALUES (1, '2026-03-09 02:30:00', '2026-03-09', 1, '1'), (2, '2026-06-01 10:00:00.25', '2026-06-01', 5000, '2')")
	ways := map[string]string{}
	for _, cursor := range []string{"at", "day", "n"} {
		ways[cursor] = "mode: incremental, deletes: compare, cursor: " + cursor
	}
	pg.modes, my.modes = ways, ways
	j := both(t, "{zone: America/New_York}", "columns: [{name: id, type: integer}, {name: at, type: timestamp}, {name: day, type: date}, {name: n, type: integer}, {name: amount, type: decimal}]", pg, my)
	count := func(dataset string) int {
		t.Helper()
		return len(j.query(map[string]any{"from": dataset, "distinct": false, "by": []string{"id"}, "limit": 1000}).Rows)
	}
	told := func(run datasync.Run) string {
		var out []string
		for _, w := range run.Warnings {
			out = append(out, w.Code)
		}
		return strings.Join(out, " ")
	}
	for _, p := range []seen{pg, my} {
		do, table := execute(t, pgDB), "bills"
		if p.place == "my" {
			do, table = execute(t, myDB), "shop.bills"
		}
		// Two that are late, at moments that have others; one of them does not fit.
		do("INSERT INTO " + table + " VALUES (3, '2026-03-09 02:30:00', '2026-03-09', 1, '3'), (4, '2025-01-01 00:00:00.000001', '2025-01-01', -7, 'much')")
		for way := range ways {
			name := p.place + "_" + way
			run := j.again(name, map[string]any{})
			if run.Missing != 0 || run.Loaded < 1 || count(name) != 3 || told(run) != "rows_fetched rows_absent" {
				t.Errorf("%s: %+v, %d rows", name, run, count(name))
			}
			if run = j.again(name, map[string]any{}); run.Missing != 0 || told(run) != "rows_absent" {
				t.Errorf("%s once more: %+v", name, run)
			}
		}
		// One without a value of any cursor, and one that is mended; one goes.
		do("INSERT INTO " + table + " VALUES (5, NULL, NULL, NULL, '5')")
		do("DELETE FROM " + table + " WHERE id IN (1, 4)")
		for way := range ways {
			name := p.place + "_" + way
			if run := j.again(name, map[string]any{}); run.Missing != 1 || run.Deleted != 1 || count(name) != 2 || told(run) != "rows_missing" {
				t.Errorf("%s: %+v, %d rows", name, run, count(name))
			}
			if run := j.again(name, map[string]any{"full": true}); run.Missing != 1 || count(name) != 2 || told(run) != "rows_missing" {
				t.Errorf("%s, everything: %+v, %d rows", name, run, count(name))
			}
		}
		do("UPDATE " + table + " SET at = '2026-02-01', day = '2026-02-01', n = 7 WHERE id = 5")
		for way := range ways {
			name := p.place + "_" + way
			if run := j.again(name, map[string]any{}); run.Missing != 0 || count(name) != 3 {
				t.Errorf("%s, with values: %+v, %d rows", name, run, count(name))
			}
		}
		// So many that they are told, and read when somebody says so.
		var rows []string
		for i := range 150 {
			rows = append(rows, fmt.Sprintf("(%d, '2024-01-%02d 00:%02d:00', '20%02d-01-%02d', %d, '1')", 100+i, 1+i/60, i%60, 10+i/31, 1+i%31, -1000-i))
		}
		do("INSERT INTO " + table + " VALUES " + strings.Join(rows, ", "))
		for way := range ways {
			name := p.place + "_" + way
			if run := j.again(name, map[string]any{}); run.Missing != 150 || count(name) != 3 || told(run) != "rows_missing" {
				t.Errorf("%s: %+v, %d rows", name, run, count(name))
			}
		}
		j.again(p.place+"_at", map[string]any{"from": "2024-01-01", "to": "2024-02-01"})
		if run := j.again(p.place+"_at", map[string]any{}); run.Missing != 0 || count(p.place+"_at") != 153 || told(run) != "" {
			t.Errorf("%s, after the range: %+v", p.place, run)
		}
	}
}

func execute(t *testing.T, db *sql.DB) func(string) {
	return func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
