package ingest

import (
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
	if s.format.Sheet, err = b.sheet(s.format.Sheet); err != nil {
		return err
	}
	rows, err := b.reader(s.format.Sheet)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var records, last []record
	var r record
	for len(records) < 5000 {
		err := rows.next(&r)
		if errors.Is(err, io.EOF) {
			last = records
			break
		}
		if err != nil {
			return err
		}
		records = append(records, r.clone())
	}
	if len(records) == 0 {
		return errEmpty
	}
	widen(records)
	s.findHeader(records, known)
	if s.format.SkipFooter == 0 && last != nil {
		s.findFooter(last, len(last) <= 1)
	}
	return nil
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
