package ingest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"lodestar/internal/expr"
)

// TestLookAtLongTexts keeps little of texts that are as long as a record may be,
// and shows whole signs of them.
func TestLookAtLongTexts(t *testing.T) {
	t.Parallel()
	for _, sign := range []string{"x", "辰", "😀", "9"} {
		l := newLook("text", nil, "", 0, 0)
		long := strings.Repeat(sign, maxRecord/len(sign)-1)
		for i := range 3 {
			l.add(int64(i), cell{text: []byte(long + string(rune('a'+i)))})
		}
		c := l.conclude(false)
		if c.Type != expr.String || c.Distinct != 3 || len(c.Samples) != 3 {
			t.Errorf("%s: %+v", sign, c)
		}
		for i, v := range l.kept {
			if len(v.text) > keepBytes || len(v.text) < keepBytes-utf8.UTFMax || !utf8.ValidString(v.text) || !utf8.ValidString(c.Samples[i]) {
				t.Errorf("%s: %d bytes kept, shown as %q", sign, len(v.text), c.Samples[i])
			}
		}
	}
}

// TestLookHasBounds keeps about as much of a wide file as there is room for.
func TestLookHasBounds(t *testing.T) {
	t.Parallel()
	const columns, records = 200, 3000
	room, kept := 1<<20, 0
	value := cell{text: []byte(strings.Repeat("7", keepBytes))}
	for range columns {
		l := newLook("n", nil, "", 0, 0)
		l.room = &room
		for i := range records {
			l.add(int64(i), value)
		}
		if l.values != records || len(l.kept) < keepFirst {
			t.Errorf("%d values, %d kept", l.values, len(l.kept))
		}
		kept += len(l.kept)
	}
	if most := 1<<20/(keepBytes+keepEach) + columns*keepFirst; kept > most+1 {
		t.Errorf("%d values are kept, at most %d may be", kept, most)
	}
}
