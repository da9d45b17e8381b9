package clickhouse_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/clickhouse"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/testserver"
)

// place is a server, and what its owner says there.
type place struct {
	t       *testing.T
	address string
	config  clickhouse.Config
}

func newPlace(t *testing.T) *place {
	t.Helper()
	server, err := testserver.ClickHouse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	return at(t, server.DSN)
}

func at(t *testing.T, address string) *place {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return &place{t, "http://" + u.Host, clickhouse.Config{Host: u.Hostname(), Port: port, User: "reader", Password: sourcetest.Secrets[sourcetest.Reader], Dial: (&net.Dialer{}).DialContext}}
}

func (p *place) exec(statements ...string) {
	p.t.Helper()
	for _, s := range statements {
		r, err := http.Post(p.address+"/?session_timezone=UTC", "text/plain", strings.NewReader(s))
		if err != nil {
			p.t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != 200 {
			p.t.Fatalf("%s: %s %v", s, b, err)
		}
		_ = r.Body.Close()
	}
}

func (p *place) open() source.Source {
	p.t.Helper()
	s, err := clickhouse.Open(p.t.Context(), p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.Close() })
	return s
}

func columns(names ...string) (out []source.Column) {
	for _, n := range names {
		out = append(out, source.Column{Name: n, Type: expr.String})
	}
	return out
}

// drain reads until there is no more.
func drain(t *testing.T, s source.Source, q *source.Request, into sourcetest.Table) (reads int) {
	t.Helper()
	for {
		var spool sourcetest.Spool
		result, err := s.Read(t.Context(), *q, &spool)
		if err != nil {
			t.Fatal(err)
		}
		if err := into.Load(*q, result, &spool); err != nil {
			t.Fatal(err)
		}
		q.Mark = result.Mark
		if reads++; !result.More {
			return reads
		}
	}
}

// TestEngine holds the connector against ClickHouse's engine. It runs one
// statement at a time, so the parts follow each other.
func TestEngine(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	t.Run("values", func(t *testing.T) { values(t, p) })
	t.Run("incremental", func(t *testing.T) { incremental(t, p) })
	t.Run("replacing", func(t *testing.T) { replacing(t, p) })
	t.Run("unknown", func(t *testing.T) { unknown(t, p) })
	t.Run("clock", func(t *testing.T) { clockBack(t, p) })
	t.Run("line", func(t *testing.T) { line(t, p) })
}

func values(t *testing.T, p *place) {
	p.exec("CREATE TABLE odd (id Int64, s Nullable(String), d Nullable(Decimal(30, 10)), f Nullable(Float64), b Nullable(Bool), day Nullable(Date32), at Nullable(DateTime64(6, 'Asia/Shanghai')), u Nullable(UInt64), "+
		"e Nullable(Enum8('x' = 1)), a Array(Int8), l LowCardinality(Nullable(String)), g Nullable(UUID), n Nullable(DateTime64(9, 'America/New_York'))) ENGINE = Memory",
		`INSERT INTO odd VALUES (1, 'a "b" \'c\', \n北辰\\', '12345678901234567890.0123456789', 0.1, true, '2024-02-29', '2024-03-01 07:59:59.123456', 18446744073709551615, 'x', [1, 2], 'low', '61f0c404-5cb3-11e7-907b-a6006ad3dba0', '2024-03-01 02:59:59.123456789'),`+
			`(2, '', 7, -1e300, false, '1900-01-01', '1999-03-28 10:30:00', 0, NULL, [], '', NULL, '1969-12-31 18:59:59.9999999'), (3, NULL, NULL, nan, NULL, NULL, NULL, NULL, NULL, [], NULL, NULL, NULL)`)
	names := strings.Split("id,s,d,f,b,day,at,u,e,a,l,g,n", ",")
	s, got := p.open(), sourcetest.Table{}
	q := source.Request{Stream: "default.odd", Reader: "r", Mode: source.Full, Columns: columns(names...), Key: []string{"id"}}
	drain(t, s, &q, got)
	want := sourcetest.Table{
		`"1"`: {`"1"`, `"a \"b\" 'c', \n北辰\\"`, `"12345678901234567890.0123456789"`, `"0.1"`, `"true"`, `"2024-02-29"`, `"2024-02-29 23:59:59.123456"`, `"18446744073709551615"`, `"x"`, `"[1,2]"`, `"low"`, `"61f0c404-5cb3-11e7-907b-a6006ad3dba0"`, `"2024-03-01 07:59:59.123456"`},
		`"2"`: {`"2"`, `""`, `"7.0000000000"`, `"-1e300"`, `"false"`, `"1900-01-01"`, `"1999-03-28 02:30:00.000000"`, `"0"`, "null", `"[]"`, `""`, "null", `"1969-12-31 23:59:59.999999"`},
		`"3"`: {`"3"`, "null", "null", `"nan"`, "null", "null", "null", "null", "null", `"[]"`, "null", "null", "null"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d, err := s.Describe(t.Context(), "odd")
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, c := range d.Columns {
		types = append(types, string(c.Type))
	}
	if want := "integer string decimal float boolean date timestamp decimal string string string string timestamp"; strings.Join(types, " ") != want || d.Name != "default.odd" || d.Rows != 3 {
		t.Errorf("%v: %+v", types, d)
	}
	streams, err := s.Discover(t.Context())
	if err != nil || !slices.ContainsFunc(streams, func(s source.Stream) bool { return s.Name == "default.odd" }) {
		t.Errorf("%v, %v", streams, err)
	}
}

func incremental(t *testing.T, p *place) {
	p.exec("CREATE TABLE grown (id Int64, n Int64, at DateTime64(3), day Date, word String) ENGINE = Memory",
		"INSERT INTO grown SELECT number + 1, intDiv(number, 7), toDateTime64('2026-01-01 00:00:00', 3) + number / 10, toDate('2026-01-01') + intDiv(number, 20), concat('w\\'', toString(number)) FROM numbers(500)")
	for name, c := range map[string]struct {
		value string
		far   string
	}{"n": {"1000", ""}, "at": {"'2026-02-01 00:00:00'", "'2200-01-01 00:00:00'"}, "day": {"'2026-02-01'", "'2100-01-01'"}} {
		q := source.Request{Stream: "grown", Reader: "r", Mode: source.Incremental, Columns: columns("id", name, "word"), Key: []string{"word", "id"}, Cursor: name, Rows: 37}
		got := sourcetest.Table{}
		if reads := drain(t, p.open(), &q, got); len(got) != 500 || reads < 13 {
			t.Fatalf("%s: %d rows in %d reads", name, len(got), reads)
		}
		if c.far != "" {
			p.exec(fmt.Sprintf("INSERT INTO grown (id, %s, word) VALUES (9000, %s, 'far')", name, c.far))
			drain(t, p.open(), &q, got)
		}
		p.exec(fmt.Sprintf("INSERT INTO grown (id, %s, word) VALUES (1000, %s, 'new')", name, c.value))
		q.Lookback, q.LookbackNumber = 366*24*time.Hour, 10
		drain(t, p.open(), &q, got)
		if got[`"new","1000"`] == nil {
			t.Errorf("%s: the new row is missing; mark %s", name, q.Mark)
		}
		p.exec("ALTER TABLE grown DELETE WHERE id >= 1000 SETTINGS mutations_sync = 2")
	}
	q := source.Request{Stream: "grown", Reader: "r", Mode: source.Incremental, Columns: columns("id", "n"), Key: []string{"id"}, Cursor: "n", From: "3", To: "5", Mark: `{"high":"9"}`}
	got := sourcetest.Table{}
	if drain(t, p.open(), &q, got); len(got) != 14 || q.Mark != `{"high":"9"}` {
		t.Errorf("a range gives %d rows and %s", len(got), q.Mark)
	}
	q.From, q.To, q.Bytes, q.Mark = "", "", 100, ""
	if reads := drain(t, p.open(), &q, got); len(got) != 500 || reads < 10 {
		t.Errorf("by bytes: %d rows in %d reads", len(got), reads)
	}
}

// clockBack has a server whose clock was a day ahead, and was put right.
func clockBack(t *testing.T, p *place) {
	p.exec("CREATE TABLE jumped (id Int64, at DateTime) ENGINE = Memory", "INSERT INTO jumped SELECT number, now() FROM numbers(2)")
	q := source.Request{Stream: "jumped", Reader: "r", Mode: source.Incremental, Columns: columns("id", "at"), Key: []string{"id"}, Cursor: "at", Lookback: time.Minute}
	got := sourcetest.Table{}
	drain(t, p.open(), &q, got)
	q.Mark = sourcetest.Ahead(t, q.Mark, 24*time.Hour)
	p.exec("INSERT INTO jumped SELECT 7, now()")
	if drain(t, p.open(), &q, got); len(got) != 3 {
		t.Errorf("got %v, want three rows", got)
	}
}

// line tries what happens to connections.
func line(t *testing.T, p *place) {
	p.exec("CREATE TABLE lined (id Int64, word String) ENGINE = Memory", "INSERT INTO lined SELECT number, concat('the word that has number ', toString(number)) FROM numbers(5000)")
	sourcetest.TestLine(t, sourcetest.Line{Value: "word",
		Request: source.Request{Stream: "lined", Reader: "r", Mode: source.Full, Columns: columns("id", "word")},
		Open: func(ctx context.Context, dial source.Dial) (source.Source, error) {
			c := p.config
			c.Dial = dial
			return clickhouse.Open(ctx, c)
		}})
}

// replacing has a table whose engine keeps the last row of a key.
func replacing(t *testing.T, p *place) {
	p.exec("CREATE TABLE kept (id Int64, v Int64) ENGINE = ReplacingMergeTree(v) ORDER BY id", "INSERT INTO kept VALUES (1, 1), (2, 1)", "INSERT INTO kept VALUES (1, 2)")
	s, got := p.open(), sourcetest.Table{}
	d, err := s.Describe(t.Context(), "kept")
	if err != nil || !slices.Equal(d.Key, []string{"id"}) {
		t.Errorf("%+v, %v", d, err)
	}
	q := source.Request{Stream: "kept", Reader: "r", Mode: source.Full, Columns: columns("id", "v")}
	if drain(t, s, &q, got); len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

func unknown(t *testing.T, p *place) {
	s := p.open()
	_, err := s.Describe(t.Context(), "nothing")
	sourcetest.Fault(t, err, fault.NotFound)
	q := source.Request{Stream: "grown", Reader: "r", Mode: source.Full, Columns: columns("nobody")}
	_, err = s.Read(t.Context(), q, &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
	q = source.Request{Stream: "grown", Reader: "r", Mode: source.Changes, Columns: columns("id"), Key: []string{"id"}}
	_, err = s.Read(t.Context(), q, &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Describe(ctx, "grown")
	sourcetest.Fault(t, err, fault.Canceled)
}

// TestAnswers has a server that says no, or breaks off, in the words of a real
// one: the engine above has no users.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for said, kind := range map[string]fault.Kind{
		"Code: 516. DB::Exception: reader: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED) (version 24.8)": fault.Unavailable,
		"Code: 497. DB::Exception: reader: Not enough privileges. (ACCESS_DENIED)":                                               fault.Unavailable,
		"Code: 81. DB::Exception: Database x does not exist. (UNKNOWN_DATABASE)":                                                 fault.Unavailable,
		"<html>a proxy</html>": fault.Unavailable,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-ClickHouse-Key") == "" || strings.Contains(r.URL.String(), sourcetest.Secrets[sourcetest.Reader]) {
				t.Error("the password is not in its header alone")
			}
			w.WriteHeader(403)
			_, _ = w.Write([]byte(said))
		}))
		_, err := clickhouse.Open(t.Context(), at(t, server.URL).config)
		sourcetest.Fault(t, err, kind)
		server.Close()
	}
	for _, broken := range []string{"1,\"a\"\n2,\"b\"\nCode: 241. DB::Exception: Memory limit exceeded (MEMORY_LIMIT_EXCEEDED)\n", "1,\"a\"\n2,\"b", "1,\"a\"\n2"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			switch q := string(b); {
			case strings.Contains(q, "system.tables"):
				_, _ = w.Write([]byte("\"d\",\"t\",\"Memory\",2\n"))
			case strings.Contains(q, "system.columns"):
				_, _ = w.Write([]byte("\"id\",\"Int64\",0\n\"s\",\"String\",0\n"))
			case strings.HasPrefix(q, "SELECT 1"):
				_, _ = w.Write([]byte("1\n"))
			default:
				_, _ = w.Write([]byte(broken))
			}
		}))
		_, err := at(t, server.URL).open().Read(t.Context(), source.Request{Stream: "t", Reader: "r", Mode: source.Full, Columns: columns("id", "s")}, &sourcetest.Spool{})
		sourcetest.Fault(t, err, fault.Unavailable)
		server.Close()
	}
}
