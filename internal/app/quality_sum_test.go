package app_test

import (
	"strings"
	"testing"

	"lodestar/internal/quality"
)

// TestSumsThatAreNoNumbers reconciles columns of a server whose floats hold NaN
// and infinity: such a sum is neither nothing nor equal to another.
func TestSumsThatAreNoNumbers(t *testing.T) {
	t.Parallel()
	books, db := postgresTable(t, "public.books", "CREATE TABLE books (id int PRIMARY KEY, day date, amount float8)",
		"INSERT INTO books VALUES (1, '2026-01-01', 1), (2, '2026-01-02', 'NaN'), (3, '2026-01-03', 'Infinity'), (4, '2026-01-04', NULL), (5, '2026-01-05', 5), (6, '2026-01-06', 6)",
		"CREATE TABLE bank (id int PRIMARY KEY, day date, amount float8)",
		"INSERT INTO bank VALUES (1, '2026-01-01', 1), (2, '2026-01-02', 0), (3, '2026-01-03', 'Infinity'), (4, '2026-01-04', 0), (5, '2026-01-05', 5), (6, '2026-01-06', 6)")
	books.modes = map[string]string{"direct": ""}
	bank := books
	bank.place, bank.table = "bk", "public.bank"
	j := both(t, "{zone: UTC}", `columns: [{name: id, type: integer}, {name: day, type: date}, {name: amount, type: float}], time: day, quality: [
		{name: daily, rule: reconcile, column: amount, by: day, against: {dataset: bk_direct}},
		{name: all, rule: reconcile, column: amount, against: {dataset: bk_direct}},
		{name: finite, rule: reconcile, column: amount, where: "amount > -1e300 and amount < 1e300", against: {dataset: bk_direct, where: "amount > -1e300 and amount < 1e300"}}]`, books, bank)
	ask := func() map[string]quality.Result {
		t.Helper()
		var run quality.Run
		j.post("/datasets/pg_direct/quality/run", map[string]any{}, &run)
		out := map[string]quality.Result{}
		for _, r := range run.Results {
			out[r.Rule] = r
		}
		return out
	}
	got := ask()
	if r := got["all"]; r.State != quality.Unknown || r.Checked != 0 || !strings.Contains(r.Note.EN, "amount of pg_direct holds NaN or infinity") {
		t.Errorf("all: %+v", r)
	}
	if r := got["daily"]; r.State != quality.Unknown || r.Checked != 4 || r.Broken != 0 || !strings.Contains(r.Note.EN, "2026-01-03") {
		t.Errorf("by day: %+v", r)
	}
	if r := got["finite"]; r.State != quality.Kept || r.Checked != 1 {
		t.Errorf("finite: %+v", r)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE bank SET amount = 7 WHERE id = 5"); err != nil {
		t.Fatal(err)
	}
	got = ask()
	if r := got["daily"]; r.State != quality.Broken || r.Broken != 1 || r.Note.IsZero() {
		t.Errorf("by day: %+v", r)
	}
}
