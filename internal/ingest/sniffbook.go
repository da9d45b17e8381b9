package ingest

import (
	"bytes"
	"errors"
	"io"

	"lodestar/internal/semantic"
)

// sniffBook finds the sheet, its header and its footer.
func (s *shape) sniffBook(known []semantic.Column) (err error) {
	b, err := openBook(s.path, s.tmp)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	s.sheets = b.file.GetSheetList()
	if s.format.Sheet == "" && len(s.sheets) > 1 {
		s.format.Sheet, err = b.firstTable(s.sheets)
	} else {
		s.format.Sheet, err = b.sheet(s.format.Sheet)
	}
	if err != nil {
		return err
	}
	records, last, err := b.sample(s.format.Sheet)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return errEmpty
	}
	widen(records)
	s.findHeader(records, known)
	s.findFooter(last, len(records) <= 1)
	s.dates, err = b.dates(s.format.Sheet, s.header, len(s.headers))
	return err
}

// firstTable is the first sheet with rows of several cells: what stands before
// it is a cover.
func (b *book) firstTable(sheets []string) (string, error) {
	for _, name := range sheets {
		rows, err := b.reader(name)
		if err != nil {
			return "", err
		}
		tables := 0
		var r record
		for n := 0; n < sheetLook && tables < 2 && err == nil; n++ {
			if err = rows.next(&r); err == nil && len(r.cells) > 1 {
				tables++
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if err := errors.Join(err, rows.Close()); err != nil {
			return "", err
		}
		if tables > 1 {
			return name, nil
		}
	}
	return sheets[0], nil
}

// sheetLook is how many rows of a sheet are looked at to tell what it is.
const sheetLook = 100

// sample gives the first rows of a sheet, and the last.
func (b *book) sample(sheet string) (records, last []record, err error) {
	rows, err := b.reader(sheet)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var r record
	for {
		err := rows.next(&r)
		if errors.Is(err, io.EOF) {
			return records, last, nil
		}
		if err != nil {
			return nil, nil, err
		}
		c := r.clone()
		if len(records) < 5000 {
			records = append(records, c)
		}
		if last = append(last, c); len(last) >= 2*tailRows {
			last = append(last[:0], last[len(last)-tailRows:]...)
		}
	}
}

// tailRows is how many rows at the end of a sheet are kept to find its footer.
const tailRows = 100

// dates says which columns show dates: a date is a number in a spreadsheet, and
// only the way it is shown tells.
func (b *book) dates(sheet string, header int64, width int) (out []bool, err error) {
	plain, err := b.reader(sheet)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	out = make([]bool, width)
	pretty, err := b.reader(sheet)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pretty.Close()) }()
	pretty.asShown = true
	shown, other := make([]int, width), make([]int, width)
	var r, p record
	for n := 0; n < sheetLook; {
		if err := errors.Join(plain.next(&r), pretty.next(&p)); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if r.line <= header || r.line != p.line {
			continue
		}
		n++
		for i := 0; i < width && i < len(r.cells) && i < len(p.cells); i++ {
			if r.cells[i].null {
				continue
			}
			if _, ok := parseSerial(r.cells[i].text); ok && looksLikeDate(p.cells[i].text) {
				shown[i]++
			} else {
				other[i]++
			}
		}
	}
	for i := range out {
		out[i] = shown[i] > other[i]
	}
	return out, nil
}

// looksLikeDate reports whether a number is shown as a date.
func looksLikeDate(shown []byte) bool {
	if len(shown) == 0 || shown[0] == '-' {
		return false
	}
	return bytes.ContainsAny(shown, "-/年月")
}

// widen fills the rows that reach from the first to the widest, since empty
// cells at the end of a row are not in the file.
func widen(records []record) {
	width, _ := commonWidth(records)
	for i := range records {
		n := len(records[i].cells)
		for ; n >= (width+1)/2 && n < width; n++ {
			records[i].cells = append(records[i].cells, cell{null: true})
		}
	}
}

// sniffJSON lists the names in the order in which objects bring them up. All
// of the file is read: a name may turn up late.
func (s *shape) sniffJSON() (err error) {
	src, err := openText(s.path, s.format.Encoding, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	in, err := newJSONReader(src, nil)
	if err != nil {
		return err
	}
	s.format.Type = ndjsonType
	if in.dec != nil {
		s.format.Type = jsonType
	}
	seen := map[string]bool{}
	var r record
	for {
		err := in.object(&r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for _, p := range in.pairs {
			if !seen[p.name] {
				if len(s.headers) == mostColumns {
					return errColumns
				}
				seen[p.name] = true
				s.headers = append(s.headers, p.name)
			}
		}
	}
	if len(s.headers) == 0 {
		return errEmpty
	}
	return nil
}
