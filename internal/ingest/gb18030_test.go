package ingest

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
	"pgregory.net/rapid"
)

// TestGB18030 decodes text of every sort, read in pieces of any size, as the
// general decoder does.
func TestGB18030(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("abc,\"\n0123456789")), rapid.RuneFrom([]rune("订单销售额门店€𠮷é")), rapid.Rune()), 0, 400, -1).Draw(t, "text")
		encoded, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Skip("not in GB18030")
		}
		want, err := simplifiedchinese.GB18030.NewDecoder().Bytes(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsRune(want, '\uFFFD') {
			t.Skip("the general decoder gives up on it")
		}
		var in io.Reader = bytes.NewReader(encoded)
		if rapid.Bool().Draw(t, "piecemeal") {
			in = iotest.OneByteReader(in)
		}
		got, err := io.ReadAll(transform.NewReader(in, newGBDecoder()))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q became %q, %v", want, got, err)
		}
	})
}

// TestASCII counts leading bytes as a plain loop does.
func TestASCII(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.OneOf(rapid.ByteRange(0, 127), rapid.ByteRange(0, 127), rapid.ByteRange(0, 255)), 0, 40).Draw(t, "bytes")
		want := 0
		for want < len(b) && b[want] < 0x80 {
			want++
		}
		if got := ascii(b); got != want {
			t.Fatalf("ascii(%v) = %d, want %d", b, got, want)
		}
	})
}
