package app_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

func describeRequest(r query.Request) string {
	b, err := json.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// check compares an answer that has all rows with what the oracle computes.
func (o *oracle) check(got *query.Result) []string {
	nonTime := make([]query.By, 0, len(o.ask.By))
	var timeBy []query.By
	timeAt := -1
	for i, b := range o.ask.By {
		if b.Time == "" {
			nonTime = append(nonTime, b)
		} else {
			timeBy, timeAt = append(timeBy, b), i
		}
	}
	var diff []string
	rows, empty := o.merged(o.ask.By, nil)
	filled := o.ask.Fill && timeAt >= 0
	if o.ask.Top != nil {
		top := o.top(nonTime)
		inTop := func(s *worldSet, row worldRow) bool { return top[o.group(s, row, nonTime, "")] }
		rows, _ = o.merged(o.ask.By, inTop)
		rest := func(s *worldSet, row worldRow) bool { return !inTop(s, row) }
		others, _ := o.merged(timeBy, rest)
		if len(timeBy) == 0 && !o.anyRows(rest) {
			others = nil
		}
		if !filled { // filled too; checked by the scripts
			diff = append(diff, o.same("others", o.keyed(got.Others, timeBy), others)...)
		}
	}
	if filled {
		o.fill(rows, empty, timeAt)
	}
	if o.ask.least != nil {
		maps.DeleteFunc(rows, func(_ string, v []any) bool { return v[0] == nil || v[0].(float64) < *o.ask.least-1e-9 })
	}
	diff = append(diff, o.same("rows", o.keyed(got.Rows, o.ask.By), rows)...)
	if o.ask.Totals {
		totals, _ := o.merged(nil, nil)
		diff = append(diff, o.same("totals", o.keyed(got.Totals, nil), totals)...)
	}
	return append(diff, o.ordered(got.Rows)...)
}

// ordered holds rows against the order asked, or time ascending and the first
// metric descending; after that the keys.
func (o *oracle) ordered(rows [][]any) []string {
	type term struct {
		column int
		desc   bool
	}
	var terms []term
	names := map[string]int{"o0": len(o.ask.By)}
	for i, b := range o.ask.By {
		names[b.Name()] = i
	}
	for _, name := range o.ask.Order {
		terms = append(terms, term{names[strings.TrimPrefix(name, "-")], strings.HasPrefix(name, "-")})
	}
	if len(terms) == 0 {
		for i, b := range o.ask.By {
			if b.Time != "" {
				terms = append(terms, term{column: i})
			}
		}
		terms = append(terms, term{len(o.ask.By), true})
	}
	for i := range o.ask.By {
		terms = append(terms, term{column: i})
	}
	for i := 1; i < len(rows); i++ {
		for _, by := range terms {
			c := compareCellsOf(rows[i-1][by.column], rows[i][by.column], by.desc)
			if c > 0 {
				return []string{fmt.Sprintf("%v stands before %v", rows[i-1], rows[i])}
			}
			if c < 0 {
				break
			}
		}
	}
	return nil
}

// compareCellsOf orders values of a column, those that are not there last.
func compareCellsOf(a, b any, desc bool) int {
	if a == nil || b == nil {
		return cmp.Compare(btoi(a == nil), btoi(b == nil))
	}
	c := strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	if x, ok := query.Float(a); ok {
		y, _ := query.Float(b)
		c = cmp.Compare(x, y)
	}
	if desc {
		return -c
	}
	return c
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (o *oracle) anyRows(keep func(*worldSet, worldRow) bool) bool {
	saved := o.ask.By
	defer func() { o.ask.By = saved }()
	cur, _ := o.values([]query.By{{Dimension: "_"}}, o.cur, keep)
	if o.prev != nil {
		prev, _ := o.values([]query.By{{Dimension: "_"}}, o.prev, keep)
		return len(cur)+len(prev) > 0
	}
	return len(cur) > 0
}

// merged joins the values of both periods: current, then previous, change and
// rate of each metric.
func (o *oracle) merged(by []query.By, keep func(*worldSet, worldRow) bool) (map[string][]any, []any) {
	cur, empty := o.values(by, o.cur, keep)
	if o.ask.Compare == nil {
		return cur, empty
	}
	before, emptyBefore := o.values(by, o.prev, keep)
	prev := map[string][]any{}
	for g, v := range before {
		if moved, ok := o.move(g, by); ok {
			prev[moved] = v
		}
	}
	out := map[string][]any{}
	for g := range prev {
		out[g] = nil
	}
	for g := range cur {
		out[g] = nil
	}
	for g := range out {
		c, p := cur[g], prev[g]
		if c == nil {
			c = empty
		}
		if p == nil {
			p = emptyBefore
		}
		out[g] = withChange(c, p)
	}
	return out, withChange(empty, emptyBefore)
}

func withChange(c, p []any) []any {
	row := append([]any{}, c...)
	for i := range c {
		var change, rate any
		if c[i] != nil && p[i] != nil {
			change = c[i].(float64) - p[i].(float64)
			if p[i].(float64) > 0 {
				rate = change.(float64) / p[i].(float64)
			}
		}
		row = append(row, p[i], change, rate)
	}
	return row
}

// move puts a group of the earlier range where it stands in the current one.
func (o *oracle) move(g string, by []query.By) (string, bool) {
	parts := strings.Split(g, "|")
	for i, b := range by {
		if b.Time == "" || parts[i] == noValue {
			continue
		}
		old, now := o.labels(o.prev, b.Time), o.labels(o.cur, b.Time)
		at := slices.Index(old, parts[i])
		fine := b.Time == "day" || b.Time == "hour"
		if fine && o.cal.Align(*o.cur, o.ask.Compare.Align) != "weekday" && (o.ask.Compare.To == "previous_month" || o.ask.Compare.To == "previous_year") {
			found := ""
			for _, p := range o.cal.Periods(*o.cur, b.Time) {
				civil := calendar.Civil(p, o.cal.Zone).Truncate(time.Hour)
				back := civil.AddDate(0, -1, 0)
				if o.ask.Compare.To == "previous_year" {
					back = civil.AddDate(-1, 0, 0)
				}
				if back.Day() == civil.Day() && old[at] == o.period(calendar.Resolve(back, o.cal.Zone), b.Time) && sameCivil(o, back) {
					found = o.period(p, b.Time)
				}
			}
			if found == "" {
				return "", false
			}
			parts[i] = found
			continue
		}
		if b.Time == "hour" { // hours face those that clocks show alike
			const clock = "2006-01-02T15:04:05"
			civil := func(t time.Time) time.Time { return calendar.Civil(t, o.cal.Zone) }
			days := civil(o.cur.From).Sub(civil(o.prev.From))
			was, err := time.Parse(clock, parts[i][:len(clock)])
			if err != nil {
				panic(err)
			}
			hour := was.Add(days)
			if found := o.period(calendar.Resolve(hour, o.cal.Zone), "hour"); sameCivil(o, hour) && slices.Contains(now, found) {
				parts[i] = found
				continue
			}
			return "", false
		}
		if at < 0 || at >= len(now) {
			return "", false
		}
		parts[i] = now[at]
	}
	return strings.Join(parts, "|"), true
}

// sameCivil says that clocks did show a wall clock.
func sameCivil(o *oracle, civil time.Time) bool {
	return calendar.Civil(calendar.Resolve(civil, o.cal.Zone), o.cal.Zone).Equal(civil)
}

func (o *oracle) labels(r *calendar.Range, g calendar.Grain) []string {
	var out []string
	for _, p := range o.cal.Periods(*r, g) {
		out = append(out, o.period(p, g))
	}
	return out
}

// top ranks members by the first metric over the whole range.
func (o *oracle) top(by []query.By) map[string]bool {
	all, _ := o.merged(by, nil)
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		x, y := all[a][0], all[b][0]
		switch {
		case x == nil && y != nil:
			return 1
		case y == nil && x != nil:
			return -1
		case x != nil && math.Abs(x.(float64)-y.(float64)) > 1e-9:
			if x.(float64) > y.(float64) {
				return -1
			}
			return 1
		}
		return compareGroups(a, b)
	})
	out := map[string]bool{}
	for _, n := range names[:min(o.ask.Top.N, len(names))] {
		out[n] = true
	}
	return out
}

// compareGroups orders by each key: numbers as numbers, null last.
func compareGroups(a, b string) int {
	x, y := strings.Split(a, "|"), strings.Split(b, "|")
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		if x[i] == noValue {
			return 1
		}
		if y[i] == noValue {
			return -1
		}
		var m, n float64
		if c, err := fmt.Sscanf(x[i], "%g", &m); c == 1 && err == nil {
			if c, err := fmt.Sscanf(y[i], "%g", &n); c == 1 && err == nil {
				if m < n {
					return -1
				}
				return 1
			}
		}
		return strings.Compare(x[i], y[i])
	}
	return 0
}

// fill adds what fill should.
func (o *oracle) fill(rows map[string][]any, empty []any, at int) {
	var labels []string
	if o.cur != nil {
		labels = o.labels(o.cur, o.ask.By[at].Time)
	} else {
		first, last := "", ""
		for g := range rows {
			p := strings.Split(g, "|")[at]
			if p == noValue {
				continue
			}
			if first == "" || o.at(p).Before(o.at(first)) {
				first = p
			}
			if last == "" || o.at(p).After(o.at(last)) {
				last = p
			}
		}
		if first != "" {
			labels = o.labels(&calendar.Range{From: o.at(first), To: o.at(last).Add(1)}, o.ask.By[at].Time)
		}
	}
	members := map[string][]string{}
	for g := range rows {
		parts := strings.Split(g, "|")
		parts[at] = "*"
		members[strings.Join(parts, "|")] = parts
	}
	if len(o.ask.By) == 1 {
		members["*"] = []string{"*"}
	}
	for _, parts := range members {
		for _, l := range labels {
			p := slices.Clone(parts)
			p[at] = l
			if g := strings.Join(p, "|"); rows[g] == nil {
				rows[g] = empty
			}
		}
	}
}

func (o *oracle) at(label string) time.Time {
	if t, err := time.Parse(time.RFC3339, label); err == nil {
		return t
	}
	t, err := time.ParseInLocation(time.DateOnly, label, time.UTC)
	if err != nil {
		panic(err)
	}
	return calendar.Resolve(t, o.cal.Zone)
}

// keyed reads an answer's rows by group; the column of earlier periods is left
// out.
func (o *oracle) keyed(rows [][]any, by []query.By) map[string][]any {
	out := map[string][]any{}
	for _, r := range rows {
		var parts []string
		for i, b := range o.ask.By {
			for _, want := range by {
				if b == want {
					parts = append(parts, keyCell(r[i]))
				}
			}
		}
		values := r[len(o.ask.By):]
		n := len(o.ask.Metrics)
		if o.ask.Compare != nil {
			times := len(values) - 4*n
			values = append(slices.Clone(values[:n]), values[n+times:]...)
		}
		out[strings.Join(parts, "|")] = values
	}
	return out
}

func (o *oracle) same(part string, got, want map[string][]any) []string {
	var diff []string
	for g, w := range want {
		if got[g] == nil {
			diff = append(diff, fmt.Sprintf("%s: no row %q, want %v", part, g, w))
			continue
		}
		for i := range w {
			x, ok := query.Float(got[g][i])
			if w[i] == nil && got[g][i] == nil {
				continue
			}
			if w[i] == nil || !ok || math.Abs(x-w[i].(float64)) > 1e-9*max(1, math.Abs(x)) {
				diff = append(diff, fmt.Sprintf("%s: %q value %d is %v, want %v", part, g, i, got[g][i], w[i]))
			}
		}
	}
	for g := range got {
		if want[g] == nil {
			diff = append(diff, fmt.Sprintf("%s: row %q should not be", part, g))
		}
	}
	slices.Sort(diff)
	return diff
}
