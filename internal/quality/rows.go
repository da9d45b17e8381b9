package quality

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// check is one rule of a run.
type check struct {
	rule  *semantic.Rule
	every int64 // one in so many rows is looked at; 1 for all
}

// mostExamples is how many rows that break a rule are kept.
const mostExamples = 10

// sampling finds how many rows a rule looks at. Where an engine cannot pick
// the same rows again, all are looked at.
func (p *place) sampling(r *semantic.Rule) int64 {
	if _, can := p.d.(warehouse.Sampler); !can || r.Sample == 0 || p.state.Engine != "" || p.state.Rows <= int64(r.Sample) {
		return 1
	}
	return (p.state.Rows + int64(r.Sample) - 1) / int64(r.Sample)
}

func (p *place) sampled(every int64) expr.SQL {
	if every == 1 {
		return expr.SQL{}
	}
	return p.d.(warehouse.Sampler).Sampled(alias, every)
}

// breaks writes the condition under which a row breaks a rule; ok is false for
// rules that need more than the row, or an engine that can do more.
func (p *place) breaks(r *semantic.Rule) (cond expr.SQL, ok bool) {
	if r.Breaks != nil {
		return p.condition(r.Breaks), true
	}
	if r.Rule == semantic.RulePattern {
		if m, can := p.d.(warehouse.Matcher); can {
			return expr.Concat("NOT ", m.Matches(p.column(r.Column), r.Match)), true
		}
	}
	return expr.SQL{}, false
}

// looked writes which rows a rule over single rows can judge: those that have a
// value, or for which its condition is known. The others count for nothing.
func (p *place) looked(r *semantic.Rule) expr.SQL {
	switch r.Rule {
	case semantic.RuleRange, semantic.RuleSet, semantic.RulePattern:
		return both(p.condition(r.Where), p.present([]string{r.Column}))
	case semantic.RuleExpression:
		return both(p.condition(r.Where), expr.Concat("(", p.condition(r.Breaks), ") IS NOT NULL"))
	}
	return p.condition(r.Where)
}

// countRows judges the rules that look at one row at a time: one scan for all
// of them, or one for each way of sampling.
func (p *place) countRows(ctx context.Context, checks []*check) (map[*check]Result, error) {
	out := map[*check]Result{}
	byShare := map[int64][]*check{}
	for _, c := range checks {
		if _, ok := p.breaks(c.rule); ok {
			byShare[c.every] = append(byShare[c.every], c)
		}
	}
	for every, group := range byShare {
		list := []expr.SQL{p.count(expr.SQL{})}
		for _, c := range group {
			broken, _ := p.breaks(c.rule)
			if looked := p.looked(c.rule); looked.Text != "" {
				list = append(list, p.count(looked))
			}
			list = append(list, p.count(both(p.condition(c.rule.Where), broken)))
		}
		v, err := p.one(ctx, expr.Concat("SELECT ", expr.Join(list, ", "), " FROM ", p.from(), where(p.sampled(every))))
		if err != nil {
			return nil, err
		}
		at := 1
		for _, c := range group {
			checked := whole(v[0])
			if p.looked(c.rule).Text != "" {
				checked = whole(v[at])
				at++
			}
			r := c.judged(checked, whole(v[at]))
			r.Sampled = every > 1
			at++
			if r.Broken > 0 {
				if r.Examples, err = p.rowExamples(ctx, c); err != nil {
					return nil, err
				}
			}
			out[c] = r
		}
	}
	return out, nil
}

// countEach is countRows with a scan for each rule, after the one for all failed
// for a reason that lies in a rule, such as a number that is too large.
func (p *place) countEach(ctx context.Context, checks []*check) (map[*check]Result, error) {
	out := map[*check]Result{}
	for _, c := range checks {
		some, err := p.countRows(ctx, []*check{c})
		if err != nil {
			if out[c], err = c.failed(err); err != nil {
				return nil, err
			}
		}
		maps.Copy(out, some)
	}
	return out, nil
}

// rowExamples lists some rows that break a rule: their key and what the rule
// looks at.
func (p *place) rowExamples(ctx context.Context, c *check) (*Examples, error) {
	broken, _ := p.breaks(c.rule)
	return p.examples(ctx, p.exampleColumns(c.rule), expr.Concat(" FROM ", p.from(),
		where(p.sampled(c.every), p.condition(c.rule.Where), broken)))
}

func (p *place) exampleColumns(r *semantic.Rule) []string {
	out := slices.Clone(p.dataset.Spec.PrimaryKey)
	for _, c := range r.Columns {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// examples runs a statement that ends in the rows to show, in the order of
// what is shown.
func (p *place) examples(ctx context.Context, columns []string, from expr.SQL) (*Examples, error) {
	if len(columns) == 0 {
		return nil, nil // a condition over no column: nothing tells its rows apart
	}
	list := make([]expr.SQL, len(columns))
	order := make([]expr.SQL, len(columns))
	for i, c := range columns {
		list[i], order[i] = p.column(c), p.d.Order(p.column(c), false)
	}
	out := &Examples{Columns: columns, Rows: [][]any{}}
	err := p.ask(ctx, expr.Concat("SELECT ", expr.Join(list, ", "), from, " ORDER BY ", expr.Join(order, ", "), limit(mostExamples)),
		func(v []any) error {
			row := make([]any, len(v))
			for i := range v {
				row[i] = p.shown(v[i], p.typeOf(columns[i]))
			}
			out.Rows = append(out.Rows, row)
			return nil
		})
	return out, err
}

// matchHere judges a pattern where the engine has no such expressions: each
// distinct text is looked at once, here.
func (p *place) matchHere(ctx context.Context, c *check) (Result, error) {
	match, err := regexp.Compile(c.rule.Match)
	if err != nil {
		return Result{}, err
	}
	x := p.column(c.rule.Column)
	filter := p.looked(c.rule)
	var checked, broken int64
	examples := &Examples{Columns: []string{c.rule.Column}, Rows: [][]any{}}
	err = p.ask(ctx, expr.Concat("SELECT ", x, ", count(*) FROM ", p.from(), where(filter), " GROUP BY ", x, " ORDER BY ", p.d.Order(x, false)),
		func(v []any) error {
			n := whole(v[1])
			checked += n
			s, ok := v[0].(string)
			if !ok || match.MatchString(s) {
				return nil
			}
			broken += n
			if len(examples.Rows) < mostExamples {
				examples.Rows = append(examples.Rows, []any{s})
			}
			return nil
		})
	out := c.judged(checked, broken)
	if broken > 0 {
		out.Examples = examples
	}
	return out, err
}
