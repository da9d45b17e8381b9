package ingest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// spareBytes of the disk are left alone.
const spareBytes = 64 << 20

// room refuses what needs more of the disk than is free: Unavailable "disk_full".
func (s *Service) room(need int64) error {
	free, err := s.Free(s.Warehouse.Staging())
	if err != nil {
		return fmt.Errorf("free space: %w", err)
	}
	if free < need+spareBytes {
		return errDisk(need+spareBytes, free)
	}
	return nil
}

func errDisk(need, free int64) *fault.Error {
	return fault.New(fault.Unavailable, "disk_full", text.Text{
		EN: "this needs {need} MB of free space on the disk of the data directory, and {free} MB are left; free some, or move the data directory to a larger disk, and try again: nothing was changed",
		ZH: "数据目录所在磁盘需要 {need} MB 剩余空间，现剩 {free} MB；请清理磁盘，或将数据目录移到更大的磁盘后重试：数据未作改动"},
		"need", (need+1<<20-1)>>20, "free", free>>20)
}

// filled are the errors of a disk, a quota or a file that can take no more.
var filled = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}

// full says what an error means that came of a full disk, of something that
// needed so much of it.
func (s *Service) full(need int64, err error) error {
	code := ""
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		code = f.Code
	}
	if code != "disk_full" && !slices.ContainsFunc(filled, func(e error) bool { return errors.Is(err, e) }) {
		return err
	}
	free, e := s.Free(s.Warehouse.Staging())
	if e != nil {
		return errors.Join(err, e)
	}
	if free >= need+spareBytes {
		return fault.New(fault.Unavailable, "disk_full", text.Text{
			EN: "the disk of the data directory takes no more, though {free} MB are left: look at the quotas and limits of the user that this program runs as, and try again: nothing was changed",
			ZH: "数据目录所在磁盘还剩 {free} MB，却无法继续写入：请检查运行本程序的用户的配额与限制后重试，数据未作改动"}, "free", free>>20).Wrap(err)
	}
	return errDisk(need+spareBytes, free).Wrap(err)
}

// diskStep is after how many bytes the room on the disk is looked at again.
const diskStep = 16 << 20

// diskWriter stops before the disk is full: as much as is written must be free
// for the load of it.
type diskWriter struct {
	s       *Service
	to      io.Writer
	n, next int64
	pace
}

// Write writes.
func (w *diskWriter) Write(p []byte) (int, error) {
	if w.n >= w.next {
		if err := w.s.room(w.n); err != nil {
			return 0, err
		}
		w.next = w.n + diskStep
	}
	w.rest()
	n, err := w.to.Write(p)
	w.n += int64(n)
	return n, w.s.full(w.n, err)
}
