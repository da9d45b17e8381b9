package ingest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"lodestar/internal/expr"
)

// records counts the records of a CSV file without this package's splitter.
func recordsOf(t *testing.T, path string) int64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	n := int64(-1) // the header
	for {
		_, err := r.Read()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
}

// TestRealFilesLoadAsDetected takes a retail chain's files through the steps
// of a new user: upload, detect, accept, load.
func TestRealFilesLoadAsDetected(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, want := range map[string]string{
		"campaign_descriptions": "campaign_id:string campaign_type:string start_date:date end_date:date",
		"campaigns":             "campaign_id:string household_id:string",
		"coupon_redemptions":    "household_id:string coupon_upc:string campaign_id:string redemption_date:date",
		"coupons":               "coupon_upc:string product_id:string campaign_id:string",
		"demographics":          "household_id:string age:string income:string home_ownership:string marital_status:string household_size:string household_comp:string kids_count:string",
		"products":              "product_id:string manufacturer_id:string department:string brand:string product_category:string product_type:string package_size:string",
		"promotions_sample":     "product_id:string store_id:string display_location:string mailer_location:string week_value:integer",
		"transactions_sample": "household_id:string store_id:string basket_id:string product_id:string quantity:integer sales_value:decimal " +
			"retail_disc:decimal coupon_disc:decimal coupon_match_disc:decimal week_value:integer transaction_timestamp:timestamp",
	} {
		path := shared(t, "completejourney", name+".csv")
		u, err := b.Adopt(t.Context(), editor, path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := b.Detect(t.Context(), editor, DetectRequest{Upload: u.ID})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, c := range d.Columns {
			got = append(got, c.Name+":"+string(c.Type))
		}
		// Files in which every value is in quotes say nothing about types.
		if s := strings.Join(got, " "); s != want && !strings.Contains("campaigns coupons demographics products", name) {
			t.Errorf("%s:\n got %s\nwant %s", name, s, want)
		}
		b.define(name, *d.Spec)
		l := b.start(LoadRequest{Upload: u.ID, Dataset: name})
		// One sale of 4.440892e-16 dollars does not fit a decimal.
		rejected := map[string]int64{"transactions_sample": 1}[name]
		if n := recordsOf(t, path); l.State != Done || l.Records != n || l.Rejected != rejected {
			rejects, err := b.Rejects(t.Context(), editor, name, 0, 3)
			t.Errorf("%s: %d of %d records, %d rejected, %+v; %+v, %v", name, l.Records, n, l.Rejected, l.Error, rejects, err)
		}
	}
	sum := b.query("SELECT CAST(sum(sales_value) AS VARCHAR) FROM " + b.table("transactions_sample"))
	if got, want := sum[0], sumOf(t, shared(t, "completejourney", "transactions_sample.csv"), 5); got != want {
		t.Errorf("sum of sales %s, want %s", got, want)
	}
	suggestions, err := b.SuggestRelations(t.Context(), editor, []string{"products", "transactions_sample"})
	if err != nil || len(suggestions) != 1 || suggestions[0].Share < 0.95 || suggestions[0].Columns["product_id"] != "product_id" {
		t.Errorf("suggestions %+v, %v", suggestions, err)
	}
	// Only a third of the households told anything of themselves.
	suggestions, err = b.SuggestRelations(t.Context(), editor, []string{"demographics", "transactions_sample"})
	if err != nil || len(suggestions) != 1 || suggestions[0].From != "transactions_sample" || suggestions[0].Share > 0.5 {
		t.Errorf("suggestions %+v, %v", suggestions, err)
	}
}

func (b *bench) table(dataset string) string {
	b.t.Helper()
	state, ok, err := b.db.State(b.t.Context(), dataset)
	if err != nil || !ok {
		b.t.Fatalf("%s: %v %v", dataset, ok, err)
	}
	return state.Table
}

// sumOf adds up a column of numbers with two decimals, in cents.
func sumOf(t *testing.T, path string, index int) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, r := range all[1:] {
		if strings.Contains(r[index], "e-16") {
			continue
		}
		whole, cents, _ := strings.Cut(r[index], ".")
		n, err := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return fmt.Sprintf("%d.%02d", total/100, total%100)
}

func TestRunsOfBlanksAndCompactDates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	u, err := b.Adopt(t.Context(), editor, shared(t, "cdnow", "CDNOW_master.txt"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Detect(t.Context(), editor, DetectRequest{Upload: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	if d.Format.Delimiter != "blanks" || len(d.Columns) != 4 || d.Columns[0].Type != expr.String ||
		d.Columns[1].Type != expr.Date || d.Columns[1].Format != "%Y%m%d" || d.Columns[3].Type != expr.Decimal {
		t.Fatalf("%+v %+v", d.Format, d.Columns)
	}
	b.define("purchases", *d.Spec)
	l := b.start(LoadRequest{Upload: u.ID, Dataset: "purchases"})
	if l.State != Done || l.Loaded != 69_659 || l.Rejected != 0 {
		t.Fatalf("%+v %+v", l, l.Error)
	}
	got := b.query("SELECT count(DISTINCT customer_id) || ' ' || min(\"" + d.Columns[1].Name + "\") || ' ' || max(\"" + d.Columns[1].Name + "\") FROM " + b.table("purchases"))
	if got[0] != "23570 1997-01-01 1998-06-30" {
		t.Errorf("%q", got)
	}
}
