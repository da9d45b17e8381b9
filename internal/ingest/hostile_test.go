package ingest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
)

func shops() semantic.DatasetSpec {
	return semantic.DatasetSpec{Columns: []semantic.Column{col("id", expr.Integer), col("name", expr.String), col("amount", expr.Decimal)}}
}

func encoded(t *testing.T, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHostileFiles(t *testing.T) {
	t.Parallel()
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%d,n%d,%d.5\n", i, i, i)
		}
		return b.String()
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("id,name,amount\n1,北辰,2\n")
	if err != nil {
		t.Fatal(err)
	}
	utf16big, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String("id,name,amount\n1,北辰,2\n")
	if err != nil {
		t.Fatal(err)
	}
	head := "id,name,amount\n"
	for name, c := range map[string]struct {
		content  string
		loaded   int64
		rejected int64
		code     string // of the failure
		row      string // that must be there
		reason   string
	}{
		"wrong types":      {content: head + "1,a,2\nx,b,3\n2,c,many\n", loaded: 1, rejected: 2, row: "1|a|2.000000", reason: notANumber},
		"ragged":           {content: head + "1,a\n2,b,3\n3,c,4,5\n", loaded: 1, rejected: 2, row: "2|b|3.000000", reason: tooFewColumns},
		"fraction":         {content: head + "1.5,a,1\n2.0,b,1\n", loaded: 1, rejected: 1, row: "2|b|1.000000", reason: notAnInteger},
		"too large":        {content: head + "99999999999999999999,a,1\n1,b,1\n", loaded: 1, rejected: 1, reason: outOfRange},
		"rounding":         {content: head + "1,a,1.23456789\n2,b,1.2345670\n", loaded: 1, rejected: 1, row: "2|b|1.234567", reason: wouldRound},
		"gb18030":          {content: encoded(t, head+strings.Repeat("1,北京市朝阳区,2\n", 50)), loaded: 50, row: "1|北京市朝阳区|2.000000"},
		"utf-16":           {content: utf16, loaded: 1, row: "1|北辰|2.000000"},
		"utf-16 unmarked":  {content: strings.TrimPrefix(utf16, "\xff\xfe"), loaded: 1, row: "1|北辰|2.000000"},
		"utf-16 big":       {content: utf16big, loaded: 1, row: "1|北辰|2.000000"},
		"latin":            {content: head + "1,M\xfcller & S\xf6hne,2\n2,Caf\xe9 \x80,3\n", loaded: 2, row: "1|Müller & Söhne|2.000000"},
		"latin, rarely":    {content: head + many(3000) + "7,Ren\xe9,2\n", loaded: 3001, row: "7|René|2.000000"},
		"bad in utf-8":     {content: head + "1,北辰,2\n2,caf\xe9,3\n3,数据,4\n", loaded: 2, rejected: 1, row: "3|数据|4.000000", reason: badEncoding},
		"bad in gb18030":   {content: encoded(t, head+strings.Repeat("1,北京市朝阳区,2\n", 50)) + "2,\xff\xff,3\n", loaded: 50, rejected: 1, reason: badEncoding},
		"odd utf-16":       {content: utf16 + "2", loaded: 1, rejected: 1},
		"bom":              {content: "\xEF\xBB\xBF" + head + "1,a,2\n", loaded: 1, row: "1|a|2.000000"},
		"crlf":             {content: strings.ReplaceAll(head+"1,a,2\n2,b,3\n", "\n", "\r\n"), loaded: 2, row: "2|b|3.000000"},
		"cr":               {content: strings.ReplaceAll(head+"1,a,2\n2,b,3\n", "\n", "\r"), loaded: 2, row: "2|b|3.000000"},
		"mixed line ends":  {content: head + "1,a,2\r\n2,b,3\n3,c,4\r\n", loaded: 3, row: "3|c|4.000000"},
		"no last line end": {content: head + "1,a,2", loaded: 1, row: "1|a|2.000000"},
		"duplicate header": {content: "id,name,ID\n1,a,2\n", code: "duplicate_header"},
		"missing column":   {content: "id,name\n1,a\n", code: "missing_columns"},
		"extra column":     {content: "id,name,amount,more\n1,a,2,3\n", code: "extra_columns"},
		"other order":      {content: "Amount, NAME ,id\n2,a,1\n", loaded: 1, row: "1|a|2.000000"},
		"quoted header":    {content: "\"id\",\"name\",\"amount\"\n\"1\",\"\",\"\"\n", loaded: 1, row: "1|"},
		"many lines":       {content: head + "1,\"a\nb\nc\",2\n2,d,3\n", loaded: 2, row: "2|d|3.000000"},
		"unclosed quote":   {content: head + "1,\"a,2\n" + many(3000), loaded: 3000, rejected: 1, reason: unclosedQuote},
		"bad quote":        {content: head + "1,\"a\"b,2\n2,c,3\n", loaded: 1, rejected: 1, reason: badQuote},
		"quote inside":     {content: head + "1,5\" nail,2\n", loaded: 1, row: `1|5" nail|2.000000`},
		"nul":              {content: head + "1,a\x00b,2\n2,c,3\n", loaded: 1, rejected: 1, reason: nulByte},
		"bad bytes":        {content: head + "1,\xff\xfe\xfd,2\n2,c,3\n", loaded: 1, rejected: 1, reason: badEncoding},
		"empty":            {content: "", code: "empty_file"},
		"blank":            {content: "\n\n  \n", code: "empty_file"},
		"only header":      {content: head, loaded: 0},
		"sql":              {content: head + "1,\"'; DROP TABLE ledger.loads; --\",2\n", loaded: 1, row: "1|'; DROP TABLE ledger.loads; --|2.000000"},
		"formula":          {content: head + "=1+1,a,2\n", loaded: 0, rejected: 1, reason: notANumber},
		"offset forms":     {content: head + "1_000,a,2\n0x1F,b,3\n1e3,c,4\n 7 ,d,5\n", loaded: 2, rejected: 2, row: "1000|c|4.000000"},
		"title and total":  {content: "销售报表,,\n2026年,,\nid,name,amount\n1,a,2\n2,b,3\n合计,,5\n", loaded: 2, row: "2|b|3.000000"},
		"many columns":     {content: "id,name,amount" + strings.Repeat(",x", mostColumns) + "\n1,a,2\n", code: "columns_too_many"},
		"a line of commas": {content: strings.Repeat("a,", 1_000_000) + "\n1,a,2\n", code: "columns_too_many"},
		"no header":        {content: strings.Repeat(strings.Repeat("1,", mostColumns)+"1\n", 3), code: "columns_too_many"},
		"a long line":      {content: strings.Repeat("a b ", 1<<18) + "\n1,a,2\n", code: "first_line_too_long"},
		"many names":       {content: "{" + strings.Join(numbered(mostColumns+1), ",") + "}\n", code: "columns_too_many"},
		"names over time":  {content: "{" + strings.Join(numbered(mostColumns+1), "}\n{") + "}\n", code: "columns_too_many"},
		"no file of mine":  {content: "\x7fELF\x02\x01\x01\x00\x00\x00", code: "missing_columns"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.define("shops", shops())
			if l := b.load(LoadRequest{Dataset: "shops"}, head+"7,old,7\n"); l.State != Done {
				t.Fatalf("%+v", l.Error)
			}
			l := b.load(LoadRequest{Dataset: "shops", Mode: Replace}, c.content)
			rows := b.rows("shops", "id, name, amount")
			if c.code != "" {
				if l.State != Failed || l.Error.Code != c.code {
					t.Errorf("state %s, error %+v", l.State, l.Error)
				}
				if len(rows) != 1 || rows[0] != "7|old|7.000000" {
					t.Errorf("the old rows are gone: %v", rows)
				}
				return
			}
			if l.State != Done || l.Loaded != c.loaded || l.Rejected != c.rejected || int64(len(rows)) != c.loaded {
				t.Fatalf("%s: %d loaded, %d rejected, %d rows, %+v", l.State, l.Loaded, l.Rejected, len(rows), l.Error)
			}
			if c.row != "" && !strings.Contains(strings.Join(rows, "\n"), c.row) {
				t.Errorf("no row %q in %q", c.row, rows[:min(len(rows), 5)])
			}
			rejects, err := b.Rejects(t.Context(), editor, "shops", 0, 100)
			if err != nil || rejects.Total != c.rejected {
				t.Errorf("rejects %+v, %v", rejects, err)
			}
			if c.reason != "" && (len(rejects.Items) == 0 || rejects.Items[0].Reason != c.reason) {
				t.Errorf("rejects %+v", rejects.Items)
			}
		})
	}
}

// endless gives n bytes of one line, without ever holding them.
func endless(n int64) io.Reader { return io.LimitReader(repeating{}, n) }

type repeating struct{}

func (repeating) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestLineOf100MB(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	id := b.upload("long.csv", io.MultiReader(strings.NewReader("id,name,amount\n1,a,2\n2,"), endless(100<<20), strings.NewReader(",3\n4,d,5\n")))
	l := b.start(LoadRequest{Upload: id, Dataset: "shops"})
	if l.State != Done || l.Loaded != 2 || l.Rejected != 1 {
		t.Fatalf("%+v %+v", l, l.Error)
	}
	rejects, err := b.Rejects(t.Context(), editor, "shops", 0, 10)
	if err != nil || rejects.Items[0].Reason != recordTooLong || rejects.Items[0].Line != 3 || len(rejects.Items[0].Raw) != maxRaw {
		t.Errorf("%v %d", err, len(rejects.Items[0].Raw))
	}
}

func TestWorkbooks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{{"报表"}, {"id", "name", "amount"}, {1, "a", 19.99}, {2, nil, 0.1 + 0.2}, {"x", "c", 3}, {"合计", nil, 22}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var book bytes.Buffer
	if err := f.Write(&book); err != nil {
		t.Fatal(err)
	}
	l := b.start(LoadRequest{Upload: b.upload("a.xlsx", &book), Dataset: "shops"})
	if l.State != Done || l.Loaded != 2 || l.Rejected != 1 {
		t.Fatalf("%+v %+v", l, l.Error)
	}
	if rows := strings.Join(b.rows("shops", "id, name, amount"), "\n"); rows != "1|a|19.990000\n2|0.300000" {
		t.Errorf("%q", rows)
	}
	left, err := os.ReadDir(b.db.Staging())
	if err != nil || len(left) != 1 {
		t.Errorf("left in staging: %v, %v", left, err)
	}
}

// TestDust leaves out the dust of computing, and no digit that somebody entered.
func TestDust(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"19.989999999999998": "19.99", "0.30000000000000004": "0.3", "123456789012.34001": "123456789012.34", "-1.1000000000000001": "-1.1", "2.9999999999999996": "3",
		"12345678901234.56": "12345678901234.56", "12345678901234.5678": "12345678901234.5678", "123456789012345.67": "123456789012345.67", "0.3333333333333333": "0.3333333333333333",
		"6222021234567890.1234567": "6222021234567890.1234567", "1234567890123456789": "1234567890123456789", "2026.01.31.00.00.00": "2026.01.31.00.00.00", "1.5": "1.5",
	} {
		if got := shown(in); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}

func TestZipBombIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, endless(600<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	l := b.start(LoadRequest{Upload: b.upload("bomb.xlsx", &bomb), Dataset: "shops"})
	if l.State != Failed || l.Error.Code != "workbook_too_large" {
		t.Errorf("%+v", l.Error)
	}
	if took := time.Since(began); took > time.Minute { // reading it takes many; on a busy machine loads wait for everything else
		t.Errorf("took %s", took)
	}
}

func TestNamesOfFilesNeverBecomePaths(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	for _, name := range []string{"../x", `"; drop table`, "/etc/passwd", `..\..\x`, "a\x00b", "", strings.Repeat("长", 5000)} {
		id := b.upload(name, strings.NewReader("id,name,amount\n1,a,2\n"))
		l := b.start(LoadRequest{Upload: id, Dataset: "shops", Mode: Replace})
		if l.State != Done || l.Loaded != 1 || strings.ContainsAny(l.File, "/\\\x00") {
			t.Errorf("%q: %+v", name, l)
		}
		if err := b.Discard(t.Context(), editor, id); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(b.db.Staging()); err != nil || len(left) != 0 {
		t.Errorf("left in staging: %v, %v", left, err)
	}
	if out, err := filepath.Glob(filepath.Join(b.db.Staging(), "..", "x*")); err != nil || len(out) != 0 {
		t.Errorf("outside of staging: %v", out)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	l := b.load(LoadRequest{Dataset: "shops"}, `[{"id": 1, "name": "a", "amount": 1.5}, {"amount": 2, "id": 2}, {"id": "x", "name": "b"}, 7]`)
	if l.State != Done || l.Loaded != 2 || l.Rejected != 2 {
		t.Fatalf("%+v %+v", l, l.Error)
	}
	l = b.load(LoadRequest{Dataset: "shops", Mode: Append, IgnoreExtra: true},
		"{\"id\": 3, \"name\": \"\", \"amount\": null, \"deep\": {\"x\": 1}}\n{broken\n\n{\"id\": 4, \"name\": null}\n")
	if l.State != Done || l.Loaded != 2 || l.Rejected != 1 {
		t.Fatalf("%+v %+v", l, l.Error)
	}
	if l := b.load(LoadRequest{Dataset: "shops", Mode: Append}, `[{"id": 1, "name": "a", "amount": 1`); l.State != Failed || l.Error.Code != "broken_file" {
		t.Errorf("cut short: %+v", l)
	}
	for content, code := range map[string]string{
		`[{"id": 8, "name": "a", "amount": 1}] [{"id": 9, "name": "b", "amount": 1}]`:    "more_json",
		"[{\"id\": 8, \"name\": \"a\", \"amount\": 1}]\n{\"id\": 9}":                     "more_json",
		`[{"id": 8, "name": "a", "amount": 1}]]`:                                         "more_json",
		`[{"id": 8, "name": "a", "amount": 1}, {"name": "` + strings.Repeat("x", 17<<20): "element_too_large",
		`[{"id": 8, "name": "a", "amount": 1}` + strings.Repeat(" ", 17<<20) + "]":       "element_too_large",
	} {
		if l := b.load(LoadRequest{Dataset: "shops", Mode: Append}, content); l.State != Failed || l.Error.Code != code {
			t.Errorf("%.80s: %+v %+v, want %s", content, l.State, l.Error, code)
		}
	}
	// What is longer than a record, and shorter than that, is set aside.
	l = b.load(LoadRequest{Dataset: "shops", Mode: Append}, `[{"id": 8, "name": "`+strings.Repeat("x", 2<<20)+`", "amount": 1}, {"id": 3, "name": "", "amount": null}] `+"\n")
	if l.State != Done || l.Loaded != 1 || l.Rejected != 1 {
		t.Errorf("%+v %+v", l, l.Error)
	}
	if rows := b.rows("shops", "id, coalesce(name, 'null'), amount"); len(rows) != 5 || rows[2] != "3|" {
		t.Errorf("%q", rows)
	}
}

func TestViewersMayNotLoad(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	viewer := editor
	viewer.Role = "viewer"
	if _, err := b.Upload(t.Context(), viewer, "x", strings.NewReader("x")); !fault.Is(err, fault.Denied) {
		t.Errorf("upload: %v", err)
	}
	if _, err := b.Start(t.Context(), viewer, LoadRequest{}); !fault.Is(err, fault.Denied) {
		t.Errorf("start: %v", err)
	}
	if err := b.DropDataset(t.Context(), viewer, "x"); !fault.Is(err, fault.Denied) {
		t.Errorf("drop: %v", err)
	}
}

// numbered lists fields of JSON objects.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(`"f%d": 1`, i)
	}
	return out
}
