package ingest

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// drawnLine is a line of text, and columns that it may fit.
type drawnLine struct {
	text      string
	delimiter byte
	columns   [2][]*column // the same twice
}

var (
	drawnTypes  = []expr.Type{expr.String, expr.Integer, expr.Decimal, expr.Float, expr.Boolean, expr.Date, expr.Timestamp}
	drawnValues = []string{"", "0", "7", "-7", "--7", "12.50", ".5", "5.", "-0.25", "1e3", "1.2.3", "123456789012345678", "1234567890123456789",
		"123456.123456", "1234567890123.1", "0.1234567", "2026-01-05", "2026-1-5", "2026-13-45", "2026-02-30", "2026/01/05", "20260105", "2026-01-0x",
		"2026-01-05 10:00:00", "2026-01-05T10:00:00", "2026-01-05 24:00:00", "2026-01-05 29:00:00", "1986-05-04 00:30:00", "2026-03-08 02:30:00",
		"2026-01-05 10:00:00Z", "2026:01-05 10:00:00", "202\x006-01-05", "true", "yes", "NA", "北京", "a b", " 7", "7 ", "\t", "00:00:00", "0000-00-00",
		"2026-01-05 10:00:00.120", "2026-01-05 10:00:00.000001+08:00", "0007", "a\"b", "1,000"}
)

// drawLine draws values near and beyond the edge of each form.
func drawLine(t *rapid.T, zones []*zone) (d drawnLine) {
	d.delimiter = rapid.SampledFrom([]byte{',', '\t', ';', '|', '.', '-', ' ', ':', '7'}).Draw(t, "delimiter")
	z := rapid.SampledFrom(zones).Draw(t, "zone")
	n := rapid.IntRange(1, 4).Draw(t, "columns")
	for i := range n {
		if rapid.IntRange(0, 6).Draw(t, "ignored") == 0 {
			d.columns[0], d.columns[1] = append(d.columns[0], nil), append(d.columns[1], nil)
			continue
		}
		c := semantic.Column{Type: rapid.SampledFrom(drawnTypes).Draw(t, "type")}
		if rapid.Bool().Draw(t, "pattern") {
			switch c.Type {
			case expr.Date:
				c.Format = "%Y%m%d"
			case expr.Decimal:
				c.Format = commaNumbers
			}
		}
		key := rapid.IntRange(0, 3).Draw(t, "key") == 0
		for side := range d.columns {
			col := newColumn(c, i, []string{"NA", "0"}, z)
			col.key = key
			d.columns[side] = append(d.columns[side], col)
		}
	}
	m := n + rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1, -1}).Draw(t, "more")
	parts := make([]string, max(m, 0))
	for i := range parts {
		parts[i] = rapid.OneOf(rapid.SampledFrom(drawnValues), rapid.StringMatching(`[-0-9. :T]{0,20}`)).Draw(t, "value")
	}
	d.text = strings.Join(parts, string(d.delimiter))
	return d
}

func drawnZones(t *testing.T) []*zone {
	zones := []*zone{nil}
	for _, name := range []string{"Asia/Shanghai", "America/New_York"} {
		l, err := time.LoadLocation(name)
		must(t, err)
		zones = append(zones, newZone(l))
	}
	return zones
}

func (d drawnLine) sameOdd(t *rapid.T) {
	for i, c := range d.columns[0] {
		if c != nil && c.odd != d.columns[1][i].odd {
			t.Fatalf("%q: %d odd times, then %d", d.text, c.odd, d.columns[1][i].odd)
		}
	}
}

// Going over a line at once says what cutting it first and looking at each
// value says.
func TestWalkAgreesWithCells(t *testing.T) {
	t.Parallel()
	zones := drawnZones(t)
	rapid.Check(t, func(t *rapid.T) {
		d := drawLine(t, zones)
		for _, c := range slices.Concat(d.columns[:]...) {
			if c != nil && c.typ != expr.Date {
				c.patterns = nil // with others, no line is looked at
			}
		}
		s := newSplitter(strings.NewReader(d.text), layout{delimiter: d.delimiter, quote: '"'})
		var rec record
		cut, err := s.advance(&rec)
		if err == io.EOF || cut || rec.reason != "" { // a line that is cut already is not gone over
			return
		} else if err != nil {
			t.Fatal(err)
		}
		s.split(&rec, rec.raw)
		walk, cells := plainLine(rec.raw, d.delimiter, d.columns[0]), plainCells(rec.cells, d.columns[1])
		if walk != cells {
			t.Fatalf("%q: going over it says %v, cutting it says %v", d.text, walk, cells)
		}
		if walk {
			d.sameOdd(t)
		}
	})
}

// Converting a line at once writes what cutting it first and converting each
// value writes, or nothing; numbers may keep zeros before them.
func TestConvertingLinesAgreesWithRecords(t *testing.T) {
	t.Parallel()
	zones := drawnZones(t)
	atOnce := 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawLine(t, zones)
		s := newSplitter(strings.NewReader(d.text), layout{delimiter: d.delimiter, quote: rapid.SampledFrom([]byte{0, '"'}).Draw(t, "quote")})
		var rec record
		cut, err := s.advance(&rec)
		if err == io.EOF || cut {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		line, whole := converting{columns: d.columns[0]}, converting{columns: d.columns[1], rejects: &rejectFile{}}
		done := line.line(&rec, &s.layout)
		if !done {
			for _, c := range d.columns[0] {
				if len(line.buf) > 0 || c != nil && c.odd > 0 {
					t.Fatalf("%q left something: %q", d.text, line.buf)
				}
			}
			return
		}
		s.split(&rec, rec.raw)
		if err := whole.record(&rec); err != nil {
			t.Fatal(err)
		}
		d.sameOdd(t)
		zeros := regexp.MustCompile(`(^|,)0+([0-9])`)
		if got, want := zeros.ReplaceAllString(string(line.buf), "$1$2"), zeros.ReplaceAllString(string(whole.buf), "$1$2"); got != want {
			t.Fatalf("%q: at once %q, each value %q; rejects %q", d.text, line.buf, whole.buf, whole.rejects.buf)
		}
		atOnce++
	})
	if atOnce == 0 {
		t.Error("no line was converted at once")
	}
}
