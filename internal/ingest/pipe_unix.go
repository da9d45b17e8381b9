//go:build unix

package ingest

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// makePipe makes a named pipe; feed then writes and reads at the same time.
func makePipe(path string) (bool, error) { return true, syscall.Mkfifo(path, 0o600) }

// drain lets a writer go that waits for somebody to open or read the pipe.
// The pipe is held open for both ways, so that there is always a reader.
func drain(path string) (release func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, f)
		done <- err
	}()
	return func() error {
		err := f.Close()
		if copyErr := <-done; !errors.Is(copyErr, os.ErrClosed) {
			err = errors.Join(err, copyErr)
		}
		return err
	}, nil
}

// freeBytes is the free space of the disk that holds dir.
func freeBytes(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
