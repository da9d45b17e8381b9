package quality

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// reconcile compares totals here with those of another dataset: all together,
// or for each period that both have whole.
func (p *place) reconcile(ctx context.Context, c *check, there *place, asOf time.Time) (Result, error) {
	column := ""
	if c.rule.Other.Column != nil {
		column = c.rule.Other.Column.Name
	}
	g := calendar.Grain(c.rule.By)
	here, err := p.totals(ctx, g, c.rule.Column, p.condition(c.rule.Where))
	if err != nil {
		return Result{}, err
	}
	other, err := there.totals(ctx, g, column, there.condition(c.rule.Other.Where))
	if err != nil {
		return Result{}, err
	}
	periods := []time.Time{{}}
	if g != "" {
		if periods = shared(p, there, g, here, other, asOf); len(periods) == 0 {
			return c.unknown(text.Text{ZH: "双方还没有共同的完整周期", EN: "there is no whole period yet that both have"}), nil
		}
	}
	tolerance := new(big.Rat)
	if c.rule.Tolerance != nil {
		tolerance.SetFloat64(*c.rule.Tolerance)
	}
	out := c.result(Kept)
	bad := &Examples{Columns: []string{"period", "here", "there", "difference"}, Rows: [][]any{}}
	open := notFinite{}
	for _, at := range slices.Backward(periods) { // the newest are shown
		if here[at].open || other[at].open {
			open.add(p, c.rule.Column, here[at], at)
			open.add(there, column, other[at], at)
			continue
		}
		out.Checked++
		a, b := orZero(here[at].sum), orZero(other[at].sum)
		if agree(a, b, tolerance, p.typeOf(c.rule.Column) == expr.Float || there.typeOf(column) == expr.Float) {
			continue
		}
		out.Broken++
		if len(bad.Rows) < mostExamples {
			label := any(nil)
			if g != "" {
				label = at.Format(time.DateOnly)
			}
			bad.Rows = append(bad.Rows, []any{label, decimal(a), decimal(b), decimal(new(big.Rat).Sub(a, b))})
		}
	}
	switch {
	case out.Broken > 0:
		out.State, out.Examples = Broken, bad
	case open.column != "":
		out.State = Unknown // though other periods agree
	}
	out.Note = open.note(g)
	return out, nil
}

// figure is the sum of a period. It is open when values were added up and there is
// no number for them: some are NaN or infinite, or the sum is beyond all floats.
type figure struct {
	sum  *big.Rat // nil for nothing to add up
	open bool
}

// notFinite remembers the first sum that could not be compared.
type notFinite struct {
	column, dataset string
	at              time.Time
}

func (n *notFinite) add(p *place, column string, f figure, at time.Time) {
	if f.open && n.column == "" {
		n.column, n.dataset, n.at = column, p.dataset.Name, at
	}
}

func (n *notFinite) note(g calendar.Grain) text.Text {
	t := text.Text{
		EN: "the sums cannot be compared: {column} of {dataset} holds NaN or infinity; mend those rows, or leave them out with where: \"{column} > -1e300 and {column} < 1e300\"",
		ZH: "合计无法比较：{dataset} 的 {column} 列含有 NaN 或无穷大；请修正这些行，或用 where: \"{column} > -1e300 and {column} < 1e300\" 排除"}
	switch {
	case n.column == "":
		return text.Text{}
	case g != "":
		t = text.Text{
			EN: "the sums of some periods cannot be compared, the newest of them {period}: {column} of {dataset} holds NaN or infinity there; mend those rows, or leave them out with where: \"{column} > -1e300 and {column} < 1e300\"",
			ZH: "部分周期的合计无法比较，最近的是 {period}：{dataset} 的 {column} 列在其中含有 NaN 或无穷大；请修正这些行，或用 where: \"{column} > -1e300 and {column} < 1e300\" 排除"}
	}
	return t.With("column", n.column, "dataset", n.dataset, "period", n.at.Format(time.DateOnly))
}

func orZero(r *big.Rat) *big.Rat {
	if r == nil {
		return new(big.Rat)
	}
	return r
}

// floatError is by how much sums of floats differ that add the same values in
// another order.
var floatError = big.NewRat(1, 1_000_000_000)

func agree(a, b, tolerance *big.Rat, floats bool) bool {
	most := new(big.Rat).Abs(a)
	if x := new(big.Rat).Abs(b); x.Cmp(most) > 0 {
		most = x
	}
	if floats && tolerance.Cmp(floatError) < 0 {
		tolerance = floatError
	}
	difference := new(big.Rat).Sub(a, b)
	return difference.Abs(difference).Cmp(most.Mul(most, tolerance)) <= 0
}

func decimal(r *big.Rat) any {
	if r.IsInt() && r.Num().IsInt64() {
		return r.Num().Int64()
	}
	f, _ := r.Float64()
	return f
}

// totals adds up a column, or counts rows, by period; all together under the
// zero time.
func (p *place) totals(ctx context.Context, g calendar.Grain, column string, filter expr.SQL) (map[time.Time]figure, error) {
	sum := p.count(expr.SQL{})
	added := sum
	if column != "" {
		sum = p.d.Aggregate(warehouse.Aggregate{Func: "sum", Arg: p.column(column)})
		added = p.d.Aggregate(warehouse.Aggregate{Func: "count", Arg: p.column(column)})
	}
	out := map[time.Time]figure{}
	of := func(sum, added any) figure {
		n := number(sum)
		return figure{n, n == nil && whole(added) > 0}
	}
	if g == "" {
		v, err := p.one(ctx, expr.Concat("SELECT ", sum, ", ", added, " FROM ", p.from(), where(filter)))
		if err == nil {
			out[time.Time{}] = of(v[0], v[1])
		}
		return out, err
	}
	at := p.period(g)
	err := p.ask(ctx, expr.Concat("SELECT ", at, ", ", sum, ", ", added, " FROM ", p.from(),
		where(filter, p.present([]string{p.dataset.Time.Column.Name})), " GROUP BY ", at), func(v []any) error {
		t, ok := v[0].(time.Time)
		if !ok {
			return fmt.Errorf("quality: a period of %s is a %T", p.dataset.Name, v[0])
		}
		out[t] = of(v[1], v[2])
		return nil
	})
	return out, err
}

// shared lists the periods with rows on either side, from the later of the two
// beginnings to the earlier of the two ends; one that is not over, in which one
// side alone had begun, or whose last day has not come on both sides, is left out.
func shared(p, there *place, g calendar.Grain, here, other map[time.Time]figure, asOf time.Time) []time.Time {
	if len(here) == 0 || len(other) == 0 {
		return nil
	}
	a, b := slices.SortedFunc(maps.Keys(here), time.Time.Compare), slices.SortedFunc(maps.Keys(other), time.Time.Compare)
	from := a[0]
	if b[0].After(from) {
		from = b[0]
	}
	if one, other := p.oldestDay(), there.oldestDay(); !one.IsZero() && !other.IsZero() && !one.Equal(other) {
		later := one
		if other.After(one) {
			later = other
		}
		if start := p.cal.Floor(later, g); !start.Before(from) && (g == calendar.Day || start.Before(later)) {
			from = p.cal.Step(start, g, 1)
		}
	}
	known := civilDay(asOf, p.cal.Zone)
	for _, side := range []*place{p, there} {
		if newest, ok := side.newestDay(); ok && newest.AddDate(0, 0, 1).Before(known) {
			known = newest.AddDate(0, 0, 1)
		}
	}
	all := map[time.Time]bool{}
	for _, t := range slices.Concat(a, b) {
		if !t.Before(from) && !p.cal.Step(t, g, 1).After(known) {
			all[t] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), time.Time.Compare)
}
