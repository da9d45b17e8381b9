package explain

import (
	"context"
	"fmt"
	"math"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// What makes missing days a late feed rather than chance.
const (
	lateDays   = 56   // days before that show how often there are rows
	lateChance = 0.01 // missing days must be rarer than this by chance
)

// gap is a feed that stops before the period ends.
type gap struct {
	leaf      int    // column of the ask
	dimension string // "" for the whole feed
	title     text.Text
	value     any
	since     time.Time // first day without rows
	days      int       // days without rows up to the period's end
}

// lateData finds feeds that stop before the period ends: of the whole, and of
// the members that fell most. Periods finer than a week are not looked into:
// the day is what feeds are counted in.
func (e *explainer) lateData(ctx context.Context, found []*members) ([]gap, error) {
	if e.window.grain == calendar.Hour || e.window.grain == calendar.Day {
		return nil, nil
	}
	days := e.lateWindow()
	g, err := e.fetch(ctx, days, "", "", 0)
	if err != nil {
		if ends(err) {
			return nil, err
		}
		return nil, nil // a metric that cannot be asked by day shows no late days
	}
	out := e.gaps(g, days, nil, text.Text{}, "")
	whole := map[int]bool{}
	for _, x := range out {
		whole[x.leaf] = true
	}
	for _, m := range e.fallen(found) {
		g, err := e.fetch(ctx, days, m.info.Name, filter(m.info.Name, m.value), 0)
		if err != nil {
			if ends(err) {
				return nil, err
			}
			continue
		}
		for _, x := range e.gaps(g, days, m.value, m.info.Title, m.info.Name) {
			if !whole[x.leaf] && x.days > 1 {
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// lateWindow is the days up to the end of the period.
func (e *explainer) lateWindow() window {
	w := window{grain: calendar.Day, to: e.window.to, from: e.window.from}
	start := e.calendar.Add(e.window.to.From, calendar.Day, -lateDays)
	for t := start; t.Before(e.window.to.To); t = e.calendar.Next(t, calendar.Day) {
		w.starts = append(w.starts, t)
	}
	return w
}

// gaps finds the leaves that have no rows on the last days of the period,
// though days without rows were rare before.
func (e *explainer) gaps(g *grid, days window, value any, title text.Text, dimension string) []gap {
	var out []gap
	for leaf := range e.ask.metrics {
		if leaf == e.ask.self && !e.formula.single() {
			continue
		}
		if n := e.missing(g, days, leaf, value); n > 0 {
			out = append(out, gap{leaf: leaf, dimension: dimension, title: title, value: value,
				since: days.starts[len(days.starts)-n], days: n})
		}
	}
	return out
}

// missing counts the days without rows at the end of the window; 0 when that
// may be chance.
func (e *explainer) missing(g *grid, days window, leaf int, value any) int {
	member, ok := g.index[value]
	if !ok {
		return 0
	}
	has := func(day int) bool {
		row := g.rows[member][day]
		return row != nil && !math.IsNaN(row[leaf]) && row[leaf] != 0
	}
	end := len(days.starts)
	n := 0
	for n < end && !has(end-1-n) {
		n++
	}
	first := 0
	for first < end && !has(first) {
		first++ // a feed that began late is judged from its first day
	}
	if n == 0 || end-n-first < 14 {
		return 0
	}
	empty := 0.5
	for d := first; d < end-n; d++ {
		if !has(d) {
			empty++
		}
	}
	if math.Pow(empty/float64(end-n-first+1), float64(n)) >= lateChance {
		return 0
	}
	return n
}

// fallMember is a member to look at by day.
type fallMember struct {
	*members
	value any
}

// fallen lists the members with the strongest fall of any of the best
// dimensions: at most three.
func (e *explainer) fallen(found []*members) []fallMember {
	var out []fallMember
	for _, r := range e.ranked(found) {
		if len(out) == 3 {
			break
		}
		before, now := e.at(r.m.grid)
		a, b := r.m.grid.leaves(e.ask, r.i, before), r.m.grid.leaves(e.ask, r.i, now)
		if a == nil || math.Abs(r.m.scores[r.i].pure) < 3 {
			continue
		}
		b = orZero(b, len(a))
		for j := range a {
			if b[j] < 0.85*a[j] {
				out = append(out, fallMember{r.m, r.m.grid.values[r.i]})
				break
			}
		}
	}
	return out
}

// finding words a gap.
func (e *explainer) lateFinding(x gap) Finding {
	day := text.Text{ZH: e.calendar.Label(x.since, calendar.Day, text.ZH), EN: e.calendar.Label(x.since, calendar.Day, text.EN)}
	leaf := e.model.Metric(e.ask.metrics[x.leaf].Metric)
	what := leaf.Datasets[0].Title
	t := text.Text{
		ZH: "{what}从{day}起没有数据，缺 {days} 天：是数据晚到，不是业务变化",
		EN: "{what} has no data from {day} on, {days} days are missing: the data are late, the business did not move",
	}
	if x.dimension != "" {
		t = text.Text{
			ZH: "{dimension}“{value}”的{what}从{day}起没有数据，缺 {days} 天：先当作数据晚到，不要当作下降",
			EN: "{what} of {dimension} “{value}” has no data from {day} on, {days} days are missing: take it as late data, not a fall",
		}.With("dimension", x.title, "value", valueText(x.value))
	}
	if x.days == 1 {
		t.EN = replaceOne(t.EN)
	}
	return Finding{Kind: "late_data", Metric: leaf.Name, Dimension: x.dimension, Value: x.value,
		Text: t.With("what", what, "day", day, "days", x.days)}
}

func (e *explainer) lateWarning(f Finding, x gap) query.Warning {
	return query.Warning{Code: "late_data", Params: map[string]any{"metric": f.Metric, "since": x.since.Format(time.DateOnly), "days": x.days}, Text: f.Text}
}

func valueText(v any) text.Text {
	switch v := v.(type) {
	case nil:
		return text.Text{ZH: "（无）", EN: "(none)"}
	case bool:
		if v {
			return text.Text{ZH: "是", EN: "yes"}
		}
		return text.Text{ZH: "否", EN: "no"}
	}
	return text.Same(fmt.Sprint(v))
}

// aboutData reports whether a finding says that the data are at fault, so that
// nothing can be said of the business.
func (f *Finding) aboutData() bool { return f.Kind == "late_data" || f.Kind == dataQuality }

const dataQuality = "data_quality"

// dataFindings makes findings of warnings that promises about the data are
// broken.
func dataFindings(warnings []query.Warning) []Finding {
	var out []Finding
	for _, w := range warnings {
		if w.Code == dataQuality {
			out = append(out, Finding{Kind: dataQuality, Value: w.Params["dataset"], Text: w.Text})
		}
	}
	return out
}

// firstData is the first finding that a promise is broken.
func firstData(findings []Finding) *Finding {
	for i := range findings {
		if findings[i].Kind == dataQuality {
			return &findings[i]
		}
	}
	return nil
}
