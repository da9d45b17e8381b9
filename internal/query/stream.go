package query

import (
	"context"
	"errors"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// streamRows is how many rows Stream.Next gives at most.
const streamRows = 1024

// Stream is an answer whose rows are read as they come and held nowhere.
type Stream struct {
	// Head is the answer without its rows; totals and others are in it.
	Head *Result
	// Types tells, for each column of the answer, what the engine says of its
	// numbers. It is nil when the rows did not come straight from an engine.
	Types []warehouse.Column

	next  func() ([][]any, error)
	close func() error
}

// Next gives the next rows, as Result.Rows has them; nil after the last. They
// are the caller's. Faults are those of the warehouse.
func (s *Stream) Next() ([][]any, error) { return s.next() }

// Close ends the statement, read to its end or not. It must be called.
func (s *Stream) Close() error { return s.close() }

// Stream answers a request like Query, but gives the rows as they come, as many
// as there are unless the request has a limit of its own. The answer is not
// kept. Questions whose rows are put together here, those with fill, those with
// shares, ranks or moving averages, and those with top but no time, are answered as a whole first: then there may be
// MaxLimit rows, and more is a fault instead of an answer cut short. Viewers
// may ask. The caller closes the stream; ctx must last as long.
func (e *Engine) Stream(ctx context.Context, who access.Actor, r Request) (*Stream, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	start := time.Now()
	ctx = warehouse.WithAsker(ctx, warehouse.Asker{Name: who.Name})
	q, err := e.understand(ctx, r)
	if err != nil {
		return nil, err
	}
	var s *Stream
	if q.fill || q.optional() || q.top != nil && !q.split() {
		s, err = e.streamWhole(ctx, q, r)
	} else {
		q.limit = r.Limit
		s, err = e.streamSteady(ctx, q, r)
	}
	if err != nil {
		return nil, err
	}
	e.log.note(q, r, time.Since(start))
	s.Head.Rows = nil
	s.Head.Millis = float64(time.Since(start).Microseconds()) / 1000
	return s, nil
}

// streamWhole answers at once and hands out the rows.
func (e *Engine) streamWhole(ctx context.Context, q *question, r Request) (*Stream, error) {
	if r.Limit == 0 {
		q.limit = MaxLimit
	}
	var b *body
	err := e.steady(ctx, q, r, func() (err error) {
		b, err = e.body(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	if b.truncated && (r.Limit == 0 || r.Limit > MaxLimit) {
		if q.optional() {
			return nil, q.tooManyGroups()
		}
		return nil, fillTooLarge()
	}
	head := q.result(&body{totals: b.totals, others: b.others, truncated: b.truncated})
	rest := b.rows
	return &Stream{Head: head, Types: q.heldTypes(b.rows), close: func() error { return nil }, next: func() ([][]any, error) {
		n := min(streamRows, len(rest))
		rows := q.present(rest[:n])
		rest = rest[n:]
		if n == 0 {
			return nil, nil
		}
		return rows, nil
	}}, nil
}

// heldTypes looks at the values themselves: the widest scale of each column,
// and whole numbers wider than 64 bits.
func (q *question) heldTypes(rows [][]any) []warehouse.Column {
	var columns []warehouse.Column
	var p plan
	for i, k := range q.keys {
		p.keys = append(p.keys, i)
		columns = append(columns, warehouse.Column{Type: k.typ})
	}
	for i := len(q.keys); i < q.width(); i++ {
		p.columns = append(p.columns, i)
		c := warehouse.Column{Type: q.columnType(i)}
		if c.Type == expr.Decimal {
			c.Precision = 38
		}
		columns = append(columns, c)
	}
	for _, r := range rows {
		for i, v := range r {
			if d, ok := v.(warehouse.Decimal); ok {
				columns[i].Precision, columns[i].Scale = 38, max(columns[i].Scale, d.Scale())
			} else if _, ok := v.(float64); ok && columns[i].Type.IsNumber() {
				columns[i] = warehouse.Column{Type: expr.Float}
			}
		}
	}
	return q.streamTypes(&p, columns)
}

// streamSteady opens the stream.
func (e *Engine) streamSteady(ctx context.Context, q *question, r Request) (s *Stream, err error) {
	err = e.steady(ctx, q, r, func() (err error) {
		if s != nil {
			if err := s.Close(); err != nil {
				return err
			}
		}
		s, err = e.streamOpen(ctx, q)
		return err
	})
	if err != nil && s != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, err
}

// steady does work again when rows changed while it was done, so that all
// statements of an answer see the same rows.
func (e *Engine) steady(ctx context.Context, q *question, r Request, work func() error) error {
	for try := 1; ; try++ {
		err := work()
		after := *q
		if lookErr := e.look(ctx, &after, r); lookErr != nil {
			return lookErr
		}
		if sameVersions(q.states, after.states) {
			return err
		}
		if try == mostTries {
			return fault.New(fault.Unavailable, "data_changing", text.Text{
				ZH: "数据正在更新，请稍后再试", EN: "the data are changing just now; try again in a moment"})
		}
		*q = after
	}
}

// streamOpen runs what comes before the rows, and starts the rows last: no
// statement waits for a place while another one of the same answer holds one.
func (e *Engine) streamOpen(ctx context.Context, q *question) (*Stream, error) {
	b := &body{}
	var pick *members
	var err error
	if q.top != nil {
		if pick, err = e.leaders(ctx, q); err != nil {
			return nil, err
		}
		if q.top.others {
			if b.others, err = e.ask(ctx, q.othersPlan(pick)); err != nil {
				return nil, err
			}
		}
	}
	if q.totals {
		if b.totals, err = e.ask(ctx, q.draft("totals")); err != nil {
			return nil, err
		}
	}
	p := q.rowsPlan(pick)
	p.limit = q.limit
	ready, err := e.prepare(ctx, p, nil)
	if err != nil {
		return nil, err
	}
	rows, err := e.open(ctx, &ready.statement, true)
	if err != nil {
		return nil, err
	}
	s := &Stream{Head: q.result(b), close: rows.Close, Types: q.streamTypes(&ready.plan, rows.Columns())}
	s.next = func() ([][]any, error) {
		batch := make([][]any, 0, streamRows)
		for len(batch) < streamRows && rows.Next() {
			batch = append(batch, append([]any(nil), rows.Values()...))
		}
		if len(batch) > 0 {
			return q.present(ready.plan.spread(batch)), nil
		}
		return nil, rows.Err()
	}
	return s, nil
}

// streamTypes puts the engine's columns where they stand in the answer. What
// it calls a key's type is left alone: keys are shown as the model says.
func (q *question) streamTypes(p *plan, columns []warehouse.Column) []warehouse.Column {
	wide := make([]warehouse.Column, q.width())
	for i := range q.keys {
		wide[i] = warehouse.Column{Type: q.keys[i].typ}
	}
	for i, c := range columns {
		switch at := i - len(p.keys); {
		case at >= 0 && at < len(p.columns):
			wide[p.columns[at]] = c
		case at < 0 && p.keys[i] != noKey && q.keys[p.keys[i]].typ == c.Type:
			wide[p.keys[i]] = c
		}
	}
	head := len(q.keys) + len(q.metrics)
	out := append([]warehouse.Column(nil), wide[:head]...)
	if q.compare != nil {
		for _, k := range q.keys {
			if k.isTime() {
				out = append(out, warehouse.Column{Type: expr.Type(q.keyColumn(k).Type)})
			}
		}
	}
	out = append(out, wide[head:]...)
	for i, c := range q.resultColumns() {
		out[i].Name = c.Name
	}
	return out
}
