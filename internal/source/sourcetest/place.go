package sourcetest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Who opens a source.
type Who int

// The users of a place.
const (
	Reader   Who = iota // may read, and follow changes where there are any
	Stranger            // may sign in, and read nothing
	Wrong               // the reader with a wrong password
)

// Secrets are the passwords of a place's users, with signs that look otherwise
// in an address. No fault may hold them, however they are written.
var Secrets = map[Who]string{Reader: "s3cret of/reader&%", Stranger: "s3cret of/stranger&%", Wrong: "s3cret that/is=wrong"}

// shown are the ways in which a secret can be written.
func shown(secret string) []string {
	quoted := strings.Trim(strconv.Quote(secret), `"`)
	return []string{secret, quoted, url.QueryEscape(secret), url.PathEscape(secret), url.UserPassword("", secret).String()[1:],
		hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret))}
}

// Database is a server with tables, as its owner sees it.
type Database struct {
	Open func(ctx context.Context, who Who) (source.Source, error)
	// Through opens it for the reader, with all connections dialled so.
	Through func(ctx context.Context, dial source.Dial) (source.Source, error)
	Begin   func(t testing.TB) Tx
	// Types are how columns are declared: integer, text, decimal (30 digits, 10
	// of them behind the point), float, boolean, date, timestamp.
	Types map[string]string
	// Fill gives the statement that puts rows with the ids 1 to n, some text and
	// number n = id into a table.
	Fill func(table string, n int) string
	// Retype gives the statement that makes a column one of another of Types.
	Retype func(table, column, typ string) string
	// Own says that the reader may use a table that was just made.
	Own func(table string) []string
	// Stream is what a table is called in the source.
	Stream func(table string) string
	// Break ends all connections of the reader.
	Break   func(t testing.TB)
	Changes bool // changes can be followed
	// Values are more values of columns than those that all know.
	Values []Value
}

// Tx is a transaction of the owner's.
type Tx interface {
	Exec(statement string)
	Commit()
	Rollback()
}

// Value is a literal of a type, and the text that it is in the spool.
type Value struct{ Type, Literal, Want string }

// Exec runs statements as the owner, in one transaction.
func (d Database) Exec(t testing.TB, statements ...string) {
	t.Helper()
	tx := d.Begin(t)
	for _, s := range statements {
		tx.Exec(s)
	}
	tx.Commit()
}

// Make makes a table with columns of these types and the first as its key.
func (d Database) Make(t testing.TB, table string, columns ...string) {
	t.Helper()
	var list []string
	for _, c := range columns {
		name, typ, _ := strings.Cut(c, " ")
		list = append(list, name+" "+d.Types[typ])
	}
	key, _, _ := strings.Cut(columns[0], " ")
	d.Exec(t, "CREATE TABLE "+table+" ("+strings.Join(list, ", ")+", PRIMARY KEY ("+key+"))")
	d.Exec(t, d.Own(table)...)
}

// open opens a source that is closed at the test's end.
func (d Database) open(t testing.TB) source.Source {
	t.Helper()
	s, err := d.Open(t.Context(), Reader)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Logf("close: %v", err)
		}
	})
	return s
}

// request asks for columns of a table.
func (d Database) request(table, mode string, columns ...source.Column) source.Request {
	return source.Request{Stream: d.Stream(table), Reader: "ld_" + table, Mode: mode, Columns: columns, Key: []string{columns[0].Name}}
}

// Fault checks that an error is a fault of a kind that speaks both languages and
// holds no secret, and gives its English text.
func Fault(t testing.TB, err error, kind fault.Kind) string {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want a fault of kind %v", kind)
	}
	f := fault.Of(err)
	if f.Kind != kind {
		t.Errorf("%v is of kind %v, want %v", err, f.Kind, kind)
	}
	if f.Text.EN == "" || f.Text.ZH == "" || strings.Contains(f.Text.EN+f.Text.ZH, "{") {
		t.Errorf("the text is not whole: %v", f.Text)
	}
	NoSecret(t, err.Error()+f.Text.In(text.EN)+f.Text.In(text.ZH)+fmt.Sprintf("%+v", f.Params))
	return f.Text.EN
}

// NoSecret checks that a text holds no secret, however it is written.
func NoSecret(t testing.TB, said string) {
	t.Helper()
	for _, secret := range Secrets {
		for _, way := range shown(secret) {
			if strings.Contains(said, way) {
				t.Errorf("it holds a secret: %s", said)
			}
		}
	}
}

// read reads once and loads what came.
func read(t testing.TB, s source.Source, q source.Request, into Table) source.Result {
	t.Helper()
	var spool Spool
	result, err := s.Read(t.Context(), q, &spool)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	ops, err := spool.All()
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(ops)) != result.Rows && len(spool.Files) == 0 {
		t.Errorf("%d rows were written, and %d told", len(ops), result.Rows)
	}
	spool.Ops = ops
	if err := into.Load(q, result, &spool); err != nil {
		t.Fatal(err)
	}
	return result
}

// drain reads until there is no more, and gives how often it read.
func drain(t testing.TB, s source.Source, q *source.Request, into Table) int {
	t.Helper()
	for n := 1; ; n++ {
		result := read(t, s, *q, into)
		q.Mark = result.Mark
		if !result.More {
			return n
		}
		if n > 100_000 {
			t.Fatal("it never ends")
		}
	}
}
