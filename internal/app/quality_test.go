package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/quality"
	"lodestar/internal/semantic"
)

// keptRuns is a store in memory.
type keptRuns struct{ runs []quality.Run }

func (k *keptRuns) Put(_ context.Context, r quality.Run, _ int) error {
	k.runs = append([]quality.Run{r}, k.runs...)
	return nil
}
func (k *keptRuns) Newest(context.Context) ([]quality.Run, error) { return nil, nil }
func (k *keptRuns) Runs(context.Context, string, int) ([]quality.Run, error) {
	return k.runs, nil
}

var checker = access.Actor{Name: "mei", Role: access.Editor}

func (b *queryBench) quality(asOf time.Time) *quality.Service {
	b.t.Helper()
	s, err := quality.New(b.t.Context(), quality.Config{Warehouse: b, Model: func() *semantic.Model { return b.model }, Store: &keptRuns{},
		AsOf: func(context.Context) (time.Time, error) { return asOf, nil }, Now: func() time.Time { return b.now }})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// emptyText is how a cell holds a text of nothing; "" is NULL.
const emptyText = "\x1f"

// oddTexts are values that engines could take for one another, or for none.
var oddTexts = []string{"", "", emptyText, " ", "  ", "a", "A", "á", "a ", "中文", "中", "ß", "😀", "a\nb", "%", "a'b", `a"b\`, "2026", "x1", "x22"}

// qualityWorld is made-up rows of two datasets with definitions of rules.
type qualityWorld struct {
	orders [][]string // id, code, store, amount, share, day, at, flag
	stores [][]string // store, name
	rules  []semantic.QualityRule
}

var orderColumns = []semantic.Column{{Name: "id", Type: expr.Integer}, {Name: "code", Type: expr.String}, {Name: "store", Type: expr.Integer},
	{Name: "amount", Type: expr.Decimal, Precision: 12, Scale: 2}, {Name: "part", Type: expr.Float}, {Name: "day", Type: expr.Date},
	{Name: "at", Type: expr.Timestamp}}

func drawWorld(r *rand.Rand) qualityWorld {
	var w qualityWorld
	maybe := func(s string) string {
		if r.IntN(5) == 0 {
			return ""
		}
		return s
	}
	for i := range r.IntN(40) {
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(60))
		w.orders = append(w.orders, []string{fmt.Sprint(i), oddTexts[r.IntN(len(oddTexts))], maybe(fmt.Sprint(r.IntN(6))),
			maybe(fmt.Sprintf("%d.%02d", r.IntN(5)-2, r.IntN(100))), maybe(fmt.Sprint(float64(r.IntN(8)) / 4)),
			maybe(day.Format(time.DateOnly)), maybe(day.Add(time.Duration(r.IntN(86400)) * time.Second).Format(time.DateTime))})
	}
	for i := range 4 {
		w.stores = append(w.stores, []string{fmt.Sprint(i + r.IntN(2)*3), oddTexts[5+r.IntN(10)]})
	}
	slices.SortFunc(w.stores, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	w.stores = slices.CompactFunc(w.stores, func(a, b []string) bool { return a[0] == b[0] })
	filters := []string{"", "", "store > 2", "code = 'a'", "amount is not null", "not (code like 'a%')"}
	add := func(q semantic.QualityRule) {
		q.Name = fmt.Sprintf("r%d", len(w.rules))
		q.Where = filters[r.IntN(len(filters))]
		q.Allow = []float64{0, 0, 0.1, 0.5}[r.IntN(4)]
		w.rules = append(w.rules, q)
	}
	for range 2 {
		add(semantic.QualityRule{Rule: "not_null", Column: orderColumns[1+r.IntN(6)].Name})
		add(semantic.QualityRule{Rule: "not_null", Columns: []string{"code", "amount"}})
		add(semantic.QualityRule{Rule: "unique", Column: orderColumns[r.IntN(7)].Name})
		add(semantic.QualityRule{Rule: "unique", Columns: []string{"code", "store"}})
		add(semantic.QualityRule{Rule: "foreign_key", Relationship: "shop"})
		add(semantic.QualityRule{Rule: "range", Column: "amount", Min: "-1.25", Max: fmt.Sprint(r.IntN(3))})
		add(semantic.QualityRule{Rule: "range", Column: "day", Max: "2026-02-0" + fmt.Sprint(1+r.IntN(8))})
		add(semantic.QualityRule{Rule: "range", Column: "part", Min: "0.5"})
		add(semantic.QualityRule{Rule: "set", Column: "code", Values: []string{"a", "中文", "a'b", "😀"}})
		add(semantic.QualityRule{Rule: "set", Column: "store", Values: []string{"1", "2", "5"}})
		add(semantic.QualityRule{Rule: "pattern", Column: "code", Pattern: []string{"[a-z]+", ".*", "x[0-9]{2}", "(?i)A", `\p{Han}+`, "a|b", "", "(?s).*"}[r.IntN(7)] + ""})
		add(semantic.QualityRule{Rule: "expression", Expr: []string{"amount >= part", "length(code) < 3", "hour(at) < 12", "store in (1, 2) or amount > 0", "day = date(at)"}[r.IntN(5)]})
	}
	for i := range w.rules {
		if w.rules[i].Rule == "pattern" && w.rules[i].Pattern == "" {
			w.rules[i].Pattern = "a?"
		}
	}
	return w
}

func (w qualityWorld) define(b *queryBench, zone string) {
	b.t.Helper()
	b.define([]*catalog.Resource{
		{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"}, Spec: &semantic.WorkspaceSpec{Zone: zone}},
		{Kind: "Dataset", Metadata: catalog.Metadata{Name: "orders"}, Spec: &semantic.DatasetSpec{Columns: orderColumns, PrimaryKey: []string{"id"}, Time: "at",
			Relationships: []semantic.Relationship{{Name: "shop", To: "stores", Columns: map[string]string{"store": "store"}, Cardinality: "many_to_one"}},
			Quality:       w.rules}},
		{Kind: "Dataset", Metadata: catalog.Metadata{Name: "stores"}, Spec: &semantic.DatasetSpec{PrimaryKey: []string{"store"},
			Columns: []semantic.Column{{Name: "store", Type: expr.Integer}, {Name: "name", Type: expr.String}}}}})
	b.fill("orders", w.orders)
	b.fill("stores", w.stores)
}

// bruteRow reads a row in Go; nil is no value.
func bruteRow(row []string, zone *time.Location) map[string]any {
	out := map[string]any{}
	for i, c := range orderColumns {
		if row[i] == "" {
			continue
		}
		switch c.Type {
		case expr.String:
			out[c.Name] = strings.ReplaceAll(row[i], emptyText, "")
		case expr.Timestamp:
			at, _ := parseStamp(row[i])
			out[c.Name] = at.In(zone)
		case expr.Date:
			out[c.Name] = row[i]
		default:
			var f float64
			fmt.Sscan(row[i], &f)
			out[c.Name] = f
		}
	}
	return out
}

func bruteFilter(where string, v map[string]any) bool {
	code, hasCode := v["code"].(string)
	store, hasStore := v["store"].(float64)
	switch where {
	case "store > 2":
		return hasStore && store > 2
	case "code = 'a'":
		return code == "a"
	case "amount is not null":
		return v["amount"] != nil
	case "not (code like 'a%')":
		return hasCode && !strings.HasPrefix(code, "a")
	}
	return true
}

// bruteExpression says whether a row breaks one of the expressions drawn, and
// whether that is known: of a comparison with nothing it is not.
func bruteExpression(src string, v map[string]any) (broken, known bool) {
	amount, hasAmount := v["amount"].(float64)
	part, hasPart := v["part"].(float64)
	code, hasCode := v["code"].(string)
	store, hasStore := v["store"].(float64)
	at, hasAt := v["at"].(time.Time)
	day, hasDay := v["day"].(string)
	switch src {
	case "amount >= part":
		return amount < part, hasAmount && hasPart
	case "length(code) < 3":
		return len([]rune(code)) >= 3, hasCode
	case "hour(at) < 12":
		return at.Hour() >= 12, hasAt
	case "store in (1, 2) or amount > 0":
		inSet := hasStore && (store == 1 || store == 2)
		return !inSet && amount <= 0, inSet || hasAmount && amount > 0 || hasStore && hasAmount
	}
	return day != at.Format(time.DateOnly), hasDay && hasAt
}

// brute counts in Go: rows looked at and rows that break the rule.
func (w qualityWorld) brute(q semantic.QualityRule, zone *time.Location) (checked, broken int64) {
	stores := map[float64]bool{}
	for _, s := range w.stores {
		var f float64
		fmt.Sscan(s[0], &f)
		stores[f] = true
	}
	seen := map[string]bool{}
	keys := q.Columns
	if q.Column != "" {
		keys = []string{q.Column}
	}
	for _, row := range w.orders {
		v := bruteRow(row, zone)
		if !bruteFilter(q.Where, v) {
			continue
		}
		bad, known := false, true
		switch q.Rule {
		case "not_null":
			for _, k := range keys {
				s, isText := v[k].(string)
				bad = bad || v[k] == nil || isText && strings.Trim(s, " ") == "" && k == "code"
			}
		case "unique":
			id, whole := "", true
			for _, k := range keys {
				whole = whole && v[k] != nil
				id += fmt.Sprintf("%q|", fmt.Sprint(v[k]))
			}
			if !whole {
				continue
			}
			bad, seen[id] = seen[id], true
		case "foreign_key":
			s, ok := v["store"].(float64)
			if !ok {
				continue
			}
			bad = !stores[s]
		case "range":
			bad = bruteOutside(v[q.Column], q.Min, q.Max)
		case "set":
			s := strings.TrimSuffix(fmt.Sprint(v[q.Column]), ".0")
			bad = v[q.Column] != nil && !slices.Contains(q.Values, s)
		case "pattern":
			s, ok := v[q.Column].(string)
			bad = ok && !regexp.MustCompile(`\A(?:`+q.Pattern+`)\z`).MatchString(s)
		case "expression":
			bad, known = bruteExpression(q.Expr, v)
		}
		if slices.Contains([]string{"range", "set", "pattern"}, q.Rule) {
			known = v[q.Column] != nil
		}
		if !known {
			continue
		}
		checked++
		if bad {
			broken++
		}
	}
	return checked, broken
}

func bruteOutside(v any, least, most string) bool {
	switch v := v.(type) {
	case string:
		return least != "" && v < least || most != "" && v > most
	case float64:
		var a, b float64
		fmt.Sscan(least, &a)
		fmt.Sscan(most, &b)
		return least != "" && v < a || most != "" && v > b
	}
	return false
}

// TestQualityAgainstBruteForce: every rule over one row, keys and relations, on
// rows with NULLs, empty texts, blanks, duplicates and all kinds of letters.
func TestQualityAgainstBruteForce(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	rounds := 25
	if engineOf(t) != nil {
		rounds = 6
	}
	compared, found := 0, map[string]int{}
	for round := range rounds {
		w := drawWorld(rand.New(rand.NewPCG(uint64(round), 7)))
		zone := []string{"UTC", "Asia/Shanghai", "America/New_York"}[round%3]
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		w.define(b, zone)
		run, err := b.quality(b.now).Run(t.Context(), checker, "orders")
		if err != nil {
			t.Fatal(err)
		}
		if len(run.Results) != len(w.rules) {
			t.Fatalf("%d results for %d rules", len(run.Results), len(w.rules))
		}
		for i, q := range w.rules {
			checked, broken := w.brute(q, loc)
			got := run.Results[i]
			state := quality.Kept
			switch {
			case checked == 0:
				state = quality.Unknown
			case float64(broken)/float64(checked) > q.Allow:
				state = quality.Broken
			}
			if got.Checked != checked || got.Broken != broken || got.State != state {
				t.Errorf("round %d, %+v:\n got %d of %d, %s\nwant %d of %d, %s\n%q", round, q, got.Broken, got.Checked, got.State, broken, checked, state, w.orders)
			}
			if examples := got.Examples != nil && len(got.Examples.Rows) > 0; examples != (broken > 0) {
				t.Errorf("round %d, %+v: %d broken, examples %v", round, q, broken, got.Examples)
			}
			compared++
			found[q.Rule] += int(broken)
		}
	}
	for _, rule := range []string{"not_null", "unique", "foreign_key", "range", "set", "pattern", "expression"} {
		if found[rule] == 0 {
			t.Errorf("no row ever broke %s", rule)
		}
	}
	t.Logf("%d verdicts", compared)
}
