package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// Plan says how a request is answered: each statement with the logical plan
// after every pass, what it reads, and where each number comes from.
type Plan struct {
	Statements    []Statement      `json:"statements"`
	Range         *calendar.Range  `json:"range,omitempty"`
	PreviousRange *calendar.Range  `json:"previousRange,omitempty"`
	AsOf          time.Time        `json:"asOf"`
	Timezone      string           `json:"timezone"`
	Model         string           `json:"model"` // revision of all definitions
	DataVersions  map[string]int64 `json:"dataVersions"`
	Policies      []string         `json:"policies"` // row rules applied; none exist yet
	Lineage       []Lineage        `json:"lineage"`
	Rollups       []RollupUse      `json:"rollups"` // of the datasets asked, for each statement and scan
}

// RollupUse says that a roll-up answers a scan of a statement, or why not.
type RollupUse struct {
	Rollup string `json:"rollup"`
	Part   string `json:"part"` // of the answer, as in Statement
	Used   bool   `json:"used"`
	Why    string `json:"why,omitempty"` // when it is not used
}

// Statement is one SQL statement and how it came about.
type Statement struct {
	Part   string `json:"part"`             // rank | rows | others | totals | share | moving
	Engine string `json:"engine,omitempty"` // the connection it runs on; none for the rows kept here
	// Into is the table that its rows become for the statement that combines
	// what several engines say.
	Into  string `json:"into,omitempty"`
	Steps []Step `json:"steps"`
	SQL   string `json:"sql"`
	Args  []any  `json:"args,omitempty"`
}

// Step is the logical plan after a pass, in words for people who tune.
type Step struct {
	Pass string `json:"pass"`
	Text string `json:"text"`
}

// Lineage tells what a column of the answer is made of.
type Lineage struct {
	Column  string   `json:"column"`
	Metrics []string `json:"metrics"` // simple metrics below it, with revision: "revenue@3"
	Columns []string `json:"columns"` // "orders.amount"
}

// Plan explains a request without running it. Viewers may ask; faults are
// those of Query.
func (e *Engine) Plan(ctx context.Context, who access.Actor, r Request) (*Plan, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	q, err := e.understand(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &Plan{Range: q.times.whole, PreviousRange: q.times.previous, AsOf: q.times.asOf, Timezone: q.cal.Zone.String(),
		Model: q.model.Revision, DataVersions: map[string]int64{}, Policies: []string{}, Rollups: []RollupUse{}}
	for name, s := range q.states {
		out.DataVersions[name] = s.Version
	}
	for _, m := range q.metrics {
		out.Lineage = append(out.Lineage, q.lineage(m))
	}
	for _, p := range q.plans() {
		if p.err != nil {
			return nil, p.err
		}
		for _, s := range optimise(p, e.c.Plain, nil).scans {
			if s.rollup != nil {
				out.Rollups = append(out.Rollups, RollupUse{Rollup: s.rollup.def.Name, Part: p.part, Used: true})
			}
			for _, m := range s.missed {
				out.Rollups = append(out.Rollups, RollupUse{Rollup: m.rollup, Part: p.part, Why: m.why})
			}
		}
	}
	out.Statements, err = e.statements(ctx, q, true)
	return out, err
}

// Statements gives what Query would run for a request, without the words about
// how it came about. Faults are those of Query.
func (e *Engine) Statements(ctx context.Context, who access.Actor, r Request) ([]Statement, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	q, err := e.understand(ctx, r)
	if err != nil {
		return nil, err
	}
	return e.statements(ctx, q, false)
}

func (e *Engine) statements(ctx context.Context, q *question, steps bool) ([]Statement, error) {
	var out []Statement
	for _, p := range q.plans() {
		s := Statement{Part: p.part}
		var trace func(string, plan)
		if steps {
			s.Steps = append(s.Steps, Step{"draft", p.describe()})
			trace = func(name string, after plan) { s.Steps = append(s.Steps, Step{name, after.describe()}) }
		}
		ready, err := e.prepare(ctx, p, trace)
		if err != nil {
			return nil, err
		}
		out = ready.guestStatements(p.part, out)
		s.Engine, s.SQL, s.Args = ready.engine, ready.sql.Text, ready.sql.Args
		out = append(out, s)
	}
	return out, nil
}

// guestStatements lists the statements whose rows one reads, before it.
func (s *statement) guestStatements(part string, out []Statement) []Statement {
	for _, g := range s.guests {
		out = g.of.guestStatements(part, out)
		out = append(out, Statement{Part: part, Engine: g.of.engine, Into: g.name, SQL: g.of.sql.Text, Args: g.of.sql.Args})
	}
	return out
}

// plans lists the plans of a question in the order in which they would run.
// The members that a ranking would choose are not known here.
func (q *question) plans() []plan {
	var out []plan
	var pick *members
	if q.top != nil && (q.split() || q.rankFirst) {
		rank := q.rankPlan
		if q.rankCurrent {
			rank = q.currentRankPlan
		}
		out = append(out, rank())
		pick = q.pick(nil, false)
	}
	out = append(out, q.rowsPlan(pick))
	if q.top != nil && q.top.others {
		out = append(out, q.othersPlan(q.pick(nil, true)))
	}
	if q.totals {
		out = append(out, q.draft("totals"))
	}
	return append(out, q.optionPlans()...)
}

func (q *question) lineage(a asked) Lineage {
	out := Lineage{Column: a.name}
	for _, leaf := range a.metric.Leaves {
		if j := leaf.Simple.Journey; j != nil {
			for _, side := range []semantic.Side{j.Base, j.Other} {
				out.Metrics = appendOnce(out.Metrics, fmt.Sprintf("%s@%d", side.Metric.Name, side.Metric.Revision))
			}
			continue
		}
		out.Metrics = appendOnce(out.Metrics, fmt.Sprintf("%s@%d", leaf.Name, leaf.Revision))
	}
	out.columnsOf(a.metric)
	slices.Sort(out.Columns)
	return out
}

// columnsOf adds the columns behind a metric, and those behind the metrics whose
// values it reads.
func (l *Lineage) columnsOf(m *semantic.Metric) {
	add := func(f *semantic.Field) {
		readFields(f, func(f *semantic.Field) {
			if f.Computed != nil {
				l.columnsOf(f.Computed.Lookup.Metric)
				f = lookupKey(f)
			}
			l.Columns = appendOnce(l.Columns, f.Dataset.Name+"."+f.Column.Name)
		})
	}
	for _, leaf := range m.Leaves {
		agg := leaf.Simple
		for _, t := range []*expr.Typed{agg.Arg, agg.Weight} {
			if t != nil {
				namedFields(t, add)
			}
		}
		if agg.Where != nil {
			namedFields(agg.Where, add)
		}
		if agg.Time != nil {
			add(agg.Time)
		}
		if agg.Journey != nil {
			journeyFields(agg.Journey, add)
		}
	}
}

// describe writes a plan for people, one line for each scan and leaf.
func (p *plan) describe() string {
	var b strings.Builder
	q := p.q
	var keys []string
	for _, k := range p.keys {
		if k != noKey {
			keys = append(keys, q.keys[k].name)
		}
	}
	fmt.Fprintf(&b, "%s by [%s]", p.part, strings.Join(keys, ", "))
	if p.members != nil {
		if p.members.not {
			b.WriteString(", without the top members")
		} else {
			b.WriteString(", only the top members")
		}
	}
	if p.having != nil {
		fmt.Fprintf(&b, ", having %s", p.having.Node())
	}
	if p.limit > 0 && len(p.keys) > 0 {
		fmt.Fprintf(&b, ", limit %d", p.limit)
	}
	b.WriteByte('\n')
	for i := range p.scans {
		p.describeScan(&b, &p.scans[i])
	}
	return b.String()
}

func (p *plan) describeScan(b *strings.Builder, s *scan) {
	fmt.Fprintf(b, "  scan %s", s.dataset.Name)
	if s.period == 1 {
		b.WriteString(" (earlier)")
	}
	if s.early {
		b.WriteString(", grouped by foreign keys before joining")
	}
	b.WriteByte('\n')
	if s.rollup != nil {
		fmt.Fprintf(b, "    from the roll-up %s (%d rows)\n", s.rollup.def.Name, s.rollup.rows)
	}
	for _, m := range s.missed {
		fmt.Fprintf(b, "    not from the roll-up %s: %s\n", m.rollup, m.why)
	}
	if s.flags != nil {
		fmt.Fprintf(b, "    grouped by %d filters first\n", len(s.flags))
	}
	for i, coded := range s.coded {
		if coded {
			fmt.Fprintf(b, "    grouped by a number for %s\n", s.keys[i])
		}
	}
	for _, j := range s.joins {
		if j.lookup != nil {
			look := j.lookup.Computed.Lookup
			fmt.Fprintf(b, "    join %s by %s as %s: %s\n", look.Metric.Name, look.By, j.alias, j.lookup)
			continue
		}
		if j.bundle != nil {
			fmt.Fprintf(b, "    join members through %s as %s: %s\n", j.bundle.inner.dataset.Name, j.alias, pathName(j.bundle.prefix))
			continue
		}
		kind := "join"
		if j.inner {
			kind = "inner join"
		}
		fmt.Fprintf(b, "    %s %s as %s: %s", kind, j.rel.To.Name, j.alias, j.path)
		if j.rel.Valid != nil {
			fmt.Fprintf(b, ", valid at %s", s.own)
		}
		b.WriteByte('\n')
	}
	if s.time != nil {
		fmt.Fprintf(b, "    %s in [%s, %s)\n", s.time, s.within.From.Format(time.RFC3339), s.within.To.Format(time.RFC3339))
	}
	p.describeJourney(b, s)
	for _, c := range s.where {
		fmt.Fprintf(b, "    where %s\n", c.text)
	}
	if s.either {
		b.WriteString("    where any filter below holds\n")
	}
	if len(s.zone) > 1 {
		fmt.Fprintf(b, "    zone %s with %d clock changes\n", p.q.cal.Zone, len(s.zone)-1)
	}
	for _, l := range s.leaves {
		leaf := p.q.leafOf(l.slot)
		agg := leaf.agg()
		arg := "*"
		switch {
		case agg.Arg != nil:
			arg = agg.Arg.Node().String()
		case agg.Journey != nil && agg.Journey.Arg != nil:
			arg = agg.Journey.Arg.Node().String()
		}
		fmt.Fprintf(b, "    %s = %s(%s)", leaf.metric.Name, agg.Func, arg)
		for i, c := range l.filter {
			word := " and "
			if i == 0 {
				word = " filter "
			}
			b.WriteString(word + c.text)
		}
		if l.linear != nil {
			b.WriteString(", from the sums of columns")
		}
		if l.unread {
			b.WriteString(" (not read)")
		}
		b.WriteByte('\n')
	}
}

// describeJourney says what becomes of the rows of a scan.
func (p *plan) describeJourney(b *strings.Builder, s *scan) {
	j := s.journey
	if j == nil {
		return
	}
	same := j.of.Base.Entity.String() + " = " + j.of.Other.Entity.String()
	for i, f := range j.of.Base.Constant {
		same += " and " + f.String() + " = " + j.of.Other.Constant[i].String()
	}
	if r := j.of.Return; r != nil {
		when := "or later"
		if r.Bounded {
			when = "in that one only"
		}
		fmt.Fprintf(b, "    cohorts by %s before %s; back in %s %d %s periods later, %s: %s\n", r.Period, j.cohortLabel(),
			j.other.dataset.Name, r.After, r.Period, when, same)
	} else {
		window := "ever after"
		if j.of.Window.N > 0 {
			window = fmt.Sprintf("within %d %s", j.of.Window.N, j.of.Window.Grain)
		}
		fmt.Fprintf(b, "    latest row before each of %s, %s: %s\n", j.other.dataset.Name, window, same)
	}
	for _, c := range j.inside {
		fmt.Fprintf(b, "    matched where %s\n", c.text)
	}
	for _, c := range j.other.where {
		fmt.Fprintf(b, "    %s where %s\n", j.other.dataset.Name, c.text)
	}
	for _, o := range j.other.joins {
		fmt.Fprintf(b, "    %s: join %s as %s: %s\n", j.other.dataset.Name, o.rel.To.Name, o.alias, o.path)
	}
}
