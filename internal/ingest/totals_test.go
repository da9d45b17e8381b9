package ingest

import (
	"fmt"
	"strings"
	"testing"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// TestTotalsAmongTheData are told when a file is looked at and when it is loaded,
// however far down they stand, with the step that leaves them out.
func TestTotalsAmongTheData(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	region := semantic.DatasetSpec{Columns: []semantic.Column{col("region", expr.String), col("shop", expr.String), col("amount", expr.Integer)}}
	b.define("d", region)
	var text strings.Builder
	text.WriteString("region,shop,amount\n")
	for i := range 30_000 {
		fmt.Fprintf(&text, "r%d,s%d,1\n", i%7, i)
	}
	text.WriteString("小计,,30000\nSub Total:,,1\nr1,合计通达店,2\nr2,sum,3\n小计,x,4\nlast,s,1\n")
	const filter = "region is null or region not in ('小计', 'Sub Total:')"
	told := func(what string, notes []Note) {
		t.Helper()
		for _, n := range notes {
			if n.Code == "totals_inside" {
				for _, said := range []string{n.Text.EN, n.Text.ZH} {
					if !strings.Contains(said, "3 ") || !strings.Contains(said, filter) || !strings.Contains(said, "d ") {
						t.Errorf("%s: %s", what, said)
					}
				}
				return
			}
		}
		t.Errorf("%s: %+v", what, notes)
	}
	if _, err := expr.Parse(filter); err != nil {
		t.Error(err)
	}
	sp := b.spool(SpoolOptions{})
	w, err := sp.File("day.csv")
	must(t, err)
	_, err = w.Write([]byte(text.String()))
	must(t, err)
	must(t, w.Close())
	l := b.loadSpool(sp, Replace)
	told("copied from a folder", l.Warnings)
	if l.Loaded != 30_006 {
		t.Errorf("%+v", l)
	}
	// What stands in a table of a database is what it is.
	b.define("d", spoolSpec())
	sp = b.spool(SpoolOptions{})
	rows, err := sp.Rows([]string{"Name", "ID", "Amount"})
	must(t, err)
	must(t, rows.Put([][]byte{[]byte("小计"), []byte("1"), []byte("1")}))
	for _, n := range b.loadSpool(sp, Replace).Warnings {
		t.Errorf("%+v", n)
	}
	b.define("d", region)
	told("loaded", b.load(LoadRequest{Dataset: "d", Mode: Replace}, text.String()).Warnings)
	// The first value may stand further right, and columns be called otherwise.
	b.define("e", semantic.DatasetSpec{Columns: []semantic.Column{col("at", expr.Date), {Name: "city", Type: expr.String, Source: "城市"}, col("amount", expr.Integer)}})
	const short = "at,城市,amount\n2026-01-01,a,1\n,小计,1\n2026-01-02,b's,2\n,合计,2\n2026-01-03,b,2\n"
	d := b.detected("a.csv", []byte(short))
	found := false
	for _, n := range d.Warnings {
		found = found || n.Code == "totals_inside" && strings.Contains(n.Text.EN, "first in line 3") && strings.Contains(n.Text.EN, d.Columns[1].Name+" not in ('小计', '合计')")
	}
	if !found {
		t.Errorf("%+v", d.Warnings)
	}
	for _, n := range b.load(LoadRequest{Dataset: "e", Mode: Replace}, short).Warnings {
		if !strings.Contains(n.Text.ZH, "city is null or city not in ('合计', '小计')") {
			t.Errorf("%+v", n)
		}
	}
}
