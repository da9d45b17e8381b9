package explain_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/explain"
	"lodestar/internal/fault"
	"lodestar/internal/query"
)

// TestSentence: the sentence names by how much, against what, and where from.
func TestSentence(t *testing.T) {
	t.Parallel()
	x := shop{seed: 2, plant: func(week int, _ time.Time, store, _ string) (float64, float64, float64) {
		if week == 0 && store == "s05" {
			return 1, 0.3, 1
		}
		return 1, 1, 1
	}}.explain(t, explain.Request{Metric: "sales"})
	for _, want := range []string{"sales比前一周少 ", "主要来自store“s05”（", "conversion下降", "占变化的 "} {
		if !strings.Contains(x.Sentence.ZH, want) {
			t.Errorf("no %q in %s", want, x.Sentence.ZH)
		}
	}
	for _, want := range []string{"sales is ", "less than the week before", "mostly from store “s05” (", "conversion fell"} {
		if !strings.Contains(x.Sentence.EN, want) {
			t.Errorf("no %q in %s", want, x.Sentence.EN)
		}
	}
	if f := x.Findings[0]; f.Where != "store = 's05'" || f.Share == nil {
		t.Errorf("%+v", f)
	}
	if b, err := json.Marshal(x); err != nil || !json.Valid(b) {
		t.Errorf("not JSON: %v", err)
	}
}

// TestSpreadEvenly: when everything moves alike, the largest member is not
// called the reason, though most of the change is in it.
func TestSpreadEvenly(t *testing.T) {
	t.Parallel()
	even := func(week int, _ time.Time, _, _ string) (float64, float64, float64) {
		if week == 0 {
			return 0.7, 1, 1
		}
		return 1, 1, 1
	}
	x := shop{seed: 3, weeks: 4, plant: even}.explain(t, explain.Request{Metric: "visits", By: []string{"big", "channel"}})
	if !strings.Contains(x.Sentence.EN, "spread evenly") || !strings.Contains(x.Sentence.ZH, "各部分的变化大致相同") {
		t.Errorf("%s\n%s", x.Sentence.EN, x.Sentence.ZH)
	}
	one := func(week int, _ time.Time, _, channel string) (float64, float64, float64) {
		if week == 0 && channel == "delivery" {
			return 0.1, 1, 1
		}
		return 1, 1, 1
	}
	x = shop{seed: 3, weeks: 4, plant: one}.explain(t, explain.Request{Metric: "visits", By: []string{"big", "channel"}})
	if f := x.Findings[0]; f.Value != "delivery" || !strings.Contains(x.Sentence.EN, "mostly from channel “delivery”") {
		t.Errorf("%+v\n%s", f, x.Sentence.EN)
	}
}

// TestPeriods: which two periods are compared.
func TestPeriods(t *testing.T) {
	t.Parallel()
	s := shop{seed: 1, weeks: 60}
	service, _ := s.service(t)
	for _, c := range []struct {
		r        explain.Request
		from, to string // first days
		score    bool   // history is there
	}{
		{explain.Request{}, "2026-02-16", "2026-02-23", true},
		{explain.Request{Period: "day"}, "2026-02-28", "2026-03-01", true},
		{explain.Request{Period: "month"}, "2026-01-01", "2026-02-01", true},
		{explain.Request{Compare: "previous_year"}, "2025-02-24", "2026-02-23", true},
		{explain.Request{To: &query.TimeRange{From: "2026-01-05", To: "2026-01-12"}}, "2025-12-29", "2026-01-05", true},
		{explain.Request{To: &query.TimeRange{From: "2026-01-05", To: "2026-01-15"}}, "2025-12-26", "2026-01-05", false},
		{explain.Request{To: &query.TimeRange{From: "2026-01-05", To: "2026-01-15"}, Compare: "previous_week"}, "2025-12-29", "2026-01-05", false},
		{explain.Request{To: &query.TimeRange{From: "2026-01-05", To: "2026-01-15"}, Compare: "previous_month"}, "2025-12-05", "2026-01-05", false},
		{explain.Request{From: &query.TimeRange{From: "2025-12-01", To: "2025-12-08"}, To: &query.TimeRange{From: "2026-01-05", To: "2026-01-12"}}, "2025-12-01", "2026-01-05", true},
		{explain.Request{From: &query.TimeRange{From: "2025-12-01", To: "2025-12-31"}, To: &query.TimeRange{From: "2026-01-05", To: "2026-01-12"}}, "2025-12-01", "2026-01-05", false},
	} {
		c.r.Metric, c.r.By = "revenue", []string{"store", "channel"}
		x, err := service.Explain(t.Context(), access.Actor{}, c.r)
		if err != nil {
			t.Errorf("%+v: %v", c.r, err)
			continue
		}
		from, to := x.From.From.In(zone).Format(time.DateOnly), x.To.From.In(zone).Format(time.DateOnly)
		if from != c.from || to != c.to || (x.Score != 0) != c.score && c.score == false {
			t.Errorf("%+v: %s to %s, score %v; want %s to %s", c.r, from, to, x.Score, c.from, c.to)
		}
		for _, d := range x.Dimensions {
			checkAddsUp(t, x, d)
		}
		if len(x.Dimensions) != 2 {
			t.Errorf("%+v: %d dimensions", c.r, len(x.Dimensions))
		}
	}
}

// TestRefusals: what cannot be explained says why.
func TestRefusals(t *testing.T) {
	t.Parallel()
	service, _ := shop{seed: 1, weeks: 10}.service(t)
	for _, c := range []struct {
		r    explain.Request
		kind fault.Kind
		code string
	}{
		{explain.Request{Metric: "revenu"}, fault.NotFound, "unknown_metric"},
		{explain.Request{Metric: "revenue", By: []string{"shop"}}, fault.Invalid, "unknown_dimension"},
		{explain.Request{Metric: "revenue", Period: "minute"}, fault.Invalid, "unknown_period"},
		{explain.Request{Metric: "revenue", Compare: "yesterday"}, fault.Invalid, "unknown_compare"},
		{explain.Request{Metric: "revenue", To: &query.TimeRange{From: "2026-01-05", To: "2026-01-15"}, Compare: "yesterday"}, fault.Invalid, "unknown_comparison"},
		{explain.Request{Metric: "revenue", Period: "month", Compare: "previous_week"}, fault.Invalid, "comparison_does_not_fit"},
		{explain.Request{Metric: "revenue", Timezone: "Mars/Base"}, fault.Invalid, "unknown_zone"},
		{explain.Request{Metric: "revenue", From: &query.TimeRange{From: "2026-01-05", To: "2026-01-12"}}, fault.Invalid, "missing_to"},
	} {
		_, err := service.Explain(t.Context(), access.Actor{}, c.r)
		if f := fault.Of(err); err == nil || f.Kind != c.kind || f.Code != c.code || f.Text.ZH == "" || f.Text.EN == "" {
			t.Errorf("%+v: %v", c.r, err)
		}
	}
	// A period without rows has no value: said, not failed.
	x, err := service.Explain(t.Context(), access.Actor{}, explain.Request{Metric: "revenue", To: &query.TimeRange{From: "2024-01-01", To: "2024-01-08"}})
	if err != nil || x.Change != nil || x.Sentence.ZH == "" || len(x.Warnings) == 0 {
		t.Errorf("%+v %v", x, err)
	}
}

// TestAFilterIsKept: a pinned dimension is not split again, and the change is
// that of the rows asked for.
func TestAFilterIsKept(t *testing.T) {
	t.Parallel()
	x := shop{seed: 8, weeks: 12}.explain(t, explain.Request{Metric: "conversion", Where: "channel = 'app' and store <> 's01'"})
	for _, d := range x.Dimensions {
		if d.Dimension == "channel" {
			t.Error("the pinned dimension is split")
		}
		for _, m := range d.Members {
			if m.Value == "s01" {
				t.Error("the filter is lost")
			}
		}
	}
	if len(x.Dimensions) == 0 {
		t.Error("no dimensions")
	}
}

// TestDrillDown: when the change of the best member lies in one part of it, the
// finding says which.
func TestDrillDown(t *testing.T) {
	t.Parallel()
	x := shop{seed: 6, plant: func(week int, _ time.Time, store, channel string) (float64, float64, float64) {
		if week == 0 && store == "s07" && channel == "delivery" {
			return 1, 4, 1
		}
		return 1, 1, 1
	}}.explain(t, explain.Request{Metric: "orders", By: []string{"store", "channel"}})
	if f := x.Findings[0]; f.Dimension != "store" || f.Value != "s07" || !strings.Contains(f.Text.ZH, "其中channel“delivery”占") ||
		!strings.Contains(x.Sentence.EN, "in channel “delivery”") {
		t.Errorf("%+v\n%s", f, x.Sentence.EN)
	}
}
