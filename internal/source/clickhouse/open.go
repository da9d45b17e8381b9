// Package clickhouse reads rows from ClickHouse, whole or by a cursor. The
// server writes them as CSV, which goes to the spool as it is.
package clickhouse

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Config says where the server is.
type Config struct {
	Host     string
	Port     int // 0 for 8123, with TLS 8443
	Database string
	User     string
	Password string
	TLS      *tls.Config // nil for none
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

const name = "ClickHouse"

type reader struct {
	config  Config
	address string
	http    *http.Client
}

var _ source.Source = (*reader)(nil)

// Open connects.
func Open(ctx context.Context, c Config) (source.Source, error) {
	if c.Database == "" {
		c.Database = "default"
	}
	u := url.URL{Scheme: "http", Path: "/"}
	if c.TLS != nil {
		u.Scheme = "https"
	}
	if c.Port == 0 {
		if c.Port = 8123; c.TLS != nil {
			c.Port = 8443
		}
	}
	u.Host = net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	u.RawQuery = url.Values{
		"readonly": {"2"}, "cancel_http_readonly_queries_on_client_close": {"1"}, "session_timezone": {"UTC"}, "max_execution_time": {"0"},
		"format_csv_null_representation": {""}, "date_time_output_format": {"simple"}, "output_format_decimal_trailing_zeros": {"1"},
		"bool_true_representation": {"true"}, "bool_false_representation": {"false"},
	}.Encode()
	r := &reader{config: c, address: u.String(), http: &http.Client{
		Transport:     &http.Transport{DialContext: c.Dial, TLSClientConfig: c.TLS, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	_, err := r.rows(ctx, "SELECT 1")
	return r, err
}

func (r *reader) Close() error {
	r.http.CloseIdleConnections()
	return nil
}

// Acknowledge does nothing.
func (r *reader) Acknowledge(context.Context, source.Request, source.Mark) error { return nil }

// Forget does nothing.
func (r *reader) Forget(context.Context, source.Request) error { return nil }

// ask sends a query, and gives its rows as CSV.
func (r *reader) ask(ctx context.Context, query string) (io.ReadCloser, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address, strings.NewReader(query+" FORMAT CSV"))
	if err != nil {
		return nil, err
	}
	q.Header.Set("X-ClickHouse-User", r.config.User)
	q.Header.Set("X-ClickHouse-Key", r.config.Password)
	q.Header.Set("X-ClickHouse-Database", r.config.Database)
	answer, err := r.http.Do(q)
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err != nil {
		return nil, r.fault(ctx, err)
	}
	return nil, r.told(string(said))
}

// rows asks for few rows.
func (r *reader) rows(ctx context.Context, query string) (out [][][]byte, err error) {
	err = r.each(ctx, query, func(record []byte) error {
		out = append(out, source.Fields(record))
		return nil
	})
	return out, err
}

// broke is how a server says, within the rows, that a query broke off.
var broke = regexp.MustCompile(`Code: \d+\. DB::Exception: `)

// each gives every record of an answer.
func (r *reader) each(ctx context.Context, query string, each func([]byte) error) error {
	body, err := r.ask(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	in := bufio.NewReaderSize(body, 1<<18)
	for {
		record, err := source.RawRecord(in)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return r.fault(ctx, err)
		case !bytes.HasSuffix(record, []byte("\n")) || record[0] == 'C' && broke.Match(record):
			return r.told(string(record)) // texts are quoted, so this is none
		}
		if err := each(record); err != nil {
			return err
		}
	}
}

func (r *reader) fault(ctx context.Context, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	if stopped := source.Stopped(ctx, err); stopped != nil {
		return stopped
	}
	return source.Unreachable(name, err)
}

var code = regexp.MustCompile(`Code: (\d+)\.`)

// told reads what the server says.
func (r *reader) told(said string) error {
	cause := errors.New(said)
	number := ""
	if m := code.FindStringSubmatch(said); m != nil {
		number = m[1]
	}
	_, words, _ := strings.Cut(said, "DB::Exception: ")
	words, _, _ = strings.Cut(words, " (version")
	if len(words) > 300 {
		words = words[:300]
	}
	switch number {
	case "516", "193", "194":
		return source.Login(name, cause)
	case "497":
		return source.NoRight(name, "GRANT SELECT ON "+quote(r.config.Database)+".* TO "+quote(r.config.User), cause)
	case "81":
		return fault.New(fault.Unavailable, "source_no_database", text.Text{
			EN: "{name} has no database {database}; correct it in the connection",
			ZH: "{name} 中没有数据库 {database}；请在连接中更正"}, "name", name, "database", r.config.Database).Wrap(cause)
	case "":
		return source.Unreachable(name, cause)
	case "6", "27", "38", "41", "43", "47", "53", "62":
		return fault.New(fault.Invalid, "source_refused", text.Text{
			EN: "{name} cannot read that: {said}", ZH: "{name} 无法读取：{said}"}, "name", name, "said", words).Wrap(cause)
	}
	return fault.New(fault.Unavailable, "source_failed", text.Text{
		EN: "{name} broke off: {said} ({code})", ZH: "{name} 中止：{said}（{code}）"}, "name", name, "said", words, "code", number).Wrap(cause)
}

var escapes = strings.NewReplacer(`\`, `\\`, "`", "\\`")

func quote(name string) string { return "`" + escapes.Replace(name) + "`" }

var texts = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func literal(s string) string { return "'" + texts.Replace(s) + "'" }
