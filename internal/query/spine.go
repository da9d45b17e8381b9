package query

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// spine says, for each period of an answer, which rows it takes its value
// from. Windows, periods to date and earlier periods are the same thing with
// other bounds, so one join computes them all; the calendar that finds the
// bounds runs here, not in an engine.
type spine struct {
	rule   string         // equal rules over equal keys have equal spines
	bucket calendar.Grain // rows are put into buckets of this
	own    []int          // positions in plan.keys of keys that are the metric's own time
	parts  []int          // positions of keys that are a part of it, such as the day of the week
	rows   []spineRow
	pick   string // which value stands for a coarser period: "" for the only one, first, last, average
	pad    bool   // periods without rows are rows of the answer
}

// spineRow is a period; its bounds are labels of buckets, half open. A zero
// bound is none.
type spineRow struct {
	at       time.Time
	labels   []time.Time // of the keys in spine.own
	parts    []int64     // of the keys in spine.parts
	from, to time.Time
	bare     bool // without rows it is no row of the answer, padded or not
}

// overTimes makes the scan of a leaf that takes its values from other times,
// or shows periods without rows. Conditions on periods apply to the periods of
// the answer.
func (q *question) overTimes(s *scan, l leaf, keys []int, when []cond) error {
	c := spineCalc{q: q, l: l, s: s, when: when, field: l.agg().Time}
	for i, k := range keys {
		if k != noKey && q.keys[k].isTime() && sameField(q.timeField(l, q.keys[k]), c.field) {
			c.own = append(c.own, i)
			c.grains = append(c.grains, q.keys[k].by.Time)
		}
		if k != noKey && q.ownPart(l, q.keys[k], c.field) {
			c.partOwn = append(c.partOwn, i)
			c.parts = append(c.parts, q.keys[k].by.Part)
		}
	}
	c.loose = len(l.over) > 0 && l.over[0].Loose
	if len(c.own)+len(c.parts) == 0 {
		return c.whole()
	}
	return c.periods(keys)
}

// ownPart reports whether a key is a part of a leaf's own time.
func (q *question) ownPart(l leaf, k key, own *semantic.Field) bool {
	if k.by.Part == "" || own == nil {
		return false
	}
	if k.by.Of == "" {
		return true
	}
	f, err := l.agg().Dataset.Field(k.by.Of)
	return err == nil && sameField(f, own)
}

// spineCalc works out the spine of one scan.
type spineCalc struct {
	q      *question
	l      leaf
	s      *scan
	field  *semantic.Field // the leaf's own time
	own    []int
	grains []calendar.Grain // of the keys in own

	partOwn []int
	parts   []string // of the keys in partOwn
	when    []cond
	loose   bool
	step    calendar.Grain // periods for which bounds are found
}

func rank(g calendar.Grain) int { return g.Rank() }

func finest(list []calendar.Grain) calendar.Grain {
	return slices.MinFunc(list, func(a, b calendar.Grain) int { return rank(a) - rank(b) })
}

// whole treats a scan that is not split by its own time: a window is that at
// the end of the range, and an earlier time moves the whole range.
func (c *spineCalc) whole() error {
	windowed := slices.ContainsFunc(c.l.over, func(o *semantic.Over) bool { return o.Shift.N == 0 })
	if len(c.l.over) == 0 || windowed && c.loose {
		c.asRows()
		return nil
	}
	if !windowed {
		c.asRows()
		if c.s.time != nil {
			for _, o := range c.l.over {
				c.s.within = c.q.cal.Shift(c.s.within, o.Shift.Grain, -o.Shift.N)
			}
		}
		return nil
	}
	c.step = c.baseStep()
	ats, err := c.domain()
	if err != nil {
		return err
	}
	c.s.time, c.s.within = c.field, calendar.Range{From: time.Unix(0, 0).UTC(), To: time.Unix(0, 0).UTC()} // nothing
	for _, at := range slices.Backward(ats) {
		ok, err := c.passes(at)
		if err != nil {
			return err
		}
		if ok {
			from, to := c.bounds(at)
			c.s.within = c.instants(from, to)
			break
		}
	}
	return nil
}

// asRows lets conditions on periods apply to rows.
func (c *spineCalc) asRows() {
	for _, w := range c.when {
		c.s.own = c.field
		if !slices.ContainsFunc(c.s.where, func(have cond) bool { return have.text == w.text }) {
			c.s.where = append(c.s.where, w)
		}
	}
}

// windowed reports whether a value is that of a window or period to date, as
// well as shifted perhaps.
func (c *spineCalc) windowed() bool {
	return slices.ContainsFunc(c.l.over, func(o *semantic.Over) bool { return o.Shift.N == 0 && o.ShiftTo == "" })
}

// periods treats a scan that is split by its own time.
func (c *spineCalc) periods(keys []int) error {
	c.step = c.stepFor(c.finest())
	ats, err := c.domain()
	if err != nil {
		return err
	}
	sp := &spine{own: c.own, parts: c.partOwn, bucket: calendar.Day, pad: c.l.agg().Pad}
	if rank(c.step) < rank(calendar.Day) || c.loose && !c.windowed() && rank(c.step) > rank(calendar.Day) {
		sp.bucket = c.step // whole periods move
	}
	if sp.rows, err = c.rows(ats); err != nil {
		return err
	}
	if err := c.gaps(sp, keys); err != nil {
		return err
	}
	sp.pick = c.reread(sp)
	if first, last, known := c.dataSpan(); known {
		sp.rows = slices.DeleteFunc(sp.rows, func(r spineRow) bool { return !r.from.Before(last) || !r.to.After(first) })
	}
	if err := c.move(sp, keys); err != nil {
		return err
	}
	c.s.own = c.field
	c.s.time, c.s.within = c.field, c.span(sp.rows)
	for _, o := range c.l.over {
		sp.rule += o.String()
	}
	for _, w := range c.when {
		sp.rule += "\x00" + w.text
	}
	c.s.spine = c.q.shareSpine(sp, c.s.period, keys, c.field)
	return nil
}

// finest is the finest period asked; parts of dates are told by days.
func (c *spineCalc) finest() calendar.Grain {
	if len(c.parts) > 0 {
		return finest(append([]calendar.Grain{calendar.Day}, c.grains...))
	}
	return finest(c.grains)
}

// stepFor chooses the periods for which bounds are found when the finest
// period asked is g.
func (c *spineCalc) stepFor(g calendar.Grain) calendar.Grain {
	step := c.baseStep()
	if rank(g) < 0 { // periods that only the calendar knows are made of days
		for _, other := range c.grains {
			if rank(other) >= 0 && rank(other) < rank(step) {
				step = other
			}
		}
		return step
	}
	if rank(g) < rank(step) {
		step = g
	}
	if len(c.l.over) == 0 {
		return g
	}
	s, to := c.shiftGrain()
	if c.windowed() || rank(s) < 0 { // periods that only the calendar knows move day by day
		return step
	}
	switch {
	case to && (!c.loose || g == calendar.Week): // the day that begins a longer period
		return step
	case c.loose && rank(g) <= rank(s), g.Nests(s):
		return g
	case !c.loose && s.Nests(g):
		return s
	case !c.loose && g == calendar.Week: // a month then counts as four weeks
		return g
	}
	return step
}

// baseStep is the day, or what windows and shifts are counted in when that is
// shorter.
func (c *spineCalc) baseStep() calendar.Grain {
	step := calendar.Day
	for _, o := range c.l.over {
		for _, g := range []calendar.Grain{o.Window.Grain, o.Shift.Grain, o.ToDate, o.ShiftTo} {
			if rank(g) >= 0 && rank(g) < rank(step) && c.field.Type == expr.Timestamp {
				step = g
			}
		}
	}
	return step
}

// shiftGrain is the finest grain by which values move, and whether one moves
// to the start of a longer period.
func (c *spineCalc) shiftGrain() (g calendar.Grain, to bool) {
	var list []calendar.Grain
	for _, o := range c.l.over {
		if to = to || o.ShiftTo != ""; o.ShiftTo != "" {
			list = append(list, o.ShiftTo)
		} else {
			list = append(list, o.Shift.Grain)
		}
	}
	return finest(list), to
}

// domain lists the periods that the answer may show: those of the range, or as
// far as there are rows.
func (c *spineCalc) domain() ([]time.Time, error) {
	q := c.q
	var r calendar.Range
	switch {
	case q.times.current != nil && q.timeOf == "":
		r = *q.times.current
		if c.s.period == 1 {
			r = *q.times.previous
		}
	default:
		if bounds, ok := q.spineBounds(c.step); ok {
			r = bounds
			break
		}
		state, ok := q.stateOf(c.field.Dataset.Name)
		if !ok || c.field.Column == nil {
			return nil, nil
		}
		lo, some := state.MinTime[c.field.Column.Name]
		if !some {
			return nil, nil
		}
		r = calendar.Range{From: c.instant(lo), To: c.instant(state.MaxTime[c.field.Column.Name]).Add(1)}
	}
	return q.labels(r, c.step)
}

// instant of a value of the time column; a date begins with its day.
func (c *spineCalc) instant(t time.Time) time.Time {
	if c.field.Type == expr.Date {
		return calendar.Resolve(t, c.q.cal.Zone)
	}
	return t
}

// spineBounds is the stretch of the workspace's own spine for a grain, if it
// has one: of the coarsest that still has the grain.
func (q *question) spineBounds(g calendar.Grain) (calendar.Range, bool) {
	spines := q.model.Workspace().Spines
	for _, have := range slices.Backward(calendar.Grains()) {
		if rank(have) > rank(g) {
			continue
		}
		f := q.model.SpineField(spines[have])
		if f == nil {
			continue
		}
		state, ok := q.stateOf(f.Dataset.Name)
		lo, some := state.MinTime[f.Column.Name]
		if ok && some {
			zone := q.cal.Zone
			return calendar.Range{From: calendar.Resolve(lo, zone), To: calendar.Resolve(state.MaxTime[f.Column.Name], zone).Add(1)}, true
		}
	}
	return calendar.Range{}, false
}

// rows finds the bounds of each period that passes the conditions on periods.
func (c *spineCalc) rows(ats []time.Time) ([]spineRow, error) {
	out := make([]spineRow, 0, len(ats))
	for _, at := range ats {
		ok, err := c.someDayPasses(at)
		if err != nil {
			return nil, err
		}
		row := spineRow{at: at, labels: make([]time.Time, len(c.grains))}
		for i, g := range c.grains {
			row.labels[i] = c.q.cal.Floor(at, g)
			ok = ok && c.q.cal.Holds(at, g)
		}
		for _, p := range c.parts {
			row.parts = append(row.parts, partOfDay(p, at))
		}
		if !ok || !c.begins(row) || !c.twiceInRange(at) {
			continue
		}
		row.from, row.to = c.bounds(at)
		if row.to.IsZero() {
			continue
		}
		out = append(out, row)
	}
	return out, nil
}

// dataSpan is the stretch of labels that has rows; a period that reads nothing
// of it has none. Periods that are shown without rows are not left out.
func (c *spineCalc) dataSpan() (first, last time.Time, known bool) {
	state, ok := c.q.stateOf(c.field.Dataset.Name)
	if !ok || c.field.Column == nil || c.l.agg().Pad {
		return first, last, false
	}
	lo, some := state.MinTime[c.field.Column.Name]
	if !some {
		return first, last, false
	}
	zone := c.q.cal.Zone
	first = calendar.Civil(c.instant(lo), zone).Truncate(24 * time.Hour)
	last = calendar.Civil(c.instant(state.MaxTime[c.field.Column.Name]), zone).Truncate(24*time.Hour).AddDate(0, 0, 1)
	return first, last, true
}

// begins keeps, for values taken at the start of a longer period, only those
// days that begin a period asked: no other day stands for it. By MetricFlow's
// rules all days of a period that only the calendar knows count, and windows
// are reread instead.
func (c *spineCalc) begins(row spineRow) bool {
	g := c.finest()
	if c.loose && (rank(g) < 0 || c.windowed()) {
		return true
	}
	for _, o := range c.l.over {
		if o.ShiftTo != "" && (rank(g) < 0 || rank(g) > rank(o.ShiftTo) || g == calendar.Week) {
			return slices.ContainsFunc(row.labels, row.at.Equal)
		}
	}
	return true
}

// twiceInRange holds for what follows MetricFlow's rules: the range applies to
// the periods of a window before and after it is shifted.
func (c *spineCalc) twiceInRange(at time.Time) bool {
	r := c.q.times.current
	if !c.loose || !c.windowed() || r == nil {
		return true
	}
	for _, o := range c.l.over {
		if o.Shift.N > 0 {
			at = c.q.cal.Step(at, o.Shift.Grain, -o.Shift.N)
		}
	}
	zone := c.q.cal.Zone
	return !at.Before(calendar.Civil(r.From, zone)) && at.Before(calendar.Civil(r.To, zone))
}

// bounds are the labels from which the period takes its value.
func (c *spineCalc) bounds(at time.Time) (from, to time.Time) {
	cal := c.q.cal
	from, to = at, cal.Step(at, c.step, 1)
	for _, o := range c.l.over {
		switch {
		case o.Shift.N > 0:
			from, to = c.shift(from, to, o)
		case o.ShiftTo != "":
			from = cal.Floor(from, o.ShiftTo)
			to = cal.Step(from, c.step, 1)
		case o.All:
			from = time.Time{}
		case o.ToDate != "":
			from = cal.Floor(from, o.ToDate)
		case o.Loose:
			from = cal.Step(cal.Step(from, o.Window.Grain, -o.Window.N), c.step, 1)
		default:
			from = cal.Step(to, o.Window.Grain, -o.Window.N)
		}
	}
	return from, to
}

// shift moves a period back. Weeks that move by months or years stay weeks. A
// period that the range cuts faces the same part of the earlier one.
func (c *spineCalc) shift(from, to time.Time, o *semantic.Over) (time.Time, time.Time) {
	cal := c.q.cal
	g, n := o.Shift.Grain, o.Shift.N
	if rank(g) < 0 {
		return c.shiftNamed(from, g, n)
	}
	if c.loose {
		from = cal.Step(from, g, -n)
		if !cal.Floor(from, c.step).Equal(from) {
			return from, time.Time{} // engines find no such period
		}
		return from, cal.Step(from, c.step, 1)
	}
	if c.step == calendar.Week {
		switch g {
		case calendar.Month:
			g, n = calendar.Week, 4*n
		case calendar.Quarter:
			g, n = calendar.Week, 13*n
		case calendar.Year:
			g, n = calendar.Week, 52*n
		}
	}
	cal.Zone = time.UTC // labels are wall clocks
	r := cal.Shift(c.inRange(from, to), g, -n)
	return r.From, r.To
}

// shiftNamed moves a day back by periods that only the calendar knows: the
// third day of a season faces the third day of the one before. The last day of
// a shorter period takes what is left of a longer one.
func (c *spineCalc) shiftNamed(day time.Time, g calendar.Grain, n int) (from, to time.Time) {
	cal := c.q.cal
	if !cal.Holds(day, g) {
		return day, time.Time{}
	}
	start := cal.Floor(day, g)
	end := c.endOf(start, g)
	earlier := cal.Step(start, g, -n)
	if !earlier.Before(start) || !cal.Holds(earlier, g) {
		return day, time.Time{}
	}
	last := c.endOf(earlier, g)
	from = earlier.Add(day.Sub(start))
	if to = cal.Step(from, c.step, 1); !cal.Step(day, c.step, 1).Before(end) {
		to = last
	}
	if !from.Before(last) {
		return from, time.Time{}
	}
	return from, to
}

// endOf is the day after the last of a period.
func (c *spineCalc) endOf(start time.Time, g calendar.Grain) time.Time {
	zone := c.q.cal.Zone
	return calendar.Civil(c.q.cal.Next(calendar.Resolve(start, zone), g), zone)
}

// inRange is the part of a period that lies in the range asked.
func (c *spineCalc) inRange(from, to time.Time) calendar.Range {
	out := calendar.Range{From: from, To: to}
	r := c.q.times.current
	if c.s.period == 1 {
		r = c.q.times.previous
	}
	if r == nil || c.q.timeOf != "" {
		return out
	}
	begin, end := calendar.Civil(r.From, c.q.cal.Zone), calendar.Civil(r.To, c.q.cal.Zone)
	if day := end.Truncate(24 * time.Hour); rank(c.step) >= rank(calendar.Day) && !day.Equal(end) {
		end = day.AddDate(0, 0, 1) // buckets are whole days
	}
	if out.From.Before(begin) && begin.Before(out.To) {
		out.From = begin
	}
	if out.From.Before(end) && end.Before(out.To) {
		out.To = end
	}
	return out
}

// reread keeps one period of several that share their labels, or tells which
// value stands for them all.
func (c *spineCalc) reread(sp *spine) string {
	how := ""
	for _, o := range c.l.over {
		if o.Reread != "" {
			how = o.Reread
		}
	}
	kept := map[string]int{} // labels → which of rows stands for them
	for i, r := range sp.rows {
		id := fmt.Sprint(r.labels, r.parts)
		if _, there := kept[id]; !there || how == "last" {
			kept[id] = i
		}
	}
	switch {
	case how == "" || len(kept) == len(sp.rows):
		return ""
	case how == "average" || c.loose:
		return how
	}
	rows := make([]spineRow, 0, len(kept))
	for _, i := range slices.Sorted(maps.Values(kept)) {
		rows = append(rows, sp.rows[i])
	}
	sp.rows = rows
	return ""
}

// partOfDay is the part of a date that package expr and engines give.
func partOfDay(part string, day time.Time) int64 {
	switch part {
	case "year":
		return int64(day.Year())
	case "quarter":
		return int64(day.Month()+2) / 3
	case "month":
		return int64(day.Month())
	case "day":
		return int64(day.Day())
	case "dow":
		return int64(day.Weekday()+6)%7 + 1
	}
	return int64(day.YearDay())
}

// move gives periods of the earlier range the labels of those they are
// compared with; those without a counterpart are left out.
func (c *spineCalc) move(sp *spine, keys []int) error {
	if c.s.period == 0 {
		return nil
	}
	for i, at := range sp.own {
		a, err := c.q.align(c.q.keys[keys[at]].by.Time)
		if err != nil {
			return err
		}
		later := make(map[time.Time]time.Time, len(a.earlier))
		for current, previous := range a.earlier {
			later[previous] = current
		}
		sp.rows = slices.DeleteFunc(sp.rows, func(r spineRow) bool { _, ok := later[r.labels[i]]; return !ok })
		for j := range sp.rows {
			sp.rows[j].labels[i] = later[sp.rows[j].labels[i]]
		}
	}
	return nil
}

// span is what the rows of a spine read, at most up to the end of the range.
func (c *spineCalc) span(rows []spineRow) calendar.Range {
	if len(rows) == 0 {
		return calendar.Range{From: time.Unix(0, 0).UTC(), To: time.Unix(0, 0).UTC()}
	}
	from, to := rows[0].from, rows[0].to
	for _, r := range rows {
		if r.from.Before(from) {
			from = r.from
		}
		if r.to.After(to) {
			to = r.to
		}
	}
	return c.instants(from, to)
}

// instants turns labels into instants; no row after the moment asked counts.
func (c *spineCalc) instants(from, to time.Time) calendar.Range {
	q := c.q
	out := calendar.Range{To: calendar.Resolve(to, q.cal.Zone)}
	if !from.IsZero() {
		out.From = calendar.Resolve(from, q.cal.Zone)
	}
	if c.s.period == 0 && q.times.current != nil && q.timeOf == "" && q.times.current.To.Before(out.To) && !c.loose {
		out.To = q.times.current.To
	}
	return out
}

// shareSpine gives equal rules one spine, so that their scans can be shared.
func (q *question) shareSpine(sp *spine, period int, keys []int, f *semantic.Field) *spine {
	for _, have := range q.times.spines {
		if have.period == period && have.spine.rule == sp.rule && have.spine.pad == sp.pad && have.spine.bucket == sp.bucket &&
			slices.Equal(have.keys, keys) && sameField(have.field, f) {
			return have.spine
		}
	}
	q.times.spines = append(q.times.spines, sharedSpine{period, keys, f, sp})
	return sp
}

// sharedSpine is a spine with what it belongs to.
type sharedSpine struct {
	period int
	keys   []int
	field  *semantic.Field
	spine  *spine
}
