package metricflow

import (
	"strings"

	"lodestar/internal/catalog"
)

// manifest is what the files say, after MetricFlow's own rewrites.
type manifest struct {
	models  []*model
	metrics []*metric
	saved   []*savedQuery
	spines  []*spine
}

// model is a semantic model.
type model struct {
	at          catalog.Position
	name        string
	label       string
	description string
	table       string // as written, with the schema: demo.fct_bookings
	aggTime     string // default time dimension
	primary     string // primary entity that has no key column here
	entities    []*entity
	dimensions  []*dimension
	measures    []*measure
}

// entity is a key.
type entity struct {
	at   catalog.Position
	name string
	kind string // primary | unique | foreign | natural
	expr string // never empty
}

// dimension of a model.
type dimension struct {
	at          catalog.Position
	name        string
	label       string
	description string
	time        bool
	grain       string // time: declared grain
	expr        string // never empty
	partition   bool
	validStart  bool
	validEnd    bool
}

// aggregation is what a simple metric does with the rows of a model.
type aggregation struct {
	model       *model
	agg         string // sum min max average count count_distinct sum_boolean percentile median
	expr        string // never empty
	time        string // time dimension; never empty when the model has any
	percentile  float64
	discrete    bool
	approximate bool
	balance     *nonAdditive
}

// nonAdditive is a non_additive_dimension.
type nonAdditive struct {
	name   string
	take   string // min | max
	groups []string
}

// measure is a named aggregation of the legacy form.
type measure struct {
	at          catalog.Position
	name        string
	label       string
	description string
	create      bool
	display     string
	aggregation
}

// input is a metric or measure inside a metric.
type input struct {
	at       catalog.Position
	name     string
	alias    string
	filters  []string
	offset   string // "14 day"
	offsetTo string
	pad      bool
	fill     string // "" for none
	metric   bool   // names a metric, not a measure
}

// called is the name that a formula uses.
func (in *input) called() string {
	if in.alias != "" {
		return in.alias
	}
	return in.name
}

// metric of any type. Measure names are gone: simple metrics hold their
// aggregation, the others name metrics.
type metric struct {
	at          catalog.Position
	name        string
	label       string
	description string
	kind        string // simple | ratio | derived | cumulative | conversion
	filters     []string
	grain       string // time_granularity
	hidden      bool   // made from a measure, or private

	agg *aggregation // simple
	pad bool
	// fill is what stands for NULL: "" for NULL itself.
	fill string

	expr   string // derived
	inputs []*input

	numerator, denominator *input

	over   *input // cumulative: the metric
	window string // cumulative and conversion
	toDate string
	reread string

	base, conversion *input
	entity           string
	calculation      string
	constant         [][2]string
}

// savedQuery is a query with a name.
type savedQuery struct {
	at    catalog.Position
	name  string
	query Query
}

// spine is a time spine table.
type spine struct {
	at     catalog.Position
	table  string
	column string
	grain  string
	custom []customGrain
}

type customGrain struct{ name, column string }

func (m *manifest) model(name string) *model {
	for _, x := range m.models {
		if x.name == name {
			return x
		}
	}
	return nil
}

func (m *manifest) metric(name string) *metric {
	for _, x := range m.metrics {
		if x.name == name {
			return x
		}
	}
	return nil
}

func (m *model) dimension(name string) *dimension {
	for _, d := range m.dimensions {
		if d.name == name {
			return d
		}
	}
	return nil
}

func (m *model) entity(name string) *entity {
	for _, e := range m.entities {
		if e.name == name {
			return e
		}
	}
	return nil
}

func (m *model) measure(name string) *measure {
	for _, x := range m.measures {
		if x.name == name {
			return x
		}
	}
	return nil
}

// own is the name of the primary entity: of the key column, or the one
// declared; a unique or natural key stands in for it.
func (m *model) own() string {
	if m.primary != "" {
		return m.primary
	}
	for _, e := range m.entities {
		if e.kind == "primary" {
			return e.name
		}
	}
	return ""
}

// validity gives the columns between which a row holds.
func (m *model) validity() (from, to *dimension) {
	for _, d := range m.dimensions {
		if d.validStart {
			from = d
		}
		if d.validEnd {
			to = d
		}
	}
	return from, to
}

// leaves lists the simple metrics below a metric, each once, those of base and
// conversion included.
func (m *manifest) leaves(x *metric) []*metric {
	var out []*metric
	seen := map[string]bool{}
	var walk func(*metric)
	walk = func(x *metric) {
		if x == nil || seen[x.name] {
			return
		}
		seen[x.name] = true
		if x.kind == "simple" {
			out = append(out, x)
			return
		}
		for _, in := range x.parts() {
			walk(m.metric(in.name))
		}
	}
	walk(x)
	return out
}

// asked lists the leaves whose rows the group-by and filters of a metric look
// at: of a conversion only those of the base.
func (m *manifest) asked(x *metric) []*metric {
	var out []*metric
	seen := map[string]bool{}
	var walk func(*metric)
	walk = func(x *metric) {
		switch {
		case x == nil || seen[x.name]:
			return
		case x.kind == "simple":
			out = append(out, x)
		case x.kind == "conversion":
			if x.base != nil {
				walk(m.metric(x.base.name))
			}
		default:
			for _, in := range x.parts() {
				walk(m.metric(in.name))
			}
		}
		seen[x.name] = true
	}
	walk(x)
	return out
}

// parts lists the inputs of a metric that is made of others.
func (x *metric) parts() []*input {
	var out []*input
	for _, in := range append([]*input{x.numerator, x.denominator, x.over, x.base, x.conversion}, x.inputs...) {
		if in != nil {
			out = append(out, in)
		}
	}
	return out
}

// relation is the name of a table, with its schema.
func relation(schema, alias string) string {
	if schema == "" {
		return alias
	}
	return strings.ToLower(schema) + "." + alias
}
