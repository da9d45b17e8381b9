package ingest

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
)

// parquet has the engine write the answer of a query as a Parquet file.
func (b *bench) parquet(query string) []byte {
	b.t.Helper()
	path := filepath.Join(b.db.Staging(), "made.parquet")
	b.query("COPY (" + query + ") TO '" + path + "' (FORMAT parquet)")
	data, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		b.t.Fatal(err)
	}
	return data
}

// loadBytes loads a file's content and waits.
func (b *bench) loadBytes(req LoadRequest, name string, data []byte) Load {
	b.t.Helper()
	req.Upload = b.upload(name, bytes.NewReader(data))
	return b.start(req)
}

func TestParquet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query            string
		loaded, rejected int64
		row, reason      string
	}{
		"exact types": {query: "SELECT i::BIGINT AS id, 'n' || i AS name, i::DECIMAL(12, 2) AS amount FROM range(1, 4) t(i)",
			loaded: 3, row: "2|n2|2.000000"},
		"narrower types": {query: "SELECT i::SMALLINT AS id, 'n' || i AS name, (i / 2)::DECIMAL(4, 1) AS amount FROM range(1, 4) t(i)",
			loaded: 3, row: "3|n3|1.500000"},
		"columns in another order": {query: "SELECT 7 AS amount, 'x' AS name, 1 AS id", loaded: 1, row: "1|x|7.000000"},
		"text that holds numbers": {query: "SELECT * FROM (VALUES ('1', 'a', '2.5'), ('x', 'b', '3'), ('3', 'c', NULL)) t(id, name, amount)",
			loaded: 2, rejected: 1, row: "1|a|2.500000", reason: notANumber},
		"repeated keys": {query: "SELECT * FROM (VALUES (1, 'first', 1), (1, 'second', 2), (2, 'b', 3)) t(id, name, amount)",
			loaded: 2, rejected: 1, row: "1|first|1.000000"},
		"missing keys": {query: "SELECT * FROM (VALUES (NULL::INT, 'a', 1), (2, 'b', 3)) t(id, name, amount)",
			loaded: 1, rejected: 1, row: "2|b|3.000000"},
		"floats beyond numbers": {query: "SELECT * FROM (VALUES (1, 'a', 'inf'::DOUBLE), (2, 'b', 'nan'), (3, 'c', 4.5)) t(id, name, amount)",
			loaded: 1, rejected: 2, row: "3|c|4.500000"},
		"numbers too wide": {query: "SELECT * FROM (VALUES (170141183460469231731687303715884105727::HUGEINT, 'a', 1), (2, 'b', 3)) t(id, name, amount)",
			loaded: 1, rejected: 1, row: "2|b|3.000000"},
		"no rows": {query: "SELECT 1 AS id, 'a' AS name, 1 AS amount WHERE false"},
		"hostile names": {query: `SELECT 1 AS id, '"; drop table x' AS name, 2 AS amount`, loaded: 1,
			row: `1|"; drop table x|2.000000`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			spec := shops()
			spec.PrimaryKey = []string{"id"}
			b.define("shops", spec)
			l := b.loadBytes(LoadRequest{Dataset: "shops"}, "rows.parquet", b.parquet(c.query))
			if l.State != Done || l.Loaded != c.loaded || l.Rejected != c.rejected {
				t.Fatalf("%s %v: %d loaded, %d rejected, want %d and %d", l.State, l.Error, l.Loaded, l.Rejected, c.loaded, c.rejected)
			}
			if rows := b.rows("shops", "id, name, amount"); c.row != "" && !strings.Contains(strings.Join(rows, "\n"), c.row) {
				t.Errorf("%q is not in %q", c.row, rows)
			}
			rejects, err := b.Rejects(t.Context(), editor, "shops", 0, 10)
			if err != nil || int64(len(rejects.Items)) != c.rejected {
				t.Fatalf("%d rejects, %v", len(rejects.Items), err)
			}
		})
	}
}

// TestParquetTimes: times with and without a zone become the same moments as
// from text.
func TestParquetTimes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.zone = "Asia/Shanghai"
	b.define("visits", semantic.DatasetSpec{Columns: []semantic.Column{col("id", expr.Integer), col("at", expr.Timestamp), col("day", expr.Date)}})
	l := b.loadBytes(LoadRequest{Dataset: "visits"}, "v.parquet",
		b.parquet("SELECT 1 AS id, TIMESTAMP '2026-01-02 03:04:05' AS at, DATE '2026-01-02' AS day"))
	if l.State != Done {
		t.Fatal(l.Error)
	}
	l = b.loadBytes(LoadRequest{Dataset: "visits", Mode: Append}, "v.parquet",
		b.parquet("SELECT 2 AS id, TIMESTAMPTZ '2026-01-02 03:04:05+08' AS at, DATE '2026-01-02' AS day"))
	if l.State != Done {
		t.Fatal(l.Error)
	}
	if got := fmt.Sprint(b.rows("visits", `id, "at", day`)); got != "[1|2026-01-01 19:04:05|2026-01-02 2|2026-01-01 19:04:05|2026-01-02]" {
		t.Error(got)
	}
}

// TestBrokenParquet: damage anywhere ends in a clear error or a load that adds
// up, and the rows there were stay.
func TestBrokenParquet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	good := b.parquet("SELECT i AS id, 'n' || i AS name, i AS amount FROM range(1000) t(i)")
	if l := b.loadBytes(LoadRequest{Dataset: "shops"}, "good.parquet", good); l.State != Done || l.Loaded != 1000 {
		t.Fatal(l)
	}
	r := rand.New(rand.NewPCG(3, 9))
	files := map[string][]byte{
		"marks only":       []byte("PAR1PAR1"),
		"huge footer":      append([]byte("PAR1"), []byte("\xff\xff\xff\x7fPAR1")...),
		"negative footer":  append([]byte("PAR1"), []byte("\xff\xff\xff\xffPAR1")...),
		"footer of noise":  append(append([]byte("PAR1"), bytes.Repeat([]byte{0x15}, 400)...), []byte("\x90\x01\x00\x00PAR1")...),
		"without its tail": good[:len(good)-1],
	}
	for _, n := range []int{8, 12, len(good) / 2, len(good) - 4, len(good) - 9} {
		files[fmt.Sprint("cut at ", n)] = good[:n]
	}
	for i := range 40 {
		bad := bytes.Clone(good)
		for range 1 + r.IntN(8) {
			bad[4+r.IntN(len(bad)-8)] = byte(r.IntN(256))
		}
		files[fmt.Sprint("bytes changed ", i)] = bad
	}
	failed := 0
	for name, data := range files {
		up := b.upload(name+".parquet", bytes.NewReader(data))
		_, detectErr := b.Detect(t.Context(), editor, DetectRequest{Upload: up})
		l := b.start(LoadRequest{Upload: up, Dataset: "shops", Mode: Replace})
		if detectErr != nil && fault.Is(detectErr, fault.Internal) || l.Error != nil && l.Error.Code == "internal" {
			t.Errorf("%s: %v, %v", name, detectErr, l.Error)
		}
		if l.State != Done {
			failed++
			continue
		}
		if _, err := b.Undo(t.Context(), editor, "shops"); err != nil {
			t.Fatal(err)
		}
	}
	if failed < 15 {
		t.Errorf("only %d of %d damaged files failed", failed, len(files))
	}
	if n := len(b.rows("shops", "id")); n != 1000 {
		t.Errorf("%d rows stayed", n)
	}
}

func zipped(t *testing.T, kind string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if kind == "zst" {
		w, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	if kind == "zip" {
		return archive(t, member{"folder/", nil}, member{"__MACOSX/folder/._rows.csv", []byte("x")}, member{"folder/rows.csv", data})
	}
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// member is a file of an archive.
type member struct {
	name string
	data []byte
}

func archive(t *testing.T, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, m := range members {
		w, err := z.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestArchives that do not hold one text are refused, in words that say what to
// do; nothing is written where a member's name says.
func TestArchives(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	rows := []byte("id,name,amount\n1,a,2\n")
	locked, strange := archive(t, member{"rows.csv", rows}), archive(t, member{"rows.csv", rows})
	for _, at := range []int{6, bytes.Index(locked, []byte("PK\x01\x02")) + 8} {
		locked[at] |= 1 // encrypted
	}
	for _, at := range []int{8, bytes.Index(strange, []byte("PK\x01\x02")) + 10} {
		strange[at] = 97 // a method that nobody knows
	}
	for name, c := range map[string]struct {
		data []byte
		code string
	}{
		"a name that leads out": {archive(t, member{"../../../../tmp/rows.csv", rows}), ""},
		"two files":             {archive(t, member{"a.csv", rows}, member{"b.csv", rows}), "many_members"},
		"none":                  {archive(t, member{"folder/", nil}, member{".DS_Store", rows}), "empty_file"},
		"an empty one":          {archive(t, member{"a.csv", nil}), "empty_file"},
		"an archive":            {archive(t, member{"a.zip", archive(t, member{"a.csv", rows})}), "packed_inside"},
		"a packed file":         {archive(t, member{"a.csv.gz", zipped(t, "gz", rows)}), "packed_inside"},
		"a table of Parquet":    {archive(t, member{"a.parquet", b.parquet("SELECT 1 AS id")}), "packed_inside"},
		"a password":            {locked, "locked_archive"},
		"an unknown packing":    {strange, "unknown_packing"},
		"a bomb":                {archive(t, member{"a.csv", bytes.Repeat(append(rows, '\n'), 8<<20)}), "unpacks_too_large"},
	} {
		l := b.loadBytes(LoadRequest{Dataset: "shops", Mode: Replace}, name+".zip", c.data)
		if c.code == "" && (l.State != Done || l.Loaded != 1) || c.code != "" && (l.State != Failed || l.Error.Code != c.code || l.Error.Text.ZH == "") {
			t.Errorf("%s: %s %+v, want %s", name, l.State, l.Error, c.code)
		}
	}
}

func TestCompressed(t *testing.T) {
	t.Parallel()
	clean := "id,name,amount\n1,北辰,2.5\n2,b,3\n"
	noise := map[string]string{"gz": "broken_file", "zst": "broken_file", "zip": ""} // archives may end in anything
	for _, kind := range []string{"gz", "zst", "zip"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.define("shops", shops())
			for name, c := range map[string]struct {
				data             []byte
				loaded, rejected int64
				code             string
			}{
				"clean":       {data: zipped(t, kind, []byte(clean)), loaded: 2},
				"bad row":     {data: zipped(t, kind, []byte(clean+"x,c,4\n")), loaded: 2, rejected: 1},
				"GB18030":     {data: zipped(t, kind, []byte(encoded(t, clean))), loaded: 2},
				"NDJSON":      {data: zipped(t, kind, []byte(`{"id":1,"name":"a","amount":2}`+"\n")), loaded: 1},
				"cut short":   {data: zipped(t, kind, []byte(strings.Repeat(clean, 50)))[:60], code: "broken_file"},
				"a head only": {data: zipped(t, kind, []byte(clean))[:12], code: "broken_file"},
				"noise after": {data: append(zipped(t, kind, []byte(clean)), "noise, not a second part"...), code: noise[kind], loaded: 2},
				"bomb":        {data: zipped(t, kind, append([]byte(clean), bytes.Repeat([]byte{'\n'}, 100<<20)...)), code: "unpacks_too_large"},
			} {
				up := b.upload(name+".csv."+kind, bytes.NewReader(c.data))
				l := b.start(LoadRequest{Upload: up, Dataset: "shops", Mode: Replace})
				switch {
				case c.code != "" && (l.State != Failed || l.Error.Code != c.code):
					t.Errorf("%s: %s %v, want %s", name, l.State, l.Error, c.code)
				case c.code == "" && (l.State != Done || l.Loaded != c.loaded || l.Rejected != c.rejected):
					t.Errorf("%s: %s %v, %d loaded, %d rejected", name, l.State, l.Error, l.Loaded, l.Rejected)
				}
			}
		})
	}
}

// TestDefinitionOfFailedLoad: what came with a load goes with it, when it fails.
func TestDefinitionOfFailedLoad(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var forgotten []string
	b.Service.Create = func(_ context.Context, _ access.Actor, r *catalog.Resource) (int, error) {
		spec, _ := r.Spec.(*semantic.DatasetSpec)
		b.define(r.Metadata.Name, *spec)
		return 4, nil
	}
	b.Service.Forget = func(_ context.Context, _ access.Actor, name string, revision int) error {
		forgotten = append(forgotten, fmt.Sprint(name, revision))
		delete(b.datasets, name)
		return nil
	}
	draft := &Draft{Spec: shops()}
	if l := b.load(LoadRequest{Dataset: "bad", Create: draft, MaxRejects: "0"}, "id,name,amount\nx,a,1\n"); l.State != Failed {
		t.Fatal(l.State)
	}
	if _, err := b.Start(t.Context(), editor, LoadRequest{Upload: "gone", Dataset: "lost", Create: draft}); !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	if l := b.load(LoadRequest{Dataset: "good", Create: draft}, "id,name,amount\n1,a,1\n"); l.State != Done {
		t.Fatal(l.Error)
	}
	if got := fmt.Sprint(forgotten); got != "[bad4 lost4]" {
		t.Error(got)
	}
}

// TestUploadsExpire: files that nobody came back for go, others stay.
func TestUploadsExpire(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	now := b.Now()
	b.Service.Now = func() time.Time { return now }
	old := b.upload("old.csv", strings.NewReader("a\n1\n"))
	now = now.Add(uploadLife - time.Minute)
	young := b.upload("young.csv", strings.NewReader("a\n1\n"))
	now = now.Add(2 * time.Minute)
	b.upload("new.csv", strings.NewReader("a\n1\n"))
	for id, want := range map[string]bool{old: false, young: true} {
		if _, err := b.Detect(t.Context(), editor, DetectRequest{Upload: id}); (err == nil) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
	if left, err := os.ReadDir(b.db.Staging()); err != nil || len(left) != 2 {
		t.Errorf("%d files left, %v", len(left), err)
	}
}

// What is no table is refused by its first bytes, plain, and tells what to send
// instead; a table that only begins like one of them is read.
func TestNoTable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	for name, data := range map[string]string{
		"paper.pdf":  "%PDF-1.7\n1 0 obj\n",
		"paper.csv":  "%PDF-1.7\n1 0 obj\n", // whatever it is called
		"old.xls":    "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
		"photo.png":  "\x89PNG\r\n\x1a\n",
		"photo.jpg":  "\xff\xd8\xff\xe0\x00\x10JFIF",
		"packed.rar": "Rar!\x1a\x07\x00",
		"packed.7z":  "7z\xbc\xaf\x27\x1c",
	} {
		up := b.upload(name, strings.NewReader(data))
		if _, err := b.Detect(t.Context(), editor, DetectRequest{Upload: up}); fault.Of(err).Code != "not_a_table" {
			t.Errorf("%s: found %v", name, err)
		}
		if l := b.start(LoadRequest{Upload: up, Dataset: "shops", Mode: Replace}); l.State != Failed || l.Error.Code != "not_a_table" {
			t.Errorf("%s: loaded %s %v", name, l.State, l.Error)
		}
	}
	if l := b.load(LoadRequest{Dataset: "shops", Mode: Replace}, "id,name,amount\n1,%PDF,2.5\n2,7z,3\n"); l.State != Done || l.Loaded != 2 {
		t.Errorf("a table: %s %v, %d loaded", l.State, l.Error, l.Loaded)
	}
}
