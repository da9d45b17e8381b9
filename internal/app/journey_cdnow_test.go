package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCDNOW(t *testing.T) {
	t.Parallel()
	dir := realData(t, "cdnow")
	j := example(t, "cdnow", dir)
	t.Run("published cohorts", func(t *testing.T) { compareCohorts(t, j, dir) })
	t.Run("every metric", func(t *testing.T) { askCDNOW(t, j, dir) })
}

// compareCohorts compares the cohort table of the example with the published
// one.
func compareCohorts(t *testing.T, j *journey, dir string) {
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Rows, Customers, Units float64
		Revenue                float64
		Cohorts                map[string]map[string]float64 `json:"cohort_month_active_customers"`
	}
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	for metric, want := range map[string]float64{"purchases": expected.Rows, "buyers": expected.Customers, "new_customers": expected.Customers,
		"cds": expected.Units, "amount": expected.Revenue} {
		if got := j.query(request(metric, nil)).cells()[""]; !sameNumber(got, &want) {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
	want := map[string]*float64{}
	for cohort, months := range expected.Cohorts {
		for n, v := range months {
			if v > 0 {
				want[groupKey([]any{cohort + "-01", n})] = &v
			}
		}
	}
	got := j.query(request("buyers", []by{{dimension: "customer.cohort"}, {dimension: "month_number"}})).cells()
	for _, bad := range compareCells(got, want) {
		t.Errorf("buyers: %s", bad)
	}
	for metric, n := range map[string]string{"back_after_1_month": "1", "back_after_3_months": "3", "back_after_12_months": "12"} {
		rates := map[string]*float64{}
		for cohort, months := range expected.Cohorts {
			x := months[n] / months["0"]
			rates[cohort+"-01"] = &x
		}
		for _, bad := range compareCells(j.query(request(metric, []by{{dimension: "customer.cohort"}})).cells(), rates) {
			t.Errorf("%s: %s", metric, bad)
		}
	}
}

// askCDNOW asks the other metrics by month and by cohort against plain Go
// over the file.
func askCDNOW(t *testing.T, j *journey, dir string) {
	b, err := os.ReadFile(filepath.Join(dir, "CDNOW_master.txt"))
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]string{}
	var purchases []record
	for _, l := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		f := strings.Fields(l)
		day := f[1][:4] + "-" + f[1][4:6] + "-" + f[1][6:]
		if first[f[0]] == "" {
			first[f[0]] = day
		}
		purchases = append(purchases, record{"customer_id": f[0], "time": day, "cds": f[2], "amount": f[3],
			"customer.cohort": first[f[0]][:7] + "-01", "is_repeat": fmt.Sprint(day > first[f[0]])})
	}
	o := newJourneyOracle(map[string][]record{"purchases": purchases})
	again := func(m oracleMetric) oracleMetric { return m.where(is("is_repeat", "true")) }
	count := oracleMetric{dataset: "purchases", agg: "count"}
	buyers := oracleMetric{dataset: "purchases", agg: "count_distinct", column: "customer_id"}
	amount := oracleMetric{dataset: "purchases", agg: "sum", value: column("amount")}
	metrics := map[string]oracleMetric{"purchases": count, "buyers": buyers, "amount": amount, "repeat_buyers": again(buyers),
		"repeat_frequency": ratio(again(count), again(buyers)), "repeat_share": ratio(again(buyers), buyers), "purchase_value": ratio(amount, count),
		"repeat_purchases": {parts: []oracleMetric{again(buyers), ratio(again(count), again(buyers))},
			combine: func(v []*float64) *float64 { return multiply(v[0], v[1]) }}}
	for _, name := range sortedNames(metrics) {
		read := o.read(metrics[name])
		for _, keys := range [][]by{nil, {{grain: "month"}}, {{grain: "week"}}, {{dimension: "customer.cohort"}, {grain: "quarter"}}, {{dimension: "is_repeat"}}} {
			for _, bad := range compareCells(j.query(request(name, keys)).cells(), read.by(keys)) {
				t.Errorf("%s by %v: %s", name, keys, bad)
			}
		}
	}
}
