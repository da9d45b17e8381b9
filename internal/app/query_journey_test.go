package app_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

// ask1 asks with and without the optimiser, and gives the answer.
func (j *journeyTrial) ask1(t *testing.T, req query.Request) *query.Result {
	t.Helper()
	req.AsOf = "2025-01-01"
	var first *query.Result
	for _, plain := range []bool{false, true} {
		got, err := j.b.engine(plain).Query(t.Context(), asker, req)
		if err != nil {
			t.Fatalf("%v\n%s", err, describeRequest(req))
		}
		if first == nil {
			first = got
		} else if a, b := fmt.Sprint(first.Rows, first.Totals, first.Others), fmt.Sprint(got.Rows, got.Totals, got.Others); a != b {
			t.Fatalf("%s\noptimised %s\nplain     %s", describeRequest(req), a, b)
		}
	}
	return first
}

// valuesBy maps the first column of an answer to one of the others.
func valuesBy(rows [][]any, column int) map[any]any {
	out := map[any]any{}
	for _, r := range rows {
		out[r[0]] = r[column]
	}
	return out
}

func sumOf(lists ...[][]any) float64 {
	x := 0.0
	for _, rows := range lists {
		for _, r := range rows {
			v, _ := query.Float(r[len(r)-1])
			x += v
		}
	}
	return x
}

// TestConversionsAddUp checks what must hold between answers: each conversion
// is one of exactly one group, whatever else is asked.
func TestConversionsAddUp(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	for seed := range uint64(6) {
		j := newJourneyTrial(t, b, rand.New(rand.NewPCG(seed, 41)))
		for _, window := range []string{"ever", "week", "month"} {
			j.addUp(t, "conv_"+window+"_count")
		}
		j.earlierConversions(t)
	}
}

func (j *journeyTrial) addUp(t *testing.T, metric string) {
	t.Helper()
	march := &query.TimeRange{From: "2024-03-01", To: "2024-04-01"}
	by := []query.By{{Dimension: "channel_name"}}
	whole := j.ask1(t, query.Request{Metrics: []query.MetricRef{{Metric: metric}}, By: by, Time: march, Totals: true})
	total := sumOf(whole.Totals)
	for name, got := range map[string]*query.Result{
		"groups": whole,
		"top":    j.ask1(t, query.Request{Metrics: []query.MetricRef{{Metric: metric}}, By: by, Time: march, Top: &query.Top{N: 1, By: metric, Others: true}}),
		"weeks": j.ask1(t, query.Request{Metrics: []query.MetricRef{{Metric: metric}}, By: append(by, query.By{Time: calendar.Week}), Time: march,
			Top: &query.Top{N: 2, By: metric, Others: true}}),
		"filled": j.ask1(t, query.Request{Metrics: []query.MetricRef{{Metric: metric}}, By: []query.By{{Time: calendar.Day}}, Time: march, Fill: true}),
	} {
		if x := sumOf(got.Rows, got.Others); x != total {
			t.Errorf("%s of %s add up to %v, want %v", name, metric, x, total)
		}
		if name == "filled" && len(got.Rows) != 31 {
			t.Errorf("%d days are shown, want 31", len(got.Rows))
		}
	}
	for channel, v := range valuesBy(whole.Rows, 1) {
		where := "channel_name is null"
		if channel != nil {
			where = fmt.Sprintf("channel_name = '%s'", channel)
		}
		one := j.ask1(t, query.Request{Metrics: []query.MetricRef{{Metric: metric}}, Where: where, Time: march})
		if one.Rows[0][0] != v {
			t.Errorf("%s where %s is %v, but %v in the split", metric, where, one.Rows[0][0], v)
		}
	}
	beside := j.ask1(t, query.Request{Metrics: []query.MetricRef{{Metric: metric}}, By: []query.By{{Time: calendar.Month}}})
	if v := valuesBy(beside.Rows, 1)["2024-03-01"]; v != nil && fmt.Sprint(v) != fmt.Sprint(whole.Totals[0][1]) {
		t.Errorf("March of %s is %v among all months, and %v alone", metric, v, whole.Totals[0][1])
	}
}

// earlierConversions compares comparisons and shifts with questions about the
// earlier time.
func (j *journeyTrial) earlierConversions(t *testing.T) {
	t.Helper()
	by := []query.By{{Dimension: "channel_name"}}
	february, march := &query.TimeRange{From: "2024-02-01", To: "2024-03-01"}, &query.TimeRange{From: "2024-03-01", To: "2024-04-01"}
	for _, metric := range []string{"conv_week", "conv_month_value", "ret_day_1_false_rate", "ret_month_1_true_count"} {
		one := []query.MetricRef{{Metric: metric}}
		want := valuesBy(j.ask1(t, query.Request{Metrics: one, By: by, Time: february}).Rows, 1)
		got := valuesBy(j.ask1(t, query.Request{Metrics: one, By: by, Time: march, Compare: &query.Compare{To: "previous_month"}}).Rows, 2)
		for channel, v := range want {
			if got[channel] != v {
				t.Errorf("%s of %v: February is %v, but %v when March is compared with it", metric, channel, v, got[channel])
			}
		}
	}
	for shifted, plain := range map[string]string{"before": "conv_week", "spent_before": "conv_month_value"} {
		days := "2024-02-23"
		if shifted == "before" {
			days = "2024-02-01"
		}
		grain := map[string]calendar.Grain{"before": calendar.Month, "spent_before": calendar.Day}[shifted]
		both := []query.By{{Dimension: "channel_name"}, {Time: grain}}
		got := j.ask1(t, query.Request{Metrics: []query.MetricRef{{Metric: shifted}}, By: both, Time: march})
		want := map[string]string{}
		for _, r := range j.ask1(t, query.Request{Metrics: []query.MetricRef{{Metric: plain}}, By: both, Time: &query.TimeRange{From: days, To: "2024-03-25"}}).Rows {
			at := parseDay(t, r[1])
			if shifted == "before" {
				at = at.AddDate(0, 1, 0)
			} else {
				at = at.AddDate(0, 0, 7)
			}
			want[fmt.Sprint(r[0], at.Format(" 2006-01-02"))] = fmt.Sprint(r[2])
		}
		for _, r := range got.Rows {
			key := fmt.Sprint(r[0], " ", r[1])
			if have := fmt.Sprint(r[2]); have != want[key] && strings.HasPrefix(fmt.Sprint(r[1]), "2024-03") {
				t.Errorf("%s at %s is %s, want %s", shifted, key, have, want[key])
			}
		}
	}
}

func parseDay(t *testing.T, v any) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, fmt.Sprint(v))
	if err != nil {
		t.Fatal(err)
	}
	return at
}
