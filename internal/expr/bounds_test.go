package expr_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBounds lists what must hold of times for a condition to be true.
func TestBounds(t *testing.T) {
	t.Parallel()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	end := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format("01-02T15:04:05.999999")
	}
	for src, want := range map[string]string{
		"at >= '2026-01-02'":                                                 "at 01-01T16:00:00 ",
		"at > '2026-01-02T08:00:00Z'":                                        "at 01-02T08:00:00.000001 ",
		"at < '2026-01-02 08:00'":                                            "at  01-02T00:00:00",
		"'2026-01-02 08:00' <= at and '2026-01-03' > at":                     "at 01-02T00:00:00 |at  01-02T16:00:00",
		"at <= '2026-01-02' and qty > 3 and (seen = '2026-01-03T00:00:00Z')": "at  01-01T16:00:00.000001|seen 01-03T00:00:00 01-03T00:00:00.000001",
		"day >= '2026-01-02' and day <= '2026-01-05'":                        "day 01-02T00:00:00 |day  01-06T00:00:00",
		"at >= '2026-01-02' or qty > 3":                                      "",
		"not (at >= '2026-01-02')":                                           "",
		"at <> '2026-01-02'":                                                 "",
		"at >= seen":                                                         "",
		"date(at) >= '2026-01-02'":                                           "",
		"(case when at >= '2026-01-02' then true end)":                       "",
	} {
		var got []string
		for _, b := range check(t, src).Bounds(shanghai) {
			got = append(got, fmt.Sprintf("%v %s %s", b.Symbol.Ref, end(b.Range.From), end(b.Range.To)))
		}
		if have := strings.Join(got, "|"); have != want {
			t.Errorf("%s: got %q, want %q", src, have, want)
		}
	}
}
