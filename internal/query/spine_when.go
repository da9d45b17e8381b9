package query

import (
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// Conditions that speak of periods, and those that a period without rows must
// pass to be shown.

// someDayPasses evaluates the conditions on periods. They filter the rows of
// what is padded, so there a longer period has some as soon as one of its days
// passes.
func (c *spineCalc) someDayPasses(at time.Time) (bool, error) {
	if len(c.l.over) > 0 || rank(c.step) <= rank(calendar.Day) {
		return c.passes(at)
	}
	for day, end := at, c.q.cal.Step(at, c.step, 1); day.Before(end); day = day.AddDate(0, 0, 1) {
		if ok, err := c.passes(day); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// passes evaluates the conditions on periods.
func (c *spineCalc) passes(at time.Time) (bool, error) { return c.holds(c.when, at) }

// holds evaluates conditions on a period without rows: all but its own time is
// missing there.
func (c *spineCalc) holds(list []cond, at time.Time) (bool, error) {
	env := expr.Env{Zone: c.q.cal.Zone, Value: func(ref any) any {
		own, ok := ref.(semantic.OwnTime)
		if !ok {
			return nil
		}
		g := own.Grain
		if !c.q.cal.Holds(at, g) {
			return nil
		}
		label := c.q.cal.Floor(at, g)
		if t, ok := c.q.grainShown(g); ok {
			return c.q.valueOfPeriod(g, label, t)
		}
		if g.Fine() {
			return calendar.Resolve(label, c.q.cal.Zone)
		}
		return label
	}}
	for _, w := range list {
		v, err := env.Eval(w.typed)
		if err != nil {
			return false, ofExpr("where", err)
		}
		if v != true {
			return false, nil
		}
	}
	return true, nil
}

// gaps finds the periods that stay out of a padded answer when nothing is in
// them: what a condition says of the keys asked holds for those rows, too.
func (c *spineCalc) gaps(sp *spine, keys []int) error {
	again := c.onKeys(keys)
	if !sp.pad || len(again) == 0 {
		return nil
	}
	for _, w := range again {
		sp.rule += "\x00" + w.text
	}
	for i, r := range sp.rows {
		ok, err := c.holds(again, r.at)
		if err != nil {
			return err
		}
		sp.rows[i].bare = !ok
	}
	return nil
}

// onKeys lists the conditions of the question, and of the metrics above the
// leaf, that speak of nothing but keys of the answer and, besides them, of the
// leaf's own time.
func (c *spineCalc) onKeys(keys []int) []cond {
	var out []cond
	for _, f := range slices.Concat(c.q.where, c.l.filters) {
		t := f.On[c.l.agg().Dataset]
		if t == nil {
			continue
		}
		if _, only := ownTimes(t); !only && c.allKeys(t, keys) {
			out = append(out, cond{f.Text, t})
		}
	}
	return out
}

func (c *spineCalc) allKeys(t *expr.Typed, keys []int) bool {
	for _, sym := range t.Symbols() {
		known := false
		switch ref := sym.Ref.(type) {
		case semantic.OwnTime:
			known = slices.Contains(c.grains, ref.Grain)
		case *semantic.Field:
			known = slices.ContainsFunc(keys, func(k int) bool { return k != noKey && sameField(c.q.fieldOf(c.l, c.q.keys[k]), ref) })
		}
		if !known {
			return false
		}
	}
	return true
}
