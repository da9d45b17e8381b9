package prepare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
)

// step prints one step as one or more parts.
func (w *writer) step(s *steps.Step) {
	switch {
	case s.Join != nil:
		w.join(s.Join)
	case s.Union != nil:
		w.union(s.Union)
	case s.Aggregate != nil:
		w.aggregate(s.Aggregate)
	case s.Deduplicate != nil:
		w.deduplicate(s.Deduplicate)
	case s.Pivot != nil:
		w.pivot(s.Pivot)
	case s.Unpivot != nil:
		w.unpivot(s.Unpivot)
	case s.Session != nil:
		w.session(s.Session)
	case s.Sample != nil:
		w.sample(s.Sample)
	default:
		w.columns(s)
	}
}

// columns prints the steps that keep rows as they are, or leave some out.
func (w *writer) columns(s *steps.Step) {
	t := w.table(w.stage, "")
	switch {
	case s.Select != nil:
		t.names = s.Select
	case s.Drop != nil:
		t.names = w.after.Names()
	case s.Rename != nil:
		old := t.names
		t.names = w.after.Names()
		for i, n := range t.names {
			t.set[n] = w.col(old[i])
		}
	case s.Filter != "":
		t.where = append(t.where, w.print("filter"))
	case s.Derive != nil:
		for i, d := range s.Derive {
			w.derive(t, fmt.Sprintf("derive[%d].expr", i), d.Name)
		}
	case s.Cast != nil:
		for i := range s.Cast {
			w.cast(t, &s.Cast[i])
		}
	case s.Fill != nil:
		for i := range s.Fill {
			w.fill(t, &s.Fill[i])
		}
	case s.Split != nil:
		w.split(t, s.Split)
	case s.Standardise != nil:
		for i := range s.Standardise {
			w.standard(t, &s.Standardise[i])
		}
	case s.Map != nil:
		w.mapping(t, s.Map)
	case s.Mask != nil:
		for i := range s.Mask {
			w.mask(t, &s.Mask[i])
		}
	}
	t.flush()
}

func (w *writer) derive(t *table, path, name string) {
	typed := w.after.Exprs[path]
	for _, sym := range typed.Symbols() {
		t.reads(sym.Ref.(string))
	}
	c := *w.after.Column(name)
	if c.Type = typed.Type(); c.Type == expr.Null {
		c.Type = expr.String
	}
	t.put(name, w.as(w.print(path), &c))
}

// pairs writes the condition that two rows belong together.
func (w *writer) pairs(j *steps.Join) expr.SQL {
	var on []expr.SQL
	for _, here := range slices.Sorted(maps.Keys(j.On)) {
		on = append(on, expr.Concat(w.col(here), " = o."+w.quote(j.On[here])))
	}
	return expr.Join(on, " AND ")
}

func (w *writer) join(j *steps.Join) {
	other := w.Table(j.Dataset, w.stage)
	t := w.table(w.stage, "")
	if j.AsOf != nil {
		w.asOf(t, j, other)
		return
	}
	if j.Kind == "anti" {
		t.where = append(t.where, expr.Concat("NOT EXISTS (SELECT 1 FROM ", other, " o WHERE ", w.pairs(j), ")"))
		t.flush()
		return
	}
	kind := map[string]string{"": " LEFT JOIN ", "left": " LEFT JOIN ", "inner": " JOIN ", "full": " FULL JOIN "}[j.Kind]
	t.joins = append(t.joins, expr.Concat(kind, other, " o ON ", w.pairs(j)))
	if j.Kind == "full" {
		for here, there := range j.On {
			c := w.after.Column(here)
			t.put(here, expr.Concat("coalesce(", w.as(w.col(here), c), ", ", w.as(expr.SQL{Text: "o." + w.quote(there)}, c), ")"))
		}
	}
	for _, name := range j.Columns {
		t.put(j.Prefix+name, expr.SQL{Text: "o." + w.quote(name)})
	}
	if !j.Many && !w.unique(j) {
		w.s.Fans = append(w.s.Fans, Fan{Stage: w.stage, Dataset: j.Dataset, parts: len(w.s.parts), query: w.fan(j, other)})
	}
	t.flush()
}

// unique reports whether the columns there are known to hold a key.
func (w *writer) unique(j *steps.Join) bool {
	if w.broken(j.Dataset) {
		return false
	}
	key := w.after.Others[0].Key
	there := slices.Collect(maps.Values(j.On))
	return len(key) > 0 && !slices.ContainsFunc(key, func(k string) bool { return !slices.Contains(there, k) })
}

// fan counts the keys that rows here use and several rows there have.
func (w *writer) fan(j *steps.Join, other expr.SQL) expr.SQL {
	var keys, same []string
	for _, here := range slices.Sorted(maps.Keys(j.On)) {
		k := "o." + w.quote(j.On[here])
		keys = append(keys, k)
		same = append(same, "t."+w.quote(here)+" = m."+w.quote(j.On[here]))
	}
	list := strings.Join(keys, ", ")
	return expr.Concat("SELECT count(*) FROM (SELECT "+list+" FROM ", other, " o GROUP BY "+list+
		" HAVING count(*) > 1) m WHERE EXISTS (SELECT 1 FROM "+w.last()+" t WHERE "+strings.Join(same, " AND ")+")")
}

func (w *writer) union(u *steps.Union) {
	var all []expr.SQL
	add := func(from expr.SQL, name string, has func(string) bool) {
		var list []expr.SQL
		for i := range w.after.Columns {
			c := &w.after.Columns[i]
			x := expr.SQL{Text: "NULL"}
			switch {
			case u.Origin != "" && c.Name == u.Origin && i == len(w.after.Columns)-1:
				x = w.str(name)
			case has(c.Name):
				x = w.col(c.Name)
			}
			list = append(list, expr.Concat(w.as(x, c), " AS "+w.quote(c.Name)))
		}
		all = append(all, expr.Concat("SELECT ", expr.Join(list, ", "), " FROM ", from, " t"))
	}
	add(expr.SQL{Text: w.last()}, w.s.plan.Input.Name, func(n string) bool { return w.before.Column(n) != nil })
	for _, other := range w.after.Others {
		there := steps.Stage{Columns: other.Columns}
		add(w.Table(other.Name, w.stage), other.Name, func(n string) bool { return there.Column(n) != nil })
	}
	w.add(expr.Join(all, " UNION ALL "))
}

// value writes an aggregate.
func (w *writer) value(agg, path, src string, more warehouse.Aggregate) expr.SQL {
	more.Func = agg
	if src != "" {
		more.Arg = w.print(path)
	}
	return w.Dialect.Aggregate(more)
}

func (w *writer) grouped(list []expr.SQL, by []string) {
	q := expr.Concat("SELECT ", expr.Join(list, ", "), " FROM "+w.last()+" t")
	if len(by) > 0 {
		q = expr.Concat(q, " GROUP BY ", expr.Join(w.cols(by), ", "))
	}
	w.add(q)
}

func (w *writer) groups(by []string) []expr.SQL {
	var list []expr.SQL
	for _, n := range by {
		list = append(list, expr.Concat(w.col(n), " AS "+w.quote(n)))
	}
	return list
}

func (w *writer) aggregate(a *steps.Aggregate) {
	list := w.groups(a.By)
	for i, v := range a.Values {
		path := fmt.Sprintf("aggregate.values[%d]", i)
		more := warehouse.Aggregate{Percentile: v.Percentile, Discrete: v.Discrete}
		if v.Where != "" {
			more.Filter = w.print(path + ".where")
		}
		x := w.value(v.Agg, path+".expr", v.Expr, more)
		list = append(list, expr.Concat(w.as(x, w.after.Column(v.Name)), " AS "+w.quote(v.Name)))
	}
	w.grouped(list, a.By)
}

func (w *writer) pivot(p *steps.Pivot) {
	list := w.groups(p.By)
	c := w.before.Column(p.Column)
	for _, v := range p.Values {
		same := expr.Concat(w.col(p.Column), " = ", w.literal(v.Value, c))
		x := w.value(p.Agg, "pivot.expr", p.Expr, warehouse.Aggregate{Filter: same})
		list = append(list, expr.Concat(w.as(x, w.after.Column(v.Name)), " AS "+w.quote(v.Name)))
	}
	w.grouped(list, p.By)
}

// literal writes a value of a definition with the type of a column. Times are
// those of the workspace's clocks.
func (w *writer) literal(v string, c *steps.Column) expr.SQL {
	x := w.Dialect.Literal(v, c.Type)
	if c.Type == expr.Timestamp {
		x = w.zone.utc(x)
	}
	return w.as(x, c)
}

func (w *writer) deduplicate(d *steps.Deduplicate) {
	t := w.table(w.stage, "")
	list := expr.Join(w.groups(t.names), ", ")
	if len(d.By) == 0 {
		w.add(expr.Concat("SELECT DISTINCT ", list, " FROM "+w.last()+" t"))
		return
	}
	w.add(expr.Concat("SELECT ", list, " FROM "+w.last()+" t QUALIFY row_number() OVER (PARTITION BY ", expr.Join(w.cols(d.By), ", "),
		" ORDER BY ", w.orderTerms(d.Order, d.Keep == "last", d.By), ") = 1"))
}

func (w *writer) unpivot(u *steps.Unpivot) {
	value := w.after.Column(u.Value)
	var list, names, values []expr.SQL
	for _, n := range w.before.Names() {
		if !slices.Contains(u.Columns, n) {
			list = append(list, expr.Concat(w.col(n), " AS "+w.quote(n)))
		}
	}
	for _, n := range u.Columns {
		names, values = append(names, w.str(n)), append(values, w.as(w.col(n), value))
	}
	list = append(list, expr.Concat("unnest([", expr.Join(names, ", "), "]) AS "+w.quote(u.Name)),
		expr.Concat("unnest([", expr.Join(values, ", "), "]) AS "+w.quote(u.Value)))
	w.add(expr.Concat("SELECT ", expr.Join(list, ", "), " FROM "+w.last()+" t"))
	if u.DropMissing {
		w.add(expr.SQL{Text: "SELECT * FROM " + w.last() + " t WHERE t." + w.quote(u.Value) + " IS NOT NULL"})
	}
}

// sample goes by a hash of the columns, so that the same rows give the same part.
func (w *writer) sample(s *steps.Sample) {
	by := s.By
	if len(by) == 0 {
		by = w.before.Names()
	}
	parts := []expr.SQL{w.str(s.Seed)}
	for _, n := range by {
		parts = append(parts, expr.Concat("coalesce(CAST(", w.col(n), " AS VARCHAR), chr(30))"))
	}
	hash := expr.Concat("md5_number_lower(concat_ws(chr(31), ", expr.Join(parts, ", "), "))")
	t := w.table(w.stage, "")
	if s.Count > 0 {
		list := expr.Join(w.groups(t.names), ", ")
		w.add(expr.Concat("SELECT ", list, " FROM "+w.last()+" t ORDER BY ", hash, ", ", w.orderTerms(nil, false, nil),
			fmt.Sprintf(" LIMIT %d", s.Count)))
		return
	}
	if s.Share < 1 {
		t.where = append(t.where, expr.Concat(hash, fmt.Sprintf(" < CAST('%d' AS UBIGINT)", uint64(s.Share*(1<<64)))))
	}
	t.flush()
}
