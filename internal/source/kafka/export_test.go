package kafka

import (
	"encoding/json"
	"testing"

	"lodestar/internal/source"
)

// OffsetsOf gives the mark that there was before topics had ids.
func OffsetsOf(t *testing.T, m source.Mark) source.Mark {
	t.Helper()
	at, err := parseMark(m)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(at.Next)
	if err != nil {
		t.Fatal(err)
	}
	return source.Mark(b)
}
