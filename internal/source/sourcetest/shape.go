package sourcetest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/source"
)

// altered changes a table's columns between reads and in the middle of one: what
// is read is that of one shape, and a column that is gone is named.
func altered(t *testing.T, d Database) {
	d.Make(t, "altered", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("altered", 20_000))
	s := d.open(t)
	q := d.request("altered", source.Full, id, word, num)
	done := make(chan struct{})
	n := 0
	var spool Spool
	spool.Each = func() error {
		if n++; n == 1 { // which waits for the read, as a rule
			go func() { defer close(done); d.Exec(t, "ALTER TABLE altered DROP COLUMN n") }()
			time.Sleep(50 * time.Millisecond)
		}
		return nil
	}
	result, err := s.Read(t.Context(), q, &spool)
	<-done
	if err != nil {
		if !source.IsStartOver(err) {
			Fault(t, err, fault.Of(err).Kind)
		}
		if k := fault.Of(err).Kind; k != fault.Invalid && k != fault.Unavailable {
			t.Errorf("in the middle: %v", err)
		}
	} else if ops, err := spool.All(); err != nil || len(ops) != 20_000 || !result.Whole {
		t.Errorf("in the middle: %d rows, %+v, %v", len(ops), result, err)
	} else {
		for _, op := range ops {
			if op.Values[2] == nil {
				t.Fatalf("a row of another shape: %q", Quoted(op.Values))
			}
		}
	}
	_, err = s.Read(t.Context(), q, &Spool{})
	if said := Fault(t, err, fault.Invalid); !strings.Contains(said, " n") {
		t.Errorf("it says %q", said)
	}
	got := Table{}
	q = d.request("altered", source.Incremental, id, word)
	q.Cursor, q.Rows = "id", 7000
	q.Mark = read(t, s, q, got).Mark
	d.Exec(t, "ALTER TABLE altered ADD n "+d.Types["text"])
	q.Mark = read(t, s, q, got).Mark // goes on with what it asks for
	d.Exec(t, "ALTER TABLE altered RENAME COLUMN word TO term")
	_, err = s.Read(t.Context(), q, &Spool{})
	if said := Fault(t, err, fault.Invalid); !strings.Contains(said, "word") {
		t.Errorf("it says %q", said)
	}
	d.Exec(t, "ALTER TABLE altered RENAME COLUMN term TO word")
	if drain(t, s, &q, got); len(got) != 20_000 {
		t.Errorf("%d rows in the end", len(got))
	}
}

// reshaped changes the columns of a table that is followed, with rows before and
// after each change: the rows are those of the table, also where the log says
// nothing of what became of them.
func reshaped(t *testing.T, d Database) {
	d.Make(t, "reshaped", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("reshaped", 50))
	s := d.open(t)
	q := d.request("reshaped", source.Changes, id, word, num)
	t.Cleanup(func() { forget(t, d, q) })
	got := Table{}
	drain(t, s, &q, got)
	next := 100
	for _, statements := range [][]string{
		{"ALTER TABLE reshaped ADD extra " + d.Types["integer"]},
		{"ALTER TABLE reshaped DROP COLUMN n", "ALTER TABLE reshaped ADD n " + d.Types["integer"] + " DEFAULT 7"},
		{d.Retype("reshaped", "n", "decimal")},
		{"ALTER TABLE reshaped RENAME COLUMN word TO term", "ALTER TABLE reshaped RENAME COLUMN extra TO word"},
		{"ALTER TABLE reshaped DROP COLUMN word", "ALTER TABLE reshaped RENAME COLUMN term TO word"},
	} {
		rows := func() {
			for range 3 {
				next++
				d.Exec(t, "INSERT INTO reshaped (id) VALUES ("+strconv.Itoa(next)+")", "UPDATE reshaped SET id = id + 100000 WHERE id = "+strconv.Itoa(next-60))
			}
		}
		rows()
		for _, s := range statements {
			d.Exec(t, s)
		}
		rows()
		drain(t, s, &q, got)
		same(t, s, q, got)
		if t.Failed() {
			t.Fatalf("after %s", strings.Join(statements, "; "))
		}
	}
	d.Exec(t, "INSERT INTO reshaped (id) VALUES (999)", "ALTER TABLE reshaped DROP COLUMN n", "INSERT INTO reshaped (id) VALUES (1000)")
	_, err := s.Read(t.Context(), q, &Spool{})
	if said := Fault(t, err, fault.Invalid); !strings.Contains(said, " n") {
		t.Errorf("it says %q", said)
	}
	d.Exec(t, "ALTER TABLE reshaped ADD n "+d.Types["integer"])
	drain(t, s, &q, got)
	same(t, s, q, got)
}
