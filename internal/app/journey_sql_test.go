package app_test

import (
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the engine, asked directly
)

func sortedNames[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

func daysBetween(from, to string) float64 {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		panic(fmt.Sprint(err1, err2))
	}
	return b.Sub(a).Hours() / 24
}

// askInSQL asks ten metrics in SQL written by hand over the files themselves.
func askInSQL(t *testing.T, j *journey, dir string) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	file := func(name string) string {
		return "read_csv('" + strings.ReplaceAll(filepath.Join(dir, name+".csv"), "'", "''") + "', all_varchar = true)"
	}
	views := []string{
		"CREATE TABLE t AS SELECT * REPLACE (sales_value::DECIMAL(12,2) AS sales_value, retail_disc::DECIMAL(12,2) AS retail_disc, coupon_match_disc::DECIMAL(12,2) AS coupon_match_disc, quantity::BIGINT AS quantity, transaction_timestamp::TIMESTAMP AS transaction_timestamp) FROM " + file("transactions_sample") + " WHERE sales_value NOT LIKE '%e-%'",
		"CREATE TABLE p AS SELECT * FROM " + file("products"),
		"CREATE TABLE h AS SELECT * FROM " + file("demographics"),
		"CREATE TABLE r AS SELECT * REPLACE (redemption_date::DATE AS redemption_date) FROM " + file("coupon_redemptions"),
		"CREATE TABLE cp AS SELECT * FROM " + file("coupons"),
		"CREATE TABLE cd AS SELECT * REPLACE (start_date::DATE AS start_date) FROM " + file("campaign_descriptions"),
	}
	for _, v := range views {
		if _, err := db.ExecContext(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		metric, sql string
		keys        []by
	}{
		{"sales", "SELECT p.department, sum(t.sales_value) FROM t LEFT JOIN p USING (product_id) GROUP BY ALL", []by{{dimension: "product.department"}}},
		{"active_households", "SELECT date_trunc('week', transaction_timestamp)::DATE, count(DISTINCT household_id) FROM t GROUP BY ALL", []by{{grain: "week"}}},
		{"household_trips", "SELECT h.income, count(DISTINCT basket_id) FROM t LEFT JOIN h USING (household_id) GROUP BY ALL", []by{{dimension: "household.income"}}},
		{"median_line", "SELECT store_id, median(sales_value::DOUBLE) FROM t GROUP BY ALL", []by{{dimension: "store_id"}}},
		{"large_line", "SELECT p.brand, quantile_cont(t.sales_value::DOUBLE, 0.9) FROM t LEFT JOIN p USING (product_id) GROUP BY ALL", []by{{dimension: "product.brand"}}},
		{"discount_rate", "SELECT date_trunc('month', transaction_timestamp)::DATE, sum(retail_disc + coupon_match_disc)::DOUBLE / sum(sales_value + retail_disc + coupon_match_disc)::DOUBLE FROM t GROUP BY ALL", []by{{grain: "month"}}},
		{"units", "SELECT h.age, sum(t.quantity) FROM t LEFT JOIN h USING (household_id) JOIN p ON p.product_id = t.product_id AND p.department NOT IN ('FUEL', 'MISCELLANEOUS') GROUP BY ALL", []by{{dimension: "household.age"}}},
		{"redemptions_per_1000", "WITH a AS (SELECT date_trunc('month', redemption_date)::DATE AS m, count(*) AS n FROM r GROUP BY ALL), b AS (SELECT date_trunc('month', transaction_timestamp)::DATE AS m, count(DISTINCT household_id) AS n FROM t GROUP BY ALL) SELECT m, 1000.0 * coalesce(a.n, 0) / b.n FROM a FULL JOIN b USING (m)", []by{{grain: "month"}}},
		{"coupons_offered", "SELECT cd.campaign_type, count(DISTINCT coupon_upc) FROM cp LEFT JOIN cd USING (campaign_id) GROUP BY ALL", []by{{dimension: "campaign.campaign_type"}}},
		{"private_label_share", "SELECT date_trunc('quarter', transaction_timestamp)::DATE, sum(sales_value) FILTER (WHERE p.brand = 'Private')::DOUBLE / sum(sales_value)::DOUBLE FROM t LEFT JOIN p USING (product_id) GROUP BY ALL", []by{{grain: "quarter"}}},
	} {
		want := askSQL(t, db, c.sql)
		for _, bad := range compareCells(j.query(request(c.metric, c.keys)).cells(), want) {
			t.Errorf("%s by %v: %s", c.metric, c.keys, bad)
		}
	}
}

// askSQL runs a statement with one key and one value.
func askSQL(t *testing.T, db *sql.DB, statement string) map[string]*float64 {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]*float64{}
	for rows.Next() {
		var key any
		var value sql.NullFloat64
		var raw any
		if err := rows.Scan(&key, &raw); err != nil {
			t.Fatal(err)
		}
		if err := value.Scan(fmt.Sprint(raw)); err != nil {
			t.Fatalf("%v: %v", raw, err)
		}
		if d, ok := key.(time.Time); ok {
			key = d.Format(time.DateOnly)
		}
		out[groupKey([]any{key})] = &value.Float64
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
