package quality

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// How silence is judged.
const (
	silenceMemory  = 8 * 7 * 24 * time.Hour // who reported nothing for so long is gone, not silent
	silenceTimes   = 2                      // as long as the longest pause that one ever made
	silenceLeast   = time.Hour              // shorter pauses mean nothing unless they are stated
	pausesNeeded   = 10                     // of one, for its longest to mean something
	mostReporters  = 100_000
	mostSilentKept = 100 // of those that are silent, the newest first
)

// reporter is one who reports: a device, a store, a channel.
type reporter struct {
	key    []any
	last   time.Time
	rows   int64
	longer time.Duration // its longest pause
}

// silent reports by how much a reporter has gone silent while others went on;
// ok is false when nothing says how long it may be.
func (r reporter) silent(newest time.Time, stated time.Duration) (pause, most time.Duration, ok bool) {
	pause = newest.Sub(r.last)
	if stated > 0 {
		return pause, stated, true
	}
	return pause, max(silenceTimes*r.longer, silenceLeast), r.rows > pausesNeeded
}

// silence judges who stopped reporting while others went on: one whose newest
// row is older than the newest of all by more than is stated, or by more than
// twice the longest pause it made before. Whether all are late is a matter of
// freshness.
func (p *place) silence(ctx context.Context, c *check, asOf time.Time) (Result, error) {
	all, err := p.reporters(ctx, c, asOf)
	if err != nil {
		return Result{}, err
	}
	switch {
	case len(all) == 0:
		return c.unknown(noneLooked), nil
	case len(all) == 1:
		return c.unknown(text.Text{ZH: "只有一个在上报，看不出谁比别人安静；整体是否迟到由新鲜度规则检查",
			EN: "only one reports, so none is more silent than others; a rule of freshness says whether all are late"}), nil
	case len(all) > mostReporters:
		return c.unknown(text.Text{ZH: "取值超过 {n} 个；请选择取值更少的列，或加条件", EN: "there are more than {n} values; choose a column with fewer, or add a condition"}.With("n", mostReporters)), nil
	}
	newest := slices.MaxFunc(all, func(a, b reporter) int { return a.last.Compare(b.last) }).last
	var judged int64
	var silent []reporter
	for _, r := range all {
		pause, most, ok := r.silent(newest, c.rule.Age)
		if !ok {
			continue
		}
		if judged++; pause > most {
			silent = append(silent, r)
		}
	}
	seldom := text.Text{ZH: "{n} 个上报太少，还看不出规律", EN: "{n} have reported too seldom for their rhythm to be known"}.With("n", int64(len(all))-judged)
	if judged == 0 {
		return c.unknown(seldom), nil
	}
	out := c.judged(judged, int64(len(silent)))
	if judged < int64(len(all)) {
		out.Note = seldom
	}
	if len(silent) > 0 {
		out.Examples = p.silentOnes(c, silent, newest)
	}
	return out, nil
}

// silentOnes lists who is silent since when, the newest silence first.
func (p *place) silentOnes(c *check, silent []reporter, newest time.Time) *Examples {
	slices.SortFunc(silent, func(a, b reporter) int {
		return cmp.Or(b.last.Compare(a.last), cmp.Compare(fmt.Sprint(a.key...), fmt.Sprint(b.key...)))
	})
	out := &Examples{Columns: append(slices.Clone(c.rule.Keys), "since", "hours", "most_hours"), Rows: [][]any{}}
	for _, r := range silent[:min(len(silent), mostSilentKept)] {
		row := make([]any, 0, len(out.Columns))
		for i, v := range r.key {
			row = append(row, p.shown(v, p.typeOf(c.rule.Keys[i])))
		}
		since := r.last.Format(time.DateOnly)
		if p.dataset.Time.Type == expr.Timestamp {
			since = r.last.In(p.cal.Zone).Format("2006-01-02 15:04")
		}
		pause, most, _ := r.silent(newest, c.rule.Age)
		out.Rows = append(out.Rows, append(row, since, hours(pause), hours(most)))
	}
	return out
}

func hours(d time.Duration) float64 { return math.Round(d.Hours()*10) / 10 }

// timesUpTo gives the time of rows, and a moment as it is compared with it: where
// rows have days, the day that it is where the workspace is.
func (p *place) timesUpTo(asOf time.Time) (expr.SQL, time.Time) {
	if p.dataset.Time.Type == expr.Date {
		return p.period(calendar.Day), civilDay(asOf, p.cal.Zone)
	}
	return p.column(p.dataset.Time.Column.Name), asOf
}

// reporters asks who reported in the time that is remembered, when last, and
// how long each one's longest pause was. Rows of the future are of clocks that
// are wrong.
func (p *place) reporters(ctx context.Context, c *check, asOf time.Time) ([]reporter, error) {
	t := p.dataset.Time
	at, asOf := p.timesUpTo(asOf)
	end := asOf
	if newest, ok := p.state.Newest[t.Column.Name]; ok && newest.Before(end) {
		end = newest
	}
	from := end.Add(-max(silenceMemory, 3*c.rule.Age))
	keys := make([]expr.SQL, len(c.rule.Keys))
	inner, outer := []expr.SQL{}, []expr.SQL{}
	for i, k := range c.rule.Keys {
		keys[i] = p.column(k)
		name := p.d.Quote(fmt.Sprintf("k%d", i))
		inner, outer = append(inner, expr.Concat(keys[i], raw(" AS "+name))), append(outer, raw("g."+name))
	}
	here, before := p.d.Quote("here"), p.d.Quote("before")
	inner = append(inner, expr.Concat(at, raw(" AS "+here)),
		expr.Concat("max(", at, ") OVER (PARTITION BY ", expr.Join(keys, ", "), " ORDER BY ", at, " ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)", raw(" AS "+before)))
	rows := expr.Concat("(SELECT ", expr.Join(inner, ", "), " FROM ", p.from(), where(p.condition(c.rule.Where), p.present(append(slices.Clone(c.rule.Keys), t.Column.Name)),
		expr.Concat(at, " > ", p.d.Literal(from, expr.Timestamp)), expr.Concat(at, " <= ", p.d.Literal(end, expr.Timestamp))), ") AS g")
	list := append(slices.Clone(outer), raw("max(g."+here+")"), p.count(expr.SQL{}),
		p.d.Aggregate(warehouse.Aggregate{Func: "max", Arg: p.d.SecondsBetween(raw("g."+before), raw("g."+here))}))
	var out []reporter
	err := p.ask(ctx, expr.Concat("SELECT ", expr.Join(list, ", "), " FROM ", rows, " GROUP BY ", expr.Join(outer, ", "), limit(mostReporters+1)), func(v []any) error {
		n := len(keys)
		last, ok := v[n].(time.Time)
		if !ok {
			return fmt.Errorf("quality: the newest row of %s is of a %T", p.dataset.Name, v[n])
		}
		out = append(out, reporter{slices.Clone(v[:n]), last, whole(v[n+1]), time.Duration(whole(v[n+2])) * time.Second})
		return nil
	})
	return out, err
}
