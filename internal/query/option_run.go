package query

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Shares, ranks and moving averages are made of whole answers, so they are
// computed here, over rows that engines have grouped. The order is that of the
// answer's rules: rows and filled periods, options, having, top, others and
// totals, order, limit. What having, top and limit leave out still counts.

// optionBody answers a question with options.
func (e *Engine) optionBody(ctx context.Context, q *question) (*body, error) {
	var pick *members
	var err error
	if q.top != nil && (q.split() || q.rankFirst && !q.wide()) {
		if pick, err = e.leaders(ctx, q); err != nil {
			return nil, err
		}
	}
	within := pick
	if q.hasOption("rank") {
		within = nil // all members have a rank
	}
	b := &body{}
	if b.rows, err = e.ask(ctx, q.rowsPlan(within)); err != nil {
		return nil, err
	}
	if q.wide() && len(b.rows) > MaxLimit {
		return nil, q.tooManyGroups()
	}
	c := optionCalc{e: e, q: q}
	if err := c.prepare(ctx, b, pick, within); err != nil {
		return nil, err
	}
	done, err := c.rows(b.rows)
	if err != nil {
		return nil, err
	}
	raw := b.rows
	if b.rows, pick, err = q.choose(raw, done, pick); err != nil {
		return nil, err
	}
	if err := c.rest(ctx, b, pick); err != nil {
		return nil, err
	}
	if q.wide() || q.top != nil && !q.split() {
		q.sort(b.rows)
	}
	if len(b.rows) > q.limit {
		b.rows, b.truncated = b.rows[:q.limit], true
	}
	return b, nil
}

// choose applies having and top, when statements could not, to rows with their
// options (done); the top goes by the values themselves (raw).
func (q *question) choose(raw, done [][]any, pick *members) ([][]any, *members, error) {
	if q.wide() {
		var err error
		if raw, done, err = q.passing(raw, done); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case q.top == nil:
		return done, nil, nil
	case pick == nil:
		order := make([]int, len(raw))
		for i := range order {
			order[i] = i
		}
		sortBy(order, raw, q.topOrder())
		order = order[:min(q.top.n, len(order))]
		return picked(done, order), q.pick(picked(raw, order), false), nil
	}
	return pick.of(done), pick, nil
}

// of gives the rows of the members; all of them when no members are picked.
func (m *members) of(rows [][]any) [][]any {
	if m == nil {
		return rows
	}
	in := map[string]bool{}
	for _, r := range m.rows {
		in[rowID(r, upTo(len(m.keys)))] = true
	}
	var out [][]any
	for _, r := range rows {
		if in[rowID(r, m.keys)] {
			out = append(out, r)
		}
	}
	return out
}

func (q *question) passing(raw, done [][]any) (keptRaw, keptDone [][]any, err error) {
	if q.having == nil {
		return raw, done, nil
	}
	for i, r := range done {
		ok, err := q.passes(r)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			keptRaw, keptDone = append(keptRaw, raw[i]), append(keptDone, r)
		}
	}
	return keptRaw, keptDone, nil
}

func picked(rows [][]any, order []int) [][]any {
	out := make([][]any, len(order))
	for i, j := range order {
		out[i] = rows[j]
	}
	return out
}

// rowID tells rows apart by some of their values.
func rowID(row []any, keys []int) string {
	var b strings.Builder
	for _, k := range keys {
		switch v := row[k].(type) {
		case nil:
			b.WriteByte('0')
		case string:
			b.WriteString("s" + v)
		case int64:
			b.WriteString("i" + strconv.FormatInt(v, 10))
		case time.Time:
			b.WriteString("t" + strconv.FormatInt(v.Unix(), 10) + "." + strconv.Itoa(v.Nanosecond()))
		default:
			fmt.Fprintf(&b, "%T %v", v, v)
		}
		b.WriteByte(0)
	}
	return b.String()
}

// optionCalc computes the options of one answer.
type optionCalc struct {
	e       *Engine
	q       *question
	parents map[string]map[string][]any // by the parent's keys, then by their values
	lines   []*timeline                 // of moving metrics: current, earlier
	seen    [][]any                     // the rows of the answer, before any are filled in
}

// prepare asks for what options need beside the rows, and adds the rows that
// they make exist.
func (c *optionCalc) prepare(ctx context.Context, b *body, pick, restrict *members) error {
	q := c.q
	if err := c.askParents(ctx); err != nil {
		return err
	}
	if err := c.askMoving(ctx, upTo(len(q.keys)), restrict, pick, b.rows); err != nil {
		return err
	}
	var err error
	if b.rows, err = c.movingRows(b.rows, upTo(len(q.keys))); err != nil {
		return err
	}
	c.seen = pick.of(b.rows)
	if q.fill {
		return q.fillGaps(b, c.seen)
	}
	return nil
}

// rows gives the rows with options in place of values.
func (c *optionCalc) rows(raw [][]any) ([][]any, error) {
	q := c.q
	out := make([][]any, len(raw))
	for i, r := range raw {
		out[i] = append([]any(nil), r...)
	}
	for m, a := range q.metrics {
		if a.option == nil {
			continue
		}
		switch a.option.kind {
		case "share":
			for i, r := range raw {
				q.set(out[i], m, func(column int) any {
					parent := c.parents[keysText(a.option.parent)][rowID(r, a.option.parent)]
					return shareOf(r[column], parent, column)
				})
			}
		case "rank":
			q.setRanks(raw, out, m)
		case "moving":
			for i, r := range raw {
				if err := c.setMoving(out[i], m, r[q.timeKey()], rowID(r, q.seriesKeys())); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

// rest answers others and totals.
func (c *optionCalc) rest(ctx context.Context, b *body, pick *members) error {
	q := c.q
	var err error
	if q.top != nil && q.top.others {
		if b.others, err = c.e.ask(ctx, q.othersPlan(pick)); err != nil {
			return err
		}
		if err := c.others(ctx, b, pick); err != nil {
			return err
		}
	}
	if q.totals {
		if b.totals, err = c.e.ask(ctx, q.draft("totals")); err != nil {
			return err
		}
		return c.totals(ctx, b.totals)
	}
	return nil
}

// others gives the others their options: the share of all; no rank.
func (c *optionCalc) others(ctx context.Context, b *body, pick *members) error {
	q := c.q
	times := q.timeKeys()
	series := &optionCalc{e: c.e, q: q}
	rest := &members{keys: pick.keys, rows: pick.rows, not: true}
	if err := series.askMoving(ctx, times, rest, nil, slices.Concat(c.seen, b.others)); err != nil {
		return err
	}
	var err error
	if b.others, err = series.movingRows(b.others, times); err != nil {
		return err
	}
	if q.fill {
		both := &body{others: b.others}
		if err := q.fillGaps(both, c.seen); err != nil {
			return err
		}
		b.others = both.others
	}
	q.byTime(b.others)
	for m, a := range q.metrics {
		if a.option == nil {
			continue
		}
		for _, r := range b.others {
			values := append([]any(nil), r...)
			switch {
			case a.option.kind == "share" && subset(a.option.parent, times):
				parent := c.parents[keysText(a.option.parent)][rowID(values, a.option.parent)]
				q.set(r, m, func(column int) any { return shareOf(values[column], parent, column) })
			case a.option.kind == "moving":
				if err := series.setMoving(r, m, r[times[0]], rowID(r, q.seriesKeys())); err != nil {
					return err
				}
			default: // they lie under several parents, or are no member to rank
				q.set(r, m, func(int) any { return nil })
			}
		}
	}
	return nil
}

// byTime orders rows by their periods.
func (q *question) byTime(rows [][]any) {
	var order []orderTerm
	for _, k := range q.timeKeys() {
		order = append(order, orderTerm{column: k})
	}
	slices.SortStableFunc(rows, func(a, b []any) int { return compareRows(a, b, order) })
}

func subset(a, b []int) bool {
	return !slices.ContainsFunc(a, func(x int) bool { return !slices.Contains(b, x) })
}

// totals gives the total its options: all of itself; no rank; the moving value
// of the last period.
func (c *optionCalc) totals(ctx context.Context, rows [][]any) error {
	q := c.q
	series := &optionCalc{e: c.e, q: q}
	if err := series.askMoving(ctx, q.timeKeys(), nil, nil, c.seen); err != nil {
		return err
	}
	for m, a := range q.metrics {
		if a.option == nil {
			continue
		}
		for _, r := range rows {
			values := append([]any(nil), r...)
			switch a.option.kind {
			case "share":
				q.set(r, m, func(column int) any { return shareOf(values[column], values, column) })
			case "rank":
				q.set(r, m, func(int) any { return nil })
			case "moving":
				if err := series.setLast(r, m, rowID(r, q.seriesKeys())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// set writes a metric's option, and with a comparison that of the earlier value
// and how it changed. A rank's change has no rate.
func (q *question) set(row []any, metric int, value func(column int) any) {
	current := len(q.keys) + metric
	now := value(current)
	row[current] = now
	if q.compare == nil {
		return
	}
	at := q.previousAt(metric)
	before := value(at)
	row[at], row[at+1], row[at+2] = before, nil, nil
	if a, ok := now.(int64); ok {
		if b, ok := before.(int64); ok {
			row[at+1] = a - b
		}
		return
	}
	a, ok := now.(float64)
	b, okToo := before.(float64)
	if ok && okToo {
		row[at+1] = a - b
		if b > 0 {
			row[at+2] = (a - b) / b
		}
	}
}

// previousAt is the column of a metric's earlier value.
func (q *question) previousAt(metric int) int { return len(q.keys) + len(q.metrics) + 3*metric }

// shareOf is a value as a share of its parent's; nil when there is none or the
// whole is nothing.
func shareOf(v any, parent []any, column int) any {
	if parent == nil {
		return nil
	}
	a, ok := Float(v)
	b, okToo := Float(parent[column])
	if !ok || !okToo || b == 0 {
		return nil
	}
	return a / b
}

// setRanks ranks the rows under each parent.
func (q *question) setRanks(raw, out [][]any, metric int) {
	o := q.metrics[metric].option
	columns := []int{len(q.keys) + metric}
	if q.compare != nil {
		columns = append(columns, q.previousAt(metric))
	}
	groups := map[string][]int{}
	for i, r := range raw {
		id := rowID(r, o.parent)
		groups[id] = append(groups[id], i)
	}
	ranks := make([]map[int]any, len(raw))
	for i := range ranks {
		ranks[i] = map[int]any{}
	}
	for _, column := range columns {
		for _, rows := range groups {
			sortBy(rows, raw, []orderTerm{{column: column, desc: !o.asc}})
			place := int64(0)
			for n, i := range rows {
				v := raw[i][column]
				if v == nil {
					break
				}
				if n == 0 || compareValues(raw[rows[n-1]][column], v) != 0 {
					place = int64(n + 1)
				}
				ranks[i][column] = place
			}
		}
	}
	for i := range out {
		q.set(out[i], metric, func(column int) any { return ranks[i][column] })
	}
}

// keysText names a list of keys.
func keysText(keys []int) string { return fmt.Sprint(keys) }

// parentPlans asks for the values of parents, one statement for all options
// with the same.
func (q *question) parentPlans() map[string]plan {
	out := map[string]plan{}
	for m, a := range q.metrics {
		if a.option == nil || a.option.kind != "share" {
			continue
		}
		id := keysText(a.option.parent)
		p, ok := out[id]
		if !ok {
			p = q.draftBy("share", a.option.parent)
			p.columns = nil
		}
		p.columns = append(p.columns, len(q.keys)+m)
		if q.compare != nil {
			p.columns = append(p.columns, q.previousAt(m))
		}
		out[id] = p
	}
	for id, p := range out {
		p.onlyNeeded(func(scan) bool { return true })
		p.limit = MaxLimit + 1
		out[id] = p
	}
	return out
}

func (c *optionCalc) askParents(ctx context.Context) error {
	c.parents = map[string]map[string][]any{}
	for id, p := range c.q.parentPlans() {
		rows, err := c.e.ask(ctx, p)
		if err != nil {
			return err
		}
		if len(rows) > MaxLimit {
			return c.q.tooManyGroups()
		}
		by := make(map[string][]any, len(rows))
		for _, r := range rows {
			by[rowID(r, p.keys)] = r
		}
		c.parents[id] = by
	}
	return nil
}

// optionPlans lists the statements that options need beside the rows.
func (q *question) optionPlans() []plan {
	var out []plan
	parents := q.parentPlans()
	for _, a := range q.metrics {
		if a.option == nil {
			continue
		}
		if p, ok := parents[keysText(a.option.parent)]; ok && a.option.kind == "share" {
			out = append(out, p)
			delete(parents, keysText(a.option.parent))
		}
	}
	return append(out, q.movingPlans()...)
}

// shareWarnings says of which shares the sum need not be 1.
func (q *question) shareWarnings() []Warning {
	var out []Warning
	for _, m := range q.metrics {
		if m.option == nil || m.option.kind != "share" || len(q.keys) == 0 {
			continue
		}
		class := m.metric.Class
		if class == semantic.Additive || class == semantic.SemiAdditive && subset(q.timeKeys(), m.option.parent) {
			continue
		}
		out = append(out, warn("share_not_sum", text.Text{
			ZH: "“{title}”不能相加，占比是与整体的值之比，各行的占比加起来不一定是 100%",
			EN: "{title} does not add up: its share is the value against that of the whole, and shares need not add up to 100%"}, "metric", m.name, "title", m.metric.Title))
	}
	return out
}
