package web_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/source/web"
)

// TestShortPages has interfaces that give fewer records on a page than they are
// asked for, or none on one that leads on: what comes after is not lost.
func TestShortPages(t *testing.T) {
	t.Parallel()
	for _, total := range []int{0, 3, 10, 25, 30} { // ten on a page, whatever is asked
		for beyond, say := range map[string]func(w http.ResponseWriter, page []any, last int){
			"nothing":       func(w http.ResponseWriter, page []any, _ int) { say(w, page) },
			"not found":     func(w http.ResponseWriter, _ []any, _ int) { w.WriteHeader(404) },
			"the last page": func(w http.ResponseWriter, _ []any, last int) { say(w, list(last, min(10, total-last))) },
		} {
			c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				n, _ := strconv.Atoi(r.URL.Query().Get("p"))
				if r.URL.Path == "/page" {
					n = (n - 1) * 10
				}
				if page := list(n, max(0, min(10, total-n))); len(page) > 0 || n == 0 {
					json.NewEncoder(w).Encode(page)
				} else {
					say(w, page, max(0, (total-1)/10*10))
				}
			})
			for kind, page := range map[string]web.Page{"page": {First: 1}, "offset": {}} {
				page.Type, page.Param, page.Size, page.SizeParam = kind, "p", 1000, "size"
				got, result := ids(t, web.REST(c, []web.Stream{{Name: "people", Path: kind, Page: &page}}), request(source.Full, id))
				if len(got) != total || !result.Whole {
					t.Errorf("%s, beyond the end %s: %d records of %d", kind, beyond, len(got), total)
				}
			}
		}
	}
	hidden := 0 // pages on which all records are left out
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("c"))
		switch {
		case n == 0 || n == hidden+1:
			say(w, map[string]any{"items": list(n*10, 10), "next": strconv.Itoa(n + 1), "link": "?c=" + strconv.Itoa(n+1)})
		case n <= hidden:
			say(w, map[string]any{"items": list(0, 0), "next": strconv.Itoa(n + 1), "link": "?c=" + strconv.Itoa(n+1)})
		default: // the end leads to itself
			say(w, map[string]any{"items": list(0, 0), "next": strconv.Itoa(n), "link": "?c=" + strconv.Itoa(n)})
		}
	})
	for _, hidden = range []int{0, 1, 100, 101} {
		for _, page := range []web.Page{{Type: "cursor", Param: "c", Next: "next"}, {Type: "link", Next: "link"}} {
			s := web.REST(c, []web.Stream{{Name: "people", Records: "items", Page: &page}})
			if hidden > 100 {
				_, err := s.Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
				sourcetest.Fault(t, err, fault.Invalid)
			} else if got, _ := ids(t, s, request(source.Full, id)); len(got) != 20 {
				t.Errorf("%s with %d empty pages: %d records, want 20", page.Type, hidden, len(got))
			}
		}
	}
}

// TestTroubleBehindShortPages has interfaces that give ten records, whatever is
// asked, and then something else: it is not taken for the end.
func TestTroubleBehindShortPages(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter){
		"words of a limit": func(w http.ResponseWriter) { say(w, map[string]any{"errcode": 45009, "errmsg": "reach max api limit"}) },
		"no JSON":          func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>please wait</html>")) },
		"refused":          func(w http.ResponseWriter) { w.WriteHeader(403) },
		"broken":           func(w http.ResponseWriter) { w.WriteHeader(500) },
	} {
		c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("p") == "1" {
				say(w, list(0, 10))
				return
			}
			answer(w)
		})
		s := web.REST(c, []web.Stream{{Name: "people", Page: &web.Page{Type: "page", Param: "p", First: 1, Size: 100, SizeParam: "size"}}})
		result, err := s.Read(t.Context(), request(source.Full, id), &sourcetest.Spool{})
		if err == nil {
			t.Errorf("%s: %+v", name, result)
		}
	}
}

// TestWrittenMeanwhile has a record of the year 9999, and one that is written
// while the pages are read: the next read has it.
func TestWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	clock := now
	written := false
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		var out []any
		add := func(id int, at time.Time) {
			if at := at.UTC().Format(time.RFC3339); at >= q.Get("since") {
				out = append(out, map[string]any{"id": id, "updated_at": at})
			}
		}
		if q.Get("p") == "1" {
			add(1, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
			if written {
				add(2, now.Add(time.Minute))
			}
		}
		clock, written = now.Add(10*time.Minute), true
		say(w, out)
	})
	c.Now = func() time.Time { return clock }
	s := web.REST(c, []web.Stream{{Name: "people", Since: &web.Since{Param: "since"}, Page: &web.Page{Type: "page", Param: "p", First: 1}}})
	q := request(source.Incremental, id, at)
	_, result := ids(t, s, q)
	q.Mark = result.Mark
	if got, _ := ids(t, s, q); !slices.Contains(got, "2") {
		t.Errorf("the next read has %v", got)
	}
}
