package shopdata_test

import (
	"bytes"
	"encoding/csv"
	"runtime"
	"testing"

	"lodestar/bench/internal/shopdata"
)

func TestLinesAreTheSameOnAnyNumberOfProcessors(t *testing.T) {
	o := shopdata.Options{Lines: 250_000, BadEvery: 100}
	var a, b bytes.Buffer
	if err := shopdata.WriteLines(&a, o); err != nil {
		t.Fatal(err)
	}
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	if err := shopdata.WriteLines(&b, o); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Fatal("two runs differ")
	}
	rows, err := csv.NewReader(&a).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	bad, keys := 0, map[string]bool{}
	for _, r := range rows[1:] {
		if r[7] == "many" {
			bad++
		}
		keys[r[0]+" "+r[1]] = true
	}
	if len(rows)-1 != o.Lines || bad != o.Lines/100 || len(keys) != o.Lines {
		t.Errorf("%d lines, %d bad, %d keys", len(rows)-1, bad, len(keys))
	}
}
