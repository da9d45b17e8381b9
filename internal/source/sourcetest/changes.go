package sourcetest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/source"
)

// same compares what was followed with a whole read.
func same(t *testing.T, s source.Source, q source.Request, got Table) {
	t.Helper()
	q.Mode, q.Mark, q.Rows = source.Full, "", 0
	want := Table{}
	read(t, s, q, want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("followed rows are not those of the table (-want +got)\n%.4000s", diff)
	}
}

func changes(t *testing.T, d Database) {
	d.Make(t, "moved", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("moved", 100))
	s := d.open(t)
	q := d.request("moved", source.Changes, id, word, num)
	t.Cleanup(func() { forget(t, d, q) })
	got := Table{}
	result := read(t, s, q, got)
	if !result.Whole || len(got) != 100 {
		t.Fatalf("first: %+v and %d rows", result, len(got))
	}
	q.Mark = result.Mark
	acknowledge(t, s, q, 2)
	if result = read(t, s, q, got); result.Rows > 0 || result.Whole || result.More {
		t.Errorf("no news: %+v", result)
	}
	d.Exec(t, "UPDATE moved SET word = NULL WHERE id = 1", "DELETE FROM moved WHERE id = 2", "INSERT INTO moved (id, word, n) VALUES (200, '', 7)")
	d.Exec(t, "UPDATE moved SET id = 300 WHERE id = 3", "UPDATE moved SET id = 3 WHERE id = 4")
	undone := d.Begin(t)
	undone.Exec("DELETE FROM moved")
	undone.Rollback()
	before := q.Mark
	drain(t, s, &q, got)
	same(t, s, q, got)
	again := q
	again.Mark = before // what was not acknowledged is there again, and ends in the same
	drain(t, d.open(t), &again, got)
	same(t, s, q, got)
	acknowledge(t, s, q, 2)
	if result = read(t, d.open(t), q, got); result.Rows > 0 || result.More {
		t.Errorf("no news after a new connection: %+v", result)
	}
}

// acknowledge says it some times.
func acknowledge(t *testing.T, s source.Source, q source.Request, times int) {
	t.Helper()
	for range times {
		if err := s.Acknowledge(t.Context(), q, q.Mark); err != nil {
			t.Fatalf("acknowledge: %v", err)
		}
	}
}

func forget(t *testing.T, d Database, q source.Request) {
	s, err := d.Open(t.Context(), Reader)
	if err != nil { // the context of a test that ends is over
		return
	}
	defer func() { _ = s.Close() }()
	if err := s.Forget(t.Context(), q); err != nil {
		t.Errorf("forget: %v", err)
	}
}

// workload makes transactions of inserts, updates, deletes and changed keys;
// some are undone.
func workload(t *testing.T, d Database, table string, seed uint64, transactions int) {
	r := rand.New(rand.NewPCG(seed, 1))
	version := 1_000_000 * int(seed)
	base := int(seed) * 10_000 // workers do not meet: their locks would
	for range transactions {
		tx := d.Begin(t)
		for range 1 + r.IntN(20) {
			i, j := base+r.IntN(300), base+r.IntN(300)
			version++
			switch r.IntN(5) {
			case 0:
				tx.Exec(fmt.Sprintf("DELETE FROM %s WHERE id = %d", table, i))
			case 1:
				tx.Exec(fmt.Sprintf("DELETE FROM %s WHERE id = %d", table, j))
				tx.Exec(fmt.Sprintf("UPDATE %s SET id = %d, n = %d WHERE id = %d", table, j, version, i))
			case 2:
				tx.Exec(fmt.Sprintf("UPDATE %s SET n = %d WHERE id BETWEEN %d AND %d", table, version, i, i+5))
			default:
				tx.Exec(fmt.Sprintf("DELETE FROM %s WHERE id = %d", table, i))
				tx.Exec(fmt.Sprintf("INSERT INTO %s (id, word, n) VALUES (%d, '%s', %d)", table, i, []string{"", "词", `x"y,`, "long\nlines"}[r.IntN(4)], version))
			}
		}
		if r.IntN(10) == 0 {
			tx.Rollback()
		} else {
			tx.Commit()
		}
	}
}

// changeWorkload follows while others write, with limits, lost reads and new
// connections, and ends with equal rows.
func changeWorkload(t *testing.T, d Database) {
	d.Make(t, "busy", "id integer", "word text", "n integer")
	workload(t, d, "busy", 1, 50)
	s := d.open(t)
	q := d.request("busy", source.Changes, id, word, num)
	t.Cleanup(func() { forget(t, d, q) })
	var writers sync.WaitGroup
	for seed := range uint64(3) {
		writers.Go(func() { workload(t, d, "busy", seed+1, 150) })
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	got, r := Table{}, rand.New(rand.NewPCG(7, 7))
	for ended := false; ; {
		select {
		case <-done:
			ended = true
		default:
		}
		q.Rows = int64(1 + r.IntN(40))
		var spool Spool
		result, err := s.Read(t.Context(), q, &spool)
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(5) == 0 { // as if it crashed before the commit
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			s = d.open(t)
			continue
		}
		if err := got.Load(q, result, &spool); err != nil {
			t.Fatal(err)
		}
		q.Mark = result.Mark
		if r.IntN(2) == 0 {
			acknowledge(t, s, q, 1+r.IntN(2))
		}
		if ended && !result.More && result.Rows == 0 {
			break
		}
	}
	same(t, s, q, got)
}

// cursorWorkload reads by a cursor while others write, and ends with every row
// that is there.
func cursorWorkload(t *testing.T, d Database) {
	d.Make(t, "counted", "id integer", "word text", "n integer")
	s := d.open(t)
	q := d.request("counted", source.Incremental, id, word, num)
	q.Cursor, q.LookbackNumber = "n", 1000
	got := Table{}
	version := 0
	for round := range 20 {
		tx := d.Begin(t)
		for i := range 20 {
			version++
			tx.Exec(fmt.Sprintf("DELETE FROM counted WHERE id = %d", (round*7+i*3)%100))
			tx.Exec(fmt.Sprintf("INSERT INTO counted (id, word, n) VALUES (%d, 'v%d', %d)", (round*7+i*3)%100, version, version))
		}
		tx.Commit()
		q.Rows = int64(5 + round)
		drain(t, s, &q, got)
		same(t, s, q, got)
	}
}

// emptied has a table that is emptied at one go, between other changes.
func emptied(t *testing.T, d Database) {
	d.Make(t, "drained", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("drained", 100))
	s := d.open(t)
	q := d.request("drained", source.Changes, id, word, num)
	t.Cleanup(func() { forget(t, d, q) })
	got := Table{}
	drain(t, s, &q, got)
	d.Exec(t, "UPDATE drained SET n = 5 WHERE id = 5")
	d.Exec(t, "INSERT INTO drained (id, word, n) VALUES (1000, 'gone soon', 1)")
	d.Exec(t, "TRUNCATE TABLE drained")
	d.Exec(t, "INSERT INTO drained (id, word, n) VALUES (7, 'after', 7)")
	whole := false
	for more := true; more; {
		result := read(t, s, q, got)
		q.Mark, more, whole = result.Mark, result.More, whole || result.Whole
	}
	same(t, s, q, got)
	if !whole {
		t.Error("an emptied table was not read anew")
	}
	d.Exec(t, "INSERT INTO drained (id, word, n) VALUES (8, 'more', 8)")
	drain(t, s, &q, got)
	same(t, s, q, got)
}

// forgets lets go of a reader, whose mark is of no use then.
func forgets(t *testing.T, d Database) {
	d.Make(t, "left_behind", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("left_behind", 10))
	s := d.open(t)
	q := d.request("left_behind", source.Changes, id, word, num)
	got := Table{}
	drain(t, s, &q, got)
	for range 2 {
		if err := s.Forget(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	d.Exec(t, "DELETE FROM left_behind WHERE id = 1")
	var spool Spool
	if result, err := s.Read(t.Context(), q, &spool); err == nil {
		if err := got.Load(q, result, &spool); err != nil { // one that keeps nothing for its readers
			t.Fatal(err)
		}
	} else if !source.IsStartOver(err) {
		t.Errorf("a mark of one forgotten gives %v", err)
	}
	q.Mark = ""
	drain(t, s, &q, got)
	same(t, s, q, got)
	forget(t, d, q)
}

// brokenChanges breaks connections while changes come, and loses nothing.
func brokenChanges(t *testing.T, d Database) {
	d.Make(t, "torn", "id integer", "word text", "n integer")
	s := d.open(t)
	q := d.request("torn", source.Changes, id, word, num)
	t.Cleanup(func() { forget(t, d, q) })
	got := Table{}
	drain(t, s, &q, got)
	d.Exec(t, d.Fill("torn", 50_000))
	breakAt(t, d, s, q, 1000)
	drain(t, s, &q, got)
	same(t, s, q, got)
}
