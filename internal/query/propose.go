package query

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Proposal is a roll-up that would have answered questions of the log.
type Proposal struct {
	Name       string         `json:"name"`
	Dataset    string         `json:"dataset"`
	Grain      calendar.Grain `json:"grain"`
	Dimensions []string       `json:"dimensions" nullable:"false"`
	Metrics    []string       `json:"metrics" nullable:"false"`
	Rows       int64          `json:"rows"`   // at most: from the distinct values of each dimension and the periods
	Base       int64          `json:"base"`   // rows of the dataset
	Count      int64          `json:"count"`  // of the questions it would serve
	Millis     float64        `json:"millis"` // what they cost, in all
	Questions  []Asked        `json:"questions" nullable:"false"`
	YAML       string         `json:"yaml"` // to apply
}

// A roll-up is proposed when it has at most so large a part of the rows, and
// there are at most so many proposals.
const (
	rollupShare   = 4
	mostProposals = 5
)

// ProposeRollups looks for roll-ups that would answer what the log says was
// asked, those that would have saved most time first. Whether one would answer
// is decided by planning the question with it in place. Editors may ask.
func (e *Engine) ProposeRollups(ctx context.Context, who access.Actor) ([]Proposal, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	if err := e.log.load(ctx); err != nil {
		return nil, err
	}
	e.log.mu.Lock()
	asked := e.log.list()
	e.log.mu.Unlock()
	p := proposer{e: e, distinct: map[string]int64{}}
	for _, a := range asked {
		if err := p.take(ctx, a); err != nil {
			return nil, err
		}
	}
	out := []Proposal{}
	for len(out) < mostProposals {
		next, err := p.best(ctx)
		if err != nil {
			return nil, err
		}
		if next == nil {
			break
		}
		out = append(out, *next)
	}
	slices.SortStableFunc(out, func(a, b Proposal) int { return cmp.Compare(b.Millis, a.Millis) })
	return out, nil
}

type proposer struct {
	e        *Engine
	open     []*openQuestion
	made     []string // names of proposals
	distinct map[string]int64
}

// openQuestion is a question that no roll-up answers yet, with what it reads of
// one dataset.
type openQuestion struct {
	asked   Asked
	q       *question
	dataset *semantic.Dataset
	fields  []string
	metrics []string
	share   float64 // of the question's scans
}

// take plans a shape as questions are planned now. Shapes that do not fit the
// definitions of today are left out.
func (p *proposer) take(ctx context.Context, a Asked) error {
	q, err := p.e.understand(ctx, a.Shape)
	if err != nil {
		if ctx.Err() != nil {
			return gaveUp(ctx)
		}
		return nil
	}
	byDataset := map[*semantic.Dataset]*openQuestion{}
	var order []*semantic.Dataset
	scans := 0
	possible := map[*semantic.Dataset]bool{}
	for _, drafted := range q.plans() {
		if drafted.err != nil {
			return nil
		}
		made := optimise(drafted, false, nil)
		for i := range made.scans {
			s := &made.scans[i]
			scans++
			d := s.dataset
			o := byDataset[d]
			if o == nil {
				o = &openQuestion{asked: a, q: q, dataset: d}
				byDataset[d], possible[d] = o, true
				order = append(order, d)
			}
			if s.rollup != nil {
				continue
			}
			o.share++
			possible[d] = o.reads(&made, s) && possible[d]
		}
	}
	for _, d := range order {
		o := byDataset[d]
		if o.share > 0 && possible[d] {
			o.share /= float64(scans)
			p.open = append(p.open, o)
		}
	}
	return nil
}

// reads notes the dimensions and metrics of a scan; it reports false when they
// have no names that a roll-up could use.
func (o *openQuestion) reads(p *plan, s *scan) bool {
	for _, f := range p.rolledFields(s) {
		if f.Many() {
			return false
		}
		o.fields = appendOnce(o.fields, f.String())
	}
	for _, l := range s.leaves {
		m := p.q.leafOf(l.slot).metric
		if p.q.model.Metric(m.Name) != m {
			return false
		}
		o.metrics = appendOnce(o.metrics, m.Name)
	}
	return true
}

// candidate is a roll-up to be, with the questions that it is for.
type candidate struct {
	spec   semantic.RollupSpec
	def    *semantic.Rollup
	rows   int64
	serves []*openQuestion
}

func (c *candidate) millis() float64 {
	out := 0.0
	for _, o := range c.serves {
		out += o.asked.Millis * o.share
	}
	return out
}

// best makes the roll-up for the costliest open question, widened by what
// others on the dataset read as long as it stays small, and closes the
// questions that it serves.
func (p *proposer) best(ctx context.Context) (*Proposal, error) {
	for len(p.open) > 0 {
		first := p.open[0]
		c, err := p.fit(ctx, first.dataset, []*openQuestion{first})
		if err != nil {
			return nil, err
		}
		if c == nil {
			p.open = p.open[1:]
			continue
		}
		for _, o := range p.open[1:] {
			if o.dataset != first.dataset || slices.Contains(c.serves, o) {
				continue
			}
			wider, err := p.fit(ctx, first.dataset, append(slices.Clone(c.serves), o))
			if err != nil {
				return nil, err
			}
			if wider != nil {
				c = wider
			}
		}
		p.open = slices.DeleteFunc(p.open, func(o *openQuestion) bool { return slices.Contains(c.serves, o) })
		return p.proposal(c), nil
	}
	return nil, nil
}

// fit finds the coarsest roll-up that serves all the questions; nil when there
// is none that is small enough.
func (p *proposer) fit(ctx context.Context, d *semantic.Dataset, open []*openQuestion) (*candidate, error) {
	c := &candidate{spec: semantic.RollupSpec{Dataset: d.Name}}
	for _, o := range open {
		for _, f := range o.fields {
			c.spec.Dimensions = appendOnce(c.spec.Dimensions, f)
		}
		for _, m := range o.metrics {
			c.spec.Metrics = appendOnce(c.spec.Metrics, m)
		}
	}
	slices.Sort(c.spec.Dimensions)
	slices.Sort(c.spec.Metrics)
	grains := []calendar.Grain{semantic.NoTime}
	if d.Time != nil {
		grains = append(grains, calendar.Year, calendar.Quarter, calendar.Month, calendar.Week, calendar.Day)
	}
	for _, g := range grains {
		c.spec.Grain = g
		def, err := open[0].q.model.RollupOf("proposed", &c.spec)
		if err != nil {
			return nil, nil //nolint:nilerr // such a roll-up cannot be defined
		}
		if !slices.ContainsFunc(open, func(o *openQuestion) bool { return !o.served(def) }) {
			c.def = def
			break
		}
	}
	if c.def == nil {
		return nil, nil
	}
	base := open[0].q.states[d.Name].Rows
	rows, err := p.rows(ctx, open[0].q, c.def, base)
	if err != nil || rows*rollupShare > base {
		return nil, err
	}
	c.rows = rows
	for _, o := range p.open {
		if o.dataset == d && o.served(c.def) {
			c.serves = append(c.serves, o)
		}
	}
	return c, nil
}

// served plans the question with the roll-up in place and sees whether it
// answers every scan of its dataset.
func (o *openQuestion) served(def *semantic.Rollup) bool {
	q := *o.q
	q.rollups = append(slices.Clone(o.q.rollups), bind(def, warehouse.Material{Rows: 1}, q.model.Calendar()))
	for _, drafted := range q.plans() {
		made := optimise(drafted, false, nil)
		for _, s := range made.scans {
			if s.dataset == o.dataset && s.rollup == nil {
				return false
			}
		}
	}
	return true
}

// rows is how many rows the roll-up has at most.
func (p *proposer) rows(ctx context.Context, q *question, def *semantic.Rollup, base int64) (int64, error) {
	out := int64(1)
	if def.Grain != semantic.NoTime {
		n, err := p.periods(q, def)
		if err != nil {
			return 0, err
		}
		out = n
	}
	for _, f := range def.Keys {
		n, err := p.members(ctx, q, def.Dataset, f)
		if err != nil {
			return 0, err
		}
		if out *= n + 1; out > base { // one more for no value
			return base, nil
		}
	}
	return min(out, base), nil
}

func (p *proposer) periods(q *question, def *semantic.Rollup) (int64, error) {
	f := def.Dataset.Time
	state, ok := q.stateOf(f.Dataset.Name)
	if !ok || f.Column == nil {
		return mostPeriods, nil
	}
	lo, some := state.MinTime[f.Column.Name]
	if !some {
		return 0, nil
	}
	r := calendar.Range{From: calendar.Resolve(lo, q.cal.Zone), To: calendar.Resolve(state.MaxTime[f.Column.Name], q.cal.Zone).Add(1)}
	starts, _ := q.cal.PeriodsUpTo(r, def.Grain, mostPeriods)
	return int64(len(starts)) + 1, nil // the zone may cut one in two
}

// members counts the distinct values of a field as seen from a dataset.
func (p *proposer) members(ctx context.Context, of *question, d *semantic.Dataset, f *semantic.Field) (int64, error) {
	key := fmt.Sprintf("%s\x00%s\x00%d", d.Name, f, of.states[d.Name].Version)
	if n, ok := p.distinct[key]; ok {
		return n, nil
	}
	arg, err := expr.Check(&expr.Name{Parts: strings.Split(f.String(), ".")}, d.Scope())
	if err != nil {
		return 0, ofExpr("by", err)
	}
	m := rowsOf(d)
	m.Simple.Func, m.Simple.Arg = "count_distinct", arg
	q := &question{model: of.model, cal: of.cal, facts: []*semantic.Dataset{d}, limit: 1}
	q.metrics = []asked{{name: valuesMetric, metric: m, value: q.valueOf(m, nil, nil)}}
	if err := p.e.look(ctx, q, Request{}); err != nil {
		return 0, err
	}
	rows, err := p.e.ask(ctx, q.draft("totals"))
	if err != nil {
		return 0, err
	}
	n, _ := rows[0][0].(int64)
	p.distinct[key] = n
	return n, nil
}

func (p *proposer) proposal(c *candidate) *Proposal {
	q := c.serves[0].q
	out := &Proposal{Dataset: c.spec.Dataset, Grain: c.spec.Grain, Dimensions: c.spec.Dimensions, Metrics: c.spec.Metrics,
		Rows: c.rows, Base: q.states[c.spec.Dataset].Rows, Millis: c.millis(), Questions: []Asked{}}
	if out.Dimensions == nil {
		out.Dimensions = []string{}
	}
	for _, o := range c.serves {
		out.Count += o.asked.Count
		out.Questions = append(out.Questions, o.asked)
	}
	out.Name = p.name(q.model, c.spec)
	list := func(names []string) string {
		b, err := json.Marshal(names)
		if err != nil {
			panic("query: names that are not JSON: " + err.Error())
		}
		return strings.ReplaceAll(string(b), ",", ", ")
	}
	out.YAML = fmt.Sprintf("kind: Rollup\nmetadata: {name: %s}\nspec:\n  dataset: %s\n  grain: %s\n  dimensions: %s\n  metrics: %s\n",
		out.Name, out.Dataset, out.Grain, list(out.Dimensions), list(out.Metrics))
	return out
}

// name is one that no roll-up has.
func (p *proposer) name(m *semantic.Model, spec semantic.RollupSpec) string {
	base := spec.Dataset
	if spec.Grain != semantic.NoTime {
		base += "_by_" + string(spec.Grain)
	}
	taken := slices.Clone(p.made)
	for _, r := range m.Rollups() {
		taken = append(taken, r.Name)
	}
	name := base
	for n := 2; slices.Contains(taken, name); n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	p.made = append(p.made, name)
	return name
}
