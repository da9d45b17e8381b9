package metricflow

import (
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

var (
	entityKinds = []string{"primary", "unique", "foreign", "natural"}
	metricKinds = []string{"simple", "ratio", "derived", "cumulative", "conversion"}
	aggs        = []string{"sum", "min", "max", "average", "count", "count_distinct", "sum_boolean", "percentile", "median"}
)

func (r *reader) badWord(at catalog.Position, kind, name, word string, all []string) {
	r.fail(at, kind, name, "bad_value", text.Text{EN: "{word} is not one of {all}", ZH: "{word} 不在可用的值之中：{all}"},
		"word", word, "all", all)
}

// checkModel finds words that mean nothing.
func (r *reader) checkModel(m *model) {
	for _, e := range m.entities {
		if !slices.Contains(entityKinds, e.kind) {
			r.badWord(e.at, "semantic_model", m.name, e.kind, entityKinds)
		}
	}
	for _, d := range m.dimensions {
		if d.time && !slices.Contains(grains, d.grain) {
			r.badWord(d.at, "semantic_model", m.name, d.grain, grains)
		}
	}
	for _, x := range m.measures {
		if !slices.Contains(aggs, x.agg) {
			r.badWord(x.at, "semantic_model", m.name, x.agg, aggs)
		}
	}
}

// rewrite does what MetricFlow does before it uses a manifest: measures become
// simple metrics, create_metric makes metrics, defaults are filled in.
func (r *reader) rewrite() {
	m := r.out
	for _, x := range m.models {
		for _, y := range x.measures {
			if y.create && m.metric(y.name) == nil {
				made := r.ofMeasure(y, y.name)
				made.hidden = false
				if y.display != "" {
					made.label = y.display
				}
				m.metrics = append(m.metrics, made)
				r.report.Object("metric " + y.name)
			}
		}
	}
	for _, x := range slices.Clone(m.metrics) {
		r.fold(x)
	}
	m.metrics = slices.DeleteFunc(m.metrics, func(x *metric) bool { return !r.complete(x) })
	for again := true; again; { // what is made of something that is not there goes too
		before := len(m.metrics)
		m.metrics = slices.DeleteFunc(m.metrics, func(x *metric) bool { return !r.refers(x) })
		again = len(m.metrics) < before
	}
}

// fold puts the measures that a metric names in their place.
func (r *reader) fold(x *metric) {
	switch x.kind {
	case "simple":
		r.foldSimple(x)
	case "cumulative":
		if x.over != nil {
			x.pad, x.fill = x.pad || x.over.pad, x.fill+x.over.fill
		}
		r.foldInput(x, x.over)
	case "conversion":
		r.foldInput(x, x.base)
		r.foldInput(x, x.conversion)
	}
}

func (r *reader) foldSimple(x *metric) {
	if x.agg != nil { // the model by its name
		if found := r.out.model(x.agg.model.name); found != nil {
			x.agg.model = found
			if x.agg.time == "" {
				x.agg.time = found.aggTime
			}
			return
		}
		r.fail(x.at, "metric", x.name, "unknown_model", text.Text{EN: "there is no semantic model {name}", ZH: "没有语义模型 {name}"},
			"name", x.agg.model.name)
		x.agg = nil
		return
	}
	in := x.over
	x.over = nil
	if in == nil {
		return
	}
	y := r.measureNamed(in.name)
	if y == nil {
		r.noMeasure(x, in)
		return
	}
	a := y.aggregation
	x.agg = &a
	x.filters = append(slices.Clone(in.filters), x.filters...)
	x.pad, x.fill = x.pad || in.pad, x.fill+in.fill
}

func (r *reader) noMeasure(x *metric, in *input) {
	r.fail(in.at, "metric", x.name, "unknown_measure", text.Text{EN: "there is no measure {name}", ZH: "没有度量 {name}"}, "name", in.name)
}

func (r *reader) measureNamed(name string) *measure {
	for _, m := range r.out.models {
		if y := m.measure(name); y != nil {
			return y
		}
	}
	return nil
}

// foldInput makes an input that names a measure name a simple metric: the one
// that already is just this measure, or a new one.
func (r *reader) foldInput(x *metric, in *input) {
	if in == nil {
		return
	}
	y := r.measureNamed(in.name)
	if y == nil || in.metric {
		if r.out.metric(in.name) == nil {
			r.noMeasure(x, in)
		}
		return
	}
	for _, other := range r.out.metrics {
		if other.kind == "simple" && other.agg != nil && sameAggregation(*other.agg, y.aggregation) && len(other.filters) == 0 &&
			!other.pad && other.fill == "" {
			in.name = other.name
			return
		}
	}
	name := y.name
	if r.out.metric(name) != nil {
		name += "_of_" + y.model.name
	}
	r.out.metrics = append(r.out.metrics, r.ofMeasure(y, name))
	in.name = name
}

// sameAggregation compares what is aggregated how.
func sameAggregation(a, b aggregation) bool {
	x, y := a.balance, b.balance
	a.balance, b.balance = nil, nil
	if a != b || (x == nil) != (y == nil) {
		return false
	}
	return x == nil || x.name == y.name && x.take == y.take && slices.Equal(x.groups, y.groups)
}

// ofMeasure is the simple metric of a measure.
func (r *reader) ofMeasure(y *measure, name string) *metric {
	a := y.aggregation
	return &metric{at: y.at, name: name, label: y.label, description: y.description, kind: "simple", hidden: true, agg: &a}
}

// complete reports whether a metric has what its type needs.
func (r *reader) complete(x *metric) bool {
	missing := ""
	switch x.kind {
	case "simple":
		if x.agg == nil {
			return false // said already
		}
		if !slices.Contains(aggs, x.agg.agg) {
			r.badWord(x.at, "metric", x.name, x.agg.agg, aggs)
			return false
		}
	case "ratio":
		if x.numerator == nil || x.denominator == nil {
			missing = "numerator, denominator"
		}
	case "derived":
		if x.expr == "" || len(x.inputs) == 0 {
			missing = "expr, metrics"
		}
	case "cumulative":
		return x.over != nil
	case "conversion":
		if x.base == nil || x.conversion == nil || x.entity == "" {
			missing = "base, conversion, entity"
		}
	default:
		r.badWord(x.at, "metric", x.name, x.kind, metricKinds)
		return false
	}
	if missing != "" {
		r.fail(x.at, "metric", x.name, "incomplete", text.Text{EN: "a {kind} metric needs {what}", ZH: "{kind} 指标需要 {what}"},
			"kind", x.kind, "what", missing)
	}
	return missing == ""
}

// refers reports whether all metrics that a metric is made of are there.
func (r *reader) refers(x *metric) bool {
	for _, in := range x.parts() {
		if r.out.metric(in.name) == nil {
			r.fail(in.at, "metric", x.name, "unknown_metric", text.Text{EN: "there is no metric {name}", ZH: "没有指标 {name}"}, "name", in.name)
			return false
		}
	}
	return true
}
