package ingest

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"lodestar/internal/fault"
)

// TestRoomOnTheDisk: uploads, spools and loads stop before the disk is full, say
// how much they need and how much there is, and leave nothing behind.
func TestRoomOnTheDisk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", spoolSpec())
	if l := b.load(LoadRequest{Dataset: "d"}, "id,name,amount\n1,a,1\n"); l.State != Done {
		t.Fatalf("%+v", l)
	}
	kept := b.upload("more.csv", strings.NewReader("id,name,amount\n2,b,2\n"))
	full := func(what string, err error, words ...string) {
		t.Helper()
		f := fault.Of(err)
		if err == nil || f.Kind != fault.Unavailable || f.Code != "disk_full" || f.Text.ZH == "" {
			t.Errorf("%s: %v", what, err)
		}
		for _, w := range words {
			if !strings.Contains(f.Text.EN, w) {
				t.Errorf("%s says %q, want %q", what, f.Text.EN, w)
			}
		}
		if rows := b.rows("d", "id"); !slices.Equal(rows, []string{"1"}) {
			t.Errorf("%s: rows %v", what, rows)
		}
		left, err := os.ReadDir(b.db.Staging())
		if err != nil || len(left) != 2 { // the two uploads above
			t.Errorf("%s: staging holds %v, %v", what, left, err)
		}
	}
	free := b.Free
	b.Free = func(string) (int64, error) { return 10 << 20, nil }
	_, err := b.NewSpool(SpoolOptions{})
	full("a spool", err, "needs 64 MB", "10 MB are left")
	_, err = b.Upload(t.Context(), editor, "x.csv", strings.NewReader("id\n3\n"))
	full("an upload", err, "needs 64 MB", "10 MB are left")
	_, err = b.Start(t.Context(), editor, LoadRequest{Dataset: "d", Upload: kept, Mode: Append})
	full("a load", err, "needs 65 MB", "10 MB are left")

	left := int64(100 << 20) // which goes while it is written
	b.Free = func(string) (int64, error) { left -= 16 << 20; return left, nil }
	_, err = b.Upload(t.Context(), editor, "x.csv", io.LimitReader(zeros{}, 1<<30))
	full("a large upload", err)
	left = 100 << 20
	sp, err := b.NewSpool(SpoolOptions{})
	must(t, err)
	rows, err := sp.Rows([]string{"ID", "Name"})
	must(t, err)
	for err == nil {
		err = rows.Put([][]byte{[]byte("2"), bytes.Repeat([]byte("x"), 1<<20)})
	}
	must(t, sp.Close())
	full("a large spool", err)

	left = 130 << 20 // enough to spool, and then somebody else fills the disk
	sp, err = b.NewSpool(SpoolOptions{})
	must(t, err)
	rows, err = sp.Rows([]string{"ID", "Name", "Amount"})
	must(t, err)
	must(t, rows.Put([][]byte{[]byte("2"), []byte("b"), []byte("2")}))
	must(t, sp.flush())
	left = 20 << 20
	_, err = b.LoadSpool(t.Context(), editor, SpoolLoad{Spool: sp, Dataset: "d", Spec: b.datasets["d"], Columns: spooledColumns(), Mode: Upsert})
	must(t, sp.Close())
	full("a load of a spool", err)

	b.Free = free
	if l := b.start(LoadRequest{Dataset: "d", Upload: kept, Mode: Append}); l.State != Done || l.Loaded != 1 {
		t.Errorf("with room again: %+v %+v", l, l.Error)
	}
}

type zeros struct{}

// Read gives noughts without end.
func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
