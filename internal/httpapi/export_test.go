package httpapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/xuri/excelize/v2"

	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

func exported(t *testing.T) *query.Stream {
	t.Helper()
	d, err := warehouse.ParseDecimal("12345678901234567.890000")
	if err != nil {
		t.Fatal(err)
	}
	return &query.Stream{Head: &query.Result{
		Columns: []query.Column{{Name: "k", Type: "string", Title: text.Text{ZH: "渠道", EN: "Channel"}}, {Name: "v", Title: text.Same("Value"), Unit: "CNY"}},
		Rows: [][]any{{"=1+1", int64(9007199254740993)}, {"+cmd|' /C calc'!A0", 0.1}, {"-5", int64(-5)}, {"@SUM(A1)", nil},
			{"plain, \"quoted\"", d}, {nil, true}, {" a_x000D_<b>&\x01", int64(7)}},
		Totals: [][]any{{nil, 3.5}},
	}}
}

// written is the whole file, its rows given one by one.
func written(t *testing.T, f rowFile, s *query.Stream) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.begin(&b, s, text.ZH); err != nil {
		t.Fatal(err)
	}
	for _, row := range s.Head.Rows {
		if err := f.write([][]any{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.end(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCSVExport: Excel reads the file as it is meant, runs nothing in it, and
// no digit is lost.
func TestCSVExport(t *testing.T) {
	t.Parallel()
	want := "\ufeff渠道,Value (CNY)\n'=1+1,9007199254740993\n'+cmd|' /C calc'!A0,0.1\n-5,-5\n'@SUM(A1),\n" +
		"\"plain, \"\"quoted\"\"\",12345678901234567.890000\n,true\n\" a_x000D_<b>&\x01\",7\n总计,3.5\n"
	if got := written(t, &csvFile{}, exported(t)); string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNDJSONExport(t *testing.T) {
	t.Parallel()
	got := strings.Split(string(written(t, &ndjsonFile{}, exported(t))), "\n")
	for i, want := range map[int]string{0: `{"k":"=1+1","v":9007199254740993}`, 3: `{"k":"@SUM(A1)","v":null}`,
		4: `{"k":"plain, \"quoted\"","v":12345678901234567.890000}`, 7: `{"_part":"totals","k":null,"v":3.5}`, 8: ""} {
		if got[i] != want {
			t.Errorf("line %d is %s, want %s", i+1, got[i], want)
		}
	}
}

func TestXLSXExport(t *testing.T) {
	t.Parallel()
	f, err := excelize.OpenReader(bytes.NewReader(written(t, &xlsxFile{}, exported(t))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range map[string]string{"A1": "渠道", "A2": "=1+1", "B2": "9007199254740993", "B3": "0.1", "B4": "-5", "B5": "",
		"B6": "12345678901234567.890000", "A7": "", "B7": "TRUE", "A8": " a_x000D_<b>&\ufffd", "A9": "总计", "B9": "3.5"} {
		if got, err := f.GetCellValue("Sheet1", at); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", at, got, err, want)
		}
		if formula, err := f.GetCellFormula("Sheet1", at); err != nil || formula != "" {
			t.Errorf("%s runs the formula %q", at, formula)
		}
	}
	for at, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeInlineString, "B3": excelize.CellTypeUnset} {
		if got, err := f.GetCellType("Sheet1", at); err != nil || got != want {
			t.Errorf("%s is of type %v %v, want %v", at, got, err, want)
		}
	}
}

// TestXLSXGoesOnInTheNextSheet when one is full, under the same heads.
func TestXLSXGoesOnInTheNextSheet(t *testing.T) {
	t.Parallel()
	f, err := excelize.OpenReader(bytes.NewReader(written(t, &xlsxFile{most: 4}, exported(t))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows int
	for i, name := range f.GetSheetList() {
		r, err := f.GetRows(name)
		if err != nil || r[0][0] != "渠道" || len(r) > 4 {
			t.Errorf("sheet %d: %v %v", i+1, r, err)
		}
		rows += len(r) - 1
	}
	if rows != 8 || f.SheetCount != 3 {
		t.Errorf("%d rows on %d sheets", rows, f.SheetCount)
	}
	if got := columnLetters(25) + columnLetters(26) + columnLetters(701) + columnLetters(702); got != "ZAAZZAAA" {
		t.Error(got)
	}
}

// TestArrowExport reads the stream back: types, digits, instants and notes.
func TestArrowExport(t *testing.T) {
	t.Parallel()
	big, err := warehouse.ParseDecimal("-12345678901234567890123456789012345.67")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := warehouse.ParseDecimal("170141183460469231731687303715")
	if err != nil {
		t.Fatal(err)
	}
	s := &query.Stream{Head: &query.Result{Timezone: "Asia/Shanghai", Columns: []query.Column{
		{Name: "name", Type: "string", Title: text.Same("Name")}, {Name: "day", Type: "date"}, {Name: "at", Type: "timestamp"}, {Name: "yes", Type: "boolean"},
		{Name: "n", Type: "integer", Metric: "n", Version: 3}, {Name: "w", Type: "integer", Metric: "w"}, {Name: "d", Type: "decimal", Metric: "d", Unit: "CNY"},
		{Name: "u", Type: "decimal", Metric: "u"}, {Name: "f", Type: "decimal", Metric: "f"}},
		Rows: [][]any{{"甲", "2026-01-05", "2026-01-05T08:00:00.25+08:00", true, int64(9007199254740993), wide, big, big, 0.5},
			{nil, nil, nil, nil, nil, nil, nil, nil, nil}, {"x", "1969-12-31", "2026-01-05T00:00:00Z", int64(0), int64(-1), int64(5), int64(5), int64(5), warehouse.NewDecimal(25, 1)}},
		Totals: [][]any{{nil, nil, nil, nil, int64(1), nil, nil, nil, nil}}},
		Types: []warehouse.Column{{}, {}, {}, {}, {Type: "integer"}, {Type: "integer", Precision: 38}, {Type: "decimal", Precision: 38, Scale: 2}, {Type: "decimal"}, {Type: "float"}}}
	r, err := ipc.NewReader(bytes.NewReader(written(t, &arrowFile{}, s)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var types []string
	for _, f := range r.Schema().Fields() {
		types = append(types, f.Type.String())
	}
	if got := strings.Join(types, " "); got != "utf8 date32 timestamp[us, tz=Asia/Shanghai] bool int64 decimal(38, 0) decimal(38, 2) utf8 float64" {
		t.Error(got)
	}
	if v, _ := r.Schema().Field(6).Metadata.GetValue("unit"); v != "CNY" {
		t.Errorf("unit %q", v)
	}
	if v, _ := r.Schema().Metadata().GetValue("lodestar"); !strings.Contains(v, `"totals":[[null,null,null,null,1`) {
		t.Errorf("head %s", v)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	for i, want := range [][]string{
		{"甲", "2026-01-05", "2026-01-05T08:00:00.25+08:00", "true", "9007199254740993", wide.String(), big.String(), big.String(), "0.5"},
		nil, {"x", "1969-12-31", "2026-01-05T08:00:00+08:00", "false", "-1", "5", "5.00", "5", "2.5"}} {
		for j := range types {
			c := r.RecordBatch().Column(j)
			if c.IsNull(i) != (want == nil) {
				t.Errorf("row %d column %d: null %v", i, j, c.IsNull(i))
			} else if want != nil && !sameArrow(c.ValueStr(i), want[j]) {
				t.Errorf("row %d column %d: %s, want %s", i, j, c.ValueStr(i), want[j])
			}
		}
	}
	if r.Next() || r.Err() != nil {
		t.Errorf("more batches: %v", r.Err())
	}
	var f arrowFile
	s.Head.Rows = [][]any{{"x", "1969-12-31", "2026-01-05T00:00:00Z", true, 0.5, nil, nil, nil, nil}}
	if err := f.begin(io.Discard, s, text.EN); err != nil {
		t.Fatal(err)
	}
	if err := f.write(s.Head.Rows); !fault.Is(err, fault.Invalid) {
		t.Errorf("half an integer was written: %v", err)
	}
}

// sameArrow: decimals are printed without their last zeros.
func sameArrow(got, want string) bool {
	return got == want || strings.TrimSuffix(want, ".00") == got
}

// TestCookieIsSecure everywhere but on this very machine without TLS.
func TestCookieIsSecure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host   string
		tls    bool
		secure bool
	}{
		{"localhost:8080", false, false}, {"127.0.0.1:8080", false, false}, {"[::1]:80", false, false},
		{"localhost", true, true}, {"192.168.1.4:8080", false, true}, {"lodestar.example.com", false, true},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(""))
		r.Host = c.host
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		got := cookie(context.WithValue(t.Context(), requestKey, r), "x", time.Now())
		if got.Secure != c.secure || !got.HttpOnly || got.Path != "/" {
			t.Errorf("%s tls=%v: %+v", c.host, c.tls, got)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change    float64
		direction string
		want      string
	}{{1, "up", "good"}, {-1, "up", "bad"}, {1, "down", "bad"}, {-1, "down", "good"}, {0, "up", "flat"}, {5, "", "none"}} {
		if got := judge(c.change, c.direction); got != c.want {
			t.Errorf("%v %q: %s, want %s", c.change, c.direction, got, c.want)
		}
	}
}
