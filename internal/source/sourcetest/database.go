package sourcetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
)

// Columns of the tables that the suite makes.
var (
	id   = source.Column{Name: "id", Type: expr.Integer}
	word = source.Column{Name: "word", Type: expr.String}
	num  = source.Column{Name: "n", Type: expr.Integer}
	at   = source.Column{Name: "at_time", Type: expr.Timestamp}
)

// TestDatabase tries a connector against a database.
func TestDatabase(t *testing.T, d Database) {
	// These end all connections, so they come before the others.
	t.Run("broken", func(t *testing.T) { broken(t, d) })
	if d.Changes {
		t.Run("broken changes", func(t *testing.T) { brokenChanges(t, d) })
	}
	for name, test := range map[string]func(*testing.T, Database){
		"describe": describe, "values": values, "full": full, "incremental": incremental, "late commits": late, "gap": gap, "far future": farFuture, "clock put back": clockBack,
		"cursor workload": cursorWorkload, "who may": whoMay, "cancel": cancels, "unknown": unknown,
		"line": line, "altered": altered,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, d) })
	}
	if d.Changes {
		for name, test := range map[string]func(*testing.T, Database){
			"changes": changes, "change workload": changeWorkload, "emptied": emptied, "forget": forgets, "line of changes": lineOfChanges, "reshaped": reshaped,
		} {
			t.Run(name, func(t *testing.T) { t.Parallel(); test(t, d) })
		}
	}
}

func describe(t *testing.T, d Database) {
	d.Make(t, "described", "id integer", "word text", "price decimal", "weight float", "fine boolean", "day date", "at_time timestamp")
	s := d.open(t)
	streams, err := s.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(streams, func(s source.Stream) bool { return s.Name == d.Stream("described") }) {
		t.Errorf("the table is not among %v", streams)
	}
	got, err := s.Describe(t.Context(), d.Stream("described"))
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]expr.Type{}
	for _, c := range got.Columns {
		types[c.Name] = c.Type
		if c.Native == "" {
			t.Errorf("%s has no type of its own", c.Name)
		}
		if c.Name == "price" && (c.Precision != 30 || c.Scale != 10) {
			t.Errorf("price is %d, %d", c.Precision, c.Scale)
		}
		if c.Name == "id" && !c.Required {
			t.Error("the key is not required")
		}
	}
	want := map[string]expr.Type{"id": expr.Integer, "word": expr.String, "price": expr.Decimal, "weight": expr.Float, "fine": expr.Boolean, "day": expr.Date, "at_time": expr.Timestamp}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(got.Key, []string{"id"}) || got.Name != d.Stream("described") {
		t.Errorf("got %+v", got)
	}
	modes := []string{source.Full, source.Incremental}
	if d.Changes {
		modes = append(modes, source.Changes)
	}
	if !slices.Equal(got.Modes, modes) {
		t.Errorf("modes %v, because %v", got.Modes, got.Why)
	}
	_, err = s.Describe(t.Context(), d.Stream("nothing_like_it"))
	Fault(t, err, fault.NotFound)
}

// common are values that every database knows.
var common = []Value{
	{"text", "'plain'", "plain"}, {"text", "''", ""}, {"text", "'北辰 ☆ é 🚀'", "北辰 ☆ é 🚀"}, {"text", "'a \"b\" ''c'', d'", `a "b" 'c', d`},
	{"text", "'two\nlines'", "two\nlines"}, {"text", "' '", " "}, {"text", "'NULL'", "NULL"}, {"text", `'\N'`, `\N`}, {"text", "'\r\n\t'", "\r\n\t"},
	{"integer", "9223372036854775807", "9223372036854775807"}, {"integer", "-9223372036854775808", "-9223372036854775808"}, {"integer", "0", "0"},
	{"decimal", "12345678901234567890.0123456789", "12345678901234567890.0123456789"}, {"decimal", "-0.0000000001", "-0.0000000001"}, {"decimal", "7", "7.0000000000"},
	{"float", "0.1", "0.1"}, {"float", "-2.5", "-2.5"},
	{"boolean", "TRUE", "true"}, {"boolean", "FALSE", "false"},
	{"date", "'2024-02-29'", "2024-02-29"}, {"date", "'9999-12-31'", "9999-12-31"}, {"date", "'1900-01-01'", "1900-01-01"},
	{"timestamp", "'2024-02-29 23:59:59.123456'", "2024-02-29 23:59:59.123456"}, {"timestamp", "'2037-12-31 23:59:59'", "2037-12-31 23:59:59"},
	{"timestamp", "'1999-03-28 02:30:00'", "1999-03-28 02:30:00"},
}

// values writes each value into a row of its own, and reads them by every mode.
func values(t *testing.T, d Database) {
	all := append(slices.Clone(common), d.Values...)
	columns := []string{"id integer", "n integer"}
	q := source.Request{Columns: []source.Column{id, num}}
	place := map[string]int{}
	for typ := range maps.Keys(d.Types) {
		place["c_"+typ] = len(columns)
		columns = append(columns, "c_"+typ+" "+typ)
		q.Columns = append(q.Columns, source.Column{Name: "c_" + typ, Type: expr.Type(typ)})
	}
	d.Make(t, "valued", columns...)
	q = d.request("valued", source.Full, q.Columns...)
	s := d.open(t)
	followed, following := Table{}, q
	following.Mode = source.Changes
	if d.Changes {
		drain(t, s, &following, followed)
	}
	want := Table{}
	tx := d.Begin(t)
	for i, v := range all {
		tx.Exec(fmt.Sprintf("INSERT INTO valued (id, n, c_%s) VALUES (%d, %d, %s)", v.Type, i, i, v.Literal))
		row := slices.Repeat([]string{"null"}, len(columns))
		row[0], row[1], row[place["c_"+v.Type]] = fmt.Sprintf("%q", fmt.Sprint(i)), fmt.Sprintf("%q", fmt.Sprint(i)), fmt.Sprintf("%q", v.Want)
		want[row[0]] = row
	}
	tx.Commit()
	got := Table{}
	drain(t, s, &q, got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("full (-want +got)\n%s", diff)
	}
	q.Mode, q.Cursor, q.Mark, got = source.Incremental, "n", "", Table{}
	q.Rows = 7
	drain(t, s, &q, got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("incremental (-want +got)\n%s", diff)
	}
	if d.Changes {
		drain(t, s, &following, followed)
		if diff := cmp.Diff(want, followed); diff != "" {
			t.Errorf("changes (-want +got)\n%s", diff)
		}
	}
}

func full(t *testing.T, d Database) {
	d.Make(t, "whole", "id integer", "word text", "n integer")
	s := d.open(t)
	q := d.request("whole", source.Full, num, id) // another order than there
	got := Table{}
	if result := read(t, s, q, got); !result.Whole || result.More || result.Rows != 0 {
		t.Errorf("nothing: %+v", result)
	}
	d.Exec(t, d.Fill("whole", 1000))
	q.Rows = 10 // is for others: a whole ends with its last row
	if result := read(t, s, q, got); !result.Whole || result.More || result.Rows != 1000 || len(got) != 1000 {
		t.Errorf("1000 rows: %+v", result)
	}
	d.Exec(t, "DELETE FROM whole WHERE id <= 400")
	if read(t, s, q, got); len(got) != 600 {
		t.Errorf("%d rows are left, want 600", len(got))
	}
}

func incremental(t *testing.T, d Database) {
	d.Make(t, "grown", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("grown", 1000), "UPDATE grown SET n = 500 WHERE id BETWEEN 300 AND 700") // many with one cursor
	q := d.request("grown", source.Incremental, id, word, num)
	q.Cursor, q.Rows = "n", 37
	got := Table{}
	for more := true; more; { // each time with a new connection
		result := read(t, d.open(t), q, got)
		if result.Rows > 37 || result.Whole {
			t.Fatalf("got %+v", result)
		}
		q.Mark, more = result.Mark, result.More
	}
	if len(got) != 1000 {
		t.Fatalf("%d rows, want 1000", len(got))
	}
	s := d.open(t)
	if result := read(t, s, q, got); result.More || result.Rows > 1 {
		t.Errorf("without news: %+v", result) // the last one again, at most
	}
	d.Exec(t, "INSERT INTO grown (id, word, n) VALUES (5000, 'late', 990), (5001, 'new', 1001)", "UPDATE grown SET word = 'changed', n = 1002 WHERE id = 1")
	q.Rows = 0
	drain(t, s, &q, got)
	if got[`"5001"`] == nil || got[`"1"`][1] != `"changed"` {
		t.Error("the new or the changed row is missing")
	}
	if got[`"5000"`] != nil {
		t.Error("without a lookback the row below the mark was read")
	}
	q.LookbackNumber = 20
	drain(t, s, &q, got)
	if got[`"5000"`] == nil {
		t.Error("the row within the lookback is missing")
	}
}

// late has a transaction that began before a read and commits after it, and no
// lookback to find it by.
func late(t *testing.T, d Database) {
	d.Make(t, "belated", "id integer", "at_time timestamp")
	s := d.open(t)
	q := d.request("belated", source.Incremental, id, at)
	q.Cursor, q.Lookback = "at_time", time.Second
	slow := d.Begin(t)
	slow.Exec("INSERT INTO belated VALUES (1, CURRENT_TIMESTAMP)")
	got := Table{}
	d.Exec(t, "INSERT INTO belated VALUES (2, CURRENT_TIMESTAMP)")
	drain(t, s, &q, got)
	slow.Commit()
	d.Exec(t, "INSERT INTO belated VALUES (3, CURRENT_TIMESTAMP)")
	drain(t, s, &q, got)
	if len(got) != 3 {
		t.Errorf("got %v, want three rows", got)
	}
}

// farFuture has a row of a year that hides no others.
func farFuture(t *testing.T, d Database) {
	d.Make(t, "futures", "id integer", "at_time timestamp")
	s := d.open(t)
	q := d.request("futures", source.Incremental, id, at)
	q.Cursor, q.Lookback = "at_time", time.Minute
	got := Table{}
	d.Exec(t, "INSERT INTO futures VALUES (1, CURRENT_TIMESTAMP), (2, '2037-12-31 00:00:00')")
	drain(t, s, &q, got)
	d.Exec(t, "INSERT INTO futures VALUES (3, CURRENT_TIMESTAMP)")
	drain(t, s, &q, got)
	if len(got) != 3 {
		t.Errorf("got %v, want three rows", got)
	}
}

// clockBack has a server whose clock was a day ahead, and was put right.
func clockBack(t *testing.T, d Database) {
	d.Make(t, "jumped", "id integer", "at_time timestamp")
	s := d.open(t)
	q := d.request("jumped", source.Incremental, id, at)
	q.Cursor, q.Lookback = "at_time", time.Minute
	got := Table{}
	d.Exec(t, "INSERT INTO jumped VALUES (1, CURRENT_TIMESTAMP), (2, CURRENT_TIMESTAMP)")
	drain(t, s, &q, got)
	q.Mark = Ahead(t, q.Mark, 24*time.Hour)
	d.Exec(t, "INSERT INTO jumped VALUES (3, CURRENT_TIMESTAMP)")
	drain(t, s, &q, got)
	if len(got) != 3 {
		t.Errorf("got %v, want three rows", got)
	}
	d.Exec(t, "INSERT INTO jumped VALUES (4, CURRENT_TIMESTAMP)")
	if result := read(t, s, q, got); len(got) != 4 || result.Rows > 4 {
		t.Errorf("and then %v with %+v, want four rows", got, result)
	}
}

// Ahead is a mark as it would be if the clock of the source had been ahead when
// it was made.
func Ahead(t testing.TB, m source.Mark, by time.Duration) source.Mark {
	t.Helper()
	var at map[string]any
	if err := json.Unmarshal([]byte(m), &at); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"high", "there"} {
		said, _ := at[name].(string)
		when, err := time.Parse("2006-01-02 15:04:05.999999", said)
		if err != nil {
			t.Fatalf("%s of %s: %v", name, m, err)
		}
		at[name] = when.Add(by).Format("2006-01-02 15:04:05.999999")
	}
	b, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	return source.Mark(b)
}

func gap(t *testing.T, d Database) {
	d.Make(t, "gapped", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("gapped", 100))
	s := d.open(t)
	q := d.request("gapped", source.Incremental, id, num)
	q.Cursor, q.From, q.To, q.Mark, q.Rows = "n", "10", "20", `{"high":"77"}`, 3
	got := Table{}
	result := read(t, s, q, got)
	if result.Mark != q.Mark || result.More || len(got) != 10 || got[`"10"`] == nil || got[`"20"`] != nil {
		t.Errorf("%+v with %v", result, got)
	}
	q.To = ""
	if read(t, s, q, got); len(got) != 91 {
		t.Errorf("%d rows from 10 on, want 91", len(got))
	}
}

func whoMay(t *testing.T, d Database) {
	d.Make(t, "private", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("private", 3))
	_, err := d.Open(t.Context(), Wrong)
	if said := Fault(t, err, fault.Unavailable); !strings.Contains(said, "password") {
		t.Errorf("it says %q", said)
	}
	s, err := d.Open(t.Context(), Stranger)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	streams, err := s.Discover(t.Context())
	if err != nil || slices.ContainsFunc(streams, func(s source.Stream) bool { return s.Name == d.Stream("private") }) {
		t.Errorf("the stranger sees %v, %v", streams, err)
	}
	_, err = s.Read(t.Context(), d.request("private", source.Full, id, word), &Spool{})
	if fault.Is(err, fault.NotFound) {
		Fault(t, err, fault.NotFound)
		return
	}
	if said := Fault(t, err, fault.Unavailable); !strings.Contains(said, "GRANT ") {
		t.Errorf("it says %q", said)
	}
}

// cancels gives up in the middle, and then reads with the same source.
func cancels(t *testing.T, d Database) {
	d.Make(t, "lengthy", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("lengthy", 100_000))
	s := d.open(t)
	for _, mode := range []string{source.Full, source.Incremental} {
		q := d.request("lengthy", mode, id, word, num)
		q.Cursor = "n"
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		_, err := s.Read(ctx, q, &Spool{Each: func() error {
			if n++; n == 1000 {
				cancel()
			}
			return ctx.Err() // the spool of a caller that has gone takes nothing
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			Fault(t, err, fault.Canceled)
		}
		got := Table{}
		if drain(t, s, &q, got); len(got) != 100_000 {
			t.Errorf("%s: %d rows after the cancelled read", mode, len(got))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Read(ctx, d.request("lengthy", source.Full, id), &Spool{})
	Fault(t, err, fault.Canceled)
}

// broken has the server end the connection in the middle.
func broken(t *testing.T, d Database) {
	d.Make(t, "shaky", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("shaky", 300_000))
	s := d.open(t)
	q := d.request("shaky", source.Full, id, word, num)
	breakAt(t, d, s, q, 1000)
	got := Table{}
	if drain(t, s, &q, got); len(got) != 300_000 {
		t.Errorf("%d rows after the broken read", len(got))
	}
}

// breakAt reads until the connection breaks behind some rows.
func breakAt(t *testing.T, d Database, s source.Source, q source.Request, row int) {
	t.Helper()
	n := 0
	_, err := s.Read(t.Context(), q, &Spool{Each: func() error {
		if n++; n == row {
			d.Break(t)
		}
		return nil
	}})
	Fault(t, err, fault.Unavailable)
}

func unknown(t *testing.T, d Database) {
	d.Make(t, "known", "id integer", "word text", "n integer")
	s := d.open(t)
	q := d.request("known", source.Full, id, source.Column{Name: "nobody", Type: expr.String})
	_, err := s.Read(t.Context(), q, &Spool{})
	if said := Fault(t, err, fault.Invalid); !strings.Contains(said, "nobody") {
		t.Errorf("it says %q", said)
	}
	_, err = s.Read(t.Context(), d.request("unknown", source.Full, id), &Spool{})
	Fault(t, err, fault.NotFound)
	q = d.request("known", source.Incremental, id, word)
	q.Cursor = "word"
	_, err = s.Read(t.Context(), q, &Spool{})
	Fault(t, err, fault.Invalid)
	q.Cursor, q.Mark = "id", "not a mark of anybody"
	if _, err = s.Read(t.Context(), q, &Spool{}); !source.IsStartOver(err) {
		t.Errorf("a strange mark gives %v", err)
	}
	if err := s.Forget(t.Context(), q); err != nil {
		t.Errorf("forget nobody: %v", err)
	}
}
