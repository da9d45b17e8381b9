package quality

import (
	"context"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

func limit(n int) expr.SQL { return raw(" LIMIT " + strconv.Itoa(n)) }

func (p *place) columns(names []string) expr.SQL {
	out := make([]expr.SQL, len(names))
	for i, n := range names {
		out[i] = p.column(n)
	}
	return expr.Join(out, ", ")
}

// unique counts the rows whose values an earlier row has already. Rows where
// one of the columns is missing do not count. It looks at all rows: a sample
// would miss what is there twice.
func (p *place) unique(ctx context.Context, c *check) (Result, error) {
	keys := p.columns(c.rule.Keys)
	filter := both(p.condition(c.rule.Where), p.present(c.rule.Keys))
	groups := expr.Concat("(SELECT count(*) AS n FROM ", p.from(), where(filter), " GROUP BY ", keys, ") AS g")
	v, err := p.one(ctx, expr.Concat("SELECT count(*), sum(g.n) FROM ", groups))
	if err != nil {
		return Result{}, err
	}
	rows := whole(v[1])
	out := c.judged(rows, rows-whole(v[0]))
	if out.Broken > 0 {
		out.Examples, err = p.examples(ctx, c.rule.Keys, expr.Concat(" FROM ", p.from(), where(filter), " GROUP BY ", keys, " HAVING count(*) > 1"))
	}
	return out, err
}

// mostKeys is how many keys are compared here when two datasets are on
// different engines.
const mostKeys = 1_000_000

// foreign counts the rows whose key leads to no row there. Rows without a key
// do not count.
func (p *place) foreign(ctx context.Context, c *check, there *place) (Result, error) {
	here, to := make([]string, len(c.rule.To.Pairs)), make([]string, len(c.rule.To.Pairs))
	for i, pair := range c.rule.To.Pairs {
		here[i], to[i] = pair[0], pair[1]
	}
	filter := both(p.condition(c.rule.Where), p.present(here), p.sampled(c.every))
	if there.state.Engine != p.state.Engine {
		return p.foreignAcross(ctx, c, there, here, to, filter)
	}
	list, same := make([]string, len(to)), make([]string, len(to))
	for i := range to {
		list[i] = p.d.Quote(to[i])
		same[i] = "u." + list[i] + " = " + p.column(here[i]).Text
	}
	from := expr.Concat(" FROM ", p.from(), " LEFT JOIN (SELECT DISTINCT "+strings.Join(list, ", ")+", 1 AS found FROM "+
		there.state.Table+" AS k) AS u ON "+strings.Join(same, " AND "))
	missing := raw("u.found IS NULL")
	v, err := p.one(ctx, expr.Concat("SELECT count(*), ", p.count(missing), from, where(filter)))
	if err != nil {
		return Result{}, err
	}
	out := c.judged(whole(v[0]), whole(v[1]))
	out.Sampled = c.every > 1
	if out.Broken > 0 {
		out.Examples, err = p.examples(ctx, p.exampleColumns(c.rule), expr.Concat(from, where(filter, missing)))
	}
	return out, err
}

// foreignAcross compares the keys of two engines here.
func (p *place) foreignAcross(ctx context.Context, c *check, there *place, here, to []string, filter expr.SQL) (Result, error) {
	known := map[string]bool{}
	thereKeys := there.columns(to)
	err := there.ask(ctx, expr.Concat("SELECT DISTINCT ", thereKeys, " FROM ", there.from(), where(there.present(to)), limit(mostKeys+1)), func(v []any) error {
		known[keysText(v)] = true
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	if len(known) > mostKeys {
		return c.unknown(text.Text{
			ZH: "两边的数据在不同的引擎上，对方的键超过 {n} 个，无法比对；请把其中一方导入",
			EN: "the two datasets are on different engines and there are more than {n} keys to compare; import one of them"}.With("n", mostKeys)), nil
	}
	var checked, broken int64
	examples := &Examples{Columns: here, Rows: [][]any{}}
	keys := p.columns(here)
	var order []expr.SQL
	for _, h := range here {
		order = append(order, p.d.Order(p.column(h), false))
	}
	err = p.ask(ctx, expr.Concat("SELECT ", keys, ", count(*) FROM ", p.from(), where(filter), " GROUP BY ", keys, " ORDER BY ", expr.Join(order, ", ")), func(v []any) error {
		n := whole(v[len(here)])
		checked += n
		if known[keysText(v[:len(here)])] {
			return nil
		}
		broken += n
		if len(examples.Rows) < mostExamples {
			row := make([]any, len(here))
			for i := range here {
				row[i] = p.shown(v[i], p.typeOf(here[i]))
			}
			examples.Rows = append(examples.Rows, row)
		}
		return nil
	})
	out := c.judged(checked, broken)
	out.Sampled = c.every > 1
	if broken > 0 {
		out.Examples = examples
	}
	return out, err
}

func keysText(v []any) string {
	parts := make([]string, len(v))
	for i := range v {
		parts[i] = key(v[i])
	}
	return strings.Join(parts, "\x00")
}
