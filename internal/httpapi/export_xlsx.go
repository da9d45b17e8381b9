package httpapi

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"lodestar/internal/query"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// What a worksheet can hold.
const (
	xlsxRows  = 1 << 20
	xlsxChars = 32767 // UTF-16 units of a cell
)

// xlsxFile writes a workbook while its rows come: the parts that name the
// sheets are last in the file, where readers find them all the same. Numbers
// are numbers, but those with more digits than a spreadsheet holds are text, so
// that none is lost. Text is never a formula. What does not fit one sheet goes
// on in the next, under the same heads.
type xlsxFile struct {
	zip     *zip.Writer
	sheet   *bufio.Writer
	sheets  int
	row     int // of the sheet, the last one written
	most    int // rows of a sheet
	columns []string
	heads   []any
	summary [][]any
}

func (f *xlsxFile) begin(w io.Writer, s *query.Stream, lang text.Lang) error {
	f.zip, f.summary = zip.NewWriter(w), summaries(s.Head, lang)
	if f.most == 0 {
		f.most = xlsxRows
	}
	for i, h := range heads(s.Head, lang) {
		f.heads = append(f.heads, h)
		f.columns = append(f.columns, columnLetters(i))
	}
	return f.newSheet()
}

// columnLetters is A, B, … Z, AA, …
func columnLetters(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return columnLetters(i/26-1) + string(rune('A'+i%26))
}

func (f *xlsxFile) newSheet() error {
	if err := f.endSheet(); err != nil {
		return err
	}
	f.sheets++
	f.row = 0
	part, err := f.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", f.sheets))
	if err != nil {
		return err
	}
	f.sheet = bufio.NewWriterSize(part, 32<<10)
	f.sheet.WriteString(xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	return f.line(f.heads)
}

func (f *xlsxFile) endSheet() error {
	if f.sheet == nil {
		return nil
	}
	f.sheet.WriteString(`</sheetData></worksheet>`)
	return f.sheet.Flush() // which gives the first error of all writes
}

func (f *xlsxFile) write(rows [][]any) error {
	for _, row := range rows {
		if f.row == f.most {
			if err := f.newSheet(); err != nil {
				return err
			}
		}
		if err := f.line(row); err != nil {
			return err
		}
	}
	return nil
}

func (f *xlsxFile) line(row []any) error {
	f.row++
	n := strconv.Itoa(f.row)
	f.sheet.WriteString(`<row r="` + n + `">`)
	for i, v := range row {
		kind, body := xlsxCell(v)
		if body == "" {
			continue
		}
		f.sheet.WriteString(`<c r="` + f.columns[i] + n + `"` + kind + `>`)
		f.sheet.WriteString(body)
		f.sheet.WriteString(`</c>`)
	}
	_, err := f.sheet.WriteString(`</row>`)
	return err
}

const exactInt = 1 << 53

// xlsxCell is the attribute and the content of a cell; no content for none.
func xlsxCell(v any) (kind, body string) {
	number := func(s string) (string, string) { return "", "<v>" + s + "</v>" }
	switch v := v.(type) {
	case nil:
		return "", ""
	case bool:
		if v {
			return ` t="b"`, "<v>1</v>"
		}
		return ` t="b"`, "<v>0</v>"
	case int64:
		if v <= exactInt && v >= -exactInt {
			return number(strconv.FormatInt(v, 10))
		}
	case float64:
		return number(strconv.FormatFloat(v, 'g', -1, 64))
	case warehouse.Decimal:
		if s := v.String(); digits(s) <= 15 {
			return number(s)
		}
	}
	return ` t="inlineStr"`, `<is><t xml:space="preserve">` + xlsxText(fmt.Sprint(v)) + `</t></is>`
}

// xlsxText escapes text: for XML, and so that nothing looks like one of the
// spreadsheet's own escapes, as _x000D_.
func xlsxText(s string) string {
	units := 0
	for i, r := range s {
		if units += 1; r > 0xffff {
			units++
		}
		if units > xlsxChars-1 {
			s = s[:i] + "…"
			break
		}
	}
	var b strings.Builder
	s = strings.ReplaceAll(s, "_x", "_x005F_x")
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

func digits(s string) int {
	n := 0
	for _, c := range s {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

func (f *xlsxFile) end() error {
	if err := f.write(f.summary); err != nil {
		return err
	}
	if err := f.endSheet(); err != nil {
		return err
	}
	const (
		types = `http://schemas.openxmlformats.org/package/2006/content-types`
		rels  = `http://schemas.openxmlformats.org/package/2006/relationships`
		doc   = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
		sheet = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
		kind  = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
	)
	var parts, names, links strings.Builder
	for i := 1; i <= f.sheets; i++ {
		fmt.Fprintf(&parts, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i, kind)
		fmt.Fprintf(&names, `<sheet name="Sheet%d" sheetId="%d" r:id="rId%d"/>`, i, i, i)
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, doc, i)
	}
	for _, part := range []struct{ name, body string }{
		{"xl/workbook.xml", `<workbook xmlns="` + sheet + `" xmlns:r="` + doc + `"><sheets>` + names.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + rels + `">` + links.String() + `</Relationships>`},
		{"_rels/.rels", `<Relationships xmlns="` + rels + `"><Relationship Id="rId1" Type="` + doc + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", `<Types xmlns="` + types + `"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + kind + `sheet.main+xml"/>` + parts.String() + `</Types>`},
	} {
		w, err := f.zip.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, xml.Header+part.body); err != nil {
			return err
		}
	}
	return f.zip.Close()
}
