package app_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// stockRow is one count of a shelf.
type stockRow struct {
	day   time.Time
	store string
	item  string
	count int64
}

func stockResources() []*catalog.Resource {
	stock := func(b semantic.Balance) *semantic.MetricSpec {
		return &semantic.MetricSpec{Type: "simple", Dataset: "stock", Agg: "sum", Expr: "n", Balance: &b}
	}
	specs := map[string]*semantic.MetricSpec{
		"all":       stock(semantic.Balance{Take: "last"}),
		"per_store": stock(semantic.Balance{Take: "last", By: []string{"store"}}),
		"opening":   stock(semantic.Balance{Take: "first", By: []string{"store", "item"}}),
		"before":    {Type: "derived", Expr: "x", Inputs: map[string]semantic.Input{"x": {Metric: "per_store", Offset: "1 month"}}},
	}
	out := []*catalog.Resource{
		{Kind: semantic.KindWorkspace, Metadata: catalog.Metadata{Name: semantic.WorkspaceName}, Spec: &semantic.WorkspaceSpec{Zone: "UTC"}},
		{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: "stock"}, Spec: &semantic.DatasetSpec{Time: "day", Columns: []semantic.Column{
			{Name: "day", Type: expr.Date}, {Name: "store", Type: expr.String}, {Name: "item", Type: expr.String}, {Name: "n", Type: expr.Integer}}}},
	}
	for name, s := range specs {
		out = append(out, &catalog.Resource{Kind: semantic.KindMetric, Metadata: catalog.Metadata{Name: name}, Spec: s})
	}
	return out
}

// TestLevels compares balances with a search for the last count of each group.
func TestLevels(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	b.define(stockResources())
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		var rows []stockRow
		var cells [][]string
		for range 1 + r.IntN(60) {
			s := stockRow{time.Date(2025, 1, 1+r.IntN(120), 0, 0, 0, 0, time.UTC), strconv.Itoa(r.IntN(3)), strconv.Itoa(r.IntN(2)), int64(r.IntN(50))}
			rows = append(rows, s)
			cells = append(cells, []string{s.day.Format(time.DateOnly), s.store, s.item, strconv.FormatInt(s.count, 10)})
		}
		b.fill("stock", cells)
		metric := []string{"all", "per_store", "opening", "before"}[r.IntN(4)]
		g := []calendar.Grain{calendar.Day, calendar.Week, calendar.Month, calendar.Quarter}[r.IntN(4)]
		if metric == "before" {
			g = calendar.Month
		}
		req := query.Request{Metrics: []query.MetricRef{{Metric: metric}}, By: []query.By{{Time: g}, {Dimension: "item"}},
			Time: &query.TimeRange{From: "2025-01-01", To: "2025-06-01"}, AsOf: "2026-01-01"}
		if r.IntN(2) == 0 {
			req.Where = "store <> '2'"
		}
		want := levelOracle(rows, metric, g, req.Where != "")
		for _, plain := range []bool{false, true} {
			got, err := b.engine(plain).Query(t.Context(), asker, req)
			if err != nil {
				t.Fatalf("%v\n%s", err, describeRequest(req))
			}
			have := map[string]float64{}
			for _, row := range got.Rows {
				have[fmt.Sprint(row[0])+"|"+fmt.Sprint(row[1])], _ = query.Float(row[2])
			}
			compareSales(t, b, req, want, have)
		}
	}
}

func levelOracle(rows []stockRow, metric string, g calendar.Grain, filtered bool) map[string]float64 {
	cal := calendar.New(time.UTC)
	group := func(s stockRow) string {
		switch metric {
		case "per_store", "before":
			return s.store
		case "opening":
			return s.store + "/" + s.item
		}
		return ""
	}
	edge := map[string]time.Time{}
	var kept []stockRow
	for _, s := range rows {
		if filtered && s.store == "2" {
			continue
		}
		kept = append(kept, s)
		id := cal.Floor(s.day, g).String() + group(s)
		if have, ok := edge[id]; !ok || metric == "opening" && s.day.Before(have) || metric != "opening" && s.day.After(have) {
			edge[id] = s.day
		}
	}
	out := map[string]float64{}
	for _, s := range kept {
		at := cal.Floor(s.day, g)
		if !edge[at.String()+group(s)].Equal(s.day) {
			continue
		}
		if metric == "before" {
			at = at.AddDate(0, 1, 0)
		}
		if at.Before(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)) {
			out[at.Format(time.DateOnly)+"|"+s.item] += float64(s.count)
		}
	}
	return out
}
