package prepare

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
)

// mark is what the ledger keeps with the rows: of what they were made.
type mark struct {
	Steps  string           `json:"steps"`  // fingerprint of the statement and the columns
	Inputs map[string]int64 `json:"inputs"` // versions
}

func readMark(s string) mark {
	var m mark
	if json.Unmarshal([]byte(s), &m) != nil {
		return mark{} // of something else: made anew
	}
	return m
}

// job is one refresh, worked out and not begun.
type job struct {
	dataset *semantic.Dataset
	plan    *steps.Plan
	states  map[string]warehouse.State // of the inputs
	versions,
	before map[string]int64
	print   string // fingerprint
	made    bool   // there are rows, made by these very steps
	growth  growth
	columns []warehouse.StoredColumn
	printer Printer
}

// job works out what a refresh of the dataset would do.
func (s *Service) job(ctx context.Context, m *semantic.Model, d *semantic.Dataset) (*job, error) {
	j := &job{dataset: d, plan: m.Plan(d), states: map[string]warehouse.State{}, versions: map[string]int64{}}
	if j.plan == nil {
		return nil, fmt.Errorf("steps of %s do not fit the model", d.Name)
	}
	for _, c := range d.Spec.Columns {
		j.columns = append(j.columns, warehouse.StoredColumn{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale})
	}
	j.printer = s.printer(ctx, m, j)
	names := j.plan.Inputs()
	if r := d.Spec.Source.Refresh; r != nil {
		names = append(names, r.After...)
	}
	for _, name := range names {
		state, ok, err := s.Warehouse.State(ctx, name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(j.plan.Inputs(), name) && (!ok || state.Table == "") {
			return nil, errNoRows(name)
		}
		j.states[name], j.versions[name] = state, state.Version
	}
	if err := j.fingerprint(); err != nil {
		return nil, err
	}
	text, err := s.Warehouse.Mark(ctx, d.Name)
	if err != nil {
		return nil, err
	}
	own, ok, err := s.Warehouse.State(ctx, d.Name)
	if err != nil {
		return nil, err
	}
	was := readMark(text)
	j.before = was.Inputs
	j.made = ok && own.Table != "" && was.Steps == j.print
	if j.growth = anew; j.made {
		if j.growth, err = s.growth(ctx, j); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// brought is when the newest of the rows that it reads were loaded: those that are
// made of them can tell of nothing later.
func (j *job) brought() (at time.Time) {
	for _, name := range j.plan.Inputs() {
		at = calendar.Latest(at, j.states[name].BroughtAt)
	}
	return at
}

// fingerprint tells results apart that are made in another way. Tables stand
// under the names of their datasets, because they change with every load.
func (j *job) fingerprint() error {
	p := j.printer
	p.Table = func(dataset string, _ int) expr.SQL { return expr.SQL{Text: p.Dialect.Quote(dataset)} }
	st, err := p.Print(j.plan)
	if err != nil {
		return err
	}
	q := st.Stored(j.columns)
	b, err := json.Marshal([]any{q.Text, q.Args, j.columns, j.dataset.Spec.PrimaryKey})
	if err != nil {
		return fmt.Errorf("fingerprint of %s: %w", j.dataset.Name, err)
	}
	sum := sha256.Sum256(b)
	j.print = hex.EncodeToString(sum[:])
	return nil
}

// current reports whether the rows are those that a refresh would make.
func (j *job) current() bool {
	for _, name := range j.plan.Inputs() {
		if j.before[name] != j.versions[name] {
			return false
		}
	}
	return j.made
}

// of says what is to be made of what.
func (j *job) of() string {
	b := []string{j.print}
	for _, name := range slices.Sorted(maps.Keys(j.versions)) {
		b = append(b, fmt.Sprintf("%s@%d", name, j.versions[name]))
	}
	return strings.Join(b, " ")
}

// growth looks up in the ledger what happened to the inputs since.
func (s *Service) growth(ctx context.Context, j *job) (growth, error) {
	since := map[string]warehouse.Growth{}
	for _, name := range j.plan.Inputs() {
		if j.before[name] == j.versions[name] {
			continue // the ledger need not be read
		}
		list, err := s.Warehouse.Ledger(ctx, name, mostChanges)
		if err != nil {
			return anew, err
		}
		since[name] = warehouse.GrowthOf(list, j.before[name], j.versions[name])
	}
	if j.states[j.plan.Input.Name].KeyBroken {
		return anew, nil
	}
	return choose(j.plan, j.dataset.Spec.PrimaryKey, since), nil
}

// mostChanges is how many changes are looked through; after more of them, all is
// made anew.
const mostChanges = 500

// printer writes steps over the tables as they are; with a job that grows, the
// first input and those of unions are only their new rows.
func (s *Service) printer(ctx context.Context, m *semantic.Model, j *job) Printer {
	p := Printer{Dialect: s.Warehouse.Dialect(), Zone: zoneOf(m),
		KeyBroken: func(dataset string) bool { return j.states[dataset].KeyBroken },
		Salt:      func(name string) (string, error) { return s.Secret(ctx, name) }}
	p.Table = func(dataset string, stage int) expr.SQL {
		table := j.states[dataset].Table
		if j.growth == anew || stage > 0 && j.plan.Stages[stage].Step.Join != nil {
			return expr.SQL{Text: table}
		}
		return expr.SQL{Text: fmt.Sprintf("(SELECT * FROM %s WHERE _load > %d)", table, j.before[dataset])}
	}
	return p
}

// filling prints what a refresh puts into the dataset.
func (s *Service) filling(ctx context.Context, m *semantic.Model, j *job) (*Statement, warehouse.Filling, error) {
	p := s.printer(ctx, m, j)
	st, err := p.Print(j.plan)
	if err != nil {
		return nil, warehouse.Filling{}, err
	}
	f := warehouse.Filling{Rows: st.Stored(j.columns), Rejects: st.Rejects(hiddenIn(j.plan), "not_converted")}
	if j.growth == keyed {
		f.Gone = j.gone(p, st)
	}
	return st, f, nil
}

// gone selects the keys of rows that changed and make no row any more.
func (j *job) gone(p Printer, st *Statement) expr.SQL {
	back := map[string]string{}
	for there, here := range keyColumns(j.plan) {
		back[here] = there
	}
	var here, there []string
	for _, k := range j.dataset.Spec.PrimaryKey {
		here = append(here, p.Dialect.Quote(k))
		there = append(there, p.Dialect.Quote(back[k]))
	}
	return expr.Concat("SELECT "+strings.Join(there, ", ")+" FROM ", p.Table(j.plan.Input.Name, 0),
		" EXCEPT SELECT "+strings.Join(here, ", ")+" FROM (", st.Stored(j.columns), ") made")
}

// hiddenIn tells which columns a step of the plan masks: what is set aside must
// not show them.
func hiddenIn(p *steps.Plan) func(string) bool {
	hidden := map[steps.Origin]bool{}
	names := map[string]bool{}
	for i := range p.Stages {
		s := p.Stages[i].Step
		if s == nil {
			continue
		}
		for _, m := range s.Mask {
			names[m.Column] = true
			for _, o := range p.Stages[i-1].Column(m.Column).From {
				hidden[o] = true
			}
		}
	}
	return func(column string) bool {
		if names[column] {
			return true
		}
		for i := range p.Stages {
			if c := p.Stages[i].Column(column); c != nil && slices.ContainsFunc(c.From, func(o steps.Origin) bool { return hidden[o] }) {
				return true
			}
		}
		return false
	}
}
