package eventlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A record is its length, a checksum over its position and content, and its
// content. The position keeps old bytes from being taken for a record.
const headBytes = 8

// MostRecord is the largest record, in bytes.
const MostRecord = 4 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRecord(b []byte, pos int64, content []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(content)))
	b = binary.LittleEndian.AppendUint32(b, checksum(pos, content))
	return append(b, content...)
}

func checksum(pos int64, content []byte) uint32 {
	var at [8]byte
	binary.LittleEndian.PutUint64(at[:], uint64(pos))
	return crc32.Update(crc32.Checksum(at[:], castagnoli), castagnoli, content)
}

// errTorn says that there is no whole record at a place.
var errTorn = errors.New("no whole record")

// readRecord gives the record at the beginning of b, which is at pos in the
// log.
func readRecord(b []byte, pos int64) (content []byte, err error) {
	if len(b) < headBytes {
		return nil, errTorn
	}
	n := binary.LittleEndian.Uint32(b)
	if n > MostRecord || len(b) < headBytes+int(n) {
		return nil, errTorn
	}
	content = b[headBytes : headBytes+int(n)]
	if checksum(pos, content) != binary.LittleEndian.Uint32(b[4:]) {
		return nil, errTorn
	}
	return content, nil
}

const suffix = ".log"

// segment is one file of the log. Its name is the position at which it begins.
type segment struct {
	start, end int64 // positions; end is behind its last durable record
}

func segmentPath(dir string, start int64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", start, suffix))
}

// segments lists the files of a log, in order; ends are those of the files.
func segments(dir string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []segment
	for _, e := range entries {
		start, err := strconv.ParseInt(strings.TrimSuffix(e.Name(), suffix), 10, 64)
		if err != nil || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		out = append(out, segment{start, start + info.Size()})
	}
	slices.SortFunc(out, func(a, b segment) int { return int(min(max(a.start-b.start, -1), 1)) })
	return out, nil
}

// whole finds where the whole records of a segment end.
func whole(dir string, s segment) (end int64, err error) {
	f, err := os.Open(segmentPath(dir, s.start))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	end = s.start
	buf, have := make([]byte, 2*(MostRecord+headBytes)), 0
	for {
		n, err := io.ReadFull(f, buf[have:])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, err
		}
		last := err != nil
		have += n
		b := buf[:have]
		for {
			content, err := readRecord(b, end)
			if err != nil {
				break
			}
			b, end = b[headBytes+len(content):], end+int64(headBytes+len(content))
		}
		if last || len(b) > MostRecord+headBytes {
			return end, nil
		}
		have = copy(buf, b)
	}
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
