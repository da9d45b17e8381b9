package query

import (
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// mostPeriods bounds how many periods a comparison or fill goes through.
const mostPeriods = 20_000

// times is what a question covers once data and clock are known.
type times struct {
	now      time.Time
	freshAt  time.Time // when it is asked how old rows are
	asOf     time.Time
	dataEnd  time.Time // end of the last day complete in all datasets; zero when unknown
	whole    *calendar.Range
	current  *calendar.Range // whole, or cut at asOf
	previous *calendar.Range
	align    string   // how previous was found: "date" or "weekday"
	future   []string // datasets with rows that were of the future when they were loaded
	fillTo   time.Time
	aligned  map[calendar.Grain]alignment    // filled as asked for
	spines   []sharedSpine                   // the same
	cuts     map[*semantic.Journey]time.Time // of a retention: up to when it is known who came back
}

// facts of one dataset's clock.
type reach struct {
	end    time.Time // end of the last complete day
	future bool
}

// settle works out asOf and the ranges.
func (q *question) settle(r Request, now, freshAt time.Time) error {
	t := times{now: now, freshAt: freshAt, aligned: map[calendar.Grain]alignment{}}
	note := func(d *semantic.Dataset, have reach) {
		if have.future {
			t.future = appendOnce(t.future, d.Name)
		}
		if !have.end.IsZero() && (t.dataEnd.IsZero() || have.end.Before(t.dataEnd)) {
			t.dataEnd = have.end
		}
	}
	for _, l := range q.leaves {
		f := q.rangeField(l)
		if f == nil {
			if r.Time != nil {
				return noTime("time", l)
			}
			continue
		}
		note(l.agg().Dataset, q.reachOf(l.agg().Dataset, f))
	}
	ends := map[*semantic.Journey]time.Time{}
	for _, j := range q.journeys() {
		have := q.reachOf(j.Other.Dataset, j.Other.Time)
		note(j.Other.Dataset, have)
		if j.Return != nil {
			ends[j] = have.end
		}
	}
	latest, err := q.asOf(&t, r.AsOf)
	if err != nil {
		return err
	}
	t.cuts = q.cuts(t.asOf, ends)
	if r.Time != nil {
		if err := q.ranges(&t, *r.Time, latest); err != nil {
			return err
		}
	} else if r.Compare != nil {
		return invalid("compare", "compare_needs_time", text.Text{
			ZH: "对比需要时间范围，请同时给出 time", EN: "a comparison needs a time range; give time as well"})
	}
	q.times = t
	return nil
}

func appendOnce(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// rangeField is the column that the time range looks at for a leaf.
func (q *question) rangeField(l leaf) *semantic.Field {
	if q.timeOf != "" {
		f, err := l.agg().Dataset.Field(q.timeOf)
		if err != nil {
			return nil // resolveTimeOf has checked it
		}
		return f
	}
	return l.agg().Time
}

// reachOf tells how far a dataset's rows go, those of the future left out. The day
// of the newest row counts as complete when the rows were loaded after it was over.
func (q *question) reachOf(d *semantic.Dataset, f *semantic.Field) (out reach) {
	state, ok := q.states[f.Dataset.Name]
	if !ok || f.Column == nil {
		return out
	}
	out.future = state.Future[f.Column.Name] > 0
	top, ok := state.Newest[f.Column.Name]
	if !ok {
		return out
	}
	if f.Type == expr.Date {
		top = calendar.Resolve(top, q.cal.Zone)
	}
	out.end = q.cal.Next(top, calendar.Day)
	if q.states[d.Name].LoadedAt.Before(out.end) {
		out.end = q.cal.Start(top, calendar.Day)
	}
	return out
}

// asOf finds the moment from which relative time counts; latest says that it
// is the end of the data.
func (q *question) asOf(t *times, asked string) (latest bool, err error) {
	if asked == "" {
		asked = q.model.Workspace().AsOf
	}
	switch asked {
	case "", "now":
		t.asOf = t.now
	case "latest":
		t.asOf = t.now
		if !t.dataEnd.IsZero() {
			t.asOf, latest = t.dataEnd, true
		}
	default:
		if t.asOf, err = q.moment("asOf", asked); err != nil {
			return false, err
		}
	}
	t.asOf = t.asOf.In(q.cal.Zone)
	return latest, nil
}

// moment reads a date or an RFC 3339 time.
func (q *question) moment(path, s string) (time.Time, error) {
	if d, err := time.Parse(time.DateOnly, s); err == nil {
		return calendar.Resolve(d, q.cal.Zone), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		at, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if layout != time.RFC3339Nano {
			at = calendar.Resolve(at, q.cal.Zone)
		}
		return at.In(q.cal.Zone), nil
	}
	return time.Time{}, invalid(path, "bad_time", text.Text{
		ZH: "{value} 不是时间，请写成 2026-01-05 或 2026-01-05T08:00:00+08:00", EN: "{value} is not a time; write 2026-01-05 or 2026-01-05T08:00:00+08:00"}, "value", s)
}

// ranges works out the range asked and the one to compare with.
func (q *question) ranges(t *times, r TimeRange, latest bool) error {
	relative := r.Last != "" || r.This != "" || r.ToDate != ""
	absolute := r.From != "" || r.To != ""
	if relative == absolute {
		return invalid("time", "bad_range", text.Text{
			ZH: "时间范围请写 from 和 to，或 last、this、to_date 中的一个",
			EN: "a time range is from and to, or one of last, this and to_date"})
	}
	var whole calendar.Range
	var rel calendar.Resolved
	var err error
	if relative {
		whole, rel, err = q.relative(t, r, latest)
	} else {
		whole, err = q.absolute(t, r)
	}
	if err != nil {
		return err
	}
	if !whole.From.Before(whole.To) && !relative {
		return invalid("time", "empty_range", text.Text{
			ZH: "时间范围是空的：开始须早于结束（结束当天不含在内）", EN: "the time range is empty: from must be before to, which is not included"})
	}
	current := whole
	if (relative || q.compare != nil) && t.asOf.Before(whole.To) && t.asOf.After(whole.From) {
		current.To = t.asOf
	}
	t.whole, t.current = &whole, &current
	t.fillTo = whole.To
	if t.asOf.Before(t.fillTo) {
		t.fillTo = t.asOf // periods to come are not filled in
	}
	if q.compare == nil {
		return nil
	}
	t.align = q.alignBy(whole, rel)
	previous, err := q.before(whole, current, rel, t.align)
	if err != nil {
		f := fault.Of(err)
		return f.At("compare", f.Code, f.Text)
	}
	t.previous = &previous
	return nil
}

func (q *question) relative(t *times, r TimeRange, latest bool) (calendar.Range, calendar.Resolved, error) {
	if r.From != "" || r.To != "" {
		return calendar.Range{}, calendar.Resolved{}, invalid("time", "bad_range", text.Text{
			ZH: "from、to 不能和相对时间一起写", EN: "from and to do not go with relative time"})
	}
	at := t.asOf
	if latest && r.Last == "" {
		at = at.Add(-1) // the period in which the data end, not the one after
	}
	rel, err := q.cal.Relative(calendar.Relative{Last: r.Last, This: r.This, ToDate: r.ToDate}, at)
	if err != nil {
		f := fault.Of(err)
		return calendar.Range{}, rel, f.At("time", f.Code, f.Text)
	}
	if r.ToDate != "" {
		rel.Range.To = t.asOf
	}
	return rel.Range, rel, nil
}

func (q *question) absolute(t *times, r TimeRange) (calendar.Range, error) {
	if r.From == "" || r.To == "" {
		return calendar.Range{}, invalid("time", "bad_range", text.Text{
			ZH: "时间范围需要同时有 from 和 to", EN: "a time range needs both from and to"})
	}
	from, err := q.moment("time.from", r.From)
	if err != nil {
		return calendar.Range{}, err
	}
	to, err := q.moment("time.to", r.To)
	return calendar.Range{From: from, To: to}, err
}

// before is the range to compare with; a cut range is compared with the same
// part of the earlier one.
func (q *question) before(whole, current calendar.Range, rel calendar.Resolved, align string) (calendar.Range, error) {
	to := q.compare.To
	how := calendar.Comparison{To: to, Align: align, Holiday: q.compare.Holiday}
	if rel.Grain != "" && to == "previous_period" && (align == "" || align == "date") {
		return q.cal.Move(current, rel.Grain, -rel.N)
	}
	if to != "previous_period" || current == whole {
		return q.cal.Earlier(current, how)
	}
	previous, err := q.cal.Earlier(whole, how)
	if err != nil {
		return previous, err
	}
	if same, err := q.cal.Earlier(current, how); err == nil && same.From.Equal(previous.From) && !same.To.After(previous.To) {
		return same, nil
	}
	spent := calendar.Civil(current.To, q.cal.Zone).Sub(calendar.Civil(whole.From, q.cal.Zone))
	cut := calendar.Resolve(calendar.Civil(previous.From, q.cal.Zone).Add(spent), q.cal.Zone)
	if cut.Before(previous.To) {
		previous.To = cut
	}
	return previous, nil
}

// alignBy is how the comparison moves the range: as asked; else a range of
// whole weeks, or one that is asked by week, keeps its weekdays when it moves
// by months or years, because a week set against parts of two others says
// nothing. Days that only happen to be whole weeks keep their dates, or "last 7
// days" would mean something else every Monday.
func (q *question) alignBy(whole calendar.Range, rel calendar.Resolved) string {
	c := q.compare
	if c.Align != "" || c.To != "previous_month" && c.To != "previous_year" {
		return c.Align
	}
	for _, k := range q.keys {
		switch {
		case k.by.Time == calendar.Week:
			return "weekday"
		case q.cal.Fiscal.Pattern != "" && slices.Contains(calendar.FiscalGrains(), k.by.Time):
			return "fiscal"
		}
	}
	switch rel.Grain {
	case "":
		return q.cal.Align(whole, "")
	case calendar.Week:
		return "weekday"
	}
	return "date"
}

// incomplete reports whether the range goes past the moment or the data.
func (t times) incomplete() bool {
	if t.whole == nil {
		return false
	}
	return t.whole.To.After(t.asOf) || !t.dataEnd.IsZero() && t.whole.To.After(t.dataEnd)
}

// stateOf gives what is known of a dataset's rows.
func (q *question) stateOf(name string) (warehouse.State, bool) {
	s, ok := q.states[name]
	return s, ok && s.Table != ""
}
