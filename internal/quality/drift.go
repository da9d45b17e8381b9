package quality

import (
	"context"
	"fmt"
	"math"
	"sort"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// How distributions are compared.
const (
	driftPeriods  = 8    // before the newest complete one
	driftBins     = 10   // of numbers
	driftValues   = 50   // of texts; the others are one
	fewestDrifted = 100  // rows on either side
	leastShare    = 1e-4 // a bin counts at least so much, that its logarithm is finite
	missing       = "∅"  // how the bin of rows without a value is shown
	others        = "…"  // and that of rare values
)

// drift judges how far the values of a column in the newest complete period
// are from those of the periods before: the population stability index.
func (p *place) drift(ctx context.Context, c *check, asOf time.Time) (Result, error) {
	from, cut, to, ok := p.newestPeriod(calendar.Grain(c.rule.Step()), asOf)
	if !ok {
		return c.unknown(tooFew()), nil
	}
	base, now, labels, err := p.binned(ctx, c, from, cut, to)
	if err != nil {
		return Result{}, err
	}
	if total(base) < fewestDrifted || total(now) < fewestDrifted {
		return c.unknown(tooFew()), nil
	}
	index, parts := Stability(base, now)
	bound := c.rule.DriftBound()
	out := c.result(Kept)
	out.Checked, out.Observed, out.Bound = int64(total(now)), &index, &bound
	if index > bound {
		out.State = Broken
		out.Examples = driftExamples(base, now, parts, labels)
	}
	return out, nil
}

func tooFew() text.Text {
	return text.Text{ZH: "数据太少：最近一个完整周期和之前的周期各需至少 {n} 行",
		EN: "there are too few rows: the newest complete period and those before it need {n} each"}.With("n", fewestDrifted)
}

// Stability is the population stability index of two histograms over the same
// bins, and what each bin adds to it: Σ (q−p)·ln(q/p), where p and q are shares
// of at least one in ten thousand.
func Stability(base, now []float64) (index float64, parts []float64) {
	n, m := total(base), total(now)
	parts = make([]float64, len(base))
	for i := range base {
		a, b := math.Max(base[i]/n, leastShare), math.Max(now[i]/m, leastShare)
		parts[i] = (b - a) * math.Log(b/a)
		index += parts[i]
	}
	return index, parts
}

func total(bins []float64) float64 {
	sum := 0.0
	for _, b := range bins {
		sum += b
	}
	return sum
}

// driftExamples shows the bins that moved most.
func driftExamples(base, now, parts []float64, labels []string) *Examples {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return parts[order[i]] > parts[order[j]] })
	out := &Examples{Columns: []string{"value", "before", "now"}, Rows: [][]any{}}
	for _, i := range order[:min(len(order), mostExamples)] {
		out.Rows = append(out.Rows, []any{labels[i], base[i] / total(base), now[i] / total(now)})
	}
	return out
}

// newestPeriod finds the newest period that is over and whose data are there,
// [cut, to), and where those before it begin. All are naive local times.
func (p *place) newestPeriod(g calendar.Grain, asOf time.Time) (from, cut, to time.Time, ok bool) {
	newest, ok := p.newestDay()
	if !ok {
		return
	}
	known := newest.AddDate(0, 0, 1) // the newest day counts as whole, unless it is today
	if today := civilDay(asOf, p.cal.Zone); known.After(today) {
		known = today
	}
	to = p.cal.Floor(known, g)
	cut = p.cal.Step(to, g, -1)
	return p.cal.Step(cut, g, -driftPeriods), cut, to, true
}

// newestDay is the day of the newest row that is not of the future, as midnight of a naive local time.
func (p *place) newestDay() (time.Time, bool) {
	at, ok := p.state.Newest[p.dataset.Time.Column.Name]
	return p.dayOf(at), ok
}

// oldestDay is that of the oldest row; the zero time when it is not known.
func (p *place) oldestDay() time.Time {
	return p.dayOf(p.state.MinTime[p.dataset.Time.Column.Name])
}

// dayOf is the day of the dataset's time; the zero time is none.
func (p *place) dayOf(at time.Time) time.Time {
	if at.IsZero() || p.dataset.Time.Type == expr.Date {
		return at.UTC()
	}
	return civilDay(at, p.cal.Zone)
}

// span bounds the dataset's time by naive local times.
func (p *place) span(from, to time.Time) expr.SQL {
	day := p.period(calendar.Day)
	return both(expr.Concat(day, " >= ", p.d.Literal(from, expr.Timestamp)), expr.Concat(day, " < ", p.d.Literal(to, expr.Timestamp)))
}

// binned counts the values of a column before and after cut.
func (p *place) binned(ctx context.Context, c *check, from, cut, to time.Time) (base, now []float64, labels []string, err error) {
	x := p.column(c.rule.Column)
	rows := both(p.condition(c.rule.Where), p.span(from, to))
	before, after := p.span(from, cut), p.span(cut, to)
	if p.typeOf(c.rule.Column).IsNumber() {
		if x, labels, err = p.numberBins(ctx, x, both(p.condition(c.rule.Where), before)); err != nil {
			return nil, nil, nil, err
		}
	}
	byNumber := labels != nil
	var sumBase, sumNow, seenBase, seenNow float64
	v, err := p.one(ctx, expr.Concat("SELECT ", p.count(before), ", ", p.count(after), " FROM ", p.from(), where(rows)))
	if err != nil {
		return nil, nil, nil, err
	}
	sumBase, sumNow = float64(whole(v[0])), float64(whole(v[1]))
	if byNumber {
		base, now = make([]float64, len(labels)), make([]float64, len(labels))
	}
	inner := expr.Concat("(SELECT ", x, " AS v, CASE WHEN ", before, " THEN 1 ELSE 0 END AS b FROM ", p.from(), where(rows), ") AS s")
	early := expr.Concat("sum(s.b)")
	err = p.ask(ctx, expr.Concat("SELECT s.v, count(*), ", early, " FROM ", inner, " GROUP BY s.v ORDER BY ", early, " DESC, ", p.d.Order(raw("s.v"), false), limit(driftValues)),
		func(v []any) error {
			b := float64(whole(v[2]))
			n := float64(whole(v[1])) - b
			seenBase, seenNow = seenBase+b, seenNow+n
			if byNumber {
				i := int(whole(v[0]))
				if i < 0 || i >= len(labels) {
					return fmt.Errorf("quality: bin %d of %d", i, len(labels))
				}
				base[i], now[i] = b, n
				return nil
			}
			label := missing
			if v[0] != nil {
				label = fmt.Sprint(p.shown(v[0], p.typeOf(c.rule.Column)))
			}
			base, now, labels = append(base, b), append(now, n), append(labels, label)
			return nil
		})
	if !byNumber {
		base, now, labels = append(base, sumBase-seenBase), append(now, sumNow-seenNow), append(labels, others)
	}
	return base, now, labels, err
}

// numberBins writes in which tenth of the values of before a value lies; values
// that are missing have a bin of their own, the first.
func (p *place) numberBins(ctx context.Context, x, before expr.SQL) (bin expr.SQL, labels []string, err error) {
	var list []expr.SQL
	for i := 1; i < driftBins; i++ {
		list = append(list, p.d.Aggregate(warehouse.Aggregate{Func: "percentile", Arg: x, Percentile: float64(i) / driftBins}))
	}
	v, err := p.one(ctx, expr.Concat("SELECT ", expr.Join(list, ", "), " FROM ", p.from(), where(before)))
	if err != nil {
		return bin, nil, err
	}
	bin = expr.Concat("CASE WHEN ", x, " IS NULL THEN 0")
	labels = []string{missing}
	last := math.Inf(-1)
	for _, q := range v {
		n := number(q)
		if n == nil {
			continue // there are no values
		}
		f, _ := n.Float64()
		if f == last { // many equal values fill several tenths
			continue
		}
		bin = expr.Concat(bin, " WHEN ", x, " <= ", p.d.Literal(f, expr.Float), " THEN "+fmt.Sprint(len(labels)))
		labels = append(labels, fmt.Sprintf("≤ %g", f))
		last = f
	}
	bin = expr.Concat(bin, " ELSE "+fmt.Sprint(len(labels))+" END")
	return bin, append(labels, fmt.Sprintf("> %g", last)), nil
}
