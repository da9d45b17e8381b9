package sqlmap

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// Plan is a select as a question, with what to make of the answer.
type Plan struct {
	Columns []pgcat.Column
	Request query.Request
	NoRows  bool           // nothing to ask: LIMIT 0, or a condition that never holds
	Count   bool           // the answer's number of rows is what was asked
	At      map[string]int // places in the statement by path in the request

	outs   []out
	offset int
	capped bool // no limit was written: a cut answer is an error
	zone   *time.Location
}

// out makes a column of the result.
type out struct {
	term  term
	at    int // in the answer
	typed *expr.Typed
}

// planner works on one statement.
type planner struct {
	ctx    context.Context
	w      *World
	sess   *pgcat.Session
	refs   []query.MetricRef // every metric met
	lo, hi *time.Time        // the range of the metrics' time, on clocks
	where  []string
	having []string
	needed []string // metrics that having and order need
	at     map[string]int
	noRows bool
	table  *table
	parts  map[string]bool // names of the answer that are parts of a time
}

// shape is what a (sub-)select gives.
type shape struct {
	open   bool // not grouped yet: a table, perhaps with fewer columns
	cols   []column
	keys   []query.By
	order  []string
	limit  int // -1 for none
	offset int
	count  bool
	alias  string
	schema string
	base   *table // of an open shape that is the table itself
}

// MetricTables reports whether a query reads any table of metrics, and the
// place of the first that is something else beside them.
func (w *World) MetricTables(s *pgsql.Select, sess *pgcat.Session) (views int, other *pgsql.Table) {
	ctes := map[string]bool{}
	var note func(*pgsql.Select)
	note = func(s *pgsql.Select) {
		if s == nil {
			return
		}
		for _, c := range s.With {
			ctes[c.Name.Name] = true
			note(c.Select)
		}
		note(s.Left)
		note(s.Right)
		for _, t := range s.From {
			note(t.Sub)
		}
	}
	note(s)
	pgsql.Tables(s, func(t *pgsql.Table) {
		if len(t.Name) == 1 && ctes[t.Name[0].Name] {
			return
		}
		if _, ok := w.Catalog.IsView(t.Name, sess); ok {
			views++
		} else if other == nil {
			other = t
		}
	})
	return views, other
}

// Plan maps a query over tables of metrics. timezone is the zone to ask in, ""
// for the workspace's. The error is a *pgsql.Error.
func (w *World) Plan(ctx context.Context, s *pgsql.Select, sess *pgcat.Session, timezone string) (*Plan, error) {
	p := &planner{ctx: ctx, w: w, sess: sess, at: map[string]int{}}
	sh, err := p.query(s, nil)
	if err != nil {
		return nil, err
	}
	p.closed(sh)
	return p.finish(sh, timezone)
}

// finish writes the question.
func (p *planner) finish(sh *shape, timezone string) (*Plan, error) {
	out := &Plan{NoRows: p.noRows || sh.limit == 0, Count: sh.count, At: p.at, offset: sh.offset, zone: p.sess.Zone}
	r := &out.Request
	r.By = sh.keys
	needed := append([]string(nil), p.needed...)
	for _, c := range sh.cols {
		needed = append(needed, c.term.names...)
	}
	for _, ref := range p.refs {
		if slices.Contains(needed, ref.Name()) {
			r.Metrics = append(r.Metrics, ref)
		}
	}
	if len(r.Metrics) == 0 && p.table != nil {
		r.From = p.table.dataset // members are those that its rows have
	}
	var err error
	if r.Where, err = p.joined(p.where); err != nil {
		return nil, err
	}
	if r.Having, err = p.joined(p.having); err != nil {
		return nil, err
	}
	p.timeRange(r, out)
	r.Order = sh.order
	r.Timezone = timezone
	r.Limit = query.MaxLimit
	if sh.limit >= 0 && sh.limit <= query.MaxLimit-sh.offset {
		r.Limit = sh.limit + sh.offset
	} else {
		out.capped = true
	}
	if sh.count {
		out.Columns = []pgcat.Column{{Name: sh.cols[0].name, Type: pgcat.Int8}}
		return out, nil
	}
	return out, p.outs(out, sh)
}

// outs tells where each column of the result comes from.
func (p *planner) outs(plan *Plan, sh *shape) error {
	names := map[string]int{}
	types := map[string]expr.Type{}
	for _, by := range plan.Request.By {
		names[by.Name()] = len(names)
	}
	for _, m := range plan.Request.Metrics {
		names[m.Name()] = len(names)
		types[m.Name()] = p.w.model.Metric(m.Metric).Type
	}
	for _, c := range sh.cols {
		o := out{term: c.term, at: -1}
		if c.term.kind == computedTerm {
			t, err := p.check(c.term)
			if err != nil {
				return err
			}
			o.typed = t
		} else if at, ok := names[c.term.answerName()]; ok && c.term.kind != constTerm {
			o.at = at
		}
		plan.outs = append(plan.outs, o)
		plan.Columns = append(plan.Columns, pgcat.Column{Name: c.name, Type: c.term.oid()})
	}
	return nil
}

// joined writes conditions that all have to hold, in the canonical form.
func (p *planner) joined(list []string) (string, error) {
	var out []string
	for _, s := range list {
		n, err := expr.Parse(s)
		if err != nil {
			return "", pgsql.Fail(pgsql.StateBadValue, -1, text.Text{ZH: "条件过于复杂", EN: "the condition is too complex"})
		}
		s = n.String()
		if b, ok := n.(*expr.Binary); ok && b.Op == "or" && len(list) > 1 {
			s = "(" + s + ")"
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, " and "), nil
}

// closed groups an open shape by the dimensions it shows.
func (p *planner) closed(sh *shape) {
	if !sh.open {
		return
	}
	sh.open, sh.base = false, nil
	for i := range sh.cols {
		sh.cols[i].term = p.settled(sh.cols[i].term)
		for _, by := range sh.cols[i].term.bys {
			if !hasBy(sh.keys, by) {
				sh.keys = append(sh.keys, by)
			}
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// unsupported says what is not offered, with a hint.
func unsupported(at int, what, hint text.Text) error {
	e := pgsql.Unsupported(at, what)
	if !hint.IsZero() {
		e.Hint = hint
	}
	return e
}

var shapeHint = text.Text{
	ZH: "可用的形式：SELECT 维度, MEASURE(指标) FROM 模式.metrics WHERE … GROUP BY … HAVING … ORDER BY … LIMIT n",
	EN: "what works: SELECT dimension, MEASURE(metric) FROM schema.metrics WHERE … GROUP BY … HAVING … ORDER BY … LIMIT n"}
