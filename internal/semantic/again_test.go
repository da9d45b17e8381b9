package semantic_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

// changing is a set of definitions that is edited at random, badly at times.
type changing struct {
	*rand.Rand
	set map[string]*catalog.Resource
	t   *testing.T
}

func (c *changing) pick(list ...string) string { return list[c.IntN(len(list))] }

func (c *changing) metric() string { return fmt.Sprintf("m%d", c.IntN(12)) }

// put writes a definition as YAML and takes the place of one of its name.
func (c *changing) put(kind, name, spec string) {
	rs, _ := catalog.Decode("x.yaml", fmt.Appendf(nil, "kind: %s\nmetadata: {name: %s, title: %s}\nspec: %s\n", kind, name,
		c.pick("One", "Two"), spec), semantic.Kinds())
	if len(rs) != 1 {
		c.t.Fatalf("%s %s is no definition", kind, spec)
	}
	r := *rs[0]
	if old := c.set[kind+name]; old != nil {
		r.Revision = old.Revision + 1
	}
	c.set[kind+name] = &r
}

func (c *changing) edit() {
	switch c.IntN(14) {
	case 0:
		c.put("Dataset", "sales", "{columns: [{name: at, type: timestamp}, {name: shop, type: integer}, {name: amount, type: decimal}, {name: "+
			c.pick("kind", "sort")+", type: string}], time: at, relationships: [{name: shop, to: "+c.pick("shops", "shops", "nowhere")+
			", columns: {shop: shop}, cardinality: many_to_one}]}")
	case 1:
		dim := ""
		if c.IntN(4) == 0 { // datasets and metrics then need each other
			dim = ", dimensions: [{name: turnover, metric: " + c.metric() + ", by: shop}]"
		}
		c.put("Dataset", "shops", "{columns: [{name: shop, type: integer}, {name: region, type: string}], primaryKey: [shop]"+dim+"}")
	case 2:
		c.put("Workspace", "workspace", "{zone: "+c.pick("UTC", "Asia/Shanghai")+"}")
	case 3:
		c.put("Rollup", "kept", "{dataset: "+c.pick("sales", "gone")+", grain: day, dimensions: [shop.region], metrics: ["+c.metric()+"]}")
	case 4, 5:
		for _, key := range slices.Sorted(func(yield func(string) bool) {
			for k := range c.set {
				if !yield(k) {
					return
				}
			}
		}) {
			if c.IntN(8) == 0 {
				delete(c.set, key)
			}
		}
	case 6, 7, 8:
		c.put("Metric", c.metric(), c.pick(`{type: simple, dataset: sales, agg: sum, expr: amount}`,
			`{type: simple, dataset: sales, agg: count, where: "kind = 'a'"}`, `{type: simple, dataset: shops, agg: count}`,
			`{type: simple, dataset: sales, agg: sum, expr: amuont}`, `{type: simple, dataset: sales, agg: sum, expr: amount, where: "shop.region = 'x'"}`))
	case 9, 10:
		c.put("Metric", c.metric(), fmt.Sprintf(`{type: derived, expr: "%s / %s"}`, c.metric(), c.metric()))
	case 11:
		c.put("Metric", c.metric(), fmt.Sprintf(`{type: ratio, numerator: {metric: %s, where: "shop.region = 'x'"}, denominator: {metric: %s}}`, c.metric(), c.metric()))
	case 12:
		c.put("Metric", c.metric(), fmt.Sprintf(`{type: cumulative, metric: %s, window: 7 days}`, c.metric()))
	default:
		c.put("Metric", c.metric(), fmt.Sprintf(`{type: conversion, base: {metric: %s}, conversion: {metric: %s}, entity: shop, window: 7 days}`, c.metric(), c.metric()))
	}
}

// resources are copies, as a catalog gives them.
func (c *changing) resources() []*catalog.Resource {
	var out []*catalog.Resource
	for _, r := range c.set {
		again := *r
		out = append(out, &again)
	}
	slices.SortFunc(out, func(a, b *catalog.Resource) int {
		return strings.Compare(a.Kind+a.Metadata.Name, b.Kind+b.Metadata.Name)
	})
	return out
}

// TestCompilingAgainIsCompiling edits definitions at random and compares what a
// Compiler makes of them with what Compile does.
func TestCompilingAgainIsCompiling(t *testing.T) {
	t.Parallel()
	again := 0
	for seed := range uint64(40) {
		c := &changing{rand.New(rand.NewPCG(seed, 3)), map[string]*catalog.Resource{}, t}
		var memory semantic.Compiler
		for i := range 60 {
			c.edit()
			rs := c.resources()
			want, wantFindings := semantic.Compile(rs)
			got, findings := memory.Compile(rs)
			if diff := cmp.Diff(wantFindings, findings); diff != "" {
				t.Fatalf("seed %d, edit %d: findings (-want +got):\n%s", seed, i, diff)
			}
			if diff := cmp.Diff(describeModel(t, want), describeModel(t, got)); diff != "" {
				t.Fatalf("seed %d, edit %d: model (-want +got):\n%s", seed, i, diff)
			}
			if same, _ := memory.Compile(c.resources()); same != got {
				t.Fatalf("seed %d, edit %d: the same definitions were compiled twice", seed, i)
			}
			if len(got.Metrics()) > 3 {
				again++
			}
		}
	}
	if again < 120 {
		t.Errorf("only %d models had metrics to speak of", again)
	}
}

// describeModel writes a model down, and checks that all of it hangs together.
func describeModel(t *testing.T, m *semantic.Model) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, m.Revision, m.Workspace().Zone)
	for _, d := range m.Datasets() {
		fmt.Fprintln(&b, d.Name, d.Revision, d.Fields())
	}
	for _, x := range m.Metrics() {
		fmt.Fprintf(&b, "%s %d %s %s %s %v\n", x.Name, x.Revision, x.Title, x.Type, x.Class, x.Timed())
		for _, d := range x.Datasets {
			if m.Dataset(d.Name) != d {
				t.Errorf("%s is of another %s", x.Name, d.Name)
			}
			fmt.Fprintf(&b, "  of %s\n", d.Name)
		}
		for _, l := range x.Leaves {
			if l != x && m.Metric(l.Name) != l && !strings.Contains(l.Name, "__") { // parts of a conversion are its own
				t.Errorf("%s has a leaf of another %s", x.Name, l.Name)
			}
			fmt.Fprintf(&b, "  leaf %s %+v\n", l.Name, l.Simple.WhereText)
		}
		if x.Formula != nil {
			for _, o := range x.Formula.Operands {
				if m.Metric(o.Metric.Name) != o.Metric && !strings.Contains(o.Metric.Name, "__") {
					t.Errorf("%s stands on another %s", x.Name, o.Metric.Name)
				}
				fmt.Fprintf(&b, "  operand %s %v\n", o.Name, o.Over)
			}
			fmt.Fprintln(&b, " ", x.Formula.Text)
		}
	}
	for _, r := range m.Rollups() {
		fmt.Fprintln(&b, r.Name, r.Grain, len(r.Parts))
	}
	return b.String()
}
