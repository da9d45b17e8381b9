package duckdb_test

import (
	"fmt"
	"testing"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse/duckdb"
)

// What is kept is added up to the same number of the same type, whether it
// fits into 64 bits or not.
func TestMaterialise(t *testing.T) {
	t.Parallel()
	db, err := duckdb.Open(duckdb.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const from = ` FROM (VALUES (1, 9000000000000000000, 12345678901234.25::DECIMAL(18, 2), 1.5::DECIMAL(38, 30)), (1, 9000000000000000000, 0.75, NULL),
		(2, 5, 99999999999999.99, 2), (3, NULL, NULL, NULL)) AS r(k, big, amount, fine)`
	const kept = `SELECT k, sum(big) AS big, sum(CASE WHEN k = 2 THEN big END) AS small, sum(amount) AS amount, sum(fine) AS fine, sum(k) AS n` + from + ` GROUP BY k`
	m, err := db.Materialise(t.Context(), "sums", "f", expr.SQL{Text: kept})
	if err != nil {
		t.Fatal(err)
	}
	types := answer(t, db, "SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY column_index) FROM duckdb_columns() WHERE schema_name = 'rollup'")
	want := "[[k INTEGER, big HUGEINT, small BIGINT, amount DECIMAL(18,2), fine DECIMAL(38,30), n BIGINT]]"
	if types != want {
		t.Errorf("kept as %s, want %s", types, want)
	}
	const again = "SELECT sum(big), typeof(sum(big)), sum(small), typeof(sum(small)), sum(amount), typeof(sum(amount)), sum(fine), sum(n), typeof(sum(n)) FROM "
	if got, want := answer(t, db, again+m.Table), answer(t, db, again+"("+kept+")"); got != want {
		t.Errorf("added up to %s, want %s", got, want)
	}
	if m.Rows != 3 {
		t.Errorf("%d rows", m.Rows)
	}
	empty, err := db.Materialise(t.Context(), "none", "f", expr.SQL{Text: kept + " HAVING k > 3"})
	if err != nil || empty.Rows != 0 {
		t.Errorf("%+v %v", empty, err)
	}
}

func answer(t *testing.T, db *duckdb.DB, text string) string {
	t.Helper()
	rows, err := db.Query(t.Context(), expr.SQL{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out [][]any
	for rows.Next() {
		out = append(out, append([]any{}, rows.Values()...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(out)
}
