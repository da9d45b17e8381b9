package sqlserver_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/source/sqlserver"
	"lodestar/internal/text"
)

// TestColumns holds how columns are read and compared.
func TestColumns(t *testing.T) {
	t.Parallel()
	q := source.Request{Lookback: 90 * time.Second, LookbackNumber: 10}
	for base, want := range map[string]struct {
		typ                      expr.Type
		text, value, typed, back string
	}{
		"int":              {expr.Integer, "CONVERT(varchar(20), [a]]b])", "7", "7", "7 - 10"},
		"rowversion":       {expr.Integer, "CONVERT(varchar(20), CONVERT(bigint, [a]]b]))", "7", "CONVERT(binary(8), CONVERT(bigint, 7))", "CONVERT(binary(8), CONVERT(bigint, 0))"},
		"decimal":          {expr.Decimal, "CONVERT(varchar(50), [a]]b])", "1.5", "1.5", "1.5 - 10"},
		"money":            {expr.Decimal, "CONVERT(varchar(50), [a]]b], 2)", "1.5", "1.5", ""},
		"float":            {expr.Float, "[a]]b]", "0.5", "N'0.5'", ""},
		"bit":              {expr.Boolean, "CASE [a]]b] WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", "true", "1", ""},
		"date":             {expr.Date, "CONVERT(varchar(10), [a]]b], 23)", "2026-01-31", "CONVERT(date, N'2026-01-31', 23)", "DATEADD(day, -1, CONVERT(date, N'2026-01-31', 23))"},
		"datetime":         {expr.Timestamp, "CONVERT(varchar(30), [a]]b], 121)", "2026-01-31 12:00:00.997", "CONVERT(datetime, N'2026-01-31 12:00:00.997', 121)", "DATEADD(second, -90, CONVERT(datetime, N'2026-01-31 12:00:00.997', 121))"},
		"datetime2":        {expr.Timestamp, "CONVERT(varchar(30), [a]]b], 121)", "2026-01-31 12:00:00.1234567", "CONVERT(datetime2, N'2026-01-31 12:00:00.1234567', 121)", "DATEADD(second, -90, CONVERT(datetime2, N'2026-01-31 12:00:00.1234567', 121))"},
		"datetimeoffset":   {expr.Timestamp, "CONVERT(varchar(30), CONVERT(datetime2, SWITCHOFFSET([a]]b], '+00:00')), 121)", "2026-01-31 12:00:00", "TODATETIMEOFFSET(CONVERT(datetime2, N'2026-01-31 12:00:00', 121), '+00:00')", ""},
		"nvarchar":         {expr.String, "[a]]b]", "it's", "N'it''s'", ""},
		"uniqueidentifier": {expr.String, "LOWER(CONVERT(varchar(36), [a]]b]))", "x", "CONVERT(uniqueidentifier, N'x')", ""},
		"varbinary":        {expr.String, "LOWER(CONVERT(varchar(max), CONVERT(varbinary(max), [a]]b]), 2))", "dead", "CONVERT(varbinary(max), N'dead', 2)", ""},
		"xml":              {expr.String, "CONVERT(nvarchar(max), [a]]b])", "<a/>", "N'<a/>'", ""},
		"bigint":           {expr.Integer, "CONVERT(varchar(20), [a]]b])", "1; DROP TABLE x", "N'1; DROP TABLE x'", ""},
	} {
		c := sqlserver.Column{Column: source.Column{Name: "a]b"}, Base: base}
		c.Settle()
		if c.Type != want.typ || c.Text() != want.text || c.Typed(want.value) != want.typed {
			t.Errorf("%s: %s, %s, %s", base, c.Type, c.Text(), c.Typed(want.value))
		}
		if want.back != "" && c.Back(want.value, q) != want.back {
			t.Errorf("%s: back is %s", base, c.Back(want.value, q))
		}
		if c.Type.IsTime() || base == "rowversion" {
			if c.Bound() == "" || !c.Counts() {
				t.Errorf("%s: bound %q", base, c.Bound())
			}
		}
	}
	at := sqlserver.Column{Base: "datetime2"}
	at.Settle()
	for said, want := range map[string]string{"2026-01-31 12:00:00.1234567": "2026-01-31 12:00:00.123456", "2026-01-31 12:00:00.0000000": "2026-01-31 12:00:00",
		"2026-01-31 12:00:00": "2026-01-31 12:00:00", "2026-01-31 12:00:00.100": "2026-01-31 12:00:00.1"} {
		if got := string(at.Said([]byte(said))); got != want {
			t.Errorf("%s becomes %s, want %s", said, got, want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for number, kind := range map[int32]fault.Kind{18456: fault.Unavailable, 4060: fault.Unavailable, 229: fault.Unavailable, 208: fault.Invalid, 1205: fault.Unavailable} {
		err := sqlserver.Said(mssql.Error{Number: number, Message: "no"}, sqlserver.Config{Database: "d", Password: sourcetest.Secrets[sourcetest.Reader]}, "GRANT SELECT ON [a].[b] TO [u]")
		said := sourcetest.Fault(t, err, kind)
		if number == 229 && !strings.Contains(said, "GRANT SELECT ON [a].[b] TO [u]") || number == 18456 && !strings.Contains(said, "password") {
			t.Errorf("%d says %q", number, said)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() { // one that hangs up at once
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			_ = c.Close()
		}
	}()
	config := sqlserver.Config{Host: "127.0.0.1", User: "u", Password: sourcetest.Secrets[sourcetest.Reader], Dial: (&net.Dialer{}).DialContext}
	for _, port := range []int{1, l.Addr().(*net.TCPAddr).Port} {
		config.Port = port
		_, err := sqlserver.Open(t.Context(), config)
		sourcetest.Fault(t, err, fault.Unavailable)
	}
	refused := fault.New(fault.Invalid, "address_refused", text.Text{EN: "refused", ZH: "拒绝"})
	config.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, refused }
	_, err = sqlserver.Open(t.Context(), config)
	sourcetest.Fault(t, err, fault.Invalid)
}
