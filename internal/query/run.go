package query

import (
	"context"
	"slices"

	"lodestar/internal/warehouse"
)

// body is what the warehouse contributes to an answer, with values as they
// came: rows hold one value for each of question.names. It is shared by the
// cache and must not be changed.
type body struct {
	rows, totals, others [][]any
	truncated            bool
}

// prepared is a plan with its statement.
type prepared struct {
	plan plan
	statement
}

func (e *Engine) prepare(ctx context.Context, p plan, trace func(string, plan)) (prepared, error) {
	if p.err != nil {
		return prepared{}, p.err
	}
	p = optimise(p, e.c.Plain, trace)
	s, err := e.place(ctx, p)
	return prepared{p, s}, err
}

func (e *Engine) ask(ctx context.Context, p plan) ([][]any, error) {
	ready, err := e.prepare(ctx, p, nil)
	if err != nil {
		return nil, err
	}
	rows, err := e.rows(ctx, &ready.statement)
	if err != nil {
		return nil, err
	}
	for _, s := range ready.plan.scans {
		if s.rollup != nil {
			e.rollups.hit(s.rollup.def.Name)
		}
		for _, m := range s.missed {
			e.rollups.missed(m.rollup, m.why)
		}
	}
	return ready.plan.spread(rows), nil
}

// spread puts the values of a statement where they stand in the answer.
func (p *plan) spread(rows [][]any) [][]any {
	width := p.q.width()
	flat := make([]any, width*len(rows))
	out := make([][]any, len(rows))
	for i, r := range rows {
		row := flat[i*width : (i+1)*width : (i+1)*width]
		for j, k := range p.keys {
			if k != noKey {
				row[k] = warehouse.As(r[j], p.q.keys[k].typ)
			}
		}
		for j, c := range p.columns {
			row[c] = r[len(p.keys)+j]
		}
		out[i] = row
	}
	return out
}

// body runs the statements that a question needs: the rows; before them the
// ranking when members of the top are split by time; others and totals at
// their own grain.
func (e *Engine) body(ctx context.Context, q *question) (*body, error) {
	if q.optional() {
		return e.optionBody(ctx, q)
	}
	var pick *members
	var err error
	if q.top != nil && (q.split() || q.rankFirst) {
		if pick, err = e.leaders(ctx, q); err != nil {
			return nil, err
		}
	}
	rows, err := e.ask(ctx, q.rowsPlan(pick))
	if err != nil {
		return nil, err
	}
	b := &body{rows: rows}
	if q.top != nil && q.top.others {
		if pick == nil {
			pick = q.pick(rows, true)
		}
		if b.others, err = e.ask(ctx, q.othersPlan(pick)); err != nil {
			return nil, err
		}
	}
	if q.totals {
		if b.totals, err = e.ask(ctx, q.draft("totals")); err != nil {
			return nil, err
		}
	}
	return b, q.finish(b)
}

// split reports whether rows are split by time.
func (q *question) split() bool {
	for _, k := range q.keys {
		if k.isTime() {
			return true
		}
	}
	return false
}

func (q *question) pick(rows [][]any, not bool) *members {
	m := &members{not: not}
	for i, k := range q.keys {
		if !k.isTime() {
			m.keys = append(m.keys, i)
		}
	}
	for _, r := range rows {
		values := make([]any, len(m.keys))
		for j, k := range m.keys {
			values[j] = r[k]
		}
		m.rows = append(m.rows, values)
	}
	return m
}

// finish does what is left after the statements: fill, order of top members,
// limit.
func (q *question) finish(b *body) error {
	if q.fill {
		if len(b.rows) > MaxLimit {
			b.rows, b.truncated = b.rows[:MaxLimit], true
		}
		if err := q.fillGaps(b, b.rows); err != nil {
			return err
		}
		if err := q.keepPassing(b); err != nil { // what was added must pass as all rows must
			return err
		}
	}
	if q.fill || q.top != nil && !q.split() {
		q.sort(b.rows)
	}
	if len(b.rows) > q.limit {
		b.rows, b.truncated = b.rows[:q.limit], true
	}
	return nil
}

func (q *question) sort(rows [][]any) {
	slices.SortStableFunc(rows, func(a, b []any) int { return compareRows(a, b, q.order) })
}

// sortBy orders positions of rows.
func sortBy(positions []int, rows [][]any, order []orderTerm) {
	slices.SortStableFunc(positions, func(i, j int) int { return compareRows(rows[i], rows[j], order) })
}

func compareRows(a, b []any, order []orderTerm) int {
	for _, o := range order {
		if c := compareOrdered(a[o.column], b[o.column], o.desc); c != 0 {
			return c
		}
	}
	return 0
}
