package sqlmap

import (
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

type termKind int

const (
	dimTerm      termKind = iota
	timeTerm              // the metrics' time, or a time dimension at a grain
	partTerm              // a part of a time, such as the day of the week
	metricTerm            // a metric; asked says that it was aggregated
	computedTerm          // calculated from others
	constTerm
)

// term is what an expression of a select stands for.
type term struct {
	kind   termKind
	by     query.By // of dimensions, times (Time "" for the bare column) and parts
	typ    expr.Type
	date   bool // a time that was cast to date
	metric *semantic.Metric
	name   string // of an asked metric in the answer
	asked  bool
	again  bool        // it went through an aggregate of the select at hand
	text   string      // computed: an expression over names of the answer
	order  string      // computed: the answer's column that orders the same
	value  pgcat.Value // constants
	bys    []query.By  // what it groups by
	names  []string    // metrics of the answer that it needs
}

// key is the By that groups by a term; a bare time is asked by day.
func (t term) key() (query.By, bool) {
	switch t.kind {
	case dimTerm, partTerm:
		return t.by, true
	case timeTerm:
		by := t.by
		if by.Time == "" {
			by.Time = calendar.Day
		}
		return by, true
	}
	return query.By{}, false
}

// settled turns a bare time into one by day and a bare metric into an asked
// one, as they are in an answer.
func (p *planner) settled(t term) term {
	switch {
	case t.kind == timeTerm && t.by.Time == "":
		t.by.Time = calendar.Day
		t.bys = []query.By{t.by}
	case t.kind == metricTerm && !t.asked:
		return p.ask(t.metric, "")
	}
	return t
}

// ask registers a metric, perhaps filtered, and gives its term.
func (p *planner) ask(m *semantic.Metric, where string) term {
	for _, r := range p.refs {
		if r.Metric == m.Name && r.Where == where {
			return term{kind: metricTerm, metric: m, asked: true, name: r.Name(), typ: m.Type, names: []string{r.Name()}}
		}
	}
	ref := query.MetricRef{Metric: m.Name, Where: where}
	taken := func(name string) bool {
		if p.table != nil {
			if at, ok := p.table.byName[name]; ok && p.table.columns[at].term.kind == dimTerm {
				return true // a dimension of that name may be asked as well
			}
		}
		return slices.ContainsFunc(p.refs, func(r query.MetricRef) bool { return r.Name() == name })
	}
	if where != "" || taken(m.Name) {
		for n := 2; ; n++ {
			if ref.As = m.Name + "_" + itoa(n); !taken(ref.As) && p.w.model.Metric(ref.As) == nil {
				break
			}
		}
	}
	p.refs = append(p.refs, ref)
	return term{kind: metricTerm, metric: m, asked: true, name: ref.Name(), typ: m.Type, names: []string{ref.Name()}}
}

// answerName is what the column of a term is called in the answer; "" for
// those that are none.
func (t term) answerName() string {
	switch t.kind {
	case dimTerm, partTerm, timeTerm:
		by, _ := t.key()
		return by.Name()
	case metricTerm:
		return t.name
	case computedTerm:
		return t.order
	}
	return ""
}

// source writes the term as an expression over names of the answer.
func (t term) source() string {
	if t.kind == computedTerm {
		return t.text
	}
	return nameSource(t.answerName())
}

// nameSource writes a dotted name for the expression language.
func nameSource(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = expr.QuoteName(p)
	}
	return strings.Join(parts, ".")
}

// oid is the type of the term's column.
func (t term) oid() pgcat.OID {
	switch t.kind {
	case timeTerm:
		if t.date {
			return pgcat.Date
		}
		return pgcat.Timestamp
	case constTerm:
		if t.value.Type == pgcat.Unknown {
			return pgcat.Text
		}
		return t.value.Type
	}
	return pgcat.TypeOf(t.typ)
}

// answerType is the type of the term's value in the answer.
func (t term) answerType() expr.Type {
	switch t.kind {
	case timeTerm:
		if t.by.Time.Fine() {
			return expr.Timestamp
		}
		return expr.Date
	case partTerm:
		return expr.Integer
	}
	return t.typ
}

func sameBy(a, b query.By) bool { return a == b }

func hasBy(list []query.By, b query.By) bool {
	return slices.ContainsFunc(list, func(x query.By) bool { return sameBy(x, b) })
}
