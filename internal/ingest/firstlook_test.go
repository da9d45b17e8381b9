package ingest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"lodestar/internal/expr"
)

// detected is what is found in a file, of which the dataset is defined then.
func (b *bench) detected(name string, data []byte) Detection {
	b.t.Helper()
	d, err := b.Detect(b.t.Context(), editor, DetectRequest{Upload: b.upload(name, bytes.NewReader(data))})
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (d Detection) warned(code string) bool {
	return slices.ContainsFunc(d.Warnings, func(n Note) bool { return n.Code == code })
}

// sheet writes rows as a workbook.
func sheet(t *testing.T, sheets map[string][][]any, order ...string) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, name := range order {
		if i == 0 {
			if err := f.SetSheetName("Sheet1", name); err != nil {
				t.Fatal(err)
			}
		} else if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for j, row := range sheets[name] {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", j+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func many(rows int, end string) string {
	var b strings.Builder
	b.WriteString("编号,金额\n")
	for i := range rows {
		fmt.Fprintf(&b, "n%d,1\n", i)
	}
	return b.String() + end
}

// TestTotalsAreFoundAtTheEnd finds them however long the file, and however it is written.
func TestTotalsAreFoundAtTheEnd(t *testing.T) {
	t.Parallel()
	gb := func(s string) []byte {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(out)
	}
	packed := func(s string) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := w.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	book := func(rows int) []byte {
		all := [][]any{{"编号", "金额"}}
		for i := range rows {
			all = append(all, []any{fmt.Sprintf("n%d", i), 1})
		}
		return sheet(t, map[string][][]any{"a": append(all, []any{"合计", rows})}, "a")
	}
	for name, c := range map[string]struct {
		data []byte
		rows int64
	}{
		"some thousand lines":  {[]byte(many(2000, "合计,2000\n")), 2000},
		"beyond the sample":    {[]byte(many(90000, "合计,90000\n")), 90000},
		"GB18030":              {gb(many(90000, "合计,90000\n")), 90000},
		"compressed":           {packed(many(90000, "合计,90000\n")), 90000},
		"a long sheet":         {book(6000), 6000},
		"two rows, no newline": {[]byte(many(2000, "小计,2000\n总计：,2000")), 2000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.detected("x", c.data)
			b.define("x", *d.Spec)
			l := b.loadBytes(LoadRequest{Dataset: "x"}, "x", c.data)
			if l.State != Done || l.Loaded != c.rows || l.Rejected != 0 {
				t.Fatalf("%+v %+v", l, l.Error)
			}
			if len(l.Warnings) != 1 || l.Warnings[0].Code != "footer_left_out" {
				t.Errorf("nothing is said of the rows left out: %+v", l.Warnings)
			}
			// A file without totals follows: all of its rows count.
			// It may be written otherwise, too.
			l = b.loadBytes(LoadRequest{Dataset: "x", Mode: Replace}, "y", []byte(many(3, "")))
			if l.State != Done || l.Loaded != 3 || len(l.Warnings) != 0 {
				t.Errorf("the next file: %+v %+v", l, l.Error)
			}
		})
	}
}

// TestLinesAboveTheHeaderComeAndGo finds the header by its names in later files.
func TestLinesAboveTheHeaderComeAndGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := "报表,,\n导出,,\nid,store,amount\n1,A,10\n2,B,20\n"
	d := b.detected("a.csv", []byte(first))
	b.define("x", *d.Spec)
	for i, text := range []string{first, "id,store,amount\n3,A,1\n4,B,2\n5,C,3\n", "报表,,\n导出,,\n备注,,\n\nid,store,amount\n6,A,1\n"} {
		l := b.load(LoadRequest{Dataset: "x", Mode: Replace}, text)
		if l.State != Done || l.Loaded != []int64{2, 3, 1}[i] || l.Rejected != 0 {
			t.Errorf("file %d: %+v %+v", i, l, l.Error)
		}
	}
}

// TestSheetsAsPeopleKeepThem reads a table whose last column is nearly empty,
// whose dates are only shown as such, behind a cover.
func TestSheetsAsPeopleKeepThem(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rows := [][]any{{"订单", "交货", "备注"}}
	for i := 1; i < 30; i++ {
		row := []any{fmt.Sprintf("A%03d", i), time.Date(2026, 3, i, 0, 0, 0, 0, time.UTC)}
		if i == 7 {
			row = append(row, "急")
		}
		rows = append(rows, row)
	}
	data := sheet(t, map[string][][]any{"说明": {{"仅供内部使用"}, {"勿外传"}}, "明细": rows}, "说明", "明细")
	d := b.detected("a.xlsx", data)
	if d.Format.Sheet != "明细" || !d.warned("other_sheets") {
		t.Errorf("sheet %q, %+v", d.Format.Sheet, d.Warnings)
	}
	if len(d.Columns) != 3 || d.Columns[1].Type != expr.Date || d.Columns[2].Header != "备注" {
		t.Fatalf("%+v", d.Columns)
	}
	b.define("x", *d.Spec)
	l := b.loadBytes(LoadRequest{Dataset: "x"}, "a.xlsx", data)
	if l.State != Done || l.Loaded != 29 || l.Rejected != 0 {
		t.Errorf("%+v %+v", l, l.Error)
	}
	due, note := d.Columns[1].Name, d.Columns[2].Name
	if got := b.rows("x", due+", "+note)[6]; got != "2026-03-07|急" {
		t.Errorf("row 7 is %q", got)
	}
}

// TestWhatDetectionSays names what cannot be known from the file alone.
func TestWhatDetectionSays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, c := range map[string]struct{ text, warning string }{
		"day or month":   {"id,d\n1,01/02/2026\n2,03/04/2026\n3,05/06/2026\n", "day_or_month"},
		"totals inside":  {"id,v\nA,1\nB,2\n小计,3\nC,4\nD,5\n", "totals_inside"},
		"no values":      {"id,v\nA,1\nB,2\n,\n,\n", "blank_records"},
		"month is clear": {"id,d\n1,01/02/2026\n2,03/24/2026\n", ""},
		"day is clear":   {"id,d\n1,01/02/2026\n2,24/03/2026\n", ""},
	} {
		d := b.detected("a.csv", []byte(c.text))
		if c.warning != "" && !d.warned(c.warning) || c.warning == "" && len(d.Warnings) > 0 {
			t.Errorf("%s: %+v", name, d.Warnings)
		}
		if len(d.Spec.PrimaryKey) == 0 && name == "no values" {
			t.Errorf("%s: no key", name)
		}
	}
	// Names are no quantities, whatever digits they are made of.
	d := b.detected("a.csv", []byte("who,buyer_phone,n\n110105199003070013,13800138000,1\n110105199003070021,13800138001,2\n"))
	for i, want := range []expr.Type{expr.String, expr.String, expr.Integer} {
		if d.Columns[i].Type != want {
			t.Errorf("%s is %s", d.Columns[i].Name, d.Columns[i].Type)
		}
	}
}

// TestColumnsWithoutName get one, and can be loaded.
func TestColumnsWithoutName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		",id,amount\n0,a,2\n1,b,3\n":      "0|a|2,1|b|3",
		"id,,amount,\na,2,3,\nb,3,4,5\n":  "a|2|3,b|3|4|5",
		"门店,北京,,\nid,name,a,b\n1,x,2,3\n": "1|x|2|3",
	} {
		b := newBench(t)
		d := b.detected("a.csv", []byte(text))
		b.define("x", *d.Spec)
		if l := b.load(LoadRequest{Dataset: "x"}, text); l.State != Done {
			t.Fatalf("%+v %+v", l, l.Error)
		}
		var names []string
		for _, c := range d.Columns {
			names = append(names, c.Name)
		}
		if got := strings.Join(b.rows("x", strings.Join(names, ", ")), ","); got != want {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

// TestLaterFilesMayBeWrittenOtherwise: the format of a dataset is how its first
// file was written.
func TestLaterFilesMayBeWrittenOtherwise(t *testing.T) {
	t.Parallel()
	plain := "id,城市名称,amount\n1,北京市,1.5\n2,上海市,2.5\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	book := sheet(t, map[string][][]any{"a": {{"id", "城市名称", "amount"}, {1, "北京市", 1.5}, {2, "上海市", 2.5}}}, "a")
	files := map[string][]byte{"utf-8": []byte(plain), "gb18030": []byte(gb), "xlsx": book,
		"semicolons": []byte(strings.ReplaceAll(plain, ",", ";")), "title": []byte("报表\n" + plain)}
	for first, data := range files {
		b := newBench(t)
		d := b.detected(first, data)
		b.define("x", *d.Spec)
		city := d.Columns[1].Name
		for then, data := range files {
			l := b.loadBytes(LoadRequest{Dataset: "x", Mode: Replace}, then, data)
			if l.State != Done || l.Loaded != 2 {
				t.Errorf("%s, then %s: %+v %+v", first, then, l, l.Error)
			} else if got := strings.Join(b.rows("x", "id, "+city+", amount"), ","); got != "1|北京市|1.50,2|上海市|2.50" {
				t.Errorf("%s, then %s: %s", first, then, got)
			}
		}
	}
}

// TestDatesOfOldMacs reads dates that count from 1904.
func TestDatesOfOldMacs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	f := excelize.NewFile()
	defer f.Close()
	old := true
	if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &old}); err != nil {
		t.Fatal(err)
	}
	for i, row := range [][]any{{"id", "due", "n"}, {"a", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 44620}, {"b", time.Date(2026, 3, 2, 12, 30, 0, 0, time.UTC), 44621}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var data bytes.Buffer
	if err := f.Write(&data); err != nil {
		t.Fatal(err)
	}
	d := b.detected("a.xlsx", data.Bytes())
	b.define("x", *d.Spec)
	if l := b.loadBytes(LoadRequest{Dataset: "x"}, "a.xlsx", data.Bytes()); l.State != Done {
		t.Fatalf("%+v %+v", l, l.Error)
	}
	if got := strings.Join(b.rows("x", "id, due, n"), ","); got != "a|2026-03-01 00:00:00|44620,b|2026-03-02 12:30:00|44621" {
		t.Error(got)
	}
}
