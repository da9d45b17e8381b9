package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/reach"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/source/web"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// serve starts a server, and gives how it is reached. Waiting is noted, not done.
func serve(t *testing.T, h http.HandlerFunc) (web.Config, *[]time.Duration) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	var waits []time.Duration
	return web.Config{URL: s.URL, Transport: http.DefaultTransport, Now: func() time.Time { return now },
		Wait: func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }}, &waits
}

func say(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

var (
	id   = source.Column{Name: "id", Type: expr.Integer}
	name = source.Column{Name: "name", Type: expr.String}
	at   = source.Column{Name: "updated_at", Type: expr.Timestamp}
)

func request(mode string, columns ...source.Column) source.Request {
	return source.Request{Stream: "people", Reader: "ld_rest", Mode: mode, Columns: columns, Key: []string{"id"}, Cursor: "updated_at"}
}

// ids reads and lists the ids that came.
func ids(t *testing.T, s source.Source, q source.Request) ([]string, source.Result) {
	t.Helper()
	var spool sourcetest.Spool
	result, err := s.Read(t.Context(), q, &spool)
	if err != nil {
		t.Fatal(err)
	}
	ops, err := spool.All()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, op := range ops {
		out = append(out, string(op.Values[q.Index("id")]))
	}
	if int64(len(out)) != result.Rows {
		t.Errorf("%d rows, told %d", len(out), result.Rows)
	}
	return out, result
}

// list is n records with ids from a number on.
func list(from, n int) []any {
	out := []any{}
	for i := range n {
		out = append(out, map[string]any{"id": from + i, "name": "n" + strconv.Itoa(from+i)})
	}
	return out
}

// TestPages has 25 records, in every kind of pages.
func TestPages(t *testing.T) {
	t.Parallel()
	number := func(v url.Values, name string, otherwise int) int {
		if n, err := strconv.Atoi(v.Get(name)); err == nil {
			return n
		}
		return otherwise
	}
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		from := 0
		switch {
		case strings.HasPrefix(r.URL.Path, "/v1/none"):
			say(w, list(0, 25))
			return
		case strings.HasPrefix(r.URL.Path, "/v1/page"):
			from = (number(q, "p", 1) - 1) * 10
		default:
			from = number(q, "o", 0)
		}
		page := list(from, max(0, min(10, 25-from)))
		next := ""
		if from+10 < 25 {
			next = strconv.Itoa(from + 10)
		}
		body := map[string]any{"data": map[string]any{"items": page}, "next": nil}
		if next != "" {
			body["next"], body["link"] = next, r.URL.Path+"?o="+next
		}
		say(w, body)
	})
	for kind, s := range map[string]web.Stream{
		"none":   {},
		"page":   {Records: "data.items", Page: &web.Page{Type: "page", Param: "p", First: 1}},
		"sized":  {Records: "data.items", Page: &web.Page{Type: "page", Param: "p", First: 1, Size: 10, SizeParam: "size"}},
		"offset": {Records: "data.items", Page: &web.Page{Type: "offset", Param: "o"}},
		"cursor": {Records: "data.items", Page: &web.Page{Type: "cursor", Param: "o", Next: "next"}},
		"link":   {Records: "data.items", Page: &web.Page{Type: "link", Next: "link"}},
	} {
		s.Name, s.Path = "people", "/v1/"+kind
		if kind == "sized" {
			s.Path = "v1/page"
		}
		got, result := ids(t, web.REST(c, []web.Stream{s}), request(source.Full, id, name))
		if len(got) != 25 || got[0] != "0" || got[24] != "24" || !result.Whole || result.More {
			t.Errorf("%s: %v with %+v", kind, got, result)
		}
	}
}

// TestFieldsOfLaterRecords tells what the first page does not show.
func TestFieldsOfLaterRecords(t *testing.T) {
	t.Parallel()
	records := list(0, 30)
	records[29].(map[string]any)["colour"] = "red"
	records[28].(map[string]any)["size"] = map[string]any{"cm": 7}
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		p, _ := strconv.Atoi(r.URL.Query().Get("p"))
		say(w, records[min((p-1)*10, 30):min(p*10, 30)])
	})
	s := web.REST(c, []web.Stream{{Name: "people", Path: "/", Page: &web.Page{Type: "page", Param: "p", First: 1}}})
	_, result := ids(t, s, request(source.Full, id, name, at))
	want := []source.Column{{Name: "colour", Type: expr.String, Native: "JSON"}, {Name: "size.cm", Type: expr.Integer, Native: "JSON"}}
	if !slices.Equal(result.Others, want) || !slices.Equal(result.Without, []string{"updated_at"}) {
		t.Errorf("%+v", result)
	}
}

// TestLinkHeader follows the header alone.
func TestLinkHeader(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("at"))
		if n < 30 {
			w.Header().Set("Link", fmt.Sprintf(`<%s?at=0>; rel="first", <%s?at=%d>; rel="next"`, r.URL.Path, r.URL.Path, n+10))
		}
		say(w, list(n, 10))
	})
	got, _ := ids(t, web.REST(c, []web.Stream{{Name: "people", Path: "/x", Page: &web.Page{Type: "link"}}}), request(source.Full, id))
	if len(got) != 40 {
		t.Errorf("%d records, want 40", len(got))
	}
}

// TestEndless has interfaces whose pages never end.
func TestEndless(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			say(w, map[string]any{"items": list(0, 10), "next": n.Add(1)})
		case "/circle":
			say(w, map[string]any{"items": list(int(n.Add(1))*10, 10), "next": n.Load() % 3})
		case "/turns": // two pages, one after the other, for ever
			say(w, map[string]any{"items": list(int(n.Add(1)%2)*10, 10), "next": n.Load()})
		case "/grows": // always another cursor, as long as an answer may be
			say(w, map[string]any{"items": list(0, 10), "next": strings.Repeat("x", int(n.Add(1)))})
		case "/away":
			say(w, map[string]any{"items": list(0, 10), "next": "http://127.0.0.1:1/next"})
		}
	})
	for path, s := range map[string]web.Page{
		"/same":   {Type: "page", Param: "p", First: 1},
		"/circle": {Type: "cursor", Param: "c", Next: "next"},
		"/turns":  {Type: "offset", Param: "o"},
		"/grows":  {Type: "cursor", Param: "c", Next: "next"},
		"/away":   {Type: "link", Next: "next"},
	} {
		_, err := web.REST(c, []web.Stream{{Name: "people", Path: path, Records: "items", Page: &s}}).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
		sourcetest.Fault(t, err, fault.Invalid)
	}
}

// TestValues has every kind of value that JSON knows.
func TestValues(t *testing.T) {
	t.Parallel()
	const answer = `[{"id": 9223372036854775807, "name": "a \"b\"\n北辰", "price": 12345678901234567890.0123456789, "big": 1.5e3, "small": 25E-4, "yes": true, "no": null,
		"who": {"first": "A", "tags": ["x", 1], "deep": {"er": {"still": 1}}}, "a.b": 7, "updated_at": "2026-02-01T08:00:00.5+08:00", "made": 1769904000, "ms": 1769904000123, "day": "2026-02-01"},
		{"id": 2, "name": "", "yes": false, "price": 1, "more": "only here"}]`
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) })
	s := web.REST(c, []web.Stream{{Name: "people", Key: []string{"id"}}})
	columns := []source.Column{id, name, {Name: "price", Type: expr.Decimal}, {Name: "big", Type: expr.Decimal}, {Name: "small", Type: expr.Decimal}, {Name: "yes", Type: expr.Boolean}, {Name: "no"},
		{Name: "who.first"}, {Name: "who.tags"}, {Name: "who.deep"}, {Name: "a.b", Type: expr.Integer}, at, {Name: "made", Type: expr.Timestamp}, {Name: "ms", Type: expr.Timestamp}, {Name: "day", Type: expr.Date}, {Name: "absent"}}
	var spool sourcetest.Spool
	if _, err := s.Read(t.Context(), request(source.Full, columns...), &spool); err != nil {
		t.Fatal(err)
	}
	want := []string{`"9223372036854775807"`, `"a \"b\"\n北辰"`, `"12345678901234567890.0123456789"`, `"1500"`, `"0.0025"`, `"true"`, "null", `"A"`, `"[\"x\",1]"`, `"{\"er\":{\"still\":1}}"`, `"7"`,
		`"2026-02-01 00:00:00.5"`, `"2026-02-01 00:00:00"`, `"2026-02-01 00:00:00.123"`, `"2026-02-01"`, "null"}
	if diff := cmp.Diff(want, sourcetest.Quoted(spool.Ops[0].Values)); diff != "" {
		t.Error(diff)
	}
	d, err := s.Describe(t.Context(), "people")
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]expr.Type{}
	for _, c := range d.Columns {
		types[c.Name] = c.Type
	}
	if diff := cmp.Diff(map[string]expr.Type{"id": expr.Integer, "name": expr.String, "price": expr.Decimal, "big": expr.Decimal, "small": expr.Decimal, "yes": expr.Boolean, "no": expr.String,
		"who.first": expr.String, "who.tags": expr.String, "who.deep.er": expr.String, "a.b": expr.Integer, "updated_at": expr.Timestamp, "made": expr.Integer, "ms": expr.Integer,
		"day": expr.Date, "more": expr.String}, types); diff != "" {
		t.Error(diff)
	}
	if !d.Sampled || !slices.Equal(d.Modes, []string{source.Full}) {
		t.Errorf("got %+v", d)
	}
	_, err = s.Describe(t.Context(), "nobody")
	sourcetest.Fault(t, err, fault.NotFound)
}

// TestEncodings has answers in other encodings than JSON is to be in: what says
// which one is read, and what does not comes as the bytes that it is.
func TestEncodings(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(`[{"id": 1, "name": "北京"}]`)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ kind, answer, want string }{
		{"application/json", `[{"id": 1, "name": "北京"}]`, "北京"},
		{"application/json; charset=GBK", gbk, "北京"},
		{"application/json; charset=gbk", `[{"id": 1, "name": "北京"}]`, "北京"}, // says what is not so
		{"application/json;charset=ISO-8859-1", "[{\"id\": 1, \"name\": \"M\xfcller\"}]", "Müller"},
		{"application/json", "[{\"id\": 1, \"name\": \"M\xfcller\"}]", "M\xffller"},
		{"text/plain", "\xef\xbb\xbf[{\"id\": 1, \"name\": \"x\"}]", "x"},
	} {
		c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", x.kind)
			_, _ = w.Write([]byte(x.answer))
		})
		var spool sourcetest.Spool
		if _, err := web.REST(c, []web.Stream{{Name: "people"}}).Read(t.Context(), request(source.Full, id, name), &spool); err != nil {
			t.Errorf("%s: %v", x.kind, err)
		} else if got := string(spool.Ops[0].Values[1]); got != x.want {
			t.Errorf("%s: %q, want %q", x.kind, got, x.want)
		}
	}
}

// TestSince asks for what is new.
func TestSince(t *testing.T) {
	t.Parallel()
	records := []map[string]any{{"id": 1, "updated_at": "2026-02-01T00:00:00Z"}, {"id": 2, "updated_at": "2026-02-02T00:00:00Z"}, {"id": 3, "updated_at": "9999-01-01T00:00:00Z"}}
	var asked []string
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		since := r.URL.Query().Get("since")
		asked = append(asked, since)
		out := []any{}
		for _, r := range records {
			if r["updated_at"].(string) >= since {
				out = append(out, r)
			}
		}
		say(w, out)
	})
	s := web.REST(c, []web.Stream{{Name: "people", Since: &web.Since{Param: "since"}}})
	q := request(source.Incremental, id, at)
	q.Lookback = time.Hour
	got, result := ids(t, s, q)
	if len(got) != 3 || result.Whole {
		t.Errorf("first: %v, %+v", got, result)
	}
	q.Mark = result.Mark
	records = append(records, map[string]any{"id": 4, "updated_at": "2026-03-01T11:30:00Z"})
	if got, _ = ids(t, s, q); !slices.Equal(got, []string{"3", "4"}) { // the record of the year 9999 hides no others
		t.Errorf("new: %v, asked %v", got, asked)
	}
	if asked[1] != "2026-03-01T11:00:00Z" {
		t.Errorf("asked since %q", asked[1])
	}
	q.From, q.To = "2026-02-01 00:00:00", "2026-02-02 00:00:00"
	if got, result = ids(t, s, q); !slices.Equal(got, []string{"1"}) || result.Mark != q.Mark {
		t.Errorf("range: %v, %+v", got, result)
	}
	q.From, q.To, q.Mark = "", "", "not ours"
	if _, err := s.Read(t.Context(), q, &sourcetest.Spool{}); !source.IsStartOver(err) {
		t.Errorf("a strange mark gives %v", err)
	}
	for format, want := range map[string]string{"date": "2026-02-01", "unix": "1769904000", "milliseconds": "1769904000000", "": "2026-02-01T00:00:00Z"} {
		asked = nil
		q.Mark, q.From = "", "2026-02-01"
		_, _ = ids(t, web.REST(c, []web.Stream{{Name: "people", Since: &web.Since{Param: "since", Format: format}}}), q)
		if asked[0] != want {
			t.Errorf("%s asks %q, want %q", format, asked[0], want)
		}
	}
	_, err := web.REST(c, []web.Stream{{Name: "people"}}).Read(t.Context(), q, &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
}

// TestBusy has a server that is busy, breaks off and comes back.
func TestBusy(t *testing.T) {
	t.Parallel()
	answers := []func(http.ResponseWriter){
		func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) },
		func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", now.Add(9*time.Second).Format(http.TimeFormat))
			w.WriteHeader(503)
		},
		func(w http.ResponseWriter) { w.WriteHeader(502) },
		func(w http.ResponseWriter) { panic(http.ErrAbortHandler) },
		func(w http.ResponseWriter) { say(w, list(0, 3)) },
	}
	n := 0
	c, waits := serve(t, func(w http.ResponseWriter, _ *http.Request) { n++; answers[n-1](w) })
	got, _ := ids(t, web.REST(c, []web.Stream{{Name: "people"}}), request(source.Full, id))
	// A connection that broke off may be tried again by the client beneath at once.
	if want := []time.Duration{7 * time.Second, 9 * time.Second, 4 * time.Second}; len(got) != 3 || n != 5 || !slices.Equal((*waits)[:3], want) {
		t.Errorf("%v after waiting %v, want %v", got, *waits, want)
	}
	for status, kind := range map[int]fault.Kind{429: fault.Unavailable, 500: fault.Unavailable, 404: fault.Invalid, 401: fault.Unavailable, 403: fault.Unavailable} {
		c, waits := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "100000")
			w.WriteHeader(status)
		})
		_, err := web.REST(c, []web.Stream{{Name: "people"}}).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
		sourcetest.Fault(t, err, kind)
		if status != 500 && len(*waits) > 0 {
			t.Errorf("%d: waited %v", status, *waits)
		}
	}
	c, _ = serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	_, err := web.REST(c, []web.Stream{{Name: "people"}}).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
	c, _ = serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, list(0, 1)); say(w, list(1, 1)) }) // two lists: the second must not be lost
	_, err = web.REST(c, []web.Stream{{Name: "people"}}).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
	c, _ = serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`["` + strings.Repeat("x", 33<<20) + `"]`))
	})
	_, err = web.REST(c, []web.Stream{{Name: "people"}}).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.TooLarge)
}

// TestWho says who asks in every way, and wrongly.
func TestWho(t *testing.T) {
	t.Parallel()
	secret := sourcetest.Secrets[sourcetest.Reader]
	tokens := 0
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, basic := r.BasicAuth()
		switch r.URL.Path {
		case "/token":
			if user != "client" || password != url.QueryEscape(secret) || // as RFC 6749 has it
				r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "a b" {
				w.WriteHeader(400)
				return
			}
			tokens++
			say(w, map[string]any{"access_token": "token" + strconv.Itoa(tokens), "expires_in": 3600})
		case "/basic":
			if !basic || user != "me" || password != secret {
				w.WriteHeader(401)
				return
			}
			say(w, list(0, 1))
		case "/bearer":
			if r.Header.Get("Authorization") != "Bearer "+secret {
				w.WriteHeader(401)
				return
			}
			say(w, list(0, 1))
		case "/header":
			if r.Header.Get("X-Api-Key") != secret || r.Header.Get("X-Other") != "o" {
				w.WriteHeader(401)
				return
			}
			say(w, list(0, 1))
		case "/oauth2": // the first token was taken back
			if r.Header.Get("Authorization") != "Bearer token2" {
				w.WriteHeader(401)
				return
			}
			say(w, list(0, 1))
		}
	})
	c.Headers = map[string]string{"X-Other": "o"}
	for kind, auth := range map[string]web.Auth{
		"basic": {User: "me", Password: secret}, "bearer": {Token: secret}, "header": {Token: secret, Header: "X-Api-Key"},
		"oauth2": {User: "client", Password: secret, TokenURL: c.URL + "/token", Scopes: []string{"a", "b"}},
	} {
		auth.Type = kind
		right := c
		right.Auth = auth
		if got, _ := ids(t, web.REST(right, []web.Stream{{Name: "people", Path: kind}}), request(source.Full, id)); len(got) != 1 {
			t.Errorf("%s: %v", kind, got)
		}
		wrong := sourcetest.Secrets[sourcetest.Wrong]
		auth.Password, auth.Token, right.Auth = wrong, wrong, auth
		right.Auth.Password, right.Auth.Token = wrong, wrong
		_, err := web.REST(right, []web.Stream{{Name: "people", Path: kind}}).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
		sourcetest.Fault(t, err, fault.Unavailable)
	}
}

// TestGuard is led to where it must not go.
func TestGuard(t *testing.T) {
	t.Parallel()
	inner, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { say(w, list(0, 1)) })
	outer, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(inner.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
	})
	streams := []web.Stream{{Name: "people"}}
	_, err := web.REST(outer, streams).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid) // another host
	guarded := inner
	guarded.Transport = reach.Guard{}.Transport()
	_, err = web.REST(guarded, streams).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
	if said := sourcetest.Fault(t, err, fault.Invalid); !strings.Contains(said, "LODESTAR_PRIVATE_HOSTS") {
		t.Errorf("it says %q", said)
	}
	outer.Transport = reach.Guard{Private: []string{"127.0.0.1"}}.Transport()
	_, err = web.Sheet(outer).Discover(t.Context()) // which may be led elsewhere, but not there
	sourcetest.Fault(t, err, fault.Invalid)
	guarded.Transport = reach.Guard{Private: []string{"127.0.0.1"}}.Transport()
	if got, _ := ids(t, web.REST(guarded, streams), request(source.Full, id)); len(got) != 1 {
		t.Errorf("an allowed host gives %v", got)
	}
	guarded.URL = "http://127.0.0.1:1"
	_, err = web.REST(guarded, streams).Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Unavailable)
}

// TestLine tries what happens to connections, for lists in pages, and for
// sheets.
func TestLine(t *testing.T) {
	t.Parallel()
	secret := sourcetest.Secrets[sourcetest.Reader]
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+secret || r.URL.Query().Get("key") != secret {
			w.WriteHeader(401)
			return
		}
		if r.URL.Path == "/sheet" {
			_, _ = w.Write([]byte("id,name\n" + strings.Repeat("7,somebody\n", 20_000)))
			return
		}
		n, _ := strconv.Atoi(r.URL.Query().Get("p"))
		say(w, list(n*1000, max(0, min(1000, 6000-n*1000))))
	})
	address := c.URL
	c.URL += "?key=" + url.QueryEscape(secret)
	c.Auth = web.Auth{Type: "bearer", Token: secret}
	c.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	through := func(open func(web.Config) source.Source) func(context.Context, source.Dial) (source.Source, error) {
		return func(_ context.Context, dial source.Dial) (source.Source, error) {
			c := c
			c.Transport = &http.Transport{DialContext: dial}
			return open(c), nil
		}
	}
	streams := []web.Stream{{Name: "people", Query: map[string]string{"key": secret}, Page: &web.Page{Type: "page", Param: "p"}}}
	for name, l := range map[string]sourcetest.Line{
		"rest": {Request: request(source.Full, id, name), Value: "name", Open: through(func(c web.Config) source.Source { return web.REST(c, streams) })},
		"sheet": {Request: source.Request{Stream: web.SheetStream, Reader: "r", Mode: source.Full}, Open: through(func(c web.Config) source.Source {
			c.URL = address + "/sheet?key=" + url.QueryEscape(secret)
			return web.Sheet(c)
		})},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); sourcetest.TestLine(t, l) })
	}
}

// TestLedAway has addresses that lead, at once or by way of others, to where
// nobody is to be led, written in every way.
func TestLedAway(t *testing.T) {
	t.Parallel()
	var got atomic.Int64
	inner, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { got.Add(1); _, _ = w.Write([]byte("id\n1\n")) })
	_, port, _ := strings.Cut(strings.TrimPrefix(inner.URL, "http://"), ":")
	for _, host := range []string{"localhost", "127.0.0.2", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::]", "0.0.0.0", "169.254.169.254", "[fd00:ec2::254]",
		"10.0.0.1", "192.168.1.1", "172.16.0.1", "100.100.100.200", "[64:ff9b::7f00:1]", "[fe80::1]", "user:pass@localhost", "127.0.0.1.nip.invalid"} {
		for steps := 1; steps <= 3; steps++ {
			outer, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				n, _ := strconv.Atoi(r.URL.Query().Get("n"))
				to := "http://" + host + ":" + port + "/"
				if n+1 < steps {
					to = fmt.Sprintf("/?n=%d", n+1)
				}
				http.Redirect(w, r, to, []int{301, 302, 307, 308}[n])
			})
			outer.Transport = reach.Guard{Private: []string{"127.0.0.1"}}.Transport() // where it begins, and nothing else
			for name, s := range map[string]source.Source{"sheet": web.Sheet(outer), "rest": web.REST(outer, []web.Stream{{Name: "people"}})} {
				q := request(source.Full, id)
				if name == "sheet" {
					q.Stream = web.SheetStream
				}
				_, err := s.Read(t.Context(), q, &sourcetest.Spool{})
				kind := fault.Invalid
				if fault.Is(err, fault.Unavailable) { // a name, or a way to write a number, that leads nowhere
					kind = fault.Unavailable
				}
				sourcetest.Fault(t, err, kind)
			}
		}
	}
	if n := got.Load(); n > 0 {
		t.Errorf("it got there %d times", n)
	}
}

// TestNothingGoesAlong: who is led to another host shows no secret there.
func TestNothingGoesAlong(t *testing.T) {
	t.Parallel()
	secret := sourcetest.Secrets[sourcetest.Reader]
	var seen []string
	inner, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, fmt.Sprint(r.Header, r.URL))
		_, _ = w.Write([]byte("id\n1\n"))
	})
	outer, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(inner.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
	})
	outer.URL += "/?key=" + url.QueryEscape(secret)
	outer.Headers = map[string]string{"X-Key": secret, "Cookie": secret}
	for _, auth := range []web.Auth{{Type: "basic", User: "u", Password: secret}, {Type: "bearer", Token: secret}, {Type: "header", Header: "X-Token", Token: secret}} {
		outer.Auth = auth
		if _, err := web.Sheet(outer).Discover(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("asked %d times", len(seen))
	}
	for _, said := range seen {
		sourcetest.NoSecret(t, said)
	}
}

// TestCancel gives up while a page is on its way.
func TestCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("p") == "3" {
			cancel()
			<-r.Context().Done()
			return
		}
		n, _ := strconv.Atoi(r.URL.Query().Get("p"))
		say(w, list(n*10, 10))
	})
	_, err := web.REST(c, []web.Stream{{Name: "people", Page: &web.Page{Type: "page", Param: "p", First: 1}}}).Read(ctx, request(source.Full, id), &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Canceled)
}

// TestSheet copies a table that an address gives.
func TestSheet(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{"a,b\n1,2\n": "sheet.csv", "PK\x03\x04rest of a workbook": "sheet.xlsx", "": "sheet.csv", "\ufeffa\n1\n": "sheet.csv"} {
		c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(content)) })
		var spool sourcetest.Spool
		result, err := web.Sheet(c).Read(t.Context(), source.Request{Stream: web.SheetStream, Reader: "r", Mode: source.Full}, &spool)
		if err != nil || !result.Whole || len(spool.Files) != 1 || spool.Files[0].Name != want || spool.Files[0].Content.String() != content {
			t.Errorf("%q gives %v, %+v, %v", content, spool.Files, result, err)
		}
	}
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("\n <!DOCTYPE html><html>sign in</html>"))
	})
	_, err := web.Sheet(c).Discover(t.Context())
	sourcetest.Fault(t, err, fault.Unavailable)
	_, err = web.Sheet(c).Read(t.Context(), source.Request{Stream: web.SheetStream, Mode: source.Changes}, &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
}

// TestGoogle turns the address of a page into that of its export.
func TestGoogle(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"https://docs.google.com/spreadsheets/d/1aB_-x/edit#gid=7":              "https://docs.google.com/spreadsheets/d/1aB_-x/export?format=csv&gid=7",
		"https://docs.google.com/spreadsheets/d/1aB_-x/edit?gid=7#gid=7":        "https://docs.google.com/spreadsheets/d/1aB_-x/export?format=csv&gid=7",
		"https://docs.google.com/spreadsheets/d/1aB_-x/edit?usp=sharing":        "https://docs.google.com/spreadsheets/d/1aB_-x/export?format=xlsx",
		"https://docs.google.com/spreadsheets/d/1aB_-x/export?format=csv&gid=1": "https://docs.google.com/spreadsheets/d/1aB_-x/export?format=csv&gid=1",
		"https://example.com/table.csv":                                         "https://example.com/table.csv",
	} {
		var asked string
		c := web.Config{URL: page, Now: time.Now, Transport: taker(func(r *http.Request) { asked = r.URL.String() })}
		_, _ = web.Sheet(c).Discover(t.Context())
		if asked != want {
			t.Errorf("%s asks %s, want %s", page, asked, want)
		}
	}
}

// taker answers every request with a table of nothing.
type taker func(*http.Request)

func (f taker) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
}

func sampled(t *testing.T, c web.Config, s web.Stream) source.Glimpse {
	t.Helper()
	s.Name = "people"
	r := web.REST(c, []web.Stream{s})
	out, err := r.(source.Peeker).Peek(t.Context(), "people")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A sample tells where records are and how pages follow, also when nobody said.
func TestPeek(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		page, _ := strconv.Atoi(q.Get("page"))
		switch r.URL.Path {
		case "/deep":
			say(w, map[string]any{"meta": map[string]any{"page": max(page, 1), "tags": []string{"a"}}, "errors": []any{}, "data": map[string]any{"items": list(max(page, 1)*10, 3)}})
		case "/cursor":
			say(w, map[string]any{"items": list(1, 2), "paging": map[string]any{"next_cursor": "abc"}})
		case "/odata":
			say(w, map[string]any{"value": list(1, 2), "@odata.nextLink": "https://elsewhere/next"})
		case "/header":
			w.Header().Set("Link", `<http://`+r.Host+`/header?page=2>; rel="next"`)
			say(w, list(1, 2))
		case "/same":
			say(w, list(1, 2))
		case "/none":
			say(w, map[string]any{"message": "ok"})
		}
	})
	got := sampled(t, c, web.Stream{Path: "deep"})
	if diff := cmp.Diff([]source.List{{Path: "data.items", Count: 3}, {Path: "errors"}}, got.Lists); diff != "" || got.Path != "data.items" || len(got.Records) != 3 || got.Wrong != nil {
		t.Errorf("%+v %s", got, diff)
	}
	if names := columnNames(got.Stream); !slices.Equal(names, []string{"id", "name"}) {
		t.Error(names)
	}
	for path, want := range map[string]*source.Paging{"deep": {Type: "page", Param: "page"}, "cursor": {Type: "cursor", Param: "cursor", Next: "paging.next_cursor"},
		"odata": {Type: "link", Next: "@odata.nextLink"}, "header": {Type: "link"}, "same": nil} {
		if diff := cmp.Diff(want, sampled(t, c, web.Stream{Path: path}).Paging); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	pages := &web.Page{Type: "page", Param: "page", First: 1}
	if got := sampled(t, c, web.Stream{Path: "deep", Page: pages}); !slices.Equal(got.Pages, []int{3, 3}) || got.Wrong != nil || got.Paging != nil {
		t.Errorf("%+v", got)
	}
	if got := sampled(t, c, web.Stream{Path: "same", Page: pages}); fault.Of(got.Wrong).Code != "endless_pages" || len(got.Records) != 2 {
		t.Errorf("%+v", got)
	}
	if got := sampled(t, c, web.Stream{Path: "none"}); fault.Of(got.Wrong).Code != "no_records" || got.Answer == nil {
		t.Errorf("%+v", got)
	}
	if got := sampled(t, c, web.Stream{Path: "deep", Records: "meta.page"}); fault.Of(got.Wrong).Code != "no_records" || got.Lists[0].Path != "data.items" {
		t.Errorf("%+v", got)
	}
}

func columnNames(s source.Stream) (out []string) {
	for _, c := range s.Columns {
		out = append(out, c.Name)
	}
	return out
}
