package ingest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
)

func spoolSpec() semantic.DatasetSpec {
	return semantic.DatasetSpec{PrimaryKey: []string{"id"}, Columns: []semantic.Column{
		col("id", expr.Integer), col("name", expr.String), col("amount", expr.Decimal)}}
}

func spooledColumns() map[string]string {
	return map[string]string{"ID": "id", "Name": "name", "Amount": "amount"}
}

func (b *bench) spool(o SpoolOptions) *Spool {
	b.t.Helper()
	sp, err := b.NewSpool(o)
	if err != nil {
		b.t.Fatal(err)
	}
	return sp
}

func (b *bench) loadSpool(sp *Spool, mode string) Load {
	b.t.Helper()
	l, err := b.LoadSpool(b.t.Context(), editor, SpoolLoad{Spool: sp, Dataset: "d", Spec: b.datasets["d"], Columns: spooledColumns(), Mode: mode, Name: "shop.d"})
	if err != nil {
		b.t.Fatal(err)
	}
	if l.State != Done || l.Records != l.Loaded+l.Rejected+l.Folded+l.Gone {
		b.t.Fatalf("%+v", l)
	}
	if err := sp.Close(); err != nil {
		b.t.Fatal(err)
	}
	if left, err := os.ReadDir(b.db.Staging()); err != nil || len(left) != 0 {
		b.t.Fatalf("staging holds %v, %v", left, err)
	}
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSpooledRowsAreAsAMapWouldBe writes random rows, single and as CSV text,
// good and bad, again and gone, and compares with a map after each load; so are
// the keys whose newest version did not fit. Some loads are undone.
func TestSpooledRowsAreAsAMapWouldBe(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", spoolSpec())
	r := rand.New(rand.NewPCG(3, 9))
	texts := []string{"plain", "", "a,b", "say \"so\"", "two\nlines", " blank ", "\r\n", "null", "店,铺", "-", `\N`, "'"}
	want, unfit := map[string]string{}, map[string]bool{}
	seen := map[string]int64{}
	for i := range 70 {
		mode := []string{Change, Change, Upsert, Replace, Retain}[r.IntN(5)]
		if mode == Retain && i == 0 {
			continue
		}
		numbered := r.IntN(2) == 0
		asText := mode != Change && r.IntN(2) == 0
		bad := r.IntN(3) == 0 && mode != Retain
		sp := b.spool(SpoolOptions{Key: []string{"ID"}, Numbered: numbered && mode != Retain})
		header := []string{"Name", "ID", "Amount"}
		if mode == Retain {
			header = []string{"ID"}
		}
		next, odd := maps.Clone(want), maps.Clone(unfit)
		if mode == Replace {
			next, odd = map[string]string{}, map[string]bool{}
		}
		keys := map[string]bool{}
		for range 1 + r.IntN(2) { // reads into one spool
			rows, err := sp.Rows(header)
			must(t, err)
			var out *csv.Writer
			if asText {
				w, err := rows.CSV()
				must(t, err)
				out = csv.NewWriter(w)
			}
			for range r.IntN(30) {
				key, text := strconv.Itoa(r.IntN(40)), texts[r.IntN(len(texts))]
				amount := fmt.Sprintf("%d.%02d", r.IntN(1000)-500, r.IntN(100))
				if mode == Retain || !(sp.options.Numbered || mode == Change) && keys[key] {
					if keys[key] {
						continue
					}
				}
				keys[key] = true
				switch {
				case mode == Retain && out != nil:
					must(t, out.Write([]string{key}))
				case mode == Retain:
					must(t, rows.Put([][]byte{[]byte(key)}))
				case mode == Change && r.IntN(3) == 0:
					must(t, rows.Delete([][]byte{[]byte(key)}))
					delete(next, key)
					delete(odd, key)
					seen["deletes"]++
				case bad && r.IntN(5) == 0:
					odd[key] = true
					line := [][]byte{[]byte(text), []byte(key), []byte("much")}
					if out != nil {
						must(t, out.Write([]string{text, key, "much"}))
					} else {
						must(t, rows.Put(line))
					}
				default:
					if out != nil {
						if text == "" || text == "\r\n" {
							text = "t" // csv.Writer writes no value and an empty text alike
						}
						must(t, out.Write([]string{text, key, amount}))
					} else {
						must(t, rows.Put([][]byte{[]byte(text), []byte(key), []byte(amount)}))
					}
					next[key] = text + "|" + strings.TrimSuffix(amount, "")
					delete(odd, key)
				}
			}
			if out != nil {
				out.Flush()
				must(t, out.Error())
			}
		}
		if mode == Retain {
			maps.DeleteFunc(next, func(k, _ string) bool { return !keys[k] })
			maps.DeleteFunc(odd, func(k string, _ bool) bool { return !keys[k] })
		}
		l := b.loadSpool(sp, mode)
		seen["rejects"] += l.Rejected
		seen["folded"] += l.Folded
		seen["deleted"] += l.Deleted
		if i > 0 && mode != Change && l.Version > 0 && r.IntN(5) == 0 {
			_, err := b.Undo(t.Context(), editor, "d")
			must(t, err)
			next, odd = want, unfit
			seen["undone"]++
		}
		want, unfit = next, odd
		var outdated, absent int64
		for k := range unfit {
			if _, here := want[k]; here {
				outdated++
			} else {
				absent++
			}
		}
		st, err := b.Status(t.Context(), editor, "d")
		must(t, err)
		if st.Outdated != outdated || st.Absent != absent {
			t.Fatalf("load %d by %s (numbered %v, text %v, bad %v): %d outdated and %d absent, want %d and %d", i, mode, numbered, asText, bad, st.Outdated, st.Absent, outdated, absent)
		}
		seen["outdated"] += outdated
		seen["absent"] += absent
		got := map[string]string{}
		for _, line := range b.rows("d", "chr(1) || id, name, CAST(amount AS DECIMAL(18,2))") {
			id, rest, _ := strings.Cut(strings.TrimPrefix(line, "\x01"), "|")
			got[id] = rest
		}
		for k, v := range want {
			name, amount, _ := strings.Cut(v, "|")
			f, _ := strconv.ParseFloat(amount, 64)
			want[k] = fmt.Sprintf("%s|%.2f", name, f)
		}
		if !maps.Equal(got, want) {
			for _, k := range slices.Sorted(maps.Keys(want)) {
				if got[k] != want[k] {
					t.Errorf("%s: %q, want %q", k, got[k], want[k])
				}
			}
			t.Fatalf("load %d by %s (numbered %v, text %v, bad %v): %d rows, want %d", i, mode, numbered, asText, bad, len(got), len(want))
		}
	}
	for _, what := range []string{"deletes", "rejects", "folded", "deleted", "outdated", "absent", "undone"} {
		if seen[what] == 0 {
			t.Errorf("no %s", what)
		}
	}
}

// TestSpooledFilesLoadAsOne: the second file has a bad value and a key of the
// first one.
func TestSpooledFilesLoadAsOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", spoolSpec())
	sp := b.spool(SpoolOptions{})
	for name, content := range map[string]string{"a.csv": "id,name,amount\n1,a,1\n2,b,2\n"} {
		w, err := sp.File(name)
		must(t, err)
		_, err = w.Write([]byte(content))
		must(t, err)
		must(t, w.Close())
	}
	w, err := sp.File("b.csv")
	must(t, err)
	_, err = w.Write([]byte("name;id;amount;more\nc;3;3;x\nd;4;x;x\ne;2;5;x\n"))
	must(t, err)
	must(t, w.Close())
	l := b.loadSpool(sp, Replace)
	if l.Records != 5 || l.Loaded != 3 || l.Rejected != 2 {
		t.Errorf("%+v", l)
	}
	if got := b.rows("d", "id, name"); !slices.Equal(got, []string{"1|a", "2|b", "3|c"}) {
		t.Error(got)
	}
	rejects, err := b.Rejects(t.Context(), editor, "d", 0, 10)
	must(t, err)
	if len(rejects.Items) != 2 || rejects.Items[0].Raw != "d;4;x;x" || rejects.Items[1].Raw != "e;2;5;x" || rejects.Items[1].Reason != sameKey {
		t.Errorf("%+v", rejects)
	}
}

// TestEmptyFilesHoldNothingUp: a program that had nothing to tell leaves a file
// without anything in it; those beside it are loaded, the mark moves on, and the
// rows that are there are not replaced by nothing.
func TestEmptyFilesHoldNothingUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", spoolSpec())
	load := func(mode string, files ...string) (Load, error) {
		sp := b.spool(SpoolOptions{})
		for i, content := range files {
			w, err := sp.File(fmt.Sprintf("%d.csv", i))
			must(t, err)
			_, err = io.WriteString(w, content)
			must(t, errors.Join(err, w.Close()))
		}
		mark := fmt.Sprint(len(files))
		return b.LoadSpool(t.Context(), editor, SpoolLoad{Spool: sp, Dataset: "d", Spec: b.datasets["d"], Mode: mode, Name: "in", Mark: &mark})
	}
	l, err := load(Replace, "", "id,name,amount\n1,a,1\n", "\ufeff\n")
	must(t, err)
	if l.Loaded != 1 || len(l.Warnings) == 0 || l.Warnings[0].Code != "files_empty" || l.Warnings[0].Text.EN != "files are empty, and nothing was read of them: 0.csv, 2.csv" {
		t.Errorf("%+v", l)
	}
	l, err = load(Upsert, "")
	must(t, err)
	if l.Loaded != 0 || len(l.Warnings) != 1 {
		t.Errorf("%+v", l)
	}
	if _, err := load(Replace, "", ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("all rows are replaced by nothing: %v", err)
	}
	if got := b.rows("d", "id, name"); !slices.Equal(got, []string{"1|a"}) {
		t.Error(got)
	}
}

// What is in a file of a source is told as of an upload, and nothing stays.
func TestDetectSpooled(t *testing.T) {
	t.Parallel()
	b := openBench(t, t.TempDir())
	content := " id  day  paid\n 001 19970101  11.77\n 002 19970112  5.00\n"
	fill := func(out source.Spool) error {
		f, err := out.File("in/purchases.txt")
		if err != nil {
			return err
		}
		_, err = io.WriteString(f, content)
		return errors.Join(err, f.Close())
	}
	got, err := b.DetectSpooled(t.Context(), editor, semantic.Format{}, fill)
	must(t, err)
	u, err := b.Upload(t.Context(), editor, "purchases.txt", strings.NewReader(content))
	must(t, err)
	want, err := b.Detect(t.Context(), editor, DetectRequest{Upload: u.ID})
	must(t, err)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(semantic.DatasetSpec{})); diff != "" || got.Format.Delimiter != "blanks" || got.Name != "purchases" {
		t.Errorf("%s as %q: %s", got.Name, got.Format.Delimiter, diff)
	}
	must(t, b.Discard(t.Context(), editor, u.ID))
	if left, err := os.ReadDir(b.db.Staging()); err != nil || len(left) != 0 {
		t.Errorf("staging holds %v, %v", left, err)
	}
	away := errors.New("away")
	if _, err := b.DetectSpooled(t.Context(), editor, semantic.Format{}, func(source.Spool) error { return away }); !errors.Is(err, away) {
		t.Errorf("a source that fails gives %v", err)
	}
	if _, err := b.DetectSpooled(t.Context(), access.Actor{Name: "vi", Role: access.Viewer}, semantic.Format{}, fill); !fault.Is(err, fault.Denied) {
		t.Errorf("a viewer gets %v", err)
	}
}

// TestNoRowsStillMakeATable and keep the mark.
func TestNoRowsStillMakeATable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", spoolSpec())
	for _, begin := range []bool{false, true} {
		sp := b.spool(SpoolOptions{})
		if begin {
			_, err := sp.Rows([]string{"ID", "Name"})
			must(t, err)
		}
		mark := fmt.Sprint("at ", begin)
		_, err := b.LoadSpool(t.Context(), editor, SpoolLoad{Spool: sp, Dataset: "d", Spec: b.datasets["d"], Columns: spooledColumns(), Mode: Replace, Mark: &mark})
		must(t, err)
		must(t, sp.Close())
		got, err := b.db.Mark(t.Context(), "d")
		must(t, err)
		if got != mark || len(b.rows("d", "id")) != 0 {
			t.Errorf("mark %q", got)
		}
	}
}

// TestKeysThatDoNotFitDeleteNothing: what cannot be compared is not gone.
func TestKeysThatDoNotFitDeleteNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", spoolSpec())
	if l := b.load(LoadRequest{Dataset: "d"}, "id,name,amount\n1,a,1\n2,b,2\n"); l.State != Done {
		t.Fatalf("%+v", l)
	}
	sp := b.spool(SpoolOptions{})
	rows, err := sp.Rows([]string{"ID"})
	must(t, err)
	for _, k := range []string{"1", "two"} {
		must(t, rows.Put([][]byte{[]byte(k)}))
	}
	_, err = b.LoadSpool(t.Context(), editor, SpoolLoad{Spool: sp, Dataset: "d", Spec: b.datasets["d"], Columns: spooledColumns(), Mode: Retain})
	if fault.Of(err).Code != "keys_unreadable" {
		t.Error(err)
	}
	must(t, sp.Close())
	if got := b.rows("d", "id"); len(got) != 2 {
		t.Error(got)
	}
}

// TestSpoolsLeftBehindGo at the next start.
func TestSpoolsLeftBehindGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sp := b.spool(SpoolOptions{})
	_, err := sp.Rows([]string{"a"})
	must(t, err)
	info, err := os.Stat(sp.dir)
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("others may look into the spool: %s", info.Mode())
	}
	_, err = New(Config{Warehouse: b.db})
	must(t, err)
	if left, err := os.ReadDir(b.db.Staging()); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestRejectsOfASyncStay while clean pieces follow, until everything is read
// again.
func TestRejectsOfASyncStay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", spoolSpec())
	piece := func(mode, id, amount string) {
		sp := b.spool(SpoolOptions{Key: []string{"ID"}})
		rows, err := sp.Rows([]string{"ID", "Amount"})
		must(t, err)
		must(t, rows.Put([][]byte{[]byte(id), []byte(amount)}))
		mark := id
		_, err = b.LoadSpool(t.Context(), editor, SpoolLoad{Spool: sp, Dataset: "d", Spec: b.datasets["d"], Columns: spooledColumns(), Mode: mode, Mark: &mark})
		must(t, err)
		must(t, sp.Close())
	}
	shown := func(want int64, value string) {
		t.Helper()
		st, err := b.Status(t.Context(), editor, "d")
		must(t, err)
		list, err := b.Rejects(t.Context(), editor, "d", 0, 10)
		must(t, err)
		if st.Rejects != want || list.Total != want || want > 0 && list.Items[0].Value != value {
			t.Errorf("the status says %d, the list %+v; want %d with %s", st.Rejects, list, want, value)
		}
	}
	piece(Change, "1", "1")
	shown(0, "")
	piece(Change, "2", "much")
	piece(Change, "3", "3")
	piece(Change, "4", "4")
	shown(1, "much")
	piece(Change, "5", "more")
	piece(Change, "6", "6")
	shown(1, "more")
	piece(Replace, "7", "7")
	shown(0, "")
}

// TestBytesThatAreNoText: a row that has them is set aside with the reason, those
// beside it are stored, however the rows came.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	for _, asText := range []bool{false, true} {
		b := newBench(t)
		b.define("d", spoolSpec())
		sp := b.spool(SpoolOptions{})
		rows, err := sp.Rows([]string{"ID", "Name", "Amount"})
		must(t, err)
		if asText {
			w, err := rows.CSV()
			must(t, err)
			_, err = w.Write([]byte("1,a,1\n2,caf\xff,2\n3,北辰,3\n"))
			must(t, err)
		} else {
			must(t, rows.Put([][]byte{[]byte("1"), []byte("a"), []byte("1")}))
			must(t, rows.Put([][]byte{[]byte("2"), []byte("caf\xff"), []byte("2")}))
			must(t, rows.Put([][]byte{[]byte("3"), []byte("北辰"), []byte("3")}))
		}
		if l := b.loadSpool(sp, Replace); l.Loaded != 2 || l.Rejected != 1 {
			t.Errorf("%+v", l)
		}
		if got := b.rows("d", "id, name"); !slices.Equal(got, []string{"1|a", "3|北辰"}) {
			t.Error(got)
		}
		rejects, err := b.Rejects(t.Context(), editor, "d", 0, 10)
		must(t, err)
		if len(rejects.Items) != 1 || rejects.Items[0].Reason != badEncoding {
			t.Errorf("%+v", rejects)
		}
	}
}

// TestFilesOfASyncTellWhatIsNotRead: their new columns, and their totals.
func TestFilesOfASyncTellWhatIsNotRead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("d", semantic.DatasetSpec{PrimaryKey: []string{"id"}, Columns: []semantic.Column{col("id", expr.String), col("amount", expr.Integer)}})
	for _, refuse := range []bool{false, true} {
		sp := b.spool(SpoolOptions{})
		w, err := sp.File("b.csv")
		must(t, err)
		_, err = io.WriteString(w, "id,amount,colour\na,1,red\nb,2,\n合计,3,\n")
		must(t, err)
		must(t, w.Close())
		l, err := b.LoadSpool(t.Context(), editor, SpoolLoad{Spool: sp, Dataset: "d", Spec: b.datasets["d"], Mode: Replace, NoExtra: refuse})
		must(t, sp.Close())
		if refuse {
			if f := fault.Of(err); err == nil || f.Code != "extra_columns" {
				t.Errorf("%+v", err)
			}
			continue
		}
		must(t, err)
		var codes []string
		for _, n := range l.Warnings {
			codes = append(codes, n.Code)
		}
		if l.Loaded != 2 || !slices.Equal(codes, []string{"footer_left_out", "columns_new"}) {
			t.Errorf("%+v", l)
		}
	}
}
