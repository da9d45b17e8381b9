package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Encodings of text files.
const (
	utf8Encoding  = "utf-8"
	utf16Encoding = "utf-16"
	gbEncoding    = "gb18030"
	latinEncoding = "windows-1252"
)

// opened is a staged file, opened for one pass.
type opened struct {
	io.Reader
	closers []io.Closer
}

func (s *opened) Close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i].Close())
	}
	return errors.Join(errs...)
}

// openText opens a staged file as UTF-8 text: decompressed, decoded, without a
// byte order mark. What is read of the file counts as progress, if any.
func openText(path, encoding string, of *progress) (*opened, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("staged file: %w", err)
	}
	s := &opened{closers: []io.Closer{f}}
	if err := s.unpack(f, of); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.Reader = decoded(s.Reader, encoding)
	b := bufio.NewReaderSize(s.Reader, 64<<10)
	if mark, err := b.Peek(3); err == nil && bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
		if _, err := b.Discard(3); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	s.Reader = b
	return s, nil
}

// decoded reads text of an encoding as UTF-8.
func decoded(in io.Reader, encoding string) io.Reader {
	switch encoding {
	case gbEncoding:
		return transform.NewReader(in, newGBDecoder())
	case latinEncoding:
		return transform.NewReader(in, charmap.Windows1252.NewDecoder())
	case utf16Encoding:
		return transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	}
	return in
}

// Compressions, by their first bytes.
const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
	zipMagic  = "PK\x03\x04"
)

func (s *opened) unpack(f *os.File, of *progress) error {
	var in interface {
		io.Reader
		io.ReaderAt
	} = f
	if of != nil {
		in = counting{f, of}
	}
	b := bufio.NewReaderSize(in, window)
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("staged file: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("staged file: %w", err)
	}
	s.Reader = b
	switch {
	case bytes.HasPrefix(head, []byte(gzipMagic)):
		z, err := gzip.NewReader(b)
		if err != nil {
			return errBroken("gzip").Wrap(err)
		}
		s.Reader = z
	case bytes.HasPrefix(head, []byte(zstdMagic)):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return errBroken("zstd").Wrap(err)
		}
		s.closers = append(s.closers, z.IOReadCloser())
		s.Reader = z
	case bytes.HasPrefix(head, []byte(zipMagic)):
		m, err := openMember(in, info.Size())
		if err != nil {
			return err
		}
		s.closers = append(s.closers, m)
		s.Reader = m
	default:
		return tabular(head)
	}
	s.Reader = &bounded{in: s.Reader, left: 200*info.Size() + 64<<20}
	return nil
}

// bounded refuses to unpack without end.
type bounded struct {
	in   io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errBomb
	}
	if err != nil && !errors.Is(err, io.EOF) {
		// In words only: readers take io.ErrUnexpectedEOF for the end of the text.
		err = errBroken("compressed").Wrap(errors.New(err.Error()))
	}
	return n, err
}

var errBomb = fault.New(fault.TooLarge, "unpacks_too_large", text.Text{
	EN: "the compressed file unpacks to more than 200 times its size; unpack it first",
	ZH: "压缩文件解压后超过原大小的 200 倍；请先解压再上传"})

// noTables are files that hold no table which can be read, by their first bytes.
var noTables = []struct {
	magic string
	what  text.Text
}{
	{"%PDF", text.Text{EN: "a PDF document", ZH: " PDF 文档"}},
	{"\xd0\xcf\x11\xe0", text.Text{EN: "a file of an old Office, such as .xls", ZH: "旧版 Office 文件（如 .xls）"}},
	{"\x89PNG", text.Text{EN: "a picture", ZH: "图片"}},
	{"\xff\xd8\xff", text.Text{EN: "a picture", ZH: "图片"}},
	{"Rar!", text.Text{EN: "a RAR archive", ZH: " RAR 压缩包"}},
	{"7z\xbc\xaf", text.Text{EN: "a 7z archive", ZH: " 7z 压缩包"}},
}

// tabular refuses what would be read as a text of one long line.
func tabular(head []byte) error {
	for _, no := range noTables {
		if bytes.HasPrefix(head, []byte(no.magic)) {
			return fault.New(fault.Invalid, "not_a_table", text.Text{
				EN: "this is " + no.what.EN + ", which is not read as a table; save it as CSV or XLSX and send that",
				ZH: "这是" + no.what.ZH + "，不能当作表格读取；请另存为 CSV 或 XLSX 后再上传"})
		}
	}
	return nil
}

func errBroken(kind string) *fault.Error {
	return fault.New(fault.Invalid, "broken_file", text.Text{
		EN: "this {kind} file is damaged or cut short; send it again",
		ZH: "{kind} 文件已损坏或不完整，请重新上传"}, "kind", kind)
}
