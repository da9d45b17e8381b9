package app_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// completeJourney reads the grocery chain's files with plain maps.
func completeJourney(t *testing.T, dir string) map[string][]record {
	t.Helper()
	read := func(name string) []record { return readRecords(t, filepath.Join(dir, name+".csv")) }
	products, households := byKey(read("products"), "product_id"), byKey(read("demographics"), "household_id")
	campaigns := byKey(read("campaign_descriptions"), "campaign_id")
	data := map[string][]record{"campaigns": read("campaign_descriptions"), "campaign_households": read("campaigns"),
		"coupons": read("coupons"), "coupon_redemptions": read("coupon_redemptions"), "promotions": read("promotions_sample")}
	cents := regexp.MustCompile(`^\d+(\.\d\d?)?$`)
	for _, r := range read("transactions_sample") {
		if !cents.MatchString(r["sales_value"]) {
			continue // set aside by the loader
		}
		r["time"] = r["transaction_timestamp"]
		r["with_coupon"] = strconv.FormatBool(r.number("coupon_disc") > 0)
		switch hour := r["time"][11:13]; {
		case hour < "11":
			r["day_part"] = "morning"
		case hour < "17":
			r["day_part"] = "afternoon"
		default:
			r["day_part"] = "evening"
		}
		data["transactions"] = append(data["transactions"], r)
	}
	for name, rs := range data {
		for _, r := range rs {
			r.attach("product", products[r["product_id"]], "department", "brand", "product_category")
			r.attach("household", households[r["household_id"]], "age", "income", "household_size", "home_ownership")
			campaign := campaigns[r["campaign_id"]]
			r.attach("campaign", campaign, "campaign_type")
			switch name {
			case "campaigns":
				r["time"] = r["start_date"]
			case "campaign_households", "coupons":
				r["time"] = campaign["start_date"]
			case "coupon_redemptions":
				r["time"] = r["redemption_date"]
			}
		}
	}
	return data
}

func column(name string) func(record) float64 {
	return func(r record) float64 { return r.number(name) }
}

func is(name, value string) func(record) bool {
	return func(r record) bool { return r[name] == value }
}

// journeyMetrics tells every metric of examples/complete-journey once more.
func journeyMetrics() map[string]oracleMetric {
	of := func(agg, value string) oracleMetric {
		return oracleMetric{dataset: "transactions", agg: agg, column: value, value: column(value)}
	}
	in := func(dataset, agg, value string) oracleMetric {
		return oracleMetric{dataset: dataset, agg: agg, column: value, value: column(value)}
	}
	computed := func(f func(record) float64) oracleMetric {
		return oracleMetric{dataset: "transactions", agg: "sum", value: f}
	}
	goods := func(r record) bool {
		d, known := r["product.department"]
		return known && d != "FUEL" && d != "MISCELLANEOUS"
	}
	sales, lines, baskets := of("sum", "sales_value"), of("count", ""), of("count_distinct", "basket_id")
	active, trips := of("count_distinct", "household_id"), ratio(of("count_distinct", "basket_id"), of("count_distinct", "household_id"))
	regular := computed(func(r record) float64 {
		return r.number("sales_value") + r.number("retail_disc") + r.number("coupon_match_disc")
	})
	given := computed(func(r record) float64 { return r.number("retail_disc") + r.number("coupon_match_disc") })
	redemptions, redeeming := in("coupon_redemptions", "count", ""), in("coupon_redemptions", "count_distinct", "household_id")
	reached, records := in("campaign_households", "count_distinct", "household_id"), in("promotions", "count", "")
	product2 := func(v []*float64) *float64 { return multiply(v[0], v[1]) }
	return map[string]oracleMetric{
		"household_trips":   {parts: []oracleMetric{active, trips}, combine: product2},
		"active_households": active, "trips_per_household": trips, "baskets": baskets, "sales": sales,
		"paid":          computed(func(r record) float64 { return r.number("sales_value") - r.number("coupon_disc") }),
		"regular_value": regular, "store_discounts": given, "coupon_discounts": of("sum", "coupon_disc"),
		"discount_rate": ratio(given, regular), "basket_value": ratio(sales, baskets),
		"spend_per_household": {parts: []oracleMetric{trips, ratio(sales, baskets)}, combine: product2},
		"lines":               lines, "lines_per_basket": ratio(lines, baskets),
		"units": of("sum", "quantity").where(goods), "unit_price": ratio(sales.where(goods), of("sum", "quantity").where(goods)),
		"median_line": of("median", "sales_value"), "large_line": of("p90", "sales_value"),
		"average_line": of("avg", "sales_value"), "largest_line": of("max", "sales_value"),
		"smallest_line":       of("min", "sales_value").where(func(r record) bool { return r.number("sales_value") > 0 }),
		"private_label_share": ratio(sales.where(is("product.brand", "Private")), sales),
		"produce_share":       ratio(sales.where(is("product.department", "PRODUCE")), sales),
		"products_sold":       of("count_distinct", "product_id"), "stores_trading": of("count_distinct", "store_id"),
		"sales_per_store":       ratio(sales, of("count_distinct", "store_id")),
		"zero_quantity_lines":   lines.where(is("quantity", "0")),
		"unknown_product_lines": lines.where(is("product.department", "")),
		"known_household_share": ratio(sales.where(func(r record) bool { return r["household.age"] != "" }), sales),
		"coupon_line_share":     ratio(lines.where(is("with_coupon", "true")), lines),
		"redemptions":           redemptions, "redeeming_households": redeeming, "reached_households": reached,
		"redemption_reach": ratio(redeeming, reached),
		"redemptions_per_1000": {parts: []oracleMetric{redemptions, active}, combine: func(v []*float64) *float64 {
			thousand := 1000.0
			return divide(multiply(&thousand, v[0]), v[1])
		}},
		"coupons_offered":   in("coupons", "count_distinct", "coupon_upc"),
		"campaigns_started": in("campaigns", "count", ""),
		"average_campaign_days": {dataset: "campaigns", agg: "avg", value: func(r record) float64 {
			return daysBetween(r["start_date"], r["end_date"])
		}},
		"promoted_products": in("promotions", "count_distinct", "product_id"), "promotion_records": records,
		"mailer_share": ratio(records.where(func(r record) bool { return r["mailer_location"] != "0" }), records),
	}
}

// journeyKeys are the groups by which the metrics of a set of datasets are
// asked: at least three dimensions, and three grains where there is time.
func journeyKeys(datasets string) [][]by {
	dims := map[string][]string{
		"transactions":                           {"store_id", "household.age", "product.department", "day_part"},
		"coupon_redemptions":                     {"household.age", "household.income", "campaign.campaign_type", "campaign_id"},
		"campaign_households":                    {"household.age", "household.income", "campaign.campaign_type", "campaign_id"},
		"coupons":                                {"product.department", "product.brand", "campaign.campaign_type"},
		"campaigns":                              {"campaign_type", "campaign_id", "end_date"},
		"promotions":                             {"product.department", "product.brand", "store_id", "mailer_location"},
		"coupon_redemptions+transactions":        {"household.age", "household.income", "household.household_size", "household_id"},
		"campaign_households+coupon_redemptions": {"household.age", "campaign.campaign_type", "campaign_id"},
	}[datasets]
	keys := [][]by{nil}
	for _, d := range dims {
		keys = append(keys, []by{{dimension: d}})
	}
	if datasets == "promotions" {
		return append(keys, []by{{dimension: "product.brand"}, {dimension: "store_id"}})
	}
	for _, g := range []string{"day", "week", "quarter"} {
		keys = append(keys, []by{{grain: g}})
	}
	return append(keys, []by{{dimension: dims[1]}, {dimension: dims[2]}, {grain: "month"}})
}

func (m oracleMetric) datasets() string {
	seen := map[string]bool{}
	for _, l := range m.leaves() {
		seen[l.dataset] = true
	}
	return strings.Join(sortedNames(seen), "+")
}

func request(metric string, keys []by) map[string]any {
	q := map[string]any{"metrics": []string{metric}, "limit": 100000}
	var bys []any
	for _, k := range keys {
		if k.grain != "" {
			bys = append(bys, map[string]string{"time": k.grain})
		} else {
			bys = append(bys, k.dimension)
		}
	}
	if bys != nil {
		q["by"] = bys
	}
	return q
}

// TestCompleteJourney loads the grocery chain's year once and holds every
// number of it against plain Go over the files.
func TestCompleteJourney(t *testing.T) {
	t.Parallel()
	dir := realData(t, "completejourney")
	data := completeJourney(t, dir)
	if n := len(data["transactions"]); n != 74_999 {
		t.Fatalf("the oracle read %d lines", n)
	}
	j, o := example(t, "complete-journey", dir), newJourneyOracle(data)
	t.Run("every metric by itself", func(t *testing.T) { askEach(t, j, o) })
	t.Run("many at once", func(t *testing.T) { askTogether(t, j, o) })
	t.Run("what is odd is counted", func(t *testing.T) { countOdd(t, j) })
	t.Run("by hand in SQL", func(t *testing.T) { askInSQL(t, j, dir) })
}

func askEach(t *testing.T, j *journey, o *journeyOracle) {
	metrics := journeyMetrics()
	var listed struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	j.do("GET", "/metrics?limit=200", nil, &listed)
	if len(listed.Items) < 25 || len(listed.Items) != len(metrics) {
		t.Errorf("%d metrics are defined, the oracle knows %d", len(listed.Items), len(metrics))
	}
	for _, name := range sortedNames(metrics) {
		m := metrics[name]
		read := o.read(m)
		for _, keys := range journeyKeys(m.datasets()) {
			got := j.query(request(name, keys)).cells()
			for _, bad := range compareCells(got, read.by(keys)) {
				t.Errorf("%s by %v: %s", name, keys, bad)
			}
		}
	}
}

// askTogether asks many metrics in one question: sharing scans and facts must
// not change a number.
func askTogether(t *testing.T, j *journey, o *journeyOracle) {
	metrics := journeyMetrics()
	names := []string{"sales", "active_households", "median_line", "units", "private_label_share", "redemptions", "redemptions_per_1000", "household_trips"}
	keys := []by{{dimension: "household.age"}, {grain: "month"}}
	q := request("", keys)
	q["metrics"], q["totals"] = names, true
	a := j.query(q)
	for i, name := range names {
		want := o.ask(metrics[name], keys)
		for _, r := range a.Rows {
			g := groupKey(r[:2])
			if w, ok := want[g]; ok && !sameNumber(r[2+i], w) {
				t.Errorf("%s in %s is %v, want %s", name, g, r[2+i], show(w))
			}
			delete(want, g)
		}
		if len(want) > 0 {
			t.Errorf("%s misses groups: %v", name, sortedNames(want)[:1])
		}
		if w := o.ask(metrics[name], nil)[""]; !sameNumber(a.Totals[0][2+i], w) {
			t.Errorf("total of %s is %v, want %s", name, a.Totals[0][2+i], show(w))
		}
	}
}

// countOdd holds the traps of the files.
func countOdd(t *testing.T, j *journey) {
	for metric, want := range map[string]float64{"lines": 74_999, "unknown_product_lines": 222, "coupons_offered": 981} {
		got := j.query(request(metric, nil)).cells()[""]
		if got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
	var status struct{ Rows, Rejects int64 }
	for dataset, want := range map[string][2]int64{"transactions": {74_999, 1}, "products": {92_331, 0}, "households": {801, 0},
		"coupons": {116_204, 0}, "campaign_households": {6_589, 0}, "coupon_redemptions": {2_102, 0}, "promotions": {360_535, 0}, "campaigns": {27, 0}} {
		j.do("GET", "/datasets/"+dataset+"/status", nil, &status)
		if got := [2]int64{status.Rows, status.Rejects}; got != want {
			t.Errorf("%s: rows and rejects are %v, want %v", dataset, got, want)
		}
	}
	groups := j.query(request("lines", []by{{dimension: "product.department"}})).cells()
	if groups["∅"] != 222.0 {
		t.Errorf("lines without a known product: %v", groups["∅"])
	}
	groups = j.query(request("lines", []by{{dimension: "household.age"}})).cells()
	if got := fmt.Sprint(groups["∅"]); got != "32800" && got != "32801" {
		t.Errorf("lines of households that told nothing: %v", got)
	}
}
