package sqltext

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAggregates(t *testing.T) {
	for src, want := range map[string]struct {
		rest string
		aggs []Aggregate
	}{
		"SUM(orders.amount)":                            {"m0", []Aggregate{{"sum", "orders.amount"}}},
		"sum(a) / NULLIF(COUNT(DISTINCT b), 0)":         {"m0 / NULLIF(m1, 0)", []Aggregate{{"sum", "a"}, {"count_distinct", "b"}}},
		"COUNT(*)":                                      {"m0", []Aggregate{{"count", ""}}},
		"max(case when x = 'sum(' then (a) else b end)": {"m0", []Aggregate{{"max", "case when x = 'sum(' then (a) else b end"}}},
		"checksum(a) + 1":                               {"checksum(a) + 1", nil},
		"'count(a)'":                                    {"'count(a)'", nil},
	} {
		rest, aggs, err := Aggregates(src, func(i int) string { return "m" + strconv.Itoa(i) })
		if err != nil || rest != want.rest || !cmp.Equal(aggs, want.aggs) {
			t.Errorf("%s: %q %v %v", src, rest, aggs, err)
		}
	}
	for _, src := range []string{"sum(count(a))", "sum(a) over (partition by b)", "sum(a) FILTER (where b)"} {
		if _, _, err := Aggregates(src, strconv.Itoa); !errors.Is(err, ErrNested) {
			t.Errorf("%s: %v", src, err)
		}
	}
	for _, src := range []string{"sum(a", "sum(distinct a)"} {
		if _, _, err := Aggregates(src, strconv.Itoa); err == nil {
			t.Errorf("%s passed", src)
		}
	}
}

func TestMapNames(t *testing.T) {
	got, err := MapNames(`"Order Id" = 'a "b"' and lower(t.x) <> y`, func(p []string) ([]string, error) {
		return []string{Name(strings.Join(p, "_"))}, nil
	})
	if want := `order_id = 'a "b"' and lower(t_x) <> y`; err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
	if _, err := MapNames("a::int", nil); err == nil {
		t.Error("a cast of one engine passed")
	}
}
