package ingest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"lodestar/internal/behind"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse"
)

// errNotPlain ends the first lane: a record needs a closer look.
var errNotPlain = errors.New("not every value is plain")

// fastLane lets the engine read the file while this program checks, beside it,
// that every value is one that both read alike, and counts the records. It
// reports false, without an error, when the second lane has to do it.
func (r *run) fastLane(ctx context.Context, p *plan, change warehouse.Change) (records int64, ok bool, err error) {
	var seen, rows int64
	columns := p.columns()
	switch {
	case p.shape.format.Encoding != utf8Encoding && r.roomToDecode(p):
		seen, rows, err = r.readDecoded(ctx, p, change, columns)
	case p.shape.packed || p.shape.format.Encoding != utf8Encoding:
		seen, rows, err = r.readPiped(ctx, p, change, columns)
	default:
		seen, rows, err = r.readDirect(ctx, p, p.shape, change, columns)
	}
	if ctx.Err() != nil {
		return 0, false, errCanceled.Wrap(ctx.Err())
	}
	if err != nil || seen != rows {
		if fault.Is(err, fault.TooLarge) {
			return 0, false, err
		}
		r.service.Log.Debug("load goes to the second lane", "load", r.load.ID, "records", seen, "rows", rows, "error", err)
		return 0, false, nil
	}
	r.countOdd(columns)
	return rows, true, nil
}

// roomToDecode reports whether a second copy of a text is small beside what
// the disk has left. What is compressed may unpack to anything.
func (r *run) roomToDecode(p *plan) bool {
	free, err := r.service.Free(r.service.Warehouse.Staging())
	return err == nil && !p.shape.packed && free > 4*r.load.BytesTotal
}

// readDecoded writes the text as UTF-8 beside the file first: the engine reads
// a file with every core, a pipe with one.
func (r *run) readDecoded(ctx context.Context, p *plan, change warehouse.Change, columns []*column) (seen, rows int64, err error) {
	plain := *p.shape
	plain.path = filepath.Join(r.service.Warehouse.Staging(), r.load.ID+".utf8")
	plain.format.Encoding = utf8Encoding
	out, err := os.OpenFile(plain.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(plain.path)) }()
	if err := errors.Join(decode(ctx, p.shape, out), out.Close()); err != nil {
		return 0, 0, err
	}
	return r.readDirect(ctx, p, &plain, change, columns)
}

func decode(ctx context.Context, s *shape, out io.Writer) error {
	in, err := openText(s.path, s.format.Encoding, nil)
	if err != nil {
		return err
	}
	buf := make([]byte, 1<<20)
	for err == nil && ctx.Err() == nil {
		var n int
		n, err = in.Read(buf)
		if _, failed := out.Write(buf[:n]); failed != nil {
			err = failed
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, ctx.Err(), in.Close())
}

func (r *run) readDirect(ctx context.Context, p *plan, s *shape, change warehouse.Change, columns []*column) (seen, rows int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, 1)
	check := func() (err error) {
		defer failOnPanic(&err)
		in, err := s.open(&r.bytes)
		if err != nil {
			return err
		}
		return errors.Join(verify(ctx, in.reader.(*splitter), columns, &seen), in.Close())
	}
	go func() {
		var err error
		behind.Do(func() { err = check() })
		if err != nil {
			cancel(err)
		}
		done <- err
	}()
	rows, err = change.Read(ctx, p.csv(s.path))
	if err != nil {
		cancel(err)
	}
	verifyErr := <-done
	return seen, rows, errors.Join(err, verifyErr)
}

// readPiped is for files that must be unpacked or decoded on the way.
func (r *run) readPiped(ctx context.Context, p *plan, change warehouse.Change, columns []*column) (seen, rows int64, err error) {
	path := filepath.Join(r.service.Warehouse.Staging(), r.load.ID+".pipe")
	err = feed(ctx, path, func(ctx context.Context, w io.Writer) error {
		src, err := openText(p.shape.path, p.shape.format.Encoding, &r.bytes)
		if err != nil {
			return err
		}
		split := newSplitter(io.TeeReader(src, w), p.shape.layout())
		for split.line <= p.shape.header && err == nil {
			err = split.skipLine()
		}
		if err == nil {
			err = verify(ctx, split, columns, &seen)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, src.Close())
	}, func(ctx context.Context) error {
		var err error
		rows, err = change.Read(ctx, p.csv(path))
		return err
	})
	return seen, rows, err
}

// verify counts records until one is not plain.
func verify(ctx context.Context, in *splitter, columns []*column, seen *int64) error {
	var rec record
	for {
		cut, err := in.advance(&rec)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		*seen++
		if *seen%4096 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if rec.reason != "" || !cut && !plainLine(rec.raw, in.delimiter, columns) || cut && !plainCells(rec.cells, columns) {
			return errNotPlain
		}
	}
}

func plainCells(cells []cell, columns []*column) bool {
	if len(cells) != len(columns) {
		return false
	}
	for i, c := range columns {
		if c != nil && (!c.plain(cells[i]) || c.key && c.missing(cells[i])) {
			return false
		}
	}
	return true
}

// countOdd notes times that the clocks of a zone skip or say twice.
func (r *run) countOdd(columns []*column) {
	for _, c := range columns {
		if c != nil && c.odd > 0 {
			r.warn(noteOddTimes(c.name, c.odd))
		}
	}
}
