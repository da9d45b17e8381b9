package source_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"lodestar/internal/source"
)

// TestRecords reads records as they were written, also one of very many lines:
// were its time to grow with their square, it would take hours.
func TestRecords(t *testing.T) {
	t.Parallel()
	long := `1,"` + strings.Repeat("a \"\"line\"\"\n", 1<<20) + `"` + "\n"
	r := bufio.NewReader(strings.NewReader("a,\n" + long + "\"\",\"\n\"\n,\"open"))
	for _, want := range []string{"a,\n", long, "\"\",\"\n\"\n"} {
		if got, err := source.RawRecord(r); err != nil || string(got) != want {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	if _, err := source.RawRecord(r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("an open quote gives %v", err)
	}
	if got := source.Fields([]byte(long)); len(got) != 2 || bytes.Count(got[1], []byte("\n")) != 1<<20 {
		t.Errorf("%d fields", len(got))
	}
}
