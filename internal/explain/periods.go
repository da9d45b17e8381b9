package explain

import (
	"context"
	"fmt"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// window is the time an explanation looks at. When both periods are whole
// periods of one grain it is a row of such periods, the newest last, and
// earlier ones give the history; otherwise grain is "" and there are just two
// ranges.
type window struct {
	grain    calendar.Grain
	starts   []time.Time // per period; with a grain only
	lag      int         // periods from From to To
	from, to calendar.Range
}

// count is how many periods the window has.
func (w window) count() int {
	if w.grain == "" {
		return 2
	}
	return len(w.starts)
}

func (w window) now() int    { return w.count() - 1 }
func (w window) before() int { return w.count() - 1 - w.lag }

// whole is all the time of the window.
func (w window) whole() *query.TimeRange {
	if w.grain == "" {
		return timeRange(calendar.Range{From: w.from.From, To: w.to.To})
	}
	return timeRange(calendar.Range{From: w.starts[0], To: w.to.To})
}

// both is the time from the start of From to the end of To.
func (w window) both() calendar.Range {
	r := calendar.Range{From: w.from.From, To: w.to.To}
	if w.to.From.Before(r.From) {
		r.From = w.to.From
	}
	if w.from.To.After(r.To) {
		r.To = w.from.To
	}
	return r
}

func timeRange(r calendar.Range) *query.TimeRange {
	return &query.TimeRange{From: r.From.Format(time.RFC3339), To: r.To.Format(time.RFC3339)}
}

// lagOf is how many periods of the grain a comparison goes back. Weeks and
// days go back whole weeks, so that weekdays face each other.
func lagOf(grain calendar.Grain, compare string) (int, error) {
	lags := map[string]map[calendar.Grain]int{
		"":                nil,
		"previous_period": nil,
		"previous_week":   {calendar.Hour: 168, calendar.Day: 7, calendar.Week: 1},
		"previous_month":  {calendar.Day: 28, calendar.Week: 4, calendar.Month: 1},
		"previous_year":   {calendar.Day: 364, calendar.Week: 52, calendar.Month: 12, calendar.Quarter: 4, calendar.Year: 1},
	}
	byGrain, ok := lags[compare]
	if !ok {
		return 0, fault.New(fault.Invalid, "unknown_compare", text.Text{
			ZH: "不认识的对比方式 {compare}", EN: "unknown comparison {compare}"}, "compare", compare)
	}
	if byGrain == nil {
		return 1, nil
	}
	n, ok := byGrain[grain]
	if !ok {
		return 0, fault.New(fault.Invalid, "comparison_does_not_fit", text.Text{
			ZH: "按 {grain} 看时不能用 {compare} 对比", EN: "{compare} does not fit periods of one {grain}"},
			"grain", string(grain), "compare", compare)
	}
	return n, nil
}

func parseGrain(g calendar.Grain) (calendar.Grain, error) {
	switch g {
	case "":
		return calendar.Week, nil
	case calendar.Hour, calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year:
		return g, nil
	}
	return "", fault.New(fault.Invalid, "unknown_period", text.Text{
		ZH: "周期须为 hour、day、week、month、quarter 或 year", EN: "the period is hour, day, week, month, quarter or year"})
}

// zoned is the workspace's calendar in the zone asked for.
func zoned(model *semantic.Model, zone string) (calendar.Calendar, error) {
	c := model.Calendar()
	if zone == "" {
		return c, nil
	}
	l, err := time.LoadLocation(zone)
	if err != nil {
		return c, fault.New(fault.Invalid, "unknown_zone", text.Text{
			ZH: "没有名为 {zone} 的时区", EN: "there is no time zone named {zone}"}, "zone", zone).Wrap(err)
	}
	c.Zone = l
	return c, nil
}

// newest is the window that ends with the last complete period: what to ask
// is "the last N periods", and laid out is the answer's range.
func newest(grain calendar.Grain, lag int) *query.TimeRange {
	return &query.TimeRange{Last: fmt.Sprintf("%d %ss", lag+1+historyPeriods, grain)}
}

// layout cuts a range into the periods of the grain.
func layout(c calendar.Calendar, grain calendar.Grain, lag int, r calendar.Range) (window, error) {
	w := window{grain: grain, lag: lag}
	for t := c.Start(r.From, grain); t.Before(r.To); t = c.Next(t, grain) {
		w.starts = append(w.starts, t)
	}
	if len(w.starts) <= lag {
		return w, fault.New(fault.Invalid, "too_little_time", text.Text{
			ZH: "没有可以对比的时段", EN: "there is no earlier period to compare with"})
	}
	period := func(i int) calendar.Range {
		return calendar.Range{From: w.starts[i], To: c.Next(w.starts[i], grain)}
	}
	w.to, w.from = period(w.now()), period(w.before())
	return w, nil
}

// grainOf finds the grain of which the range is exactly one period.
func grainOf(c calendar.Calendar, r calendar.Range) (calendar.Grain, bool) {
	for _, g := range []calendar.Grain{calendar.Hour, calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year} {
		if c.Start(r.From, g).Equal(r.From) && c.Next(r.From, g).Equal(r.To) {
			return g, true
		}
	}
	return "", false
}

// between lays out the window for two ranges that were given or found.
func between(c calendar.Calendar, from, to calendar.Range) window {
	g, ok := grainOf(c, to)
	h, same := grainOf(c, from)
	if !ok || !same || g != h || !from.From.Before(to.From) {
		return window{from: from, to: to, lag: 1}
	}
	lag := 0
	for t := from.From; t.Before(to.From); t = c.Next(t, g) {
		lag++
	}
	w := window{grain: g, lag: lag, from: from, to: to}
	for t := c.Add(from.From, g, -historyPeriods); t.Before(to.To); t = c.Next(t, g) {
		w.starts = append(w.starts, t)
	}
	return w
}

// earlier is the range before to: the one that the comparison names, else the
// period before for a whole period, or as many days (or as much time) just
// before.
func earlier(c calendar.Calendar, to calendar.Range, compare string) (calendar.Range, error) {
	if g, ok := grainOf(c, to); ok {
		lag, err := lagOf(g, compare)
		if err != nil {
			return calendar.Range{}, err
		}
		start := c.Add(to.From, g, -lag)
		return calendar.Range{From: start, To: c.Next(start, g)}, nil
	}
	if compare != "" && compare != "previous_period" {
		return c.Previous(to, compare, "")
	}
	days := 0
	for t := to.From; t.Before(to.To); t = c.Next(t, calendar.Day) {
		days++
	}
	if c.Start(to.From, calendar.Day).Equal(to.From) && c.Start(to.To, calendar.Day).Equal(to.To) {
		return calendar.Range{From: c.Add(to.From, calendar.Day, -days), To: to.From}, nil
	}
	return calendar.Range{From: to.From.Add(-to.To.Sub(to.From)), To: to.From}, nil
}

// resolve finds the time to look at; ranges in words are settled by asking the
// engine, which knows where the data end.
func (e *explainer) resolve(ctx context.Context) error {
	c, err := zoned(e.model, e.request.Timezone)
	if err != nil {
		return err
	}
	e.calendar = c
	if e.request.To == nil {
		if e.request.From != nil {
			return fault.New(fault.Invalid, "missing_to", text.Text{
				ZH: "只写了起始时段，请把 to 也写上", EN: "from is given without to; give both"})
		}
		return nil
	}
	to, err := e.settle(ctx, e.request.To)
	if err != nil {
		return err
	}
	var from calendar.Range
	if e.request.From != nil {
		from, err = e.settle(ctx, e.request.From)
	} else {
		from, err = earlier(c, to, e.request.Compare)
	}
	if err != nil {
		return err
	}
	e.window = between(c, from, to)
	return nil
}

func (e *explainer) settle(ctx context.Context, t *query.TimeRange) (calendar.Range, error) {
	r, err := e.service.query.Query(ctx, e.actor, query.Request{
		Metrics: []query.MetricRef{{Metric: e.request.Metric}}, Where: e.request.Where, Time: t,
		Timezone: e.request.Timezone, AsOf: e.request.AsOf})
	if err != nil {
		return calendar.Range{}, err
	}
	if r.Range == nil || !r.Range.From.Before(r.Range.To) {
		return calendar.Range{}, noRange()
	}
	return *r.Range, nil
}

func noRange() error {
	return fault.New(fault.Invalid, "no_range", text.Text{
		ZH: "没有可以对比的时段", EN: "there is no period to compare"})
}
