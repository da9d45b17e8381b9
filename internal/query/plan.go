package query

import (
	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// plan is one statement before it is written: scans, each of which aggregates
// one dataset to the keys, and what is computed from them.
type plan struct {
	q       *question
	part    string // rows | rank | totals | others | share | moving
	keys    []int  // positions in q.keys
	columns []int  // values to compute, as positions in q.names(); keys not included
	scans   []scan
	given   []given // groups of scans that other engines have aggregated
	whole   string  // a table with all of the plan's columns, in place of its scans
	members *members
	having  *expr.Typed
	order   []orderTerm
	limit   int   // 0 for none
	err     error // the question covers too much to be planned
	raw     bool  // the optimiser is off
}

// A slot is a leaf in one period; slots of the earlier period come after all
// of the current one.
func (q *question) slot(leaf, period int) int { return period*len(q.leaves) + leaf }

// scan aggregates the rows of one dataset.
type scan struct {
	dataset *semantic.Dataset
	period  int               // 0 current, 1 earlier
	keys    []*semantic.Field // as plan.keys
	time    *semantic.Field   // bounded by within; nil for no bounds
	within  calendar.Range    // a zero end is no bound
	own     *semantic.Field   // the metric's own time, when a condition or the spine reads it
	cross   *semantic.Field   // a column of a spine that each row is paired with
	alone   string            // name of a join: the rows there that match none of the dataset, in place of its own
	spine   *spine            // nil when each period takes its own rows
	level   *semantic.Level   // only rows of the last or first time count; nil for all
	journey *journey          // what came of the rows elsewhere; nil for the rows themselves
	reads   []*semantic.Field // what a journey reads besides
	where   []cond
	either  bool // rows that pass no leaf's filter are left out
	leaves  []scanLeaf
	picked  []*semantic.Field // as plan.members.keys
	joins   []join
	zone    []calendar.Transition
	early   bool    // aggregate by foreign keys before joining
	rollup  *rollup // kept sums that answer in place of the rows; nil for rows
	missed  []miss
	flags   []cond // conditions to group by first; nil for none
	coded   []bool // keys that are grouped by a number in place of their text

	// Periods that only the calendar knows, by time column and grain.
	stretches map[string][]stretch
}

// scanLeaf is one aggregate of a scan; filter is on top of the scan's where.
// Nobody reads the value of an unread one, but its rows make groups exist.
type scanLeaf struct {
	slot   int
	filter []cond
	unread bool
	linear *expr.Linear // a sum that is put together from those of its columns; nil for none
}

// noKey stands for a key that is the same for all rows: unlike no key at all,
// it gives no group when there are no rows.
const noKey = -1

// cond is a condition over a scan's dataset. Equal text is equal meaning.
type cond struct {
	text  string
	typed *expr.Typed
}

// join follows a relationship from an alias already there.
type join struct {
	path  string // relationship names with dots
	from  string // alias
	alias string
	rel   *semantic.Relation // nil for a lookup
	inner bool               // rows that match nothing are left out by a condition anyway

	lookup *semantic.Field // the value of a metric
	plan   *plan           // where it is computed
	bundle *bundle         // what lies behind a many-to-many relationship
}

// members picks groups by the values of their keys.
type members struct {
	keys []int // positions in q.keys
	rows [][]any
	not  bool
}

// draft is the plan as asked: one scan for each leaf and period, with all
// conditions where rows are read. It is right as it stands; passes make it
// fast.
func (q *question) draft(part string) plan {
	var keys []int
	for i, k := range q.keys {
		if part == "rows" || part == "rank" && !k.isTime() || part == "others" && k.isTime() {
			keys = append(keys, i)
		}
	}
	if part == "others" && len(keys) == 0 {
		keys = []int{noKey}
	}
	return q.draftBy(part, keys)
}

// draftBy is the plan of values grouped by some of the keys.
func (q *question) draftBy(part string, keys []int) plan {
	p := plan{q: q, part: part, keys: keys}
	for i := len(q.keys); i < q.width(); i++ {
		p.columns = append(p.columns, i)
	}
	periods := 1
	if q.compare != nil {
		periods = 2
	}
	if q.rows != nil {
		q.draftRows(&p)
		return p
	}
	for period := range periods {
		for i := range q.leaves {
			s, err := q.draftScan(p.keys, i, period)
			if err != nil {
				p.err = err
			}
			if q.leaves[i].agg().Journey != nil {
				q.follow(&s, q.leaves[i])
			}
			p.scans = append(p.scans, s)
		}
	}
	return p
}

func (q *question) draftScan(keys []int, i, period int) (scan, error) {
	l := q.leaves[i]
	agg := l.agg()
	s := scan{dataset: agg.Dataset, period: period, leaves: []scanLeaf{{slot: q.slot(i, period)}}}
	s.level = agg.Balance
	if q.atTime(l) {
		s.own = agg.Time
	}
	for _, k := range keys {
		if k == noKey {
			s.keys = append(s.keys, nil)
		} else {
			s.keys = append(s.keys, q.fieldOf(l, q.keys[k]))
		}
	}
	within := q.times.current
	if period == 1 {
		within = q.times.previous
	}
	if within != nil {
		s.time, s.within = q.rangeField(l), *within
	}
	if agg.Journey != nil && q.anyMany(l) {
		return s, manyHere("by", l.metric.Name)
	}
	var failed error
	var when []cond // on periods
	add := func(text string, t *expr.Typed) {
		some, only := ownTimes(t)
		if only && len(l.over) > 0 {
			when = append(when, cond{text, t})
			return
		}
		if only && agg.Pad {
			when = append(when, cond{text, t}) // of the periods, too
		}
		if some {
			s.own = agg.Time
		}
		for _, have := range s.where {
			if have.text == text {
				return
			}
		}
		t, err := marked(t, agg.Dataset)
		if err != nil {
			failed = ofExpr("where", err)
			return
		}
		s.where = append(s.where, cond{text, t})
	}
	for _, f := range q.where {
		add(f.Text, f.On[agg.Dataset])
	}
	if agg.Where != nil {
		add(agg.WhereText, agg.Where)
	}
	for _, f := range l.filters {
		add(f.Text, f.On[agg.Dataset])
	}
	if failed != nil {
		return s, failed
	}
	if len(l.over) > 0 || agg.Pad {
		if err := q.overTimes(&s, l, keys, when); err != nil {
			return s, err
		}
	}
	return s, q.namePeriods(&s, keys)
}

// fieldOf is what a key is for the rows of a leaf.
func (q *question) fieldOf(l leaf, k key) *semantic.Field {
	if k.isTime() {
		return q.timeField(l, k)
	}
	return k.field(l)
}

// restrict keeps or drops members in every scan.
func (p *plan) restrict(m *members) {
	p.members = m
	if m == nil {
		return
	}
	for i := range p.scans {
		p.scans[i].picked = nil
		for _, k := range m.keys {
			p.scans[i].picked = append(p.scans[i].picked, p.q.keys[k].fields[p.scans[i].dataset])
		}
	}
}

// rowsPlan answers the request itself.
func (q *question) rowsPlan(pick *members) plan {
	p := q.draft("rows")
	p.restrict(pick)
	p.having, p.order = q.having, q.order
	p.limit = q.limit + 1 // one more tells whether there are more
	switch {
	case q.wide():
		p.having, p.order, p.limit = nil, nil, MaxLimit+1
	case q.top != nil && pick == nil:
		p.order, p.limit = q.topOrder(), q.top.n
	case q.fill: // what fill adds must pass the conditions and be ordered too
		p.having, p.order, p.limit = nil, nil, MaxLimit+1
	}
	return p
}

// rankPlan finds the top members over the whole range.
func (q *question) rankPlan() plan {
	p := q.draft("rank")
	p.having = q.having
	p.order = []orderTerm{{q.top.column, true}}
	for _, k := range p.keys {
		p.order = append(p.order, orderTerm{column: k})
	}
	p.limit = q.top.n
	p.columns = p.columns[:0:0]
	for i := len(q.keys); i < q.width(); i++ {
		if i == q.top.column || q.having != nil && mentions(q.having, i) {
			p.columns = append(p.columns, i)
		}
	}
	if q.having != nil { // conditions on periods do not apply to whole ranges
		for i, k := range q.keys {
			if k.isTime() && mentions(q.having, i) {
				p.having = nil
			}
		}
		if q.readsOption(q.having) {
			p.having = nil
		}
	}
	return p
}

func mentions(t *expr.Typed, column int) bool {
	for _, s := range t.Symbols() {
		if s.Ref == any(column) {
			return true
		}
	}
	return false
}

// needed marks the slots that the plan's columns read.
func (p *plan) needed() []bool {
	q := p.q
	out := make([]bool, 2*len(q.leaves))
	count := make([]int, len(q.leaves))
	for _, c := range p.columns {
		m, current, previous := q.parts(c)
		clear(count)
		q.metrics[m].value.uses(count)
		for i, n := range count {
			if n > 0 {
				out[q.slot(i, 0)] = out[q.slot(i, 0)] || current
				out[q.slot(i, 1)] = out[q.slot(i, 1)] || previous
			}
		}
	}
	return out
}

// parts tells which metric a column is of, and which periods it needs.
func (q *question) parts(column int) (metric int, current, previous bool) {
	i := column - len(q.keys)
	if i < len(q.metrics) {
		return i, true, false
	}
	i -= len(q.metrics)
	return i / 3, i%3 > 0, true
}

// topOrder ranks members that are not split by time.
func (q *question) topOrder() []orderTerm {
	out := []orderTerm{{q.top.column, true}}
	for i := range q.keys {
		out = append(out, orderTerm{column: i})
	}
	return out
}
