package quality

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/stats"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// How volumes are compared.
const (
	judgedDays    = 7 // the newest complete days
	comparedWeeks = 8 // days of the same weekday before each, or loads
	fewestBefore  = 3 // of them, for a median to mean something
)

// volumes judges how many rows there are on each of the newest days, or in the
// newest load.
func (s *Service) volumes(ctx context.Context, p *place, c *check, asOf time.Time) (Result, error) {
	if c.rule.Step() == "load" {
		return s.loadVolume(ctx, p, c)
	}
	day := p.period(calendar.Day)
	counts := map[time.Time]int64{}
	var first, last time.Time
	today := civilDay(asOf, p.cal.Zone)
	err := p.ask(ctx, expr.Concat("SELECT ", day, ", count(*) FROM ", p.from(),
		where(p.condition(c.rule.Where), p.present([]string{p.dataset.Time.Column.Name})), " GROUP BY ", day), func(v []any) error {
		at, ok := v[0].(time.Time)
		if !ok {
			return fmt.Errorf("quality: a day of %s is a %T", p.dataset.Name, v[0])
		}
		if !at.Before(today) {
			return nil // today is not over
		}
		counts[at] = whole(v[1])
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	if last.IsZero() {
		return c.unknown(text.Text{ZH: "还没有一个完整的日子可以检查", EN: "there is no complete day to look at yet"}), nil
	}
	out := c.result(Kept)
	bad := &Examples{Columns: []string{"day", "rows", "least", "most"}, Rows: [][]any{}}
	for i := judgedDays - 1; i >= 0; i-- {
		at := last.AddDate(0, 0, -i)
		if at.Before(first) {
			continue
		}
		var before []float64
		for w := 1; w <= comparedWeeks; w++ {
			if d := at.AddDate(0, 0, -7*w); d.After(first) { // the first day may have begun in the middle
				before = append(before, float64(counts[d]))
			}
		}
		least, most, ok := bounds(c.rule, before)
		if !ok {
			continue
		}
		out.Checked++
		if n := float64(counts[at]); n < least || n > most {
			out.Broken++
			bad.Rows = append(bad.Rows, []any{at.Format(time.DateOnly), counts[at], round(least), round(most)})
		}
	}
	return c.finishVolume(out, bad, text.Text{
		ZH: "往期不足：同一星期几至少要有 {n} 天", EN: "there is too little history: at least {n} days of the same weekday are needed"}), nil
}

func (c *check) finishVolume(out Result, bad *Examples, few text.Text) Result {
	if out.Checked == 0 {
		return c.unknown(few.With("n", fewestBefore))
	}
	if out.Broken > 0 {
		out.State, out.Examples = Broken, bad
	}
	return out
}

// loadVolume judges the newest load that brought rows from outside.
func (s *Service) loadVolume(ctx context.Context, p *place, c *check) (Result, error) {
	if s.Ledger == nil || p.state.Engine != "" {
		return c.unknown(text.Text{ZH: "这些数据没有装载记录", EN: "no loads are known of these rows"}), nil
	}
	ledger, err := s.Ledger(ctx, p.dataset.Name, 200)
	if err != nil {
		return Result{}, err
	}
	var newest *warehouse.LedgerEntry
	var before []float64
	for i, e := range ledger { // newest first
		if e.Mode != "replace" && e.Mode != "append" && e.Mode != "upsert" {
			continue
		}
		switch {
		case newest == nil:
			newest = &ledger[i]
		case e.Mode == newest.Mode && len(before) < comparedWeeks:
			before = append(before, float64(e.Loaded))
		}
	}
	if newest == nil {
		return c.unknown(text.Text{ZH: "还没有装载过数据", EN: "nothing has been loaded yet"}), nil
	}
	out := c.result(Kept)
	bad := &Examples{Columns: []string{"load", "rows", "least", "most"}, Rows: [][]any{}}
	if least, most, ok := bounds(c.rule, before); ok {
		out.Checked = 1
		if n := float64(newest.Loaded); n < least || n > most {
			out.Broken = 1
			bad.Rows = append(bad.Rows, []any{newest.File, newest.Loaded, round(least), round(most)})
		}
	}
	return c.finishVolume(out, bad, text.Text{
		ZH: "往期不足：之前同方式的装载至少要有 {n} 次", EN: "there is too little history: at least {n} earlier loads of the same kind are needed"}), nil
}

// most is more rows than there can be.
const mostRows = 1 << 62

// bounds gives between which numbers of rows the rule wants to be; ok is false
// when nothing says.
func bounds(r *semantic.Rule, before []float64) (least, most float64, ok bool) {
	most = mostRows
	read := func(s string, into *float64) {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			*into, ok = float64(n), true
		}
	}
	read(r.Min, &least)
	read(r.Max, &most)
	if r.Tolerance == nil && ok { // bounds that are written need no history
		return least, most, true
	}
	tolerance := semantic.DefaultVolumeTolerance
	if r.Tolerance != nil {
		tolerance = *r.Tolerance
	}
	if median := stats.Median(before); len(before) >= fewestBefore && median > 0 {
		least, most, ok = max(least, median*(1-tolerance)), min(most, median*(1+tolerance)), true
	}
	return least, most, ok
}

func round(f float64) any {
	if f >= mostRows {
		return nil
	}
	return int64(f + 0.5)
}

// civilDay is the date of a moment, as midnight UTC.
func civilDay(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// fresh judges up to when the rows tell what happened. Rows of the future are of
// clocks that are wrong, or of plans, and keep nothing fresh; rows from after a
// moment at which time is held reach it.
func (p *place) fresh(c *check, asOf time.Time) Result {
	if p.state.Rows == 0 {
		return c.unknown(noRows)
	}
	newest, ok := p.dataset.Spec.Fresh(semantic.Times{Max: p.state.MaxTime, Newest: p.state.Newest, Loaded: p.state.LoadedAt}, p.cal)
	if !ok {
		return c.unknown(text.Text{ZH: "所有数据的时间都在未来", EN: "all rows are of times that are still to come"})
	}
	out := c.result(Kept)
	age, bound := max(0, asOf.Sub(newest).Seconds()), c.rule.Age.Seconds()
	out.Checked, out.Observed, out.Bound = 1, &age, &bound
	if age > bound {
		out.State, out.Broken = Broken, 1
		out.Note = text.Text{ZH: "最新的数据停在 {at}", EN: "the newest row is of {at}"}.With("at", newest.In(p.cal.Zone).Format("2006-01-02 15:04"))
	}
	return out
}
