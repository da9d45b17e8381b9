package record_test

import (
	"testing"

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
