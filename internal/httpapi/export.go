package httpapi

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/xuri/excelize/v2"

	"lodestar/internal/access"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

type exportQueryIn struct {
	Format string `query:"format" enum:"csv,xlsx" required:"true"`
	Body   question
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (a *API) exportRoutes() {
	op := operation{id: "exportQuery", method: "POST", path: "/query/export", role: access.Viewer, tag: "Query",
		status: http.StatusOK, summary: "The answer to a question as a file"}
	register(a, op, func(ctx context.Context, who access.Actor, in *exportQueryIn) (*yamlOut, error) {
		q, err := in.Body.get()
		if err != nil {
			return nil, err
		}
		res, err := a.cfg.Queries.Query(ctx, who, q)
		if err != nil {
			return nil, err
		}
		sheet := sheetOf(res, langOf(ctx))
		if in.Format == "xlsx" {
			data, err := sheet.xlsx()
			return &yamlOut{xlsxType, `attachment; filename="lodestar.xlsx"`, data}, err
		}
		data, err := sheet.csv()
		return &yamlOut{"text/csv; charset=utf-8", `attachment; filename="lodestar.csv"`, data}, err
	})
	a.describe(op, func(o *huma.Operation) {
		file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		o.Responses["200"].Content = map[string]*huma.MediaType{"text/csv": file, xlsxType: file}
	})
}

// sheet is an answer as rows of a file: a head, then rows, others and totals.
type sheet struct {
	head []string
	rows [][]any
}

func sheetOf(r *query.Result, lang text.Lang) sheet {
	var s sheet
	for _, c := range r.Columns {
		name := c.Title.In(lang)
		if name == "" {
			name = c.Name
		}
		if c.Unit != "" {
			name += " (" + c.Unit + ")"
		}
		s.head = append(s.head, name)
	}
	s.rows = append(s.rows, r.Rows...)
	s.rows = append(s.rows, labelled(r.Others, text.Text{EN: "others", ZH: "其他"}.In(lang))...)
	s.rows = append(s.rows, labelled(r.Totals, text.Text{EN: "total", ZH: "总计"}.In(lang))...)
	return s
}

// labelled puts a word into the first empty cell of copies of summary rows.
func labelled(rows [][]any, word string) [][]any {
	out := make([][]any, len(rows))
	for i, row := range rows {
		out[i] = append([]any(nil), row...)
		for j, v := range out[i] {
			if v == nil {
				out[i][j] = word
				break
			}
		}
	}
	return out
}

// csv starts with a byte order mark, without which Excel misreads Chinese.
func (s sheet) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	line := make([]string, len(s.head))
	for i, h := range s.head {
		line[i] = harmless(h)
	}
	if err := w.Write(line); err != nil {
		return nil, err
	}
	for _, row := range s.rows {
		for i, v := range row {
			line[i] = exact(v)
		}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// exact is the full text of a value; only text can be a formula.
func exact(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return harmless(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

// harmless keeps a spreadsheet from running text as a formula.
func harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s // a number, such as -5, is no formula
	}
	return "'" + s
}

// xlsx writes numbers as numbers. Those with more digits than a spreadsheet
// holds go in as text, so that none is lost.
func (s sheet) xlsx() (_ []byte, err error) {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	head := make([]any, len(s.head))
	for i, h := range s.head {
		head[i] = h
	}
	if err := w.SetRow("A1", head); err != nil {
		return nil, err
	}
	for n, row := range s.rows {
		line := make([]any, len(row))
		for i, v := range row {
			line[i] = cell(v)
		}
		if err := w.SetRow("A"+strconv.Itoa(n+2), line); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

const exactInt = 1 << 53

// cell gives a value as the spreadsheet library takes it. Its strings are
// never formulas.
func cell(v any) any {
	switch v := v.(type) {
	case nil, string, bool, float64:
		return v
	case int64:
		if v > exactInt || v < -exactInt {
			return strconv.FormatInt(v, 10)
		}
		return v
	}
	s := fmt.Sprint(v)
	if f, err := strconv.ParseFloat(s, 64); err == nil && digits(s) <= 15 {
		return f
	}
	return s
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
