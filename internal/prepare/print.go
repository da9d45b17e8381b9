package prepare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
)

// Printer writes typed steps for the embedded engine.
type Printer struct {
	Dialect warehouse.Dialect
	// Table is what stands in FROM for a dataset. The stage is the step that
	// reads it; 0 for the dataset that the steps begin with.
	Table func(dataset string, stage int) expr.SQL
	// KeyBroken tells of a dataset whose rows do not keep the key that it declares;
	// nil when all do.
	KeyBroken func(dataset string) bool
	// Zone is that of the workspace: days begin and end there.
	Zone *time.Location
	// Salt gives a secret of the vault.
	Salt func(name string) (string, error)
}

// Statement is a printed list of steps. It can be asked for the table after
// each of them.
type Statement struct {
	plan   *steps.Plan
	d      warehouse.Dialect
	parts  []part
	ends   []int // the number of parts that make a stage
	Losses []Loss
	Fans   []Fan
}

// part is one named query of the WITH.
type part struct {
	name string
	sql  expr.SQL
}

// Loss is a place where values may not convert.
type Loss struct {
	Stage  int
	Column string
	Reject bool // the row is set aside; otherwise the value is lost
	parts  int
	from   expr.SQL // what stands after FROM
	test   expr.SQL // true for a value that does not convert
	value  expr.SQL
}

// Fan is a join at which rows would multiply if several rows there match one.
type Fan struct {
	Stage   int
	Dataset string
	parts   int
	query   expr.SQL // how many keys in use several rows have
}

// Print writes the steps of a plan.
func (p Printer) Print(plan *steps.Plan) (*Statement, error) {
	w := &writer{Printer: p, s: &Statement{plan: plan, d: p.Dialect}, zone: newZone(p.Dialect, p.Zone)}
	first := w.table(0, "")
	first.from = p.Table(plan.Input.Name, 0)
	first.names = plan.Stages[0].Names()
	first.flush()
	w.end()
	for i := 1; i < len(plan.Stages); i++ {
		w.stage = i
		w.before, w.after = &plan.Stages[i-1], &plan.Stages[i]
		w.step(w.after.Step)
		if w.err != nil {
			return nil, w.err
		}
		w.end()
	}
	return w.s, nil
}

// with writes the first parts and a query over them.
func (s *Statement) with(parts int, query expr.SQL) expr.SQL {
	out := []any{"WITH "}
	for i, p := range s.parts[:parts] {
		if i > 0 {
			out = append(out, ", ")
		}
		out = append(out, p.name+" AS (", p.sql, ")")
	}
	return expr.Concat(append(out, " ", query)...)
}

func (s *Statement) name(stage int) string { return s.parts[s.ends[stage]-1].name }

// Rows selects the table after a stage, at most limit rows of it; 0 for all.
// Columns have the types that the stage says.
func (s *Statement) Rows(stage, limit int) expr.SQL {
	return s.rows(stage, s.plan.Stages[stage].Columns, limit)
}

// Stored selects the last table with columns of other digits or in another
// order.
func (s *Statement) Stored(columns []warehouse.StoredColumn) expr.SQL {
	list := make([]steps.Column, len(columns))
	for i, c := range columns {
		list[i] = steps.Column{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale}
	}
	return s.rows(len(s.ends)-1, list, 0)
}

func (s *Statement) rows(stage int, columns []steps.Column, limit int) expr.SQL {
	list := make([]string, len(columns))
	for i, c := range columns {
		name := s.d.Quote(c.Name)
		list[i] = "CAST(" + name + " AS " + s.d.ColumnType(c.Type, c.Precision, c.Scale) + ") AS " + name
	}
	text := "SELECT " + strings.Join(list, ", ") + " FROM " + s.name(stage)
	if limit > 0 {
		text += fmt.Sprintf(" LIMIT %d", limit)
	}
	return s.with(s.ends[stage], expr.SQL{Text: text})
}

// Count counts the rows after each of some stages, and the values lost at each
// place up to the last of them: one row of numbers, in that order.
func (s *Statement) Count(stages []int, losses []Loss) expr.SQL {
	var list []expr.SQL
	parts := 0
	for _, st := range stages {
		parts = max(parts, s.ends[st])
		list = append(list, expr.SQL{Text: "(SELECT count(*) FROM " + s.name(st) + ")"})
	}
	for _, l := range losses {
		parts = max(parts, l.parts)
		list = append(list, expr.Concat("(SELECT count(*) FROM ", l.from, " WHERE ", l.test, ")"))
	}
	return s.with(parts, expr.Concat("SELECT ", expr.Join(list, ", ")))
}

// Multiplied counts the keys of a join that several rows there have.
func (s *Statement) Multiplied(f Fan) expr.SQL { return s.with(f.parts, f.query) }

// Rejects selects the rows that are set aside, as the engine keeps rejects: n,
// line, column, reason, value, raw. Empty when none can be. What a later step
// hides is not shown.
func (s *Statement) Rejects(hidden func(column string) bool, reason string) expr.SQL {
	var all []expr.SQL
	parts := 0
	for _, l := range s.Losses {
		if !l.Reject {
			continue
		}
		parts = max(parts, l.parts)
		value, raw := l.value, s.raw(l.Stage-1, hidden)
		if hidden(l.Column) {
			value = expr.SQL{Text: "NULL"}
		}
		all = append(all, expr.Concat("SELECT ", s.text(l.Column), " AS col, CAST(", value, " AS VARCHAR) AS value, "+
			"CAST(", raw, " AS VARCHAR) AS raw FROM ", l.from, " WHERE ", l.test))
	}
	if len(all) == 0 {
		return expr.SQL{}
	}
	return s.with(parts, expr.Concat("SELECT row_number() OVER () AS n, 0 AS line, col, ", s.text(reason),
		" AS reason, value, raw FROM (", expr.Join(all, " UNION ALL "), ") r"))
}

// raw writes a row as one text.
func (s *Statement) raw(stage int, hidden func(string) bool) expr.SQL {
	var fields []string
	for _, c := range s.plan.Stages[stage].Columns {
		if !hidden(c.Name) {
			fields = append(fields, s.d.Quote(c.Name)+" := t."+s.d.Quote(c.Name))
		}
	}
	if len(fields) == 0 {
		return expr.SQL{Text: "NULL"}
	}
	return expr.SQL{Text: "struct_pack(" + strings.Join(fields, ", ") + ")"}
}

func (s *Statement) text(v string) expr.SQL {
	return expr.Concat("CAST(", s.d.Literal(v, expr.String), " AS VARCHAR)")
}

// writer prints one step after the other.
type writer struct {
	Printer
	s             *Statement
	zone          zone
	stage         int
	before, after *steps.Stage
	err           error
	lookups       int
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) end() { w.s.ends = append(w.s.ends, len(w.s.parts)) }

func (w *writer) last() string { return w.s.parts[len(w.s.parts)-1].name }

// add makes a query the next part.
func (w *writer) add(q expr.SQL) {
	w.s.parts = append(w.s.parts, part{fmt.Sprintf("s%d", len(w.s.parts)), q})
}

func (w *writer) quote(name string) string { return w.Dialect.Quote(name) }

// col writes a column of the table that a part reads.
func (w *writer) col(name string) expr.SQL { return expr.SQL{Text: "t." + w.quote(name)} }

func (w *writer) cols(names []string) []expr.SQL {
	out := make([]expr.SQL, len(names))
	for i, n := range names {
		out[i] = w.col(n)
	}
	return out
}

func (w *writer) str(v string) expr.SQL { return w.s.text(v) }

// print writes an expression of the step.
func (w *writer) print(path string) expr.SQL {
	p := expr.Printer{Dialect: w.Dialect, Zone: w.Printer.Zone, Local: w.zone.local,
		Column: func(ref any) expr.SQL { return w.col(ref.(string)) }}
	return p.Print(w.after.Exprs[path])
}

// as gives a value the type of a column.
func (w *writer) as(x expr.SQL, c *steps.Column) expr.SQL {
	return expr.Concat("CAST(", x, " AS "+w.Dialect.ColumnType(c.Type, c.Precision, c.Scale)+")")
}

// table is a part in the making: the columns of the part before, some of them
// changed.
type table struct {
	w     *writer
	from  expr.SQL
	names []string
	set   map[string]expr.SQL
	joins []expr.SQL
	where []expr.SQL
	// window is what w stands for in OVER w.
	window expr.SQL
}

// table begins with the columns of the last part.
func (w *writer) table(stage int, from string) *table {
	t := &table{w: w, from: expr.SQL{Text: from}, set: map[string]expr.SQL{}}
	if stage > 0 {
		t.from, t.names = expr.SQL{Text: w.last()}, w.before.Names()
	}
	return t
}

// put sets a column.
func (t *table) put(name string, x expr.SQL) {
	if !slices.Contains(t.names, name) {
		t.names = append(t.names, name)
	}
	t.set[name] = x
}

func (t *table) remove(name string) {
	t.names = slices.DeleteFunc(slices.Clone(t.names), func(n string) bool { return n == name })
}

// reads begins a new part when one of the columns has been changed in this one.
func (t *table) reads(names ...string) {
	for _, n := range names {
		if _, changed := t.set[n]; changed {
			t.flush()
			return
		}
	}
}

// source is what stands after FROM.
func (t *table) source() expr.SQL {
	return expr.Concat(t.from, " t", expr.Join(append([]expr.SQL{{}}, t.joins...), ""))
}

// flush makes the part and goes on from it.
func (t *table) flush() {
	list := make([]expr.SQL, len(t.names))
	for i, n := range t.names {
		x, changed := t.set[n]
		if !changed {
			x = t.w.col(n)
		}
		list[i] = expr.Concat(x, " AS "+t.w.quote(n))
	}
	q := expr.Concat("SELECT ", expr.Join(list, ", "), " FROM ", t.source())
	if len(t.where) > 0 {
		q = expr.Concat(q, " WHERE ", expr.Join(t.where, " AND "))
	}
	if t.window.Text != "" {
		q = expr.Concat(q, " WINDOW w AS (", t.window, ")")
	}
	t.w.add(q)
	t.from, t.set, t.joins, t.where, t.window = expr.SQL{Text: t.w.last()}, map[string]expr.SQL{}, nil, nil, expr.SQL{}
}

// lossy notes a value that may not convert, and leaves the row out when it is
// to be set aside.
func (t *table) lossy(column string, test expr.SQL, onError string) {
	reject := onError == "reject"
	alone := expr.Join(append(slices.Clone(t.where), expr.Concat("(", test, ")")), " AND ")
	t.w.s.Losses = append(t.w.s.Losses, Loss{Stage: t.w.stage, Column: column, Reject: reject,
		parts: len(t.w.s.parts), from: t.source(), test: alone, value: t.w.col(column)})
	if reject {
		t.where = append(t.where, expr.Concat("(", test, ") IS NOT TRUE"))
	}
}

// orderTerms writes an order that leaves no two different rows in doubt: after
// the columns asked come those that tell rows apart.
func (w *writer) orderTerms(order []string, last bool, known []string) expr.SQL {
	var terms []expr.SQL
	seen := slices.Clone(known)
	for _, o := range order {
		name := strings.TrimPrefix(o, "-")
		terms = append(terms, w.Dialect.Order(w.col(name), strings.HasPrefix(o, "-") != last))
		seen = append(seen, name)
	}
	for _, c := range w.tiebreak() {
		if !slices.Contains(seen, c) {
			terms = append(terms, w.Dialect.Order(w.col(c), false))
		}
	}
	if len(terms) == 0 {
		return expr.SQL{Text: "1"}
	}
	return expr.Join(terms, ", ")
}

// tiebreak lists columns that tell rows apart before the step.
func (w *writer) tiebreak() []string {
	if len(w.before.Key) > 0 && !slices.ContainsFunc(w.s.plan.Inputs(), w.broken) {
		return w.before.Key
	}
	return w.before.Names()
}

func (w *writer) broken(dataset string) bool { return w.KeyBroken != nil && w.KeyBroken(dataset) }
