package ingest

import (
	"context"
	"errors"
	"io"
	"sync"

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
	if p.shape.packed || p.shape.format.Encoding != utf8Encoding {
		seen, rows, err = r.readUnpacked(ctx, p, change, columns)
	} else {
		seen, rows, err = r.readDirect(ctx, p, change, columns)
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

// readDirect is for files that the engine can read as they are. It starts when
// the first values are known to be plain: what is not is soon found in most files,
// and the engine takes long to stop.
func (r *run) readDirect(ctx context.Context, p *plan, change warehouse.Change, columns []*column) (seen, rows int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begun := make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	left := firstPiece
	done := make(chan error, 1)
	go func() {
		var err error
		behind.Do(func() {
			err = unlessPanic(func() error {
				return r.verify(ctx, p, columns, &seen, func(raw []byte) error {
					if left -= len(raw); left <= 0 {
						begin()
					}
					return nil
				})
			})
		})
		if err != nil {
			cancel(err)
		}
		done <- err
		begin()
	}()
	if <-begun; ctx.Err() == nil {
		if rows, err = change.Read(ctx, p.csv(p.shape.path, p.shape.header)); err != nil {
			cancel(err)
		}
	}
	verifyErr := <-done
	return seen, rows, errors.Join(err, verifyErr)
}

// readUnpacked is for files that must be unpacked or decoded on the way.
func (r *run) readUnpacked(ctx context.Context, p *plan, change warehouse.Change, columns []*column) (seen, rows int64, err error) {
	err = r.inPieces(ctx, func(ctx context.Context, to io.Writer) error {
		var buf []byte
		err := r.verify(ctx, p, columns, &seen, func(raw []byte) error {
			if buf = append(append(buf, raw...), p.shape.newline...); len(buf) < 64<<10 {
				return nil
			}
			_, err := to.Write(buf)
			buf = buf[:0]
			return err
		})
		if err == nil {
			_, err = to.Write(buf)
		}
		return err
	}, func(ctx context.Context, path string) error {
		n, err := change.Read(ctx, p.csv(path, 0))
		rows += n
		return err
	})
	return seen, rows, err
}

// verify counts records until one is not plain, and passes on the text of those before it.
func (r *run) verify(ctx context.Context, p *plan, columns []*column, seen *int64, pass func(raw []byte) error) (err error) {
	file, err := p.shape.open(&r.bytes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	in := file.reader.(*splitter)
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
		if err := pass(rec.raw); err != nil {
			return err
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
