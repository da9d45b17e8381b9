package httpapi

import (
	"errors"
	"net/http"
	"testing"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// TestOutcomes holds the mapping of every kind; a new kind fails it until it
// is decided here.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]int{
		fault.Internal:        http.StatusInternalServerError,
		fault.Invalid:         http.StatusUnprocessableEntity,
		fault.NotFound:        http.StatusNotFound,
		fault.Conflict:        http.StatusConflict,
		fault.Denied:          http.StatusForbidden,
		fault.Unauthenticated: http.StatusUnauthorized,
		fault.Unavailable:     http.StatusServiceUnavailable,
		fault.Timeout:         http.StatusGatewayTimeout,
		fault.Canceled:        499,
		fault.TooLarge:        http.StatusRequestEntityTooLarge,
		fault.RateLimited:     http.StatusTooManyRequests,
	}
	titles := map[string]fault.Kind{}
	for _, k := range fault.Kinds() {
		o := outcomeOf(k)
		if o.status != want[k] || want[k] == 0 {
			t.Errorf("%v: status %d, want %d", k, o.status, want[k])
		}
		if o.title.ZH == "" || o.title.EN == "" {
			t.Errorf("%v has no title in one of the languages", k)
		}
		if other, twice := titles[o.title.EN]; twice {
			t.Errorf("%v and %v have the same title", k, other)
		}
		titles[o.title.EN] = k
	}
}

func TestProblemSaysNothingOfTheCause(t *testing.T) {
	t.Parallel()
	p := problemOf(errors.New("password is hunter2"), text.ZH)
	if p.Status != 500 || p.Code != "internal" || p.Detail != "服务器内部出错，详情见日志" {
		t.Errorf("got %+v", p)
	}
	f := fault.New(fault.Invalid, "unknown_metric", text.Text{EN: "no metric {name}", ZH: "没有指标 {name}"}, "name", "gmv").
		At("metrics[0]", "unknown_metric", text.Text{EN: "unknown", ZH: "不认识"}).Wrap(errors.New("secret"))
	p = problemOf(f, text.EN)
	if p.Detail != "no metric gmv" || p.Params["name"] != "gmv" || len(p.Errors) != 1 || p.Errors[0].Detail != "unknown" {
		t.Errorf("got %+v", p)
	}
}

func TestStrictJSON(t *testing.T) {
	t.Parallel()
	type thing struct {
		Name  string `json:"name"`
		Count int    `json:"count"`
	}
	for _, c := range []struct{ in, path, code string }{
		{`{"name":"a","count":1}`, "", ""},
		{`{"name":"a","cuont":1}`, "cuont", "unknown_field"},
		{`{"name":"a","count":"x"}`, "count", "wrong_type"},
		{`{"name":"a"`, "body", "bad_json"},
		{`{"name":"a",}`, "body", "bad_json"},
		{``, "body", "bad_json"},
		{`{"name":"a"} {}`, "body", "trailing_text"},
		{"{\"name\":\"\xff\"}", "body", "bad_encoding"},
		{`[]`, "body", "wrong_type"},
	} {
		var b body[thing]
		b.decode([]byte(c.in))
		_, err := b.get()
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", c.in, err)
			}
			continue
		}
		f := fault.Of(err)
		if err == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Path != c.path || f.Fields[0].Code != c.code {
			t.Errorf("%s: got %+v", c.in, f)
		}
		if f.Fields[0].Text.ZH == "" {
			t.Errorf("%s: no Chinese text", c.in)
		}
	}
}
