package query

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Datasets may be on several engines. Each scan runs where its rows are; when
// all are in one place, so does the whole statement. Otherwise every engine
// aggregates its scans to the keys, and the groups become guests of the last
// statement, which runs here and is written like any other: formulas, having,
// order and limit come after all groups are together. A dataset that a scan
// only joins comes along as a guest, too, when it is small enough.

// here is the name of the engine that combines.
const here = ""

// statement is one SQL statement, where it runs, and what it reads besides.
type statement struct {
	engine string
	sql    expr.SQL // with ? as placeholders
	guests []guest
}

// guest is a table that holds the rows of another statement.
type guest struct {
	name    string
	columns []warehouse.StoredColumn
	of      *statement
	dataset string // that must be imported if there are too many rows
}

// given stands for groups that are there already, as a table.
type given struct {
	table string
	slots []int
	scans int // how many they come from
}

// givenBranch is given with a column for every slot of the plan.
func (p *plan) givenBranch(d warehouse.Dialect, g given, slots []int, nulls map[int]expr.SQL) expr.SQL {
	var list []expr.SQL
	for i := range p.keys {
		list = append(list, raw("f."+keyName(d, i)))
	}
	for _, slot := range slots {
		if slices.Contains(g.slots, slot) {
			list = append(list, raw("f."+slotName(d, slot)))
		} else {
			list = append(list, nulls[slot])
		}
	}
	return selectSQL(list, raw(d.Quote(g.table)+" AS f"), nil, nil)
}

// partial aggregates the scans of one engine to the keys.
func (p *plan) partial(d warehouse.Dialect) (expr.SQL, error) {
	branches, err := p.branches(d, p.slots())
	return expr.Join(branches, " UNION ALL "), err
}

// partialColumns are the columns of partial.
func (p *plan) partialColumns() []warehouse.StoredColumn {
	var out []warehouse.StoredColumn
	for i, k := range p.keys {
		out = append(out, warehouse.StoredColumn{Name: "_k" + strconv.Itoa(i), Type: p.q.keyType(k)})
	}
	for _, slot := range p.slots() {
		out = append(out, warehouse.StoredColumn{Name: "_l" + strconv.Itoa(slot), Type: p.q.leafOf(slot).metric.Type})
	}
	return out
}

// place decides where the scans of a plan run, and writes it.
func (e *Engine) place(ctx context.Context, p plan) (statement, error) {
	a := &placing{e: e, ctx: ctx, names: new(int)}
	return a.whole(&p)
}

// placing is the work of place; names counts guests, so that each has its own.
type placing struct {
	e     *Engine
	ctx   context.Context
	names *int
}

func (a *placing) name() string {
	*a.names++
	return "guest_" + strconv.Itoa(*a.names)
}

// whole writes a plan on one engine where it can, and else combines.
func (a *placing) whole(p *plan) (statement, error) {
	if engines := p.engines(); len(engines) <= 1 {
		at := here
		if len(engines) == 1 {
			at = engines[0]
		}
		return a.write(p, at, (*plan).statement)
	}
	parts := map[string][]scan{}
	if p.q.rows != nil { // one statement over the same rows
		at, err := a.at(p.q, p.scans)
		if err != nil {
			return statement{}, err
		}
		parts[at] = p.scans
	} else {
		for _, s := range p.scans {
			at, err := a.at(p.q, []scan{s})
			if err != nil {
				return statement{}, err
			}
			parts[at] = append(parts[at], s)
		}
	}
	if len(parts) == 1 {
		for at := range parts {
			return a.write(p, at, (*plan).statement)
		}
	}
	return a.combine(p, parts)
}

// combine lets each engine aggregate its scans, and puts the groups together.
func (a *placing) combine(p *plan, parts map[string][]scan) (statement, error) {
	last := *p
	last.scans = parts[here]
	var groups []guest
	for _, at := range slices.Sorted(maps.Keys(parts)) {
		if at == here {
			continue
		}
		part := *p
		part.scans = parts[at]
		s, err := a.write(&part, at, (*plan).partial)
		if err != nil {
			return statement{}, err
		}
		g := guest{name: a.name(), columns: part.partialColumns(), of: &s}
		groups = append(groups, g)
		last.given = append(last.given, given{table: g.name, slots: part.slots(), scans: len(part.scans)})
	}
	out, err := a.write(&last, here, (*plan).statement)
	out.guests = append(out.guests, groups...)
	return out, err
}

// write writes a plan for an engine. What its scans read elsewhere comes as
// guests.
func (a *placing) write(p *plan, at string, text func(*plan, warehouse.Dialect) (expr.SQL, error)) (statement, error) {
	house, err := a.e.house(a.ctx, at)
	if err != nil {
		return statement{}, err
	}
	moved, guests, err := a.invite(*p, at)
	if err != nil {
		return statement{}, err
	}
	sql, err := text(&moved, house.Dialect())
	if err == nil {
		err = moved.err
	}
	return statement{at, sql, guests}, err
}

// invite makes guests of all that a plan reads on other engines, and gives the
// plan that reads them.
func (a *placing) invite(p plan, at string) (plan, []guest, error) {
	var away []*semantic.Dataset
	for i := range p.scans {
		p.scans[i].datasets(func(d *semantic.Dataset) {
			if s, ok := p.q.stateOf(d.Name); ok && s.Engine != at && !slices.Contains(away, d) {
				away = append(away, d)
			}
		})
	}
	guests, err := a.lookups(&p, at)
	if err != nil || len(away) == 0 {
		return p, guests, err
	}
	q := *p.q
	q.states = maps.Clone(q.states)
	for _, d := range away {
		g, err := a.rowsOf(&p, d)
		if err != nil {
			return p, nil, err
		}
		guests = append(guests, g)
		state := q.states[d.Name]
		house, err := a.e.house(a.ctx, at)
		if err != nil {
			return p, nil, err
		}
		state.Engine, state.Table, state.Kept = at, house.Dialect().Quote(g.name), nil
		q.states[d.Name] = state
	}
	p.q = &q
	return p, guests, nil
}

// rowsOf makes a guest of the columns that a plan reads of a dataset.
func (a *placing) rowsOf(p *plan, d *semantic.Dataset) (guest, error) {
	state, _ := p.q.stateOf(d.Name)
	house, err := a.e.house(a.ctx, state.Engine)
	if err != nil {
		return guest{}, err
	}
	used := map[string]bool{}
	for i := range p.scans {
		p.scans[i].columns(p.q, func(of *semantic.Dataset, name string) {
			if of == d {
				used[name] = true
			}
		})
	}
	g := guest{name: a.name(), dataset: d.Name}
	var names []string
	for i, c := range d.Spec.Columns {
		if used[c.Name] || len(used) == 0 && i == 0 {
			names = append(names, c.Name)
			g.columns = append(g.columns, warehouse.StoredColumn{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale})
		}
	}
	g.of = &statement{engine: state.Engine, sql: tableSQL(house.Dialect(), state.Table, names)}
	return g, nil
}

// tableSQL reads columns of a table.
func tableSQL(d warehouse.Dialect, table string, columns []string) expr.SQL {
	list := make([]expr.SQL, len(columns))
	for i, c := range columns {
		list[i] = raw(baseAlias + "." + d.Quote(c))
	}
	return selectSQL(list, raw(table+" AS "+baseAlias), nil, nil)
}

// lookups makes guests of the values of metrics that are computed elsewhere.
func (a *placing) lookups(p *plan, at string) ([]guest, error) {
	var out []guest
	p.scans = slices.Clone(p.scans)
	for i := range p.scans {
		guests, err := a.lookupsOf(&p.scans[i], at)
		if err != nil {
			return nil, err
		}
		out = append(out, guests...)
	}
	return out, nil
}

func (a *placing) lookupsOf(s *scan, at string) (out []guest, err error) {
	s.joins = slices.Clone(s.joins)
	for i := range s.joins {
		j := &s.joins[i]
		if j.bundle != nil {
			b := *j.bundle
			guests, err := a.lookupsOf(&b.inner, at)
			if err != nil {
				return nil, err
			}
			out, j.bundle = append(out, guests...), &b
		}
		if j.plan == nil || onlyOn(j.plan.engines(), at) {
			continue
		}
		of, err := a.whole(j.plan)
		if err != nil {
			return nil, err
		}
		g := guest{name: a.name(), of: &of, dataset: j.plan.q.facts[0].Name}
		for i := range j.plan.q.width() {
			g.columns = append(g.columns, warehouse.StoredColumn{Name: "c" + strconv.Itoa(i), Type: j.plan.q.columnType(i)})
		}
		there := *j.plan
		there.whole, j.plan = g.name, &there
		out = append(out, g)
	}
	if s.journey != nil {
		j := *s.journey
		guests, err := a.lookupsOf(&j.other, at)
		if err != nil {
			return nil, err
		}
		out, s.journey = append(out, guests...), &j
	}
	return out, nil
}

func onlyOn(engines []string, at string) bool {
	return len(engines) == 0 || len(engines) == 1 && engines[0] == at
}

// at chooses where scans run: where the rows of the first are, if what they read
// elsewhere can come along; else here, if all can come here.
func (a *placing) at(q *question, scans []scan) (string, error) {
	engines := (&plan{q: q, scans: scans}).engines()
	if len(engines) == 1 {
		return engines[0], nil
	}
	own, _ := q.stateOf(scans[0].dataset.Name)
	for _, at := range []string{own.Engine, here} {
		house, err := a.e.house(a.ctx, at)
		if err != nil {
			return "", err
		}
		if host, ok := house.(warehouse.Host); ok && q.rowsAway(scans, at) <= int64(host.MostGuests()) {
			return at, nil
		}
	}
	return "", q.tooManyAway(scans, own.Engine)
}

// rowsAway is how many rows would have to come to an engine.
func (q *question) rowsAway(scans []scan, at string) (n int64) {
	seen := map[string]bool{}
	for i := range scans {
		scans[i].datasets(func(d *semantic.Dataset) {
			if s, ok := q.stateOf(d.Name); ok && s.Engine != at && !seen[d.Name] {
				seen[d.Name] = true
				n += s.Rows
			}
		})
	}
	return n
}

// tooManyAway is the fault for rows that cannot be brought together. Importing
// the smallest dataset that is not here helps first.
func (q *question) tooManyAway(scans []scan, own string) error {
	var fewest string
	for i := range scans {
		scans[i].datasets(func(d *semantic.Dataset) {
			s, ok := q.stateOf(d.Name)
			if ok && s.Engine != here && (fewest == "" || s.Rows < q.states[fewest].Rows) {
				fewest = d.Name
			}
		})
	}
	return acrossEngines(scans[0].dataset.Name, fewest)
}

func acrossEngines(dataset, smaller string) error {
	return fault.New(fault.Invalid, "across_engines", text.Text{
		EN: "{dataset} is joined with rows on another engine, and there are too many to bring together; import {import} instead of asking it where it lives",
		ZH: "{dataset} 关联了另一个引擎上的数据，行数过多，无法汇集；请将 {import} 导入，而不要直连查询"}, "dataset", dataset, "import", smaller)
}

// engines lists where the rows of a plan are. Datasets that were never loaded
// are nowhere.
func (p *plan) engines() []string {
	found := map[string]bool{}
	for i := range p.scans {
		p.scans[i].datasets(func(d *semantic.Dataset) {
			if s, ok := p.q.stateOf(d.Name); ok {
				found[s.Engine] = true
			}
		})
		p.scans[i].eachPlan(func(inner *plan) {
			for _, name := range inner.engines() {
				found[name] = true
			}
		})
	}
	return slices.Sorted(maps.Keys(found))
}
