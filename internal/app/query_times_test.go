package app_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// saleRow is one row of the dataset that metrics over other times are tried on.
type saleRow struct {
	day     time.Time // civil
	channel string    // "" is NULL
	who     string
	amount  int64
}

// timedSpecs are metrics over other times, of a sum, a count, a distinct count
// and a ratio.
func timedSpecs() map[string]*semantic.MetricSpec {
	out := map[string]*semantic.MetricSpec{
		"revenue": {Type: "simple", Dataset: "sales", Agg: "sum", Expr: "amount"},
		"sales":   {Type: "simple", Dataset: "sales", Agg: "count"},
		"buyers":  {Type: "simple", Dataset: "sales", Agg: "count_distinct", Expr: "who"},
		"basket":  {Type: "ratio", Numerator: &semantic.Input{Metric: "revenue"}, Denominator: &semantic.Input{Metric: "sales"}},
	}
	for _, base := range []string{"revenue", "sales", "buyers", "basket"} {
		add := func(name string, s semantic.MetricSpec) {
			s.Type, s.Metric = "cumulative", base
			out[base+"_"+name] = &s
		}
		add("w7", semantic.MetricSpec{Window: "7 days"})
		add("w2m", semantic.MetricSpec{Window: "2 months"})
		add("mtd", semantic.MetricSpec{ToDate: calendar.Month})
		add("ytd", semantic.MetricSpec{ToDate: calendar.Year, Reread: "first"})
		add("all", semantic.MetricSpec{})
		for name, in := range map[string]semantic.Input{
			"week": {Offset: "1 week"}, "month": {Offset: "1 month"}, "year": {Offset: "1 year"}, "days": {Offset: "10 days"}} {
			in.Metric = base
			out[base+"_"+name] = &semantic.MetricSpec{Type: "derived", Expr: "x", Inputs: map[string]semantic.Input{"x": in}}
			in.Metric = base + "_w7"
			out[base+"_w7_"+name] = &semantic.MetricSpec{Type: "derived", Expr: "x", Inputs: map[string]semantic.Input{"x": in}}
		}
	}
	return out
}

func timedResources(zone, timeType string) []*catalog.Resource {
	out := []*catalog.Resource{
		{Kind: semantic.KindWorkspace, Metadata: catalog.Metadata{Name: semantic.WorkspaceName}, Spec: &semantic.WorkspaceSpec{Zone: zone}},
		{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: "sales"}, Spec: &semantic.DatasetSpec{Time: "at", Columns: []semantic.Column{
			{Name: "at", Type: expr.Type(timeType)}, {Name: "channel", Type: expr.String}, {Name: "who", Type: expr.String},
			{Name: "amount", Type: expr.Integer}}}},
	}
	for name, s := range timedSpecs() {
		out = append(out, &catalog.Resource{Kind: semantic.KindMetric, Metadata: catalog.Metadata{Name: name}, Spec: s})
	}
	return out
}

// TestMetricsOverOtherTimes compares windows, periods to date and earlier
// periods with a count over the rows, period by period.
func TestMetricsOverOtherTimes(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	asks := 60
	if testing.Short() {
		asks = 15
	}
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 11))
		zone := []string{"UTC", "Asia/Shanghai", "America/New_York"}[r.IntN(3)]
		timeType := []string{"date", "timestamp"}[r.IntN(2)]
		b.define(timedResources(zone, timeType))
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		rows := fillSales(b, r, loc, timeType)
		for range asks {
			checkTimed(t, b, r, rows)
			if t.Failed() {
				t.Logf("seed %d", seed)
				return
			}
		}
	}
}

func fillSales(b *queryBench, r *rand.Rand, loc *time.Location, timeType string) []saleRow {
	var rows []saleRow
	var cells [][]string
	for range 1 + r.IntN(150) {
		at := time.Date(2023, 11, 1+r.IntN(500), r.IntN(24), r.IntN(60), 0, 0, loc)
		row := saleRow{day: time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC),
			channel: []string{"", "app", "web"}[r.IntN(3)], who: strconv.Itoa(r.IntN(6)), amount: int64(r.IntN(100))}
		stamp := at.UTC().Format("2006-01-02 15:04:05")
		if timeType == "date" {
			stamp = row.day.Format(time.DateOnly)
		}
		rows = append(rows, row)
		cells = append(cells, []string{stamp, row.channel, row.who, strconv.FormatInt(row.amount, 10)})
	}
	b.fill("sales", cells)
	return rows
}

// reach gives the civil days [from, to) that the period from at to end (the
// last day shown in it, plus one) of a metric reads; nothing when ok is false.
func reach(name string, g calendar.Grain, at, end, lastDay time.Time) (from, to time.Time) {
	back := func(t time.Time, grain calendar.Grain, n int) time.Time {
		switch grain {
		case calendar.Day:
			return t.AddDate(0, 0, -n)
		case calendar.Week:
			return t.AddDate(0, 0, -7*n)
		}
		if grain == calendar.Year {
			n *= 12
		}
		out := t.AddDate(0, -n, 0)
		for out.Day() != t.Day() && t.Day() > 28 { // AddDate goes over into the next month
			t = t.AddDate(0, 0, -1)
			out = t.AddDate(0, -n, 0)
		}
		return out
	}
	stop := end
	if stop.After(lastDay) {
		stop = lastDay
	}
	rule, shift, shifted := strings.Cut(name, "_")
	if !shifted && strings.Contains("week month year days", name) {
		rule, shift, shifted = "", name, true
	}
	if shifted {
		s, n := map[string]calendar.Grain{"week": calendar.Week, "month": calendar.Month, "year": calendar.Year, "days": calendar.Day}[shift], 1
		if shift == "days" {
			n = 10
		}
		if g == calendar.Week && rule == "" {
			switch s {
			case calendar.Month:
				s, n = calendar.Week, 4
			case calendar.Year:
				s, n = calendar.Week, 52
			}
		}
		monthly := s == calendar.Month || s == calendar.Year
		at = back(at, s, n)
		if last := stop.AddDate(0, 0, -1); monthly && stop.Day() != 1 { // the last day inside moves
			stop = back(last, s, n).AddDate(0, 0, 1)
		} else {
			stop = back(stop, s, n)
		}
		end = stop
	}
	switch rule {
	case "w7":
		return stop.AddDate(0, 0, -7), stop
	case "w2m":
		return back(stop, calendar.Month, 2), stop
	case "mtd":
		last := stop.AddDate(0, 0, -1)
		return time.Date(last.Year(), last.Month(), 1, 0, 0, 0, 0, time.UTC), stop
	case "ytd": // reread: first
		return time.Date(at.Year(), 1, 1, 0, 0, 0, 0, time.UTC), at.AddDate(0, 0, 1)
	case "all":
		return time.Time{}, stop
	}
	return at, stop
}

func checkTimed(t *testing.T, b *queryBench, r *rand.Rand, rows []saleRow) {
	t.Helper()
	g := []calendar.Grain{calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year}[r.IntN(5)]
	base := []string{"revenue", "sales", "buyers", "basket"}[r.IntN(4)]
	rules := []string{"w7", "w2m", "mtd", "ytd", "all", "week", "month", "year", "days", "w7_week", "w7_month", "w7_year", "w7_days"}
	rule := rules[r.IntN(len(rules))]
	first := time.Date(2023, 10, 1+r.IntN(300), 0, 0, 0, 0, time.UTC)
	days := 1 + r.IntN(200)
	req := query.Request{Metrics: []query.MetricRef{{Metric: base + "_" + rule}}, By: []query.By{{Time: g}},
		Time: &query.TimeRange{From: first.Format(time.DateOnly), To: first.AddDate(0, 0, days).Format(time.DateOnly)}, AsOf: "2026-01-01"}
	split := r.IntN(2) == 0
	if split {
		req.By = append(req.By, query.By{Dimension: "channel"})
	}
	if r.IntN(3) == 0 {
		req.Where = "channel = 'app'"
	}
	if r.IntN(2) == 0 { // a plain metric beside it shares nothing but the rows
		req.Metrics = append(req.Metrics, query.MetricRef{Metric: "sales", As: "plain"})
	}
	ok := func(s saleRow) bool { return req.Where == "" || s.channel == "app" }
	want := map[string]float64{}
	cal := calendar.New(time.UTC)
	for at := cal.Floor(first, g); at.Before(first.AddDate(0, 0, days)); at = cal.Step(at, g, 1) {
		begin := at
		if begin.Before(first) {
			begin = first
		}
		from, to := reach(rule, g, begin, cal.Step(at, g, 1), first.AddDate(0, 0, days))
		groups := map[string][]saleRow{}
		for _, s := range rows {
			if ok(s) && !s.day.Before(from) && s.day.Before(to) {
				key := ""
				if split {
					key = s.channel
				}
				groups[key] = append(groups[key], s)
			}
		}
		for key, list := range groups {
			want[at.Format(time.DateOnly)+"|"+key] = aggregateSales(base, list)
		}
	}
	for _, plain := range []bool{false, true} {
		got, err := b.engine(plain).Query(t.Context(), asker, req)
		if err != nil {
			t.Fatalf("%v\n%s", err, describeRequest(req))
		}
		have := map[string]float64{}
		for _, row := range got.Rows {
			key, at := "", 1
			if split {
				at = 2
				if s, ok := row[1].(string); ok {
					key = s
				}
			}
			if v, ok := query.Float(row[at]); ok && (v != 0 || base != "sales" && base != "buyers") {
				have[fmt.Sprint(row[0])+"|"+key] = v
			}
		}
		compareSales(t, b, req, want, have)
	}
}

func aggregateSales(base string, list []saleRow) float64 {
	sum, who := 0.0, map[string]bool{}
	for _, s := range list {
		sum += float64(s.amount)
		who[s.who] = true
	}
	switch base {
	case "revenue":
		return sum
	case "sales":
		return float64(len(list))
	case "buyers":
		return float64(len(who))
	}
	return sum / float64(len(list))
}

func compareSales(t *testing.T, b *queryBench, req query.Request, want, have map[string]float64) {
	t.Helper()
	bad := len(want) != len(have)
	for k, v := range want {
		if got, ok := have[k]; !ok || math.Abs(got-v) > 1e-9*math.Max(1, math.Abs(v)) {
			bad = true
		}
	}
	if !bad {
		return
	}
	plan, err := b.engine(false).Plan(t.Context(), asker, req)
	sql := fmt.Sprint(err)
	if err == nil {
		sql = plan.Statements[0].SQL
	}
	w, _ := json.Marshal(want)
	h, _ := json.Marshal(have)
	t.Fatalf("%s\nwant %s\ngot  %s\n%s", describeRequest(req), w, h, sql)
}

// TestPeriodsOfColumns: a time column at a grain is a dimension, and names the
// same periods as the metric's own time.
func TestPeriodsOfColumns(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 5))
		zone := []string{"UTC", "Asia/Kolkata", "America/New_York"}[seed%3]
		timeType := []string{"date", "timestamp"}[seed%2]
		b.define(timedResources(zone, timeType))
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		fillSales(b, r, loc, timeType)
		grains := []calendar.Grain{calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year}
		if timeType == "timestamp" {
			grains = append(grains, calendar.Hour)
		}
		for _, g := range grains {
			byTime := query.Request{Metrics: []query.MetricRef{{Metric: "revenue"}}, By: []query.By{{Time: g, As: "p"}}, Order: []string{"p"}}
			byColumn := query.Request{Metrics: []query.MetricRef{{Metric: "revenue"}}, By: []query.By{{Dimension: "at." + string(g), As: "p"}}, Order: []string{"p"}}
			for _, plain := range []bool{false, true} {
				want, err := b.engine(plain).Query(t.Context(), asker, byTime)
				if err != nil {
					t.Fatal(err)
				}
				got, err := b.engine(plain).Query(t.Context(), asker, byColumn)
				if err != nil {
					t.Fatalf("%v\n%s", err, describeRequest(byColumn))
				}
				if g != calendar.Hour && fmt.Sprint(got.Rows) != fmt.Sprint(want.Rows) || len(got.Rows) != len(want.Rows) {
					t.Fatalf("%s: %v, want %v", g, got.Rows, want.Rows)
				}
				if g == calendar.Hour {
					continue
				}
				for i, row := range want.Rows {
					for _, name := range []string{"at.", "time."} {
						one := query.Request{Metrics: []query.MetricRef{{Metric: "revenue"}}, Where: fmt.Sprintf("%s%s = date '%s'", name, g, row[0])}
						got, err := b.engine(plain).Query(t.Context(), asker, one)
						if err != nil {
							t.Fatalf("%v\n%s", err, describeRequest(one))
						}
						if fmt.Sprint(got.Rows[0][0]) != fmt.Sprint(row[1]) {
							t.Fatalf("%s: %v, want %v", describeRequest(one), got.Rows, row)
						}
					}
					if i > 4 {
						break
					}
				}
			}
		}
	}
}
