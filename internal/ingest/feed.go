package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"syscall"
)

// feed hands what write writes to read, which gets the path of a named pipe,
// or of a file where there are no pipes. When one side fails the other one
// ends too; the error that came first is given.
func feed(ctx context.Context, path string, write func(ctx context.Context, w io.Writer) error,
	read func(ctx context.Context) error) (err error) {
	piped, err := makePipe(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	writer := func() (err error) {
		defer failOnPanic(&err)
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		b := bufio.NewWriterSize(f, window)
		return errors.Join(write(ctx, b), b.Flush(), f.Close())
	}
	if !piped {
		if err := writer(); err != nil {
			return err
		}
		return read(ctx)
	}
	wrote := make(chan error, 1)
	go func() {
		err := writer()
		// Only a failure of its own stops the reader; a reader that went away
		// has a better story to tell.
		if err != nil && !errors.Is(err, syscall.EPIPE) {
			cancel(err)
		}
		wrote <- err
	}()
	readErr := read(ctx)
	if readErr != nil {
		cancel(readErr)
	}
	release, err := drain(path)
	if err != nil {
		return err
	}
	writeErr := errors.Join(<-wrote, release())
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if readErr != nil {
		return readErr
	}
	return writeErr
}

// failOnPanic makes a panic the error of the function that defers it: what a
// hostile file sets off must end one load, not the program.
func failOnPanic(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	}
}
