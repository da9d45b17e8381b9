package semantic

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// Model is a compiled snapshot of definitions. It never changes after Compile
// and is safe for concurrent use; so is everything it leads to.
type Model struct {
	// Revision is a fingerprint of the definitions: equal definitions, equal
	// revision. It is part of every cache key.
	Revision string

	datasets  map[string]*Dataset
	metrics   map[string]*Metric
	rollups   []*Rollup
	grains    map[calendar.Grain]expr.Type // of all calendars, with the type in conditions
	calendars map[string]*Calendar
	entities  map[string]*UnifiedEntity
	events    map[string]*Event
	sent      map[string]*Event // by call and name as sent
	workspace WorkspaceSpec
	calendar  calendar.Calendar
}

// Dataset gives a dataset by name; nil when there is none or it is bad.
func (m *Model) Dataset(name string) *Dataset { return m.datasets[name] }

// Metric gives a metric by name; nil when there is none or it is bad.
func (m *Model) Metric(name string) *Metric { return m.metrics[name] }

// Datasets lists the datasets by name.
func (m *Model) Datasets() []*Dataset { return sortedValues(m.datasets) }

// Metrics lists the metrics by name.
func (m *Model) Metrics() []*Metric { return sortedValues(m.metrics) }

// Workspace gives what the workspace shares, with defaults filled in.
func (m *Model) Workspace() WorkspaceSpec { return m.workspace }

// Calendar is the workspace's calendar, without what comes from datasets.
func (m *Model) Calendar() calendar.Calendar { return m.calendar }

// Rollups lists the roll-ups by name.
func (m *Model) Rollups() []*Rollup { return m.rollups }

// SpineField finds a column of the workspace's spines, written dataset.column;
// nil when there is none.
func (m *Model) SpineField(name string) *Field {
	dataset, column, _ := strings.Cut(name, ".")
	d := m.datasets[dataset]
	if d == nil || d.columns[column] == nil {
		return nil
	}
	c := d.columns[column]
	return &Field{Dataset: d, Column: c, Type: c.Type}
}

func sortedValues[T any](by map[string]T) []T {
	names := make([]string, 0, len(by))
	for n := range by {
		names = append(names, n)
	}
	sort.Strings(names)
	out := make([]T, len(names))
	for i, n := range names {
		out[i] = by[n]
	}
	return out
}

// Dataset is a compiled dataset.
type Dataset struct {
	Name        string
	Title       text.Text
	Description text.Text
	Revision    int
	Spec        *DatasetSpec
	Time        *Field        // nil without a time column
	Within      time.Duration // freshness promise; 0 for none

	columns   map[string]*Column
	sources   map[string]*Column // by header
	relations map[string]*Relation
	computed  map[string]*Computed
	// ensure compiles a computed dimension before it is used; nil once the
	// model is complete.
	ensure func(*Dataset, *Computed) error
	rules  []*Rule
	reach  []*Field          // every field along to-one paths, own first
	byName map[string]*Field // the same by name

	grains map[calendar.Grain]expr.Type // the model's
}

// Column gives a stored column by name; nil when there is none.
func (d *Dataset) Column(name string) *Column { return d.columns[name] }

// Relation gives a relationship by name; nil when there is none.
func (d *Dataset) Relation(name string) *Relation { return d.relations[name] }

// Relations lists the relationships in the order declared.
func (d *Dataset) Relations() []*Relation {
	var out []*Relation
	for _, r := range d.Spec.Relationships {
		if c := d.relations[r.Name]; c != nil {
			out = append(out, c)
		}
	}
	return out
}

// Fields lists what can be asked of the dataset: own columns and computed
// dimensions first, then those along relationships (each dataset at most once
// on a path).
func (d *Dataset) Fields() []*Field { return d.reach }

// Relation leads from each row of From to at most one row of To, or through a
// bridge to any number.
type Relation struct {
	Name     string
	From, To *Dataset
	Pairs    [][2]string // column here, column there, in the order of the key there
	Also     []Also      // further columns that must be equal
	Valid    *Valid      // nil when rows there hold at all times
	OneToOne bool
	Bridge   *Bridge // nil when there is at most one row there
}

// Also is a pair of columns that must be equal but are no part of the key.
type Also struct {
	Here, There *Column
	// Start is a column of the dataset that the path begins with; Here is nil
	// then, and the pair counts only where that dataset has the column.
	Start string
}

// Bridge is the dataset of pairs of a many-to-many relationship.
type Bridge struct {
	Dataset *Dataset
	Back    *Relation // to the near side
	On      *Relation // to the far side
}

// Valid says when a row of a history holds: From <= t, and t < To or To is
// NULL, where t is the metric's own time.
type Valid struct{ From, To *Column }

// Computed is a computed dimension of a dataset: an expression, whose refs are
// *Field seen from that dataset, or the value of a metric.
type Computed struct {
	Name   string
	Title  text.Text
	Typed  *expr.Typed // nil for the value of a metric
	Lookup *Lookup     // nil for an expression
}

// Type is that of the values.
func (c *Computed) Type() expr.Type {
	if c.Lookup != nil {
		return c.Lookup.Metric.Type
	}
	return c.Typed.Type()
}

// Lookup is the value that a metric has for each value of a key.
type Lookup struct {
	Metric *Metric
	By     string  // the key as seen from the metric
	On     *Column // the key in the dataset of the dimension
}

// Field is a column or computed dimension as seen from a dataset along a path
// of relationships.
type Field struct {
	Path     []*Relation // empty for own
	Dataset  *Dataset    // where the path ends
	Column   *Column     // stored; nil when computed
	Computed *Computed   // computed; nil when stored
	Type     expr.Type
	Grain    calendar.Grain // the period of a time column, as in shipped_at.month; "" for the value
}

// Stored is the field without its grain.
func (f *Field) Stored() *Field {
	if f.Grain == "" {
		return f
	}
	g := *f
	g.Grain, g.Type = "", f.Column.Type
	return &g
}

// Name is the column's own name, without the path.
func (f *Field) Name() string {
	if f.Column != nil {
		return f.Column.Name
	}
	return f.Computed.Name
}

// Title is what people call it.
func (f *Field) Title() text.Text {
	var t text.Text
	if f.Column != nil {
		t = f.Column.Title
		if t.IsZero() && f.Column.Source != "" {
			t = text.Same(f.Column.Source)
		}
	} else {
		t = f.Computed.Title
	}
	if t.IsZero() {
		t = text.Same(f.Name())
	}
	return t
}

// String is the path, name and grain with dots, as in store.city.region.
func (f *Field) String() string {
	if f.Grain != "" {
		return f.Stored().String() + "." + string(f.Grain)
	}
	if len(f.Path) == 0 {
		return f.Name()
	}
	n := len(f.Name())
	for _, r := range f.Path {
		n += len(r.Name) + 1
	}
	b := make([]byte, 0, n)
	for _, r := range f.Path {
		b = append(append(b, r.Name...), '.')
	}
	return string(append(b, f.Name()...))
}

// From gives the field as seen from further away: path first, then f's own.
func (f *Field) From(path []*Relation) *Field {
	if len(path) == 0 {
		return f
	}
	g := *f
	g.Path = slices.Concat(path, f.Path)
	return &g
}

// Class says how values of a metric combine over groups of rows.
type Class string

// The classes. Totals of an additive metric are sums of its parts; those of an
// algebraic one follow from parts of its operands; a holistic one needs rows.
const (
	Additive     Class = "additive"
	SemiAdditive Class = "semi_additive" // additive over all dimensions but time
	Algebraic    Class = "algebraic"
	Holistic     Class = "holistic"
)

// Metric is a compiled metric.
type Metric struct {
	Name     string
	Title    text.Text
	Unit     string
	Format   string
	Revision int
	Meta     catalog.Metadata
	Spec     *MetricSpec
	Type     expr.Type // of its values
	Class    Class
	Simple   *Aggregation // simple metrics
	Formula  *Formula     // ratio and derived metrics
	Leaves   []*Metric    // simple metrics below, each once; itself for a simple metric
	Datasets []*Dataset   // of the leaves, each once, by name
}

// Aggregation is what a simple metric does with the rows of its dataset. Refs
// in Arg and Where are *Field seen from Dataset.
type Aggregation struct {
	Dataset    *Dataset
	Func       string      // as in warehouse.Aggregate
	Arg        *expr.Typed // nil for a count of rows
	Where      *expr.Typed // nil for none
	WhereText  string
	Time       *Field // nil when the dataset has no time
	Percentile float64
	Discrete   bool // a percentile that is one of the values
	Zero       bool // 0, not NULL, over no rows
	Weight     *expr.Typed
	Sketch     bool // an approximate distinct count or percentile
	Pad        bool // periods without rows are rows of the answer
	Balance    *Level
	Journey    *Journey // nil for an aggregate over the rows themselves
	Cohort     bool     // of a retention: the cohort is counted, not those who came back
}

// Level is a compiled Balance.
type Level struct {
	Last  bool
	ToDay bool     // times are compared by their day
	Over  *Field   // time
	By    []*Field // each combination has its own last time
}

// Formula computes a metric from others. Refs in Expr are *Operand.
type Formula struct {
	Text     string // as written; "numerator / denominator" for a ratio
	Expr     *expr.Typed
	Operands []*Operand // in order of appearance, each name once
}

// Operand is a metric inside a formula.
type Operand struct {
	Name   string // as named in the formula
	Metric *Metric
	Filter *Filter // nil for none
	Over   *Over   // nil for the same time
}

// Timed reports whether the metric takes its values from other times than the
// period asked, itself or by an operand; rows of the period then do not tell
// its value.
func (m *Metric) Timed() bool {
	if m.Formula == nil {
		return m.Simple != nil && (m.Simple.Balance != nil || m.Simple.Journey != nil)
	}
	for _, o := range m.Formula.Operands {
		if o.Over != nil || o.Metric.Timed() {
			return true
		}
	}
	return false
}

// Whole reports whether the metric is asked as one: it is simple, or its
// operands mean nothing by themselves in the period asked.
func (m *Metric) Whole() bool {
	if m.Formula == nil || m.Spec.Type == "conversion" || m.Spec.Type == "retention" {
		return true
	}
	return slices.ContainsFunc(m.Formula.Operands, func(o *Operand) bool { return o.Over != nil })
}

// Over says from which rows a period takes its value: those of a window that
// ends with the period, or those of an earlier period. One of Window, ToDate,
// All, Shift and ShiftTo is set.
type Over struct {
	Window  Span
	ToDate  calendar.Grain
	All     bool
	Reread  string // last | first | average: the value of a coarser period
	Shift   Span
	ShiftTo calendar.Grain
	Loose   bool // by MetricFlow's rules
}

// String names the rule; equal rules have equal names.
func (o *Over) String() string { return fmt.Sprintf("%+v", *o) }

// Span is a number of periods.
type Span struct {
	N     int
	Grain calendar.Grain
}

func periodsOf(s string) Span {
	span, _ := readSpan(s) // Validate has told
	return span
}

// Filter is a condition that has been checked against each dataset it will be
// used on. Refs are *Field seen from that dataset.
type Filter struct {
	Text string
	Node expr.Node
	On   map[*Dataset]*expr.Typed
}
