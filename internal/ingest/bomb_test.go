package ingest

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"lodestar/internal/fault"
)

// TestBombs has files that unpack to very much, packed once, twice and three
// times, in each other and in spreadsheets, uploaded and as a source gives them:
// each is refused with words, and nothing of it stays.
func TestBombs(t *testing.T) {
	t.Parallel()
	head := []byte("id,name,amount\n1,a,1\n")
	large := append(slices.Clone(head), bytes.Repeat([]byte("2,"+strings.Repeat("x", 16<<10)+",2\n"), 7<<10)...)
	member := func(name string, content []byte) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		w, err := z.Create(name)
		must(t, err)
		_, err = io.Copy(w, bytes.NewReader(content))
		must(t, err)
		must(t, z.Close())
		return out.Bytes()
	}
	gz := zipped(t, "gz", large)
	sheet := member("xl/worksheets/sheet1.xml", bytes.Repeat([]byte{'x'}, 600<<20))
	bombs := map[string][]byte{
		"one.csv.gz":    gz, // the other kinds are in TestCompressed
		"two.csv.gz.gz": zipped(t, "gz", gz), "two.gz.zip": member("one.csv.gz", gz), "two.zip.gz": zipped(t, "gz", member("one.csv", large)), "two.zip.zip": member("one.zip", member("one.csv", large)),
		"two.zst.gz": zipped(t, "gz", zipped(t, "zst", large)), "three.gz": zipped(t, "gz", zipped(t, "gz", gz)), "book.xlsx": sheet, "book.xlsx.gz": zipped(t, "gz", sheet), "book.zip": member("book.xlsx", sheet),
	}
	codes := []string{"unpacks_too_large", "packed_inside", "workbook_too_large", "broken_file"}
	b := newBench(t)
	b.define("d", spoolSpec())
	if l := b.load(LoadRequest{Dataset: "d"}, "id,name,amount\n7,old,7\n"); l.State != Done {
		t.Fatalf("%+v", l)
	}
	staged := func() int {
		left, err := os.ReadDir(b.db.Staging())
		must(t, err)
		return len(left)
	}
	before := staged()
	for name, content := range bombs {
		up := b.upload(name, bytes.NewReader(content))
		l := b.start(LoadRequest{Dataset: "d", Upload: up, Mode: Replace})
		if l.State != Failed || !slices.Contains(codes, l.Error.Code) || l.Error.Text.ZH == "" {
			t.Errorf("%s, uploaded: %s %+v", name, l.State, l.Error)
		}
		must(t, b.Discard(t.Context(), editor, up))
		sp := b.spool(SpoolOptions{})
		w, err := sp.File("in/" + name)
		must(t, err)
		_, err = w.Write(content)
		must(t, err)
		must(t, w.Close())
		_, err = b.LoadSpool(t.Context(), editor, SpoolLoad{Spool: sp, Dataset: "d", Spec: b.datasets["d"], Mode: Replace, Name: "folder"})
		if f := fault.Of(err); err == nil || !slices.Contains(codes, f.Code) || !strings.Contains(f.Text.EN, name) {
			t.Errorf("%s, spooled: %v", name, err)
		}
		must(t, sp.Close())
		if rows := b.rows("d", "id, name"); !slices.Equal(rows, []string{"7|old"}) {
			t.Errorf("%s: %d rows", name, len(rows))
		}
		if n := staged(); n != before {
			t.Errorf("%s: %d files are left, there were %d", name, n, before)
		}
	}
}
