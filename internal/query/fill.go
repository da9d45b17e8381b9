package query

import (
	"fmt"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// fillGaps adds a row for each period without rows, for every combination of
// the other dimensions that occurs. Periods to come are not added. What is
// added has the values of a metric over no rows. Without a range there are the
// periods of the rows seen.
func (q *question) fillGaps(b *body, seen [][]any) error {
	at := q.timeKey()
	periods, err := q.fillPeriods(at, seen)
	if err != nil {
		return err
	}
	blank, err := q.blank()
	if err != nil {
		return err
	}
	if b.rows, err = q.fillRows(b.rows, periods, at, blank); err != nil {
		return err
	}
	if b.others != nil {
		if b.others, err = q.fillRows(b.others, periods, at, blank); err != nil {
			return err
		}
		q.byTime(b.others)
	}
	return nil
}

// keepPassing drops the rows that do not satisfy having.
func (q *question) keepPassing(b *body) error {
	if q.having == nil {
		return nil
	}
	kept := b.rows[:0:0]
	for _, r := range b.rows {
		ok, err := q.passes(r)
		if err != nil {
			return err
		}
		if ok {
			kept = append(kept, r)
		}
	}
	b.rows = kept
	return nil
}

// fillPeriods lists the labels that there should be: those of the range, or
// from the first to the last one seen.
func (q *question) fillPeriods(at int, rows [][]any) ([]time.Time, error) {
	k := q.keys[at]
	if q.times.whole != nil && k.by.Of == q.timeOf {
		r := *q.times.whole
		r.To = q.times.fillTo
		return q.labels(r, k.by.Time)
	}
	var first, last time.Time
	for _, row := range rows {
		t, ok := row[at].(time.Time)
		if !ok {
			continue
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	if first.IsZero() {
		return nil, nil
	}
	zone := q.cal.Zone
	r := calendar.Range{From: calendar.Resolve(first, zone), To: calendar.Resolve(last, zone).Add(1)}
	return q.labels(r, k.by.Time)
}

// blank is a row in which no metric has any rows.
func (q *question) blank() ([]any, error) {
	out := make([]any, q.width())
	for i, m := range q.metrics {
		v, err := q.empty(m.value)
		if err != nil {
			return nil, err
		}
		out[len(q.keys)+i] = v
		if q.compare == nil {
			continue
		}
		j := len(q.keys) + len(q.metrics) + 3*i
		out[j] = v
		switch v := v.(type) {
		case int64:
			out[j+1] = int64(0)
			if v > 0 {
				out[j+2] = 0.0
			}
		case float64:
			out[j+1] = 0.0
			if v > 0 {
				out[j+2] = 0.0
			}
		}
	}
	return out, nil
}

func (q *question) fillRows(rows [][]any, periods []time.Time, at int, blank []any) ([][]any, error) {
	type group struct {
		sample []any
		have   map[time.Time]bool
	}
	groups := map[string]*group{}
	var order []string
	for _, r := range rows {
		id := q.memberID(r, at)
		g := groups[id]
		if g == nil {
			g = &group{sample: r, have: map[time.Time]bool{}}
			groups[id] = g
			order = append(order, id)
		}
		if t, ok := r[at].(time.Time); ok {
			g.have[t.UTC()] = true
		}
	}
	if len(order) == 0 && len(q.keys) == 1 {
		groups[""] = &group{have: map[time.Time]bool{}}
		order = []string{""}
	}
	if len(order)*len(periods) > MaxLimit {
		return nil, fillTooLarge()
	}
	out := rows[:len(rows):len(rows)]
	for _, id := range order {
		g := groups[id]
		for _, p := range periods {
			if g.have[p] {
				continue
			}
			row := append([]any(nil), blank...)
			for i := range q.keys {
				if i == at {
					row[i] = p
				} else if g.sample != nil {
					row[i] = g.sample[i]
				}
			}
			out = append(out, row)
		}
	}
	return out, nil
}

func fillTooLarge() error {
	return invalid("fill", "fill_too_large", text.Text{
		ZH: "补齐后超过 {n} 行，请缩短范围、改用更粗的粒度或减少维度",
		EN: "filling the gaps makes more than {n} rows; shorten the range, use a coarser grain or fewer dimensions"}, "n", MaxLimit)
}

// memberID tells rows apart by all keys but one.
func (q *question) memberID(row []any, but int) string {
	var b strings.Builder
	for i := range q.keys {
		if i != but {
			fmt.Fprintf(&b, "%T %v\x00", row[i], row[i])
		}
	}
	return b.String()
}

// passes evaluates having for a row in this process.
func (q *question) passes(row []any) (bool, error) {
	env := expr.Env{Zone: q.cal.Zone, Value: func(ref any) any {
		switch v := row[ref.(int)].(type) {
		case warehouse.Decimal:
			return v.Float64()
		default:
			return v
		}
	}}
	v, err := env.Eval(q.having)
	if err != nil {
		return false, ofExpr("having", err)
	}
	return v == true, nil
}
