package ingest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"

	"lodestar/internal/behind"
)

// Sizes of pieces, in bytes. The first is small, so that the engine has something
// to do soon; each is twice the one before, up to the last. The engine splits a
// text among its threads from about 8 MB on.
const (
	firstPiece = 4 << 20
	lastPiece  = 64 << 20
)

// inPieces hands the text that write gives to the engine in pieces: while read
// has one read, from a file and with every core, the next one is written. At most
// two are on disk. When one side fails the other one ends too; the error that
// came first is given.
func (r *run) inPieces(ctx context.Context, write func(ctx context.Context, to io.Writer) error,
	read func(ctx context.Context, path string) error) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	to := &pieces{ctx: ctx, name: filepath.Join(r.service.Warehouse.Staging(), r.load.ID+".piece"), size: firstPiece, full: make(chan string)}
	fail := func(err error) {
		if err != nil {
			cancel(err)
		}
	}
	go behind.Do(func() {
		defer close(to.full)
		fail(unlessPanic(func() error { return write(ctx, to) }))
		fail(to.end())
	})
	for path := range to.full {
		if ctx.Err() == nil {
			fail(read(ctx, path))
		}
		fail(os.Remove(path))
	}
	return context.Cause(ctx)
}

// pieces is text on its way to the engine.
type pieces struct {
	ctx  context.Context
	name string // of the files, before their number
	n    int
	size int64 // of the one being written, when it ends
	file *os.File
	has  int64       // bytes in it
	full chan string // of those that are written, each to be deleted
}

// Write takes whole records.
func (p *pieces) Write(records []byte) (int, error) {
	if p.ctx.Err() != nil {
		return 0, context.Cause(p.ctx)
	}
	if len(records) == 0 {
		return 0, nil
	}
	if p.file == nil {
		p.n++
		f, err := os.OpenFile(p.name+strconv.Itoa(p.n), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
		p.file, p.has = f, 0
	}
	n, err := p.file.Write(records)
	if p.has += int64(n); err != nil || p.has < p.size {
		return n, err
	}
	return n, p.end()
}

// end hands over the piece being written, if there is one.
func (p *pieces) end() error {
	if p.file == nil {
		return nil
	}
	path := p.file.Name()
	err := p.file.Close()
	p.file, p.size = nil, min(2*p.size, lastPiece)
	p.full <- path
	return err
}

// unlessPanic runs do; see failOnPanic.
func unlessPanic(do func() error) (err error) {
	defer failOnPanic(&err)
	return do()
}

// failOnPanic makes a panic the error of the function that defers it: what a
// hostile file sets off must end one load, not the program.
func failOnPanic(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	}
}
