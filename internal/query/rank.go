package query

import (
	"context"
	"fmt"
	"sync"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Comparing the top members of a dimension with very many costs most where both
// periods are put together for all of them. When the ranking reads the current
// period only, it runs first and over that alone; both periods are then read
// for the members it chose.

// When ranking first is worth a statement of its own: from so many rows of a
// dataset on, and when so large a share of the first rows have a member of
// their own.
const (
	rankRows   = 10_000 // also how many rows are looked at
	rankShare  = 4      // one member for so many rows
	rankFacts  = 100_000
	mostKnowns = 1000
)

// leaders gives the top members over the whole range. It is nil when the
// ranking is left to the statement of the rows.
func (e *Engine) leaders(ctx context.Context, q *question) (*members, error) {
	if q.rankCurrent {
		ranked, err := e.ask(ctx, q.currentRankPlan())
		if err != nil {
			return nil, err
		}
		sure, err := q.settled(ranked)
		if err != nil {
			return nil, err
		}
		if sure {
			return q.pick(ranked, false), nil
		}
	}
	if !q.split() {
		return nil, nil
	}
	ranked, err := e.ask(ctx, q.rankPlan())
	if err != nil {
		return nil, err
	}
	return q.pick(ranked, false), nil
}

// othersPlan asks for the rest, when the top members are known.
func (q *question) othersPlan(pick *members) plan {
	p := q.draft("others")
	p.restrict(&members{keys: pick.keys, rows: pick.rows, not: true})
	for i, k := range q.keys {
		if k.isTime() {
			p.order = append(p.order, orderTerm{column: i})
		}
	}
	return p
}

// currentRankPlan ranks by the rows of the current period, and only those that
// the ranking reads.
func (q *question) currentRankPlan() plan {
	p := q.rankPlan()
	p.onlyNeeded(func(s scan) bool { return s.period == 0 })
	return p
}

// onlyNeeded leaves out the scans of a draft whose values nobody reads, with
// the groups that only they have.
func (p *plan) onlyNeeded(also func(scan) bool) {
	needed := p.needed()
	scans := p.scans[:0:0]
	for _, s := range p.scans {
		if needed[s.leaves[0].slot] && also(s) {
			scans = append(scans, s)
		}
	}
	p.scans = scans
}

// ranksByCurrent reports whether the current period decides on its own who is
// on top, as long as enough members have more than no rows would give.
func (q *question) ranksByCurrent() bool {
	if q.compare == nil || q.top == nil {
		return false
	}
	p := q.rankPlan()
	if p.err != nil {
		return false
	}
	for _, c := range p.columns {
		if _, _, previous := q.parts(c); previous {
			return false
		}
	}
	for i, needed := range p.needed() {
		if needed && (len(q.leafOf(i).over) > 0 || q.leafOf(i).agg().Pad) {
			return false
		}
	}
	return len(q.currentRankPlan().scans) > 0
}

// settled reports whether members that have no rows in the current period
// cannot be among the top: as many as asked for were found, and the last of
// them has more than no rows give.
func (q *question) settled(ranked [][]any) (bool, error) {
	if len(ranked) < q.top.n {
		return false, nil
	}
	blank, err := q.empty(q.metrics[q.top.column-len(q.keys)].value)
	if err != nil {
		return false, err
	}
	last := ranked[len(ranked)-1][q.top.column]
	if last == nil || blank == nil {
		return last != nil, nil
	}
	a, ok := Float(last)
	b, okToo := Float(blank)
	return ok && okToo && a > b, nil
}

// decideRank chooses how the top members are found.
func (e *Engine) decideRank(ctx context.Context, q *question) error {
	if e.c.Plain || !q.ranksByCurrent() {
		return nil
	}
	q.rankCurrent = true
	if q.split() {
		return nil // a ranking runs in any case
	}
	for _, s := range q.currentRankPlan().scans {
		if state, ok := q.stateOf(s.dataset.Name); !ok || state.Rows < rankFacts {
			return nil
		}
		for _, f := range s.keys {
			many, err := e.manyMembers(ctx, q, f)
			if err != nil {
				return err
			}
			if many {
				q.rankFirst = true
				return nil
			}
		}
	}
	return nil
}

// memberCache remembers which columns have very many members.
type memberCache struct {
	mu    sync.Mutex
	known map[string]bool
}

// manyMembers looks at the first rows of the dataset that holds a column.
func (e *Engine) manyMembers(ctx context.Context, q *question, f *semantic.Field) (bool, error) {
	s, ok := q.stateOf(f.Dataset.Name)
	if !ok || f.Column == nil || s.Rows < rankRows {
		return false, nil
	}
	key := fmt.Sprintf("%s\x00%s\x00%s\x00%d", s.Engine, s.Table, f.Column.Name, s.Version)
	e.members.mu.Lock()
	many, known := e.members.known[key]
	e.members.mu.Unlock()
	if known {
		return many, nil
	}
	rows, err := e.rowsOf(ctx, s, func(d warehouse.Dialect) expr.SQL {
		first := expr.Concat("(", selectSQL([]expr.SQL{raw(baseAlias + "." + d.Quote(f.Column.Name) + " AS " + keyName(d, 0))},
			raw(s.Table+" AS "+baseAlias), nil, nil), fmt.Sprintf(" LIMIT %d) AS f", rankRows))
		return selectSQL([]expr.SQL{d.Aggregate(warehouse.Aggregate{Func: "count_distinct", Arg: raw("f." + keyName(d, 0))}),
			d.Aggregate(warehouse.Aggregate{Func: "count"})}, first, nil, nil)
	})
	if err != nil {
		return false, err
	}
	if len(rows) == 1 && len(rows[0]) == 2 {
		distinct, _ := Float(rows[0][0])
		all, _ := Float(rows[0][1])
		many = distinct*rankShare >= all && all > 0
	}
	e.members.mu.Lock()
	defer e.members.mu.Unlock()
	if e.members.known == nil || len(e.members.known) >= mostKnowns {
		e.members.known = map[string]bool{}
	}
	e.members.known[key] = many
	return many, nil
}
