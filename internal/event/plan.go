package event

import (
	"regexp"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Places of the columns that every table of events begins with.
const (
	atMessage = iota
	atUser
	atAnonymous
	atTime
	atReceived
	atSource
	ownColumns
)

// plan is the tracking plan as messages are checked against it.
type plan struct {
	model     *semantic.Model
	zone      *time.Location
	unplanned string // keep | quarantine
	events    map[*semantic.Event]*planned
	system    map[string]*planned
}

// planned is a table of events with what its rows are made of.
type planned struct {
	name    string
	event   *semantic.Event // nil for calls that are no planned events
	columns []warehouse.StoredColumn
	fields  []field
	props   *node // by key of properties
	context *node // by key of the context; nil when nothing is taken from there
	extra   int   // column of what is not planned; 0 for none
	ids     []int // columns that must have a value
	stuck   bool  // its stored rows have other columns
}

// field is a property that is planned.
type field struct {
	semantic.Property
	column  int
	values  map[string]bool
	pattern *regexp.Regexp
	to      warehouse.StoredColumn
}

// node is where a key leads: to a field, or to what is inside it.
type node struct {
	field    int // index in fields; -1 for none
	children map[string]*node
}

// zoneOf is the zone of the workspace's days.
func zoneOf(m *semantic.Model) *time.Location {
	if zone := m.Calendar().Zone; zone != nil {
		return zone
	}
	return time.UTC
}

func newPlan(m *semantic.Model) *plan {
	w := m.Workspace()
	p := &plan{model: m, zone: zoneOf(m), unplanned: semantic.PlanKeep, events: map[*semantic.Event]*planned{}, system: map[string]*planned{}}
	if w.Events != nil && w.Events.Unplanned != "" {
		p.unplanned = w.Events.Unplanned
	}
	for _, e := range m.Events() {
		p.events[e] = newPlanned(e)
	}
	for _, name := range semantic.SystemDatasets() {
		p.system[name] = &planned{name: name, columns: columnsOf(semantic.SystemDataset(name))}
	}
	return p
}

func columnsOf(spec *semantic.DatasetSpec) []warehouse.StoredColumn {
	out := make([]warehouse.StoredColumn, len(spec.Columns))
	for i, c := range spec.Columns {
		out[i] = warehouse.StoredColumn{Name: c.Name, Type: c.Type}
		if c.Type != expr.Decimal {
			continue
		}
		if out[i].Precision, out[i].Scale = c.Precision, c.Scale; c.Precision == 0 {
			if out[i].Precision = 18; c.Scale == 0 {
				out[i].Scale = 6
			}
		}
	}
	return out
}

func newPlanned(e *semantic.Event) *planned {
	p := &planned{name: e.Name, event: e, columns: columnsOf(e.Dataset.Spec), props: &node{field: -1}, context: &node{field: -1}}
	at := map[string]int{}
	for i, c := range p.columns {
		at[c.Name] = i
	}
	for _, prop := range append(append([]semantic.Property{}, e.Spec.Properties...), e.Spec.Carried()...) {
		f := field{Property: prop, column: at[prop.Name], to: p.columns[at[prop.Name]]}
		if len(prop.Values) > 0 {
			f.values = map[string]bool{}
			for _, v := range prop.Values {
				f.values[v] = true
			}
		}
		if prop.Pattern != "" {
			f.pattern = regexp.MustCompile(`^(?:` + prop.Pattern + `)$`) // validated with the plan
		}
		root, path := p.props, strings.Split(prop.From(), ".")
		if path[0] == "context" && len(path) > 1 {
			root, path = p.context, path[1:]
		}
		for _, key := range path {
			if root.children == nil {
				root.children = map[string]*node{}
			}
			if root.children[key] == nil {
				root.children[key] = &node{field: -1}
			}
			root = root.children[key]
		}
		root.field = len(p.fields)
		p.fields = append(p.fields, f)
	}
	if p.context.children == nil {
		p.context = nil
	}
	p.extra = at[semantic.EventExtra]
	for _, id := range e.Spec.IDs {
		p.ids = append(p.ids, at[id])
	}
	return p
}

// route says which table a message belongs to. Without one, the reason is added
// to the message.
func (p *plan) route(m *message) *planned {
	if e := p.model.EventNamed(m.call, m.name); e != nil && m.name != "" {
		return p.events[e]
	}
	switch m.call {
	case "identify":
		return p.system[semantic.Identifies]
	case "alias":
		return p.system[semantic.Aliases]
	case "group":
		return p.system[semantic.Groups]
	case "page", "screen":
		return p.system[semantic.Pages]
	}
	if p.unplanned == semantic.PlanQuarantine {
		m.blame(Reason{Layer: LayerEvent, Kind: UnplannedEvent, Found: cut(m.name, 100)})
		return nil
	}
	return p.system[semantic.OtherEvents]
}

// label is the name under which a message is counted.
func (p *plan) label(m *message) string {
	if e := p.model.EventNamed(m.call, m.name); e != nil && m.name != "" {
		return e.Name
	}
	switch m.call {
	case "identify":
		return semantic.Identifies
	case "alias":
		return semantic.Aliases
	case "group":
		return semantic.Groups
	case "page", "screen":
		return semantic.Pages
	}
	return cut(m.name, 100)
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func jsonOrNil(v []byte) any {
	if isNull(v) {
		return nil
	}
	return string(v)
}

// row makes the row of a message; what breaks the plan is added to its reasons.
func (p *planned) row(m *message) []any {
	row := make([]any, len(p.columns))
	row[atMessage], row[atUser], row[atAnonymous] = m.id, orNil(m.userID), orNil(m.anonymousID)
	row[atTime], row[atReceived], row[atSource] = m.time, m.received, m.source
	if p.event != nil {
		p.fill(m, row)
		return row
	}
	rest := row[ownColumns:]
	switch p.name {
	case semantic.Identifies:
		rest[0] = jsonOrNil(m.properties)
	case semantic.Aliases:
		rest[0] = m.previousID
	case semantic.Groups:
		rest[0], rest[1] = m.groupID, jsonOrNil(m.properties)
	case semantic.Pages:
		rest[0], rest[1], rest[2], rest[6] = m.call, orNil(m.name), orNil(m.category), jsonOrNil(m.properties)
		members(m.properties, func(key, v []byte) {
			for i, name := range [...]string{"url", "path", "referrer"} {
				if string(key) == name && isText(v) {
					rest[3+i] = string(unquoted(v))
				}
			}
		})
	default:
		rest[0], rest[1] = m.name, jsonOrNil(m.properties)
	}
	return row
}

// fill checks the properties and ids of a planned event.
func (p *planned) fill(m *message, row []any) {
	var extra []byte
	p.walk(m, p.props, m.properties, row, func(key, v []byte) {
		switch p.event.Spec.Unplanned() {
		case semantic.PlanQuarantine:
			m.blame(Reason{Layer: LayerProperty, Kind: UnknownProperty, Property: cut(string(key), 100), Found: shown(v)})
		case semantic.PlanKeep:
			if extra == nil {
				extra = append(extra, '{')
			} else {
				extra = append(extra, ',')
			}
			extra = appendQuoted(extra, key)
			extra = append(append(extra, ':'), v...)
		}
	})
	if extra != nil && p.extra > 0 {
		row[p.extra] = string(append(extra, '}'))
	}
	if p.context != nil {
		p.walk(m, p.context, m.context, row, func([]byte, []byte) {})
	}
	for i := range p.fields {
		if f := &p.fields[i]; f.Required && row[f.column] == nil && !m.blamed(f.Name) {
			m.blame(Reason{Layer: LayerProperty, Kind: RequiredMissing, Property: f.Name, Expected: string(f.Type)})
		}
	}
	for _, at := range p.ids {
		if row[at] == nil {
			m.blame(Reason{Layer: LayerID, Kind: MissingID, Property: p.columns[at].Name})
		}
	}
}

func (m *message) blamed(property string) bool {
	for _, r := range m.reasons {
		if r.Property == property {
			return true
		}
	}
	return false
}

// walk follows the keys of an object to the fields they are for.
func (p *planned) walk(m *message, at *node, obj []byte, row []any, unknown func(key, v []byte)) {
	members(obj, func(key, v []byte) {
		next := at.children[string(key)]
		if next == nil && at.children != nil && hasUpper(key) {
			next = at.children[semantic.FoldEventName(string(key))]
		}
		switch {
		case next == nil:
			unknown(key, v)
		case next.field >= 0:
			f := &p.fields[next.field]
			if isNull(v) {
				return
			}
			x, r := f.convert(v)
			if r != nil {
				m.blame(*r)
				return
			}
			row[f.column] = x
		case isObject(v):
			p.walk(m, next, v, row, func([]byte, []byte) {}) // what is beside it is part of what is planned
		}
	})
}

func hasUpper(key []byte) bool {
	for _, b := range key {
		if b >= 'A' && b <= 'Z' {
			return true
		}
	}
	return false
}
