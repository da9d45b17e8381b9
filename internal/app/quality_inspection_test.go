package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/quality"
	"lodestar/internal/semantic"
	"lodestar/internal/store"
)

// TestInspections: a rule breaks by time alone, is kept after a person's word
// about it and no other, tells the last ones, and breaks again when they are
// too long ago; rows do not matter.
func TestInspections(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	b.define([]*catalog.Resource{{Kind: "Dataset", Metadata: catalog.Metadata{Name: "readings"}, Revision: 1, Spec: &semantic.DatasetSpec{
		Columns: []semantic.Column{{Name: "id", Type: expr.Integer}},
		Quality: []semantic.QualityRule{{Rule: "inspection", Within: "30 days", Who: "wang"}, {Name: "scales", Rule: "inspection", Within: "1 week"}, {Rule: "unique", Column: "id"}}}}})
	now := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), "sqlite:"+t.TempDir()+"/a.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	runs := &keptRuns{}
	s, err := quality.New(t.Context(), quality.Config{Warehouse: b, Model: func() *semantic.Model { return b.model }, Store: runs, Trail: db.Audit(),
		AsOf: func(context.Context) (time.Time, error) { return now.AddDate(-1, 0, 0), nil }, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(what string, n int, states ...string) []quality.Result {
		t.Helper()
		s.Sweep(t.Context())
		if len(runs.runs) != n {
			t.Fatalf("%s: %d runs, want %d", what, len(runs.runs), n)
		}
		for i, want := range states {
			if got := runs.runs[0].Results[i]; got.State != want {
				t.Errorf("%s: %s is %s, want %s", what, got.Rule, got.State, want)
			}
		}
		return runs.runs[0].Results
	}
	expect("at first", 1, quality.Broken, quality.Broken, quality.Unknown)
	for _, wrong := range []struct {
		who           access.Actor
		dataset, rule string
		note          string
		code          fault.Kind
	}{{access.Actor{Name: "vi", Role: access.Viewer}, "readings", "scales", "fine", fault.Denied}, {checker, "nothing", "scales", "fine", fault.NotFound},
		{checker, "readings", "unique_id", "fine", fault.NotFound}, {checker, "readings", "scales", " ", fault.Invalid}, {checker, "readings", "scales", strings.Repeat("长", 2001), fault.Invalid}} {
		if _, err := s.Inspect(t.Context(), wrong.who, wrong.dataset, wrong.rule, wrong.note); !fault.Is(err, wrong.code) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	expect("nobody's word", 1)
	if _, err := s.Inspect(t.Context(), checker, "readings", "scales", " two replaced\n"); err != nil {
		t.Fatal(err)
	}
	expect("scales inspected", 2, quality.Broken, quality.Kept, quality.Unknown)
	now = now.AddDate(0, 0, 3)
	if _, err := s.Inspect(t.Context(), checker, "readings", "inspection", "all well"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Inspect(t.Context(), checker, "readings", "scales", "none"); err != nil {
		t.Fatal(err)
	}
	got := expect("all inspected", 4, quality.Kept, quality.Kept, quality.Unknown)[1]
	if len(got.Examples.Rows) != 2 || got.Examples.Rows[0][2] != "none" || got.Examples.Rows[1][2] != "two replaced" || got.Examples.Rows[1][1] != "mei" || got.Examples.Rows[1][0] != "2026-06-01 09:00" {
		t.Errorf("the last ones: %+v", got.Examples)
	}
	now = now.Add(7 * 24 * time.Hour)
	expect("just in time", 4, quality.Kept, quality.Kept)
	now = now.Add(time.Second)
	got = expect("scales are due", 5, quality.Kept, quality.Broken)[1]
	if !strings.Contains(got.Note.EN, "2026-06-11 09:00") || !strings.Contains(got.Note.ZH, "2026-06-11 09:00") {
		t.Errorf("since when: %+v", got.Note)
	}
	expect("known to be due", 5)
}

// TestInspectionOverHTTP: what a person writes is kept, and who may not write
// is refused.
func TestInspectionOverHTTP(t *testing.T) {
	t.Parallel()
	h := open(t).Handler()
	editor := access.Actor{Name: "ed", Role: access.Editor, Via: "session"}
	say := func(who access.Actor, method, path, body string, want int) string {
		t.Helper()
		w := call(h, who, method, "/api/v1"+path, strings.NewReader(body))
		if w.Code != want {
			t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, want, w.Body)
		}
		return w.Body.String()
	}
	say(editor, "POST", "/apply", `{"files":[{"name":"w.yaml","text":"{kind: Dataset, metadata: {name: readings}, spec: {columns: [{name: id, type: integer}], quality: [{rule: inspection, within: 30 days}]}}"}]}`, http.StatusOK)
	done := say(editor, "POST", "/datasets/readings/quality/inspections", `{"rule": "inspection", "note": "all well"}`, http.StatusOK)
	if !strings.Contains(done, `"kept"`) || !strings.Contains(done, "all well") {
		t.Error(done)
	}
	say(editor, "POST", "/datasets/readings/quality/inspections", `{"rule": "inspection", "note": ""}`, http.StatusUnprocessableEntity)
	trail := say(access.Actor{Name: "ad", Role: access.Admin, Via: "session"}, "GET", "/audit?action=inspection.done", "", http.StatusOK)
	if !strings.Contains(trail, `"ed"`) || !strings.Contains(trail, "all well") {
		t.Error(trail)
	}
}
