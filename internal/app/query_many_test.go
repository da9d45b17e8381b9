package app_test

import (
	"slices"
	"strings"
	"testing"

	"lodestar/internal/query"
)

// badges lists the badges of a sale's person, each a row of values; one without
// values when there is none.
func (w *relWorld) badges(fact map[string]any) []map[string]any {
	var out []map[string]any
	if person := w.find(fact, "person", fact, false); person != nil {
		for _, wear := range w.rows["wears"] {
			if wear["clerk"] != person["clerk"] {
				continue
			}
			found := map[string]any{}
			for _, b := range w.rows["badges"] {
				if wear["badge"] != nil && b["badge"] == wear["badge"] {
					found = b
				}
			}
			out = append(out, found)
		}
	}
	if len(out) == 0 {
		out = append(out, map[string]any{})
	}
	return out
}

// askMany compares a question about a many-to-many relationship: a sale counts
// once in each group of badges that satisfy the condition.
func (w *relWorld) askMany(t *testing.T, b *queryBench) {
	d := w.rng
	conds := []struct {
		text  string
		badge func(map[string]any) bool // nil for any
		none  func(map[string]any) bool // no badge may be so
	}{
		{text: ""},
		{text: "person.badges.kind = 'g'", badge: func(r map[string]any) bool { return r["kind"] == "g" }},
		{text: "person.badges.kind <> 'g' and person.badges.badge >= 1", badge: func(r map[string]any) bool {
			n, ok := r["badge"].(int)
			return r["kind"] != nil && r["kind"] != "g" && ok && n >= 1
		}},
		{text: "person.badges.badge is null", badge: func(r map[string]any) bool { return r["badge"] == nil }},
		{text: "not (person.badges.kind = 'g')", none: func(r map[string]any) bool { return r["kind"] == "g" }},
	}
	cond := conds[d.IntN(len(conds))]
	fact := d.pick("", "part.size >= 1", "person.sales >= 2", "clerk_then.grade = 'p'")
	r := query.Request{Metrics: []query.MetricRef{{Metric: "sold"}, {Metric: "sales"}, {Metric: "senior"}}, Where: cond.text}
	if fact != "" && r.Where != "" {
		r.Where += " and "
	}
	r.Where += fact
	var keys []string
	for _, k := range []string{"badge", "kind"} {
		if d.one(2) {
			keys = append(keys, k)
			r.By = append(r.By, query.By{Dimension: "person.badges." + k})
		}
	}
	if d.one(2) {
		r.By = append(r.By, query.By{Dimension: "part.size"})
	}
	bags := map[string]map[string][]map[string]any{"sold": {}, "sales": {}, "senior": {}}
	groups := map[string]bool{}
	if len(r.By) == 0 {
		groups[""] = true
	}
	for _, s := range w.rows["sales"] {
		badges := w.badges(s)
		if !w.holds(s, fact, false) || cond.none != nil && slices.ContainsFunc(badges, cond.none) {
			continue
		}
		mine := map[string]bool{}
		for _, badge := range badges {
			if cond.badge != nil && !cond.badge(badge) {
				continue
			}
			var parts []string
			for _, k := range keys {
				parts = append(parts, keyCell(badge[k]))
			}
			if len(r.By) > len(keys) {
				parts = append(parts, keyCell(w.value(s, "part.size", false)))
			}
			mine[strings.Join(parts, "|")] = true
		}
		for g := range mine {
			groups[g] = true
			for name := range bags {
				if w.holds(s, relMetrics[name].where, false) {
					bags[name][g] = append(bags[name][g], s)
				}
			}
		}
	}
	want := map[string][]any{}
	for g := range groups {
		for _, name := range []string{"sold", "sales", "senior"} {
			want[g] = append(want[g], relMetrics[name].m.aggregate(bags[name][g]))
		}
	}
	w.compare(t, b, r, len(r.By), want, nil)
}
