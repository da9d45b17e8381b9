package ingest

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// Going over a line at once says what cutting it first and looking at each
// value says, for values near and beyond the edge of each form.
func TestWalkAgreesWithCells(t *testing.T) {
	t.Parallel()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	zones := []*zone{nil, newZone(shanghai), newZone(newYork)}
	types := []expr.Type{expr.String, expr.Integer, expr.Decimal, expr.Float, expr.Boolean, expr.Date, expr.Timestamp}
	values := []string{"", "0", "7", "-7", "--7", "12.50", ".5", "5.", "-0.25", "1e3", "1.2.3", "123456789012345678", "1234567890123456789",
		"123456.123456", "1234567890123.1", "0.1234567", "2026-01-05", "2026-1-5", "2026-13-45", "2026/01/05", "20260105", "2026-01-0x",
		"2026-01-05 10:00:00", "2026-01-05T10:00:00", "2026-01-05 24:00:00", "2026-01-05 29:00:00", "1986-05-04 00:30:00", "2026-03-08 02:30:00",
		"2026-01-05 10:00:00Z", "2026:01-05 10:00:00", "202\x006-01-05", "true", "yes", "NA", "北京", "a b", " 7", "7 ", "\t", "00:00:00", "0000-00-00"}
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]byte{',', '\t', ';', '|', '.', '-', ' ', ':', '7'}).Draw(t, "delimiter")
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		var byWalk, byCells []*column
		n := rapid.IntRange(1, 4).Draw(t, "columns")
		for i := range n {
			if rapid.IntRange(0, 6).Draw(t, "ignored") == 0 {
				byWalk, byCells = append(byWalk, nil), append(byCells, nil)
				continue
			}
			c := semantic.Column{Type: rapid.SampledFrom(types).Draw(t, "type")}
			if c.Type == expr.Date && rapid.Bool().Draw(t, "pattern") {
				c.Format = "%Y%m%d"
			}
			key := rapid.IntRange(0, 3).Draw(t, "key") == 0
			for _, to := range []*[]*column{&byWalk, &byCells} {
				col := newColumn(c, i, []string{"NA", "0"}, z)
				col.key = key
				*to = append(*to, col)
			}
		}
		m := n + rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1, -1}).Draw(t, "more")
		parts := make([]string, max(m, 0))
		for i := range parts {
			parts[i] = rapid.OneOf(rapid.SampledFrom(values), rapid.StringMatching(`[-0-9. :T]{0,20}`)).Draw(t, "value")
		}
		line := strings.Join(parts, string(delimiter))
		s := newSplitter(bytes.NewReader([]byte(line)), layout{delimiter: delimiter, quote: '"'})
		var rec record
		if err := s.next(&rec); err == io.EOF || rec.reason != "" {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		walk, cells := plainLine(rec.raw, delimiter, byWalk), plainCells(rec.cells, byCells)
		if walk != cells {
			t.Fatalf("%q: going over it says %v, cutting it says %v", line, walk, cells)
		}
		for i := range byWalk {
			if walk && byWalk[i] != nil && byWalk[i].odd != byCells[i].odd {
				t.Fatalf("%q: %d odd times, then %d", line, byWalk[i].odd, byCells[i].odd)
			}
		}
	})
}
