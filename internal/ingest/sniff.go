package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// sniffBytes is how much of a file is looked at to find out how it is written.
const sniffBytes = 512 << 10

// mostColumns bounds the columns of a file, so that a line of commas is no table
// of a million of them.
const mostColumns = 5000

var errColumns = fault.New(fault.Invalid, "columns_too_many", text.Text{
	EN: "the file has more than {most} columns; leave out those that are not needed, or write them as rows; if there should be few, say which delimiter it has",
	ZH: "文件的列数超过 {most}；请去掉不需要的列，或改为按行存放；如果本应只有几列，请指明分隔符"}, "most", mostColumns)

var errFirstLine = fault.New(fault.Invalid, "first_line_too_long", text.Text{
	EN: "the first line of the file has more than {most} KB; is it text with one record a line?",
	ZH: "文件的第一行超过 {most} KB；它是每行一条记录的文本吗？"}, "most", sniffBytes>>10)

// sniffRecords is how many records at the beginning are cut to see their form.
const sniffRecords = 1000

var errEmpty = fault.New(fault.Invalid, "empty_file", text.Text{
	EN: "the file is empty", ZH: "文件是空的"})

// sniff completes a format by looking at the file. known are the columns of
// the dataset, if there is one: they help to find the header.
func sniff(path, tmp string, format semantic.Format, known []semantic.Column) (*shape, error) {
	s := &shape{path: path, tmp: tmp, format: format, newline: "\n"}
	head, err := readHead(path)
	if err != nil {
		return nil, err
	}
	if len(head) == 0 {
		return nil, errEmpty
	}
	s.packed = bytes.HasPrefix(head, []byte(gzipMagic)) || bytes.HasPrefix(head, []byte(zstdMagic))
	if bytes.HasPrefix(head, []byte(zipMagic)) {
		if s.packed, err = isArchive(path); err != nil {
			return nil, err
		}
	}
	if is := typeOf(head); !s.packed && (s.format.Type == "" || isText(s.format.Type) != isText(is)) {
		s.format.Type = is // what is said may be of an earlier file
	}
	switch s.format.Type {
	case xlsxType:
		return s, s.sniffBook(known)
	case parquetType:
		return s, nil
	case csvType, jsonType, ndjsonType, "":
	default:
		return nil, fault.New(fault.Invalid, "unknown_format", text.Text{
			EN: "{type} is no type of file this reads; use csv, json, ndjson, parquet or xlsx",
			ZH: "不支持 {type} 类型；可用 csv、json、ndjson、parquet 或 xlsx"}, "type", s.format.Type)
	}
	found, err := encodingOf(path, head, s.packed)
	if err != nil {
		return nil, err
	}
	if s.format.Encoding == "" || contradicts(found, s.format.Encoding, head) {
		s.format.Encoding = found
	}
	sample, err := s.textHead()
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(sample)) == 0 {
		return nil, errEmpty
	}
	if s.packed && isPacked(sample) {
		return nil, errPackedInside
	}
	if s.format.Type == "" {
		s.format.Type = textType(sample)
	}
	if s.format.Type != csvType {
		return s, s.sniffJSON()
	}
	return s, s.sniffText(sample, known)
}

// contradicts reports whether the bytes of a file tell that it is not in the
// encoding that is said: earlier files may have been.
func contradicts(found, said string, head []byte) bool {
	switch said {
	case utf8Encoding:
		return found == gbEncoding
	case gbEncoding, latinEncoding:
		if found != utf8Encoding {
			return false
		}
		wide := 0
		for _, r := range string(head[:max(bytes.LastIndexByte(head, '\n'), 0)]) {
			if r >= 0x800 {
				wide++
			}
		}
		return wide > 2
	}
	return false
}

// isText reports whether files of a type are text; so are those of no known type.
func isText(typ string) bool { return typ != xlsxType && typ != parquetType }

func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("staged file: %w", err)
	}
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], errors.Join(err, f.Close())
}

func typeOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte(zipMagic)):
		return xlsxType
	case bytes.HasPrefix(head, []byte("PAR1")):
		return parquetType
	}
	return ""
}

// isPacked reports whether bytes are those of a file that is no text.
func isPacked(head []byte) bool {
	return typeOf(head) != "" || bytes.HasPrefix(head, []byte(gzipMagic)) || bytes.HasPrefix(head, []byte(zstdMagic))
}

func textType(sample []byte) string {
	trimmed := bytes.TrimSpace(sample)
	switch {
	case trimmed[0] == '[' && len(trimmed) > 1 && bytes.IndexByte([]byte("{]"), bytes.TrimSpace(trimmed[1:])[0]) >= 0:
		return jsonType
	case trimmed[0] == '{':
		return ndjsonType
	}
	return csvType
}

// textHead decodes the beginning of the file.
func (s *shape) textHead() ([]byte, error) {
	src, err := openText(s.path, s.format.Encoding, nil)
	if err != nil {
		return nil, err
	}
	sample := make([]byte, sniffBytes)
	n, err := io.ReadFull(src, sample)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return sample[:n], errors.Join(err, src.Close())
}

func (s *shape) sniffText(sample []byte, known []semantic.Column) error {
	whole := len(sample) < sniffBytes
	switch {
	case bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0:
		s.newline = "\r"
	case bytes.Contains(sample, []byte("\r\n")):
		s.newline = "\r\n"
	}
	said := s.format.Delimiter != ""
	if !said {
		s.format.Delimiter = delimiterOf(sample, s.newline, s.format.Quote)
	}
	if s.format.Quote == "" && s.format.Delimiter != "blanks" {
		s.format.Quote = `"`
	}
	if len(s.format.Delimiter) != 1 && s.format.Delimiter != "tab" && s.format.Delimiter != "blanks" || len(s.format.Quote) > 1 && s.format.Quote != "none" {
		return fault.New(fault.Invalid, "bad_delimiter", text.Text{
			EN: `the delimiter is one ASCII character, "tab" or "blanks"; the quote is one character or "none"`,
			ZH: `分隔符应为单个 ASCII 字符、tab 或 blanks；引号应为单个字符或 none`})
	}
	if l := s.layout(); !whole && bytes.IndexByte(sample, l.newline) < 0 {
		if bytes.Count(sample, []byte{l.delimiter}) >= mostColumns {
			return errColumns
		}
		return errFirstLine
	}
	records := sampleRecords(sample, s.layout(), whole, sniffRecords)
	if len(known) > 0 && said && knownHeader(records[:min(len(records), headerLook)], known) < 0 {
		// What is said may be of an earlier file: the names tell what cuts this one.
		other := *s
		other.format.Delimiter = delimiterOf(sample, s.newline, s.format.Quote)
		if cut := sampleRecords(sample, other.layout(), whole, sniffRecords); knownHeader(cut[:min(len(cut), headerLook)], known) >= 0 {
			s.format.Delimiter, records = other.format.Delimiter, cut
		}
	}
	if len(records) == 0 {
		return errEmpty
	}
	if s.findHeader(records, known); len(s.headers) > mostColumns {
		return errColumns
	}
	last := records
	if !whole || len(records) == sniffRecords {
		tail, err := s.tail()
		if err != nil {
			return err
		}
		last = sampleRecords(tail, s.layout(), true, 1<<20)
	}
	s.findFooter(last, len(records) <= 1)
	return nil
}

// sampleRecords cuts a sample; a last line that may be cut short is left out.
func sampleRecords(sample []byte, l layout, whole bool, most int) []record {
	if !whole {
		sample = sample[:bytes.LastIndexByte(sample, l.newline)+1]
	}
	split := newSplitter(bytes.NewReader(sample), l)
	var out []record
	var r record
	for len(out) < most && split.next(&r) == nil {
		out = append(out, r.clone())
	}
	return out
}

// delimiterOf picks the delimiter that cuts most records into equally many
// values; among equals the one that makes more of them.
func delimiterOf(sample []byte, newline, quote string) string {
	best, bestScore := ",", 0.0
	for _, d := range []string{",", "tab", ";", "|", "blanks"} {
		s := shape{newline: newline, format: semantic.Format{Delimiter: d, Quote: quote}}
		if quote == "" && d != "blanks" {
			s.format.Quote = `"`
		}
		records := sampleRecords(sample, s.layout(), len(sample) < sniffBytes, 300)
		width, share := commonWidth(records)
		if width < 2 {
			continue
		}
		score := share + float64(min(width, 50))/1000
		if d == "blanks" {
			score -= 0.3 // sentences have blanks too
		}
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

func commonWidth(records []record) (width int, share float64) {
	counts := map[int]int{}
	for _, r := range records {
		if r.reason == "" {
			counts[len(r.cells)]++
		}
	}
	for w, n := range counts {
		if n > counts[width] || n == counts[width] && w > width {
			width = w
		}
	}
	if len(records) == 0 {
		return 0, 0
	}
	return width, float64(counts[width]) / float64(len(records))
}
