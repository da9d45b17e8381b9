package app

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

var errLocked = errors.New("locked by another process")

// flock takes a byte far behind the text, so that others can still read who
// has the file.
func flock(f *os.File) error {
	const failImmediately, exclusive = 1, 2
	call := syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")
	at := &syscall.Overlapped{OffsetHigh: 1}
	ok, _, err := call.Call(f.Fd(), failImmediately|exclusive, 0, 1, 0, uintptr(unsafe.Pointer(at)))
	if ok != 0 {
		return nil
	}
	if errors.Is(err, syscall.Errno(33)) { // ERROR_LOCK_VIOLATION
		return errLocked
	}
	return err
}
