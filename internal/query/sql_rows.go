package query

import (
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// crossAlias is the spine that each row is paired with.
const crossAlias = "ts"

// draftRows plans a question without metrics. By MetricFlow's rules rows of
// related datasets that match none are there, too: a scan for each relationship
// that leads away from the dataset, so that engines without FULL JOIN can
// answer. A time range leaves out those, since they have no time.
func (q *question) draftRows(p *plan) {
	s, err := q.draftScan(p.keys, 0, 0)
	if err != nil {
		p.err = err
	}
	s.cross = q.rows.cross
	s.leaves[0].unread = true
	p.scans = []scan{s}
	if !q.rows.full || s.time != nil && q.timeOf == "" {
		return
	}
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			other := s
			other.leaves = append([]scanLeaf(nil), s.leaves...)
			other.alone = name
			p.scans = append(p.scans, other)
		}
	}
	s.eachNamed(q, func(f *semantic.Field) {
		readFields(f, func(f *semantic.Field) {
			switch {
			case f.Many():
			case len(f.Path) > 0:
				add(f.Path[0].Name)
			case f.Computed != nil:
				add(lookupName(f))
			}
		})
	})
}

// rowsBody writes a question without metrics.
func (p *plan) rowsBody(d warehouse.Dialect) expr.SQL {
	extent, distinct := p.q.rows.extent, p.q.rows.distinct
	branches := make([]expr.SQL, len(p.scans))
	for i := range p.scans {
		parts := scanWriter{d, p, &p.scans[i]}.pieces()
		list := make([]expr.SQL, len(parts.keys))
		for j, k := range parts.keys {
			list[j] = expr.Concat(k, " AS "+columnName(d, j))
		}
		var groups []expr.SQL
		if distinct {
			groups = parts.grouping()
		}
		branches[i] = selectSQL(list, parts.from, parts.where, groups)
	}
	if len(branches) == 1 && !extent {
		return branches[0]
	}
	list := make([]expr.SQL, len(p.keys))
	for j := range list {
		list[j] = raw("u." + columnName(d, j))
		if extent {
			list[j] = d.Aggregate(warehouse.Aggregate{Func: p.q.keys[j].end, Arg: list[j]})
		}
		list[j] = expr.Concat(list[j], " AS "+columnName(d, j))
	}
	var groups []expr.SQL
	if distinct && !extent {
		groups = make([]expr.SQL, len(list))
	}
	return selectSQL(list, expr.Concat("(", expr.Join(branches, " UNION ALL "), ") AS u"), nil, groups)
}

// fromAlone begins with a related dataset and looks for its rows in the
// dataset.
func (w scanWriter) fromAlone(fact expr.SQL) expr.SQL {
	j := w.aloneJoin()
	return expr.Concat(w.coded(j), " AS "+j.alias+" LEFT JOIN ", fact, " ON ", w.on(j))
}

func (w scanWriter) aloneJoin() join {
	for _, j := range w.s.joins {
		if j.path == w.s.alone {
			return j
		}
	}
	return join{}
}

// unmatched says that no row of the dataset was found.
func (w scanWriter) unmatched() expr.SQL {
	j := w.aloneJoin()
	column := ""
	if j.lookup != nil {
		column = j.lookup.Computed.Lookup.On.Name
	} else {
		column = j.rel.Pairs[0][0]
	}
	return raw(baseAlias + "." + w.d.Quote(column) + " IS NULL")
}

// crosses reports whether a field is of the spine that rows are paired with.
func (w scanWriter) crosses(f *semantic.Field) bool {
	return w.s.cross != nil && len(f.Path) == 0 && f.Computed == nil && f.Dataset == w.s.cross.Dataset
}

// crossed writes a column of the spine; rows that are alone have none.
func (w scanWriter) crossed(f *semantic.Field) expr.SQL {
	if w.s.alone != "" {
		return w.d.Cast(w.d.Literal(nil, f.Type), expr.Null, f.Type)
	}
	return raw(crossAlias + "." + w.d.Quote(f.Column.Name))
}
