package query

import (
	"lodestar/internal/semantic"
)

// datasets visits the datasets whose rows a scan reads, but for the values of
// metrics: those are plans of their own.
func (s *scan) datasets(visit func(*semantic.Dataset)) {
	visit(s.dataset)
	if s.cross != nil {
		visit(s.cross.Dataset)
	}
	for i := range s.joins {
		switch j := &s.joins[i]; {
		case j.rel != nil:
			visit(j.rel.To)
		case j.bundle != nil:
			j.bundle.inner.datasets(visit)
		}
	}
	if s.journey != nil {
		s.journey.other.datasets(visit)
	}
}

// eachPlan visits the plans behind the values of metrics that a scan joins.
func (s *scan) eachPlan(visit func(*plan)) {
	for i := range s.joins {
		switch j := &s.joins[i]; {
		case j.plan != nil:
			visit(j.plan)
		case j.bundle != nil:
			j.bundle.inner.eachPlan(visit)
		}
	}
	if s.journey != nil {
		s.journey.other.eachPlan(visit)
	}
}

// columns visits the stored columns that a scan reads, with their datasets.
func (s *scan) columns(q *question, visit func(*semantic.Dataset, string)) {
	field := func(f *semantic.Field) {
		storedFields(f, func(f *semantic.Field) {
			if f.Column != nil {
				visit(f.Dataset, f.Column.Name)
			}
		})
	}
	s.eachNamed(q, field)
	for i := range s.joins {
		s.joins[i].columns(q, s.dataset, field, visit)
	}
	if j := s.journey; j != nil {
		journeyFields(j.of, field)
		j.other.columns(q, visit)
	}
}

// columns visits those that decide what a join matches.
func (j *join) columns(q *question, start *semantic.Dataset, field func(*semantic.Field), visit func(*semantic.Dataset, string)) {
	switch {
	case j.lookup != nil:
		visit(j.lookup.Dataset, j.lookup.Computed.Lookup.On.Name)
	case j.bundle != nil:
		j.bundle.columns(q, field, visit)
	default:
		relationColumns(j.rel, start, visit)
	}
}

func (b *bundle) columns(q *question, field func(*semantic.Field), visit func(*semantic.Dataset, string)) {
	relationColumns(b.prefix[len(b.prefix)-1].Bridge.Back, b.inner.dataset, visit)
	for _, f := range b.values {
		field(b.inside(f))
	}
	for _, m := range b.marks {
		namedFields(m.typed, func(f *semantic.Field) { field(b.inside(f)) })
	}
	b.inner.columns(q, visit)
}

func relationColumns(r *semantic.Relation, start *semantic.Dataset, visit func(*semantic.Dataset, string)) {
	for _, pair := range r.Pairs {
		visit(r.From, pair[0])
		visit(r.To, pair[1])
	}
	for _, a := range r.Also {
		visit(r.To, a.There.Name)
		if a.Here != nil {
			visit(r.From, a.Here.Name)
		} else if c := a.StartColumn(start); c != nil {
			visit(start, c.Name)
		}
	}
	if r.Valid != nil {
		visit(r.To, r.Valid.From.Name)
		visit(r.To, r.Valid.To.Name)
	}
}
