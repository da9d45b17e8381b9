package ingest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Limits of spreadsheets, against files that unpack without end.
const (
	maxSheetBytes  = 512 << 20 // all parts, unpacked
	maxSheetInCore = 16 << 20  // above it a sheet is unpacked to a temporary file
)

// book is an open spreadsheet.
type book struct {
	file *excelize.File
	tmp  string
}

// openBook opens a staged spreadsheet; tmp is where big sheets are unpacked.
func openBook(path, tmp string) (b *book, err error) {
	dir, err := os.MkdirTemp(tmp, "sheet-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v != nil {
			err = errors.Join(bookPanic(v), os.RemoveAll(dir))
		}
	}()
	f, err := excelize.OpenFile(path, excelize.Options{
		UnzipSizeLimit: maxSheetBytes, UnzipXMLSizeLimit: maxSheetInCore, TmpDir: dir, RawCellValue: true})
	if err != nil {
		err = errors.Join(os.RemoveAll(dir), bookFault(err))
		return nil, err
	}
	return &book{f, dir}, nil
}

// bookPanic is what a file means that the library for spreadsheets stumbles over.
func bookPanic(v any) error { return errBroken("XLSX").Wrap(fmt.Errorf("panic: %v", v)) }

func bookFault(err error) error {
	if strings.Contains(err.Error(), "unzip size exceeds") {
		return fault.New(fault.TooLarge, "workbook_too_large", text.Text{
			EN: "the workbook unpacks to more than 512 MiB; save the sheet as CSV and load that",
			ZH: "工作簿解压后超过 512 MiB；请将工作表另存为 CSV 再导入"}).Wrap(err)
	}
	return errBroken("XLSX").Wrap(err)
}

// Close frees the temporary files.
func (b *book) Close() error { return errors.Join(b.file.Close(), os.RemoveAll(b.tmp)) }

// sheet picks a sheet by name; the first when name is empty.
func (b *book) sheet(name string) (string, error) {
	list := b.file.GetSheetList()
	if name == "" && len(list) > 0 {
		return list[0], nil
	}
	for _, s := range list {
		if s == name {
			return s, nil
		}
	}
	return "", fault.New(fault.Invalid, "unknown_sheet", text.Text{
		EN: "the workbook has no sheet named {sheet}; it has {sheets}",
		ZH: "工作簿中没有名为 {sheet} 的工作表；现有：{sheets}"}, "sheet", name, "sheets", strings.Join(list, ", "))
}

// mostDigits are those that a number has at most which a computer keeps; dust is
// by how many digits it is shorter when it was rounded because of that.
const (
	mostDigits = 17
	dust       = 3
)

// sheetReader reads the rows of a sheet. The value of merged cells stands in
// their first row only, as the file has it; dates are serial numbers.
type sheetReader struct {
	rows    *excelize.Rows
	width   int    // columns that a row is filled up to; 0 for as they are
	asShown bool   // values as a person sees them, not as they are kept
	dates   []bool // columns whose numbers are days since 1904, as old Macs count
	line    int64
	raw     strings.Builder
}

func (b *book) reader(sheet string) (r *sheetReader, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = bookPanic(v)
		}
	}()
	rows, err := b.file.Rows(sheet)
	if err != nil {
		return nil, bookFault(err)
	}
	return &sheetReader{rows: rows}, nil
}

func (r *sheetReader) next(out *record) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = bookPanic(v)
		}
	}()
	for r.rows.Next() {
		r.line++
		values, err := r.rows.Columns(excelize.Options{RawCellValue: !r.asShown})
		if err != nil {
			return bookFault(err)
		}
		for len(values) > 0 && values[len(values)-1] == "" {
			values = values[:len(values)-1]
		}
		if len(values) == 0 {
			continue
		}
		*out = record{line: r.line, cells: out.cells[:0]}
		if len(values) > mostColumns {
			out.reason = tooManyColumns
			values = values[:mostColumns]
		}
		for i, v := range values {
			if i < len(r.dates) && r.dates[i] {
				v = since1900(v)
			}
			out.cells = append(out.cells, cell{text: []byte(shown(v)), null: v == ""})
		}
		for len(out.cells) < r.width {
			out.cells = append(out.cells, cell{null: true})
		}
		r.raw.Reset()
		w := csv.NewWriter(&r.raw)
		if err := w.Write(values); err != nil {
			return err
		}
		w.Flush()
		out.raw = []byte(strings.TrimSuffix(r.raw.String(), "\n"))
		check(out)
		return nil
	}
	if err := r.rows.Error(); err != nil {
		return bookFault(err)
	}
	return io.EOF
}

// Close ends the reading.
func (r *sheetReader) Close() error { return r.rows.Close() }

// since1900 turns a date of a workbook that counts from 1904 into one that counts
// from 1900.
func since1900(v string) string {
	if f, err := strconv.ParseFloat(v, 64); err == nil {
		return strconv.FormatFloat(f+1462, 'f', -1, 64)
	}
	return v
}

// from1904 reports whether the dates of a workbook count from 1904.
func (b *book) from1904() (bool, error) {
	p, err := b.file.GetWorkbookProps()
	if err != nil {
		return false, bookFault(err)
	}
	return p.Date1904 != nil && *p.Date1904, nil
}

// shown rounds a number to the 15 digits that spreadsheets show and compute
// with, where what is left out is the dust of computing:
// 19.989999999999998 in the file is the 19.99 that the person sees. Where it is
// not, all digits stay: such a number may have been entered as text to keep them.
func shown(v string) string {
	if len(v) <= 16 || len(v) > 30 || strings.Trim(v, "0123456789.-+eE") != "" || !strings.Contains(v, ".") {
		return v
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return v
	}
	out := strconv.FormatFloat(f, 'g', 15, 64)
	if n := significant(v); n > mostDigits || n < significant(out)+dust {
		return v
	}
	return out
}

// significant is how many digits of a number tell something.
func significant(v string) int {
	v, _, _ = strings.Cut(strings.ToLower(v), "e")
	return len(strings.TrimLeft(strings.NewReplacer("-", "", "+", "", ".", "").Replace(v), "0"))
}
