package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/source"
	"lodestar/internal/source/sourcetest"
)

// TestPrepared has transactions that are prepared, and committed after reads by
// cursor have passed the times of their rows: no row is lost. It runs alone, for
// readers of the log wait for such transactions.
func TestPrepared(t *testing.T) {
	exec(t, "CREATE TABLE promised (id int PRIMARY KEY, at timestamptz DEFAULT now())", "ALTER TABLE promised OWNER TO reader", "INSERT INTO promised VALUES (1)")
	s, err := open(t.Context(), sourcetest.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	q := source.Request{Stream: "public.promised", Reader: "promises", Mode: source.Incremental, Key: []string{"id"}, Cursor: "at", Lookback: time.Second,
		Columns: []source.Column{{Name: "id", Type: expr.Integer}, {Name: "at", Type: expr.Timestamp}}}
	got := sourcetest.Table{}
	rows := 0
	read := func() {
		t.Helper()
		var spool sourcetest.Spool
		result, err := s.Read(t.Context(), q, &spool)
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Load(q, result, &spool); err != nil {
			t.Fatal(err)
		}
		q.Mark, rows = result.Mark, int(result.Rows)
	}
	// promise prepares a transaction that began some time before; do is what happens
	// between its beginning and its end.
	promise := func(id int, do func()) {
		t.Helper()
		c, err := owner.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Release()
		for _, sql := range []string{"BEGIN", fmt.Sprintf("INSERT INTO promised VALUES (%d)", id)} {
			if _, err := c.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		do()
		time.Sleep(1300 * time.Millisecond)
		if _, err := c.Exec(t.Context(), fmt.Sprintf("PREPARE TRANSACTION 'promise %d'", id)); err != nil {
			t.Fatal(err)
		}
	}
	keep := func(id int) { exec(t, fmt.Sprintf("COMMIT PREPARED 'promise %d'", id)) }
	promise(2, func() {}) // before the first read
	exec(t, "INSERT INTO promised VALUES (3)")
	read()
	promise(4, read) // which was running at a read
	exec(t, "INSERT INTO promised VALUES (5)")
	read()
	promise(6, func() {}) // between two reads
	exec(t, "INSERT INTO promised VALUES (7)")
	read()
	time.Sleep(1300 * time.Millisecond)
	exec(t, "INSERT INTO promised VALUES (8)")
	read()
	for _, id := range []int{4, 2, 6} {
		keep(id)
		exec(t, fmt.Sprintf("INSERT INTO promised VALUES (%d)", id+100))
		read()
	}
	if len(got) != 11 {
		t.Errorf("rows %v", got)
	}
	time.Sleep(1300 * time.Millisecond)
	exec(t, "INSERT INTO promised VALUES (9)")
	read()
	if read(); rows > 2 {
		t.Errorf("%d rows are read once more when nothing is prepared", rows)
	}
}
