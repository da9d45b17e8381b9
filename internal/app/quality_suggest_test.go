package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/quality"
	"lodestar/internal/semantic"
)

// TestSuggestedRulesHold: whatever is suggested of made-up rows is kept by
// them, what was planted is suggested, and what is there already is not.
func TestSuggestedRulesHold(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	spec := func(rules []semantic.QualityRule) []*catalog.Resource {
		return []*catalog.Resource{
			{Kind: "Dataset", Metadata: catalog.Metadata{Name: "visits"}, Spec: &semantic.DatasetSpec{Columns: []semantic.Column{
				{Name: "id", Type: expr.Integer}, {Name: "phone", Type: expr.String}, {Name: "kind", Type: expr.String},
				{Name: "cost", Type: expr.Decimal, Precision: 12, Scale: 2}, {Name: "shift", Type: expr.Float}, {Name: "store", Type: expr.Integer}, {Name: "note", Type: expr.String}},
				Relationships: []semantic.Relationship{{Name: "shop", To: "stores", Columns: map[string]string{"store": "store"}, Cardinality: "many_to_one"}}, Quality: rules}},
			{Kind: "Dataset", Metadata: catalog.Metadata{Name: "stores"}, Spec: &semantic.DatasetSpec{PrimaryKey: []string{"store"}, Columns: []semantic.Column{{Name: "store", Type: expr.Integer}}}}}
	}
	planted := []string{"not_null id", "unique id", "pattern phone", "set kind", "range cost", "foreign_key shop"}
	for round := range 10 {
		r := rand.New(rand.NewPCG(uint64(round), 9))
		b.define(spec(nil))
		var rows [][]string
		for i := range 120 + r.IntN(200) {
			store := fmt.Sprint(r.IntN(5))
			if i == 7 && round%2 == 1 {
				store = "77" // one stray of more than a hundred
			}
			rows = append(rows, []string{fmt.Sprint(i), fmt.Sprintf("13%09d", r.IntN(1e9)), []string{"a", "中文", "c'd", ""}[r.IntN(4)], fmt.Sprintf("%d.50", r.IntN(90)),
				fmt.Sprint(r.NormFloat64()), store, oddTexts[r.IntN(len(oddTexts))]})
		}
		b.fill("visits", rows)
		b.fill("stores", [][]string{{"0"}, {"1"}, {"2"}, {"3"}, {"4"}})
		found, err := b.quality(b.now).Suggest(t.Context(), checker, "visits")
		if err != nil {
			t.Fatal(err)
		}
		var rules []semantic.QualityRule
		var names []string
		for _, s := range found {
			rules = append(rules, s.Rule)
			names = append(names, s.Rule.Rule+" "+s.Rule.Column+s.Rule.Relationship)
			if s.Evidence.ZH == "" || strings.Contains(s.Evidence.EN, "{") || !strings.HasPrefix(s.YAML, "- {") {
				t.Errorf("%+v", s)
			}
		}
		for _, p := range planted {
			if !slices.Contains(names, p) {
				t.Errorf("round %d: %s is not among %v", round, p, names)
			}
		}
		if slices.Contains(names, "range shift") || slices.Contains(names, "not_null note") || slices.Contains(names, "unique kind") {
			t.Errorf("round %d: %v", round, names)
		}
		b.define(spec(rules))
		run, err := b.quality(b.now).Run(t.Context(), checker, "visits")
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range run.Results {
			if x.State != quality.Kept {
				t.Errorf("round %d: suggested, but %+v", round, x)
			}
		}
		again, err := b.quality(b.now).Suggest(t.Context(), checker, "visits")
		if err != nil || len(again) != 0 {
			t.Errorf("round %d: suggested again: %v, %v", round, again, err)
		}
	}
}

// reporters makes days of reports by n reporters; plant changes those of the
// first.
func reporters(r *rand.Rand, n, days int, plant func(day int, value float64, last string) (string, time.Duration, bool)) [][]string {
	var rows [][]string
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		level, last := 50+r.Float64()*400, ""
		for day := range days {
			if r.IntN(25) == 0 {
				continue // everybody misses a day now and then
			}
			value := max(1, level*(1+0.25*r.NormFloat64()))
			text, lag := fmt.Sprintf("%.0f", value), time.Duration(r.IntN(12))*time.Hour
			if r.IntN(20) == 0 {
				lag += 30 * time.Hour
			}
			if i == 0 && plant != nil {
				var there bool
				if text, lag, there = plant(day, value, last); !there {
					continue
				}
			}
			at := start.AddDate(0, 0, day)
			rows = append(rows, []string{fmt.Sprintf("店%02d", i), at.Format(time.DateOnly), text, at.Add(20*time.Hour + lag - 20*time.Hour).Format(time.DateTime)})
			last = text
		}
	}
	return rows
}

// TestManualEntry: planted habits are found with their kind and reporter, and
// honest reports are hardly ever remarked on.
func TestManualEntry(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	b.define([]*catalog.Resource{{Kind: "Dataset", Metadata: catalog.Metadata{Name: "reports"}, Spec: &semantic.DatasetSpec{Time: "day", Columns: []semantic.Column{
		{Name: "store", Type: expr.String}, {Name: "day", Type: expr.Date}, {Name: "sold", Type: expr.Integer}, {Name: "entered", Type: expr.Timestamp}}}}})
	ask := func(rows [][]string) quality.EntryReport {
		t.Helper()
		b.fill("reports", rows)
		report, err := b.quality(b.now).Entries(t.Context(), checker, quality.EntryRequest{Dataset: "reports", Reporter: "store", Value: "sold", Entered: "entered"})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	whole := func(v float64) string { return fmt.Sprintf("%.0f", v) }
	for kind, plant := range map[string]func(int, float64, string) (string, time.Duration, bool){
		"round": func(_ int, v float64, _ string) (string, time.Duration, bool) { return whole(v/10) + "0", 0, true },
		"repeated": func(day int, v float64, last string) (string, time.Duration, bool) {
			if day%2 == 1 && last != "" {
				return last, 0, true
			}
			return whole(v), 0, true
		},
		"same_value": func(day int, v float64, _ string) (string, time.Duration, bool) {
			if day%2 == 0 {
				return "101", 0, true
			}
			return whole(v), 0, true
		},
		"late":    func(_ int, v float64, _ string) (string, time.Duration, bool) { return whole(v), 72 * time.Hour, true },
		"missing": func(day int, v float64, _ string) (string, time.Duration, bool) { return whole(v), 0, day%2 == 0 },
	} {
		report := ask(reporters(rand.New(rand.NewPCG(3, 3)), 20, 60, plant))
		if len(report.Remarks) == 0 || report.Remarks[0].Kind != kind || report.Remarks[0].Reporter != "店00" {
			t.Errorf("%s: %+v", kind, report.Remarks)
			continue
		}
		for _, x := range report.Remarks {
			if x.Reporter != "店00" || strings.Contains(x.Text.EN, "{") || strings.Contains(x.Text.ZH, "造假") {
				t.Errorf("%s: %+v", kind, x)
			}
		}
	}
	alarms, honest := 0, 150
	for seed := range honest {
		if report := ask(reporters(rand.New(rand.NewPCG(uint64(seed), 4)), 20, 60, nil)); len(report.Remarks) > 0 {
			alarms++
			t.Logf("honest, but %+v", report.Remarks)
		}
	}
	t.Logf("%d of %d honest reports of 20 reporters had a remark", alarms, honest)
	if alarms > 5 { // one in a hundred is meant; more than 5 of 150 has a chance below 1 %
		t.Errorf("%d of %d honest reports had remarks", alarms, honest)
	}
}

// TestManualEntryZones: days are those of the workspace, and what is entered in
// the evening of its day is not late, far from Greenwich.
func TestManualEntryZones(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	for _, c := range []struct {
		zone string
		of   expr.Type
	}{{"Asia/Shanghai", expr.Timestamp}, {"Asia/Shanghai", expr.Date}, {"America/Los_Angeles", expr.Timestamp}, {"America/Los_Angeles", expr.Date}} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		b.define([]*catalog.Resource{{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"}, Spec: &semantic.WorkspaceSpec{Zone: c.zone}},
			{Kind: "Dataset", Metadata: catalog.Metadata{Name: "reports"}, Spec: &semantic.DatasetSpec{Time: "at", Columns: []semantic.Column{
				{Name: "store", Type: expr.String}, {Name: "at", Type: c.of}, {Name: "sold", Type: expr.Integer}, {Name: "entered", Type: expr.Timestamp}}}}})
		var rows [][]string
		for day := range 60 { // one reports at eight or nine, around the midnight of Greenwich, the others at noon
			for store := range 5 {
				hour := 12
				if store == 0 {
					hour = []int{7, 9, 15, 17}[day%4]
				}
				at := time.Date(2026, 3, 1+day, hour, 0, 0, 0, loc)
				of := at.UTC().Format(time.DateTime)
				if c.of == expr.Date {
					of = at.Format(time.DateOnly)
					if store == 1 {
						at = time.Date(2026, 3, 1+day, 22, 0, 0, 0, loc)
					}
				}
				rows = append(rows, []string{fmt.Sprint("s", store), of, fmt.Sprint(100 + (day*7+store*3)%41), at.Add(time.Hour).UTC().Format(time.DateTime)})
			}
		}
		b.fill("reports", rows)
		report, err := b.quality(b.now).Entries(t.Context(), checker, quality.EntryRequest{Dataset: "reports", Reporter: "store", Value: "sold", Entered: "entered"})
		if err != nil || report.Days != 60 || len(report.Remarks) > 0 {
			t.Errorf("%s, %s: %d days, %+v %v", c.zone, c.of, report.Days, report.Remarks, err)
		}
		for _, f := range report.Figures {
			if f.Missing != 0 {
				t.Errorf("%s, %s: %+v", c.zone, c.of, f)
			}
		}
	}
}

// TestSuggestedPatterns: what is suggested holds for all rows, not only for the
// values that were looked at or for each of them once.
func TestSuggestedPatterns(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	b.define([]*catalog.Resource{{Kind: "Dataset", Metadata: catalog.Metadata{Name: "codes"}, Spec: &semantic.DatasetSpec{
		Columns: []semantic.Column{{Name: "often", Type: expr.String}, {Name: "late", Type: expr.String}, {Name: "rare", Type: expr.String}}}}})
	var rows [][]string
	for i := range 6000 {
		row := []string{"n/a", "zz late " + fmt.Sprint(i), fmt.Sprintf("A-%d", i)}
		if i < 3000 {
			row[0], row[1] = fmt.Sprintf("A-%d", i), fmt.Sprintf("A-%d", i)
		}
		if i == 17 {
			row[2] = "odd"
		}
		rows = append(rows, row)
	}
	b.fill("codes", rows)
	found, err := b.quality(b.now).Suggest(t.Context(), checker, "codes")
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for _, s := range found {
		if s.Rule.Rule == semantic.RulePattern {
			patterns = append(patterns, fmt.Sprint(s.Rule.Column, " ", s.Rule.Allow > 0))
		}
	}
	if !slices.Equal(patterns, []string{"rare true"}) {
		t.Errorf("%v", patterns)
	}
}

// TestNothingToJudge: rules say nothing of a table without rows or a column
// without values, shares are of rows with a value, and a rule whose numbers are
// too large does not take the others with it.
func TestNothingToJudge(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	rules := []semantic.QualityRule{{Rule: "not_null", Column: "n"}, {Rule: "unique", Column: "n"}, {Rule: "range", Column: "n", Min: "0", Allow: 0.2},
		{Rule: "set", Column: "s", Values: []string{"a"}}, {Rule: "pattern", Column: "s", Pattern: "a"}, {Rule: "expression", Expr: "n > 0"},
		{Rule: "expression", Name: "large", Expr: "n * 9223372036854775807 * 9223372036854775807 * 9223372036854775807 > 0"}, {Rule: "freshness", Within: "1 day"}}
	b.define([]*catalog.Resource{{Kind: "Dataset", Metadata: catalog.Metadata{Name: "few"}, Spec: &semantic.DatasetSpec{
		Columns: []semantic.Column{{Name: "n", Type: expr.Integer}, {Name: "s", Type: expr.String}}, Quality: rules}}})
	states := func(rows [][]string) (out []string, score *float64) {
		t.Helper()
		b.fill("few", rows)
		s := b.quality(b.now)
		run, err := s.Run(t.Context(), checker, "few")
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range run.Results {
			out = append(out, x.State[:1])
			if x.State == quality.Unknown && (x.Note.EN == "" || x.Note.ZH == "") {
				t.Errorf("no word on why: %+v", x)
			}
		}
		return out, s.DatasetScore(b.model.Dataset("few")).Value
	}
	if got, score := states(nil); strings.Join(got, "") != "uuuuuuuu" || score != nil {
		t.Errorf("no rows: %v %v", got, score)
	}
	var rows [][]string
	for i := range 100 { // ten values, three of them wrong
		n := ""
		if i < 10 {
			n = fmt.Sprint(i + 1)
		}
		if i < 3 {
			n = fmt.Sprint(-i - 1)
		}
		rows = append(rows, []string{n, ""})
	}
	if got, _ := states(rows); strings.Join(got, "") != "bkbuubuk" {
		t.Errorf("%v", got)
	}
}
