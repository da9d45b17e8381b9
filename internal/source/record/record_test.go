package record_test

import (
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/source"
	"lodestar/internal/source/record"
)

// TestBytesThatAreNoText stay so in the values that hold them, and nowhere else;
// a sign of the sender's own is a sign like any other.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]map[string]string{
		"{\"a\": \"caf\xe9\", \"b\": \"北辰\", \"c\": [\"x\", \"\xff\xfe\"], \"d\": {\"e\": 1}}": {"a": "caf\xff", "b": "北辰", "c": "[\"x\",\"\xff\xff\"]", "d": `{"e":1}`},
		"{\"a\": \"\ufffd\", \"c\": [\"\ufffd\"]}":                                             {"a": "\ufffd", "c": "[\"\ufffd\"]"},
		"\xef\xbb\xbf{\"a\": \"x\"}":                                                           {"a": "x"},
	} {
		v, err := record.Parse([]byte(document))
		if err != nil {
			t.Errorf("%q: %v", document, err)
		}
		for name, want := range want {
			if got, err := record.Value(v, source.Column{Name: name}); err != nil || string(got) != want {
				t.Errorf("%q: %s is %q, want %q, %v", document, name, got, want, err)
			}
		}
	}
	for _, bad := range []string{"", "\xff\xfe{\x00}\x00", "{\"a\": \"x", "<html>"} {
		if v, err := record.Parse([]byte(bad)); err == nil {
			t.Errorf("%q is %v", bad, v)
		}
	}
}

// TestTimesOfClocks reads times that say no zone in the one of the column; those
// that say one are what they say.
func TestTimesOfClocks(t *testing.T) {
	t.Parallel()
	york, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		`"2026-01-31 12:00:00"`: "2026-01-31 17:00:00", `"2026-07-31T12:00:00.25"`: "2026-07-31 16:00:00.25", `"2026-07-31T12:00"`: "2026-07-31 16:00:00",
		`"2026-01-31T12:00:00Z"`: "2026-01-31 12:00:00", `"2026-01-31T12:00:00+08:00"`: "2026-01-31 04:00:00", `1769904000`: "2026-02-01 00:00:00",
		`"2026-03-08 01:59:59"`: "2026-03-08 06:59:59", `"2026-03-08 02:30:00"`: "2026-03-08 07:30:00", `"2026-03-08 03:00:00"`: "2026-03-08 07:00:00", // 02:00 to 03:00 is skipped
		`"2026-11-01 00:59:59"`: "2026-11-01 04:59:59", `"2026-11-01 01:30:00"`: "2026-11-01 05:30:00", `"2026-11-01 02:00:00"`: "2026-11-01 07:00:00", // 01:00 to 02:00 comes twice
		`"1960-01-01 00:00:00"`: "1960-01-01 05:00:00", `"later"`: "later",
		`"9999-12-31 23:59:59"`: "9999-12-31 23:59:59.999999", `"9999-12-31T23:59:59-08:00"`: "9999-12-31 23:59:59.999999", `"0001-01-01T00:00:00+08:00"`: "0001-01-01 00:00:00",
	} {
		v, err := record.Parse([]byte(`{"at": ` + said + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := record.Value(v, source.Column{Name: "at", Type: expr.Timestamp, Zone: york}); err != nil || string(got) != want {
			t.Errorf("%s is %s, %v, want %s", said, got, err, want)
		}
	}
}
