package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Periods of a calendar that are rows of a dataset are read before a question
// is planned, so that statements hold them as they stood.

// mostCalendarRows bounds the rows of a dataset of periods or holidays.
const mostCalendarRows = 100_000

// resolveCalendar takes the calendar asked for, or the workspace's own.
func resolveCalendar(q *question, r Request) error {
	q.named = q.model.CalendarNamed(r.Calendar)
	if q.named != nil {
		q.cal = q.named.Base
		return nil
	}
	if r.Calendar == "" {
		return nil
	}
	var names []string
	for _, c := range q.model.Calendars() {
		names = append(names, c.Name)
	}
	f := fault.New(fault.NotFound, "unknown_calendar", text.Text{
		ZH: "没有名为 {name} 的日历", EN: "there is no calendar named {name}"}, "name", r.Calendar)
	if near := expr.Didyoumean(r.Calendar, names); near != "" {
		f.Params["suggestion"] = near
		f.Text.ZH += "，是不是想写 " + near + "？"
		f.Text.EN += "; did you mean " + near + "?"
	}
	return f.At("calendar", f.Code, f.Text)
}

func (q *question) unknownGrain(path string, g calendar.Grain) error {
	all := q.cal.GrainNames()
	names := make([]string, len(all))
	for i, have := range all {
		names[i] = string(have)
	}
	f := invalid(path, "unknown_grain", text.Text{
		ZH: "没有名为 {grain} 的时间粒度，可用的有 {all}", EN: "no time grain {grain}; there are {all}"},
		"grain", g, "all", strings.Join(names, " "))
	if near := expr.Didyoumean(string(g), names); near != "" {
		f.Params["suggestion"] = near
	}
	return f
}

// subDay reports whether periods of a grain may begin or end inside a day.
func (q *question) subDay(g calendar.Grain) bool {
	if q.named != nil {
		for _, s := range q.named.Sources {
			if s.Grain == g {
				return s.From != nil && s.From.Type == expr.Timestamp
			}
		}
	}
	return q.cal.SubDay(g)
}

// calendarSources lists the datasets that the calendar needs for what is asked.
func (q *question) calendarSources(r Request) []semantic.CalendarSource {
	if q.named == nil || len(q.named.Sources) == 0 {
		return nil
	}
	grains := map[calendar.Grain]bool{}
	for _, k := range q.keys {
		grains[k.by.Time] = true
	}
	q.grainsNamed(func(g calendar.Grain) { grains[g] = true })
	if t := r.Time; t != nil {
		grains[t.This], grains[t.ToDate] = true, true
		if _, g, err := q.cal.Span(t.Last); err == nil {
			grains[g] = true
		}
	}
	if c := q.compare; c != nil {
		grains[calendar.Grain(strings.TrimPrefix(c.To, "previous_"))] = true
		days := c.Align == "holiday" || c.Align == "working_day" || c.Align == "trading_day"
		grains[calendar.WorkingDay] = grains[calendar.WorkingDay] || days
	}
	var out []semantic.CalendarSource
	for _, s := range q.named.Sources {
		if s.Grain != "" && grains[s.Grain] || s.Grain == "" && (grains[calendar.WorkingDay] || grains[calendar.TradingDay]) {
			out = append(out, s)
		}
	}
	return out
}

// grainsNamed visits the grains that conditions, dimensions and offsets name.
func (q *question) grainsNamed(visit func(calendar.Grain)) {
	field := func(f *semantic.Field) {
		if f != nil {
			eachGrain(f, func(_ *semantic.Field, g calendar.Grain) { visit(g) })
		}
	}
	typed := func(t *expr.Typed) {
		if t == nil {
			return
		}
		for _, sym := range t.Symbols() {
			switch ref := sym.Ref.(type) {
			case semantic.OwnTime:
				visit(ref.Grain)
			case *semantic.Field:
				field(ref)
			}
		}
	}
	for _, l := range q.leaves {
		typed(l.agg().Where)
		for _, f := range slices.Concat(l.filters, q.where) {
			typed(f.On[l.agg().Dataset])
		}
		for _, k := range q.keys {
			if !k.isTime() {
				field(k.field(l))
			}
		}
		for _, o := range l.over {
			visit(o.Shift.Grain)
			visit(o.ShiftTo)
			visit(o.ToDate)
		}
	}
}

// grainShown is the type of what stands for the periods of a grain in answers,
// where that is not the first day.
func (q *question) grainShown(g calendar.Grain) (expr.Type, bool) {
	if q.named == nil {
		return "", false
	}
	return q.named.GrainType(g)
}

// periodShown is what stands for a period in answers, where that is not its
// first day.
func (q *question) periodShown(g calendar.Grain, label time.Time) (any, bool) {
	if _, ok := q.grainShown(g); !ok {
		return nil, false
	}
	spans := q.cal.Spans(g)
	at, found := slices.BinarySearchFunc(spans, label, func(s calendar.Span, t time.Time) int { return s.From.Compare(t) })
	if !found || spans[at].Value == nil {
		return nil, false
	}
	return spans[at].Value, true
}

// valueOfPeriod is what stands for a period in conditions.
func (q *question) valueOfPeriod(g calendar.Grain, label time.Time, t expr.Type) any {
	v, ok := q.periodShown(g, label)
	s, isText := v.(string)
	switch {
	case !ok:
		return nil
	case isText && t.IsTime():
		for _, layout := range []string{time.DateOnly, time.RFC3339} {
			if at, err := time.Parse(layout, s); err == nil {
				return at.UTC()
			}
		}
		return nil
	}
	return v
}

// completeCalendar reads what the calendar takes from datasets.
func (e *Engine) completeCalendar(ctx context.Context, q *question, r Request) error {
	sources := q.calendarSources(r)
	if len(sources) == 0 {
		return nil
	}
	spans := map[calendar.Grain][]calendar.Span{}
	var holidays []calendar.SpecialDay
	q.calendarFrom = q.calendarFrom[:0:0]
	for _, s := range sources {
		q.calendarFrom = appendOnce(q.calendarFrom, s.Dataset.Name)
		rows, err := e.calendarRows(ctx, q, s)
		if err != nil {
			return err
		}
		switch {
		case s.Grain == "":
			holidays = readHolidays(s, rows)
		case s.Day != nil:
			if spans[s.Grain], err = readDays(s, rows, q.cal.Zone); err != nil {
				return inCalendar(err)
			}
		default:
			spans[s.Grain] = readSpans(s, rows, q.cal.Zone)
		}
	}
	done, err := q.named.Complete(spans, holidays)
	if err != nil {
		return inCalendar(err)
	}
	done.Zone = q.cal.Zone
	q.cal = done
	return nil
}

func inCalendar(err error) error {
	f := fault.Of(err)
	return f.At("calendar", f.Code, f.Text)
}

// calendarRows reads the columns of a source, each version of its rows once.
func (e *Engine) calendarRows(ctx context.Context, q *question, s semantic.CalendarSource) ([][]any, error) {
	state, ok, err := e.c.Warehouse.State(ctx, s.Dataset.Name)
	if err != nil || !ok || state.Table == "" {
		return nil, err
	}
	columns := make([]string, len(s.Columns()))
	for i, c := range s.Columns() {
		columns[i] = c.Name
	}
	key := fmt.Sprintf("%s\x00%s\x00%d\x00%q", state.Engine, state.Table, state.Version, columns)
	if rows, ok := e.periods.get(key); ok {
		return rows, nil
	}
	rows, err := e.rowsOf(ctx, state, func(d warehouse.Dialect) expr.SQL {
		return expr.Concat(tableSQL(d, state.Table, columns), fmt.Sprintf(" LIMIT %d", mostCalendarRows+1))
	})
	if err != nil {
		return nil, err
	}
	if len(rows) > mostCalendarRows {
		return nil, invalid("calendar", "calendar_too_long", text.Text{
			ZH: "日历引用的数据集 {dataset} 超过 {n} 行", EN: "the dataset {dataset} of the calendar has more than {n} rows"},
			"dataset", s.Dataset.Name, "n", mostCalendarRows)
	}
	e.periods.put(key, rows)
	return rows, nil
}

// values takes the columns of a row one after another, as Columns lists them.
type rowReader struct {
	row  []any
	at   int
	zone *time.Location
}

func (r *rowReader) next(c *semantic.Column) any {
	if c == nil {
		return nil
	}
	v := r.row[r.at]
	r.at++
	return v
}

// clock is a time as a wall clock of the calendar's zone.
func (r *rowReader) clock(c *semantic.Column) (time.Time, bool) {
	t, ok := r.next(c).(time.Time)
	if ok && c.Type == expr.Timestamp {
		t = calendar.Civil(t, r.zone)
	}
	return t, ok
}

// shown is a value as answers show it, and how people read it.
func shown(v any, c *semantic.Column) (any, text.Text) {
	switch x := v.(type) {
	case nil:
		return nil, text.Text{}
	case time.Time:
		if c.Type == expr.Date {
			v = x.Format(time.DateOnly)
		} else {
			v = x.Format(time.RFC3339)
		}
	case warehouse.Decimal:
		return x, text.Same(x.String())
	}
	return v, text.Same(fmt.Sprint(v))
}

func readSpans(s semantic.CalendarSource, rows [][]any, zone *time.Location) []calendar.Span {
	var out []calendar.Span
	for _, row := range rows {
		r := &rowReader{row: row, zone: zone}
		var p calendar.Span
		var ok bool
		if p.From, ok = r.clock(s.From); !ok {
			continue // a row without a start is no period
		}
		p.To, _ = r.clock(s.To)
		if last, ok := r.clock(s.Through); ok {
			p.To = last.Truncate(24*time.Hour).AddDate(0, 0, 1)
		}
		if s.Label != nil {
			p.Value, p.Label = shown(r.next(s.Label), s.Label)
		}
		out = append(out, p)
	}
	return out
}

func readDays(s semantic.CalendarSource, rows [][]any, zone *time.Location) ([]calendar.Span, error) {
	var days []calendar.Span
	for _, row := range rows {
		r := &rowReader{row: row, zone: zone}
		day, ok := r.clock(s.Day)
		v, label := shown(r.next(s.Value), s.Value)
		if !ok || v == nil {
			continue // a day without a value is in no period
		}
		days = append(days, calendar.Span{From: day.Truncate(24 * time.Hour), Value: v, Label: label})
	}
	return calendar.SpansOfDays(days)
}

func readHolidays(s semantic.CalendarSource, rows [][]any) []calendar.SpecialDay {
	var out []calendar.SpecialDay
	for _, row := range rows {
		r := &rowReader{row: row, zone: time.UTC}
		day, ok := r.clock(s.Date)
		if !ok {
			continue
		}
		h := calendar.SpecialDay{Date: day.Truncate(24 * time.Hour), Kind: calendar.Holiday}
		if name, ok := r.next(s.Name).(string); ok {
			h.Name, h.ID = text.Same(name), name
		}
		if kind, ok := r.next(s.Type).(string); ok && strings.EqualFold(strings.TrimSpace(kind), string(calendar.Workday)) {
			h.Kind = calendar.Workday
		}
		out = append(out, h)
	}
	return out
}

// periodCache remembers rows of calendars, by version.
type periodCache struct {
	mu    sync.Mutex
	known map[string][][]any
}

func (c *periodCache) get(key string) ([][]any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rows, ok := c.known[key]
	return rows, ok
}

func (c *periodCache) put(key string, rows [][]any) {
	const most = 50
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= most {
		c.known = map[string][][]any{}
	}
	c.known[key] = rows
}

// mostLabels bounds the names of periods that go with an answer.
const mostLabels = 2000

// periodLabels names the periods of the range asked, for fiscal periods of
// weeks and for periods with names; the key is the value as rows hold it.
func (q *question) periodLabels(k key) map[string]text.Text {
	g := k.by.Time
	_, named := q.grainShown(g)
	if fiscal := q.cal.Fiscal.Pattern != "" && slices.Contains(calendar.FiscalGrains(), g); !named && !fiscal {
		return nil
	}
	out := map[string]text.Text{}
	add := func(r calendar.Range) {
		starts, _ := q.cal.PeriodsUpTo(r, g, mostLabels)
		for _, s := range starts {
			label := q.label(s, g)
			value := label.Format(time.DateOnly)
			if v, ok := q.periodShown(g, label); ok {
				value = fmt.Sprint(v)
			}
			out[value] = text.Text{ZH: q.cal.Label(s, g, text.ZH), EN: q.cal.Label(s, g, text.EN)}
		}
	}
	switch {
	case q.times.whole != nil:
		add(*q.times.whole)
		if q.times.previous != nil {
			add(*q.times.previous)
		}
	case !q.times.dataEnd.IsZero():
		add(calendar.Range{From: q.dataStart(k), To: q.times.dataEnd.AddDate(0, 0, 1)})
	}
	return out
}

// dataStart is the oldest time of a key's column, as far as it is known.
func (q *question) dataStart(k key) time.Time {
	out := q.times.dataEnd.AddDate(-10, 0, 0)
	for _, l := range q.leaves {
		if f := q.timeField(l, k); f != nil && f.Column != nil {
			if lo, ok := q.states[f.Dataset.Name].MinTime[f.Column.Name]; ok && lo.Before(out) {
				out = lo
			}
		}
	}
	return out
}
