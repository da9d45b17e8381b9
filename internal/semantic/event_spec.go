package semantic

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// KindEvent is the kind of EventSpec.
const KindEvent = "Event"

// EventSpec is an entry of the tracking plan: an action that is reported when it
// happens. Its rows are a dataset of the event's name.
type EventSpec struct {
	Names      []string   `json:"names,omitempty"` // as it is sent, when that is not the name here: "Order Paid"
	Calls      []string   `json:"calls,omitempty"` // besides track: page, screen with that name
	Key        bool       `json:"key,omitempty"`   // one of the events that matter most
	IDs        []string   `json:"ids,omitempty"`   // kinds of ids that it must carry: user_id, anonymous_id, or a property
	After      []string   `json:"after,omitempty"` // events that come before it in a chain
	Properties []Property `json:"properties,omitempty"`
	// OnUnplanned says what becomes of properties that are not in the plan: keep
	// (default, as text in the column extra) | drop | quarantine, which sets the
	// event aside.
	OnUnplanned string `json:"onUnplanned,omitempty"`
	// OnViolation says what becomes of an event that breaks the plan: quarantine
	// (default) | keep, without the values that do not fit.
	OnViolation   string         `json:"onViolation,omitempty"`
	Relationships []Relationship `json:"relationships,omitempty"`
	Dimensions    []Dimension    `json:"dimensions,omitempty"` // computed
	Freshness     *Freshness     `json:"freshness,omitempty"`
}

// Property is a value that comes with an event; it is a column of its dataset.
type Property struct {
	Name      string    `json:"name"`             // ASCII, [a-z][a-z0-9_]*
	Source    string    `json:"source,omitempty"` // as it is sent: orderId, cart.total, or context.page.url
	Type      expr.Type `json:"type"`
	Precision int       `json:"precision,omitempty"` // decimals: digits in all
	Scale     int       `json:"scale,omitempty"`     // decimals: digits after the point
	Required  bool      `json:"required,omitempty"`
	Values    []string  `json:"values,omitempty"`  // the only ones allowed
	Min       *float64  `json:"min,omitempty"`     // numbers
	Max       *float64  `json:"max,omitempty"`     // numbers
	Pattern   string    `json:"pattern,omitempty"` // strings: a regular expression for the whole value
	// Entity says what the values identify, as for a column of a dataset.
	Entity string    `json:"entity,omitempty"`
	Title  text.Text `json:"title,omitzero"`
}

// EventRules is what holds for all events of the workspace.
type EventRules struct {
	// Unplanned says what becomes of events that are not in the plan: keep
	// (default, untyped in other_events) | quarantine.
	Unplanned string `json:"unplanned,omitempty"`
	Retain    string `json:"retain,omitempty"` // how long the quarantine keeps events; default 90 days
}

// UnmarshalJSON takes an object with known fields only.
func (e *EventRules) UnmarshalJSON(b []byte) error {
	type plain EventRules
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode((*plain)(e))
}

// What becomes of what is not in the plan, or breaks it.
const (
	PlanKeep       = "keep"
	PlanDrop       = "drop"
	PlanQuarantine = "quarantine"
)

// DefaultRetainDays is how long the quarantine keeps events when nothing is said.
const DefaultRetainDays = 90

var (
	unplannedRules      = []string{PlanKeep, PlanDrop, PlanQuarantine}
	violationRules      = []string{PlanQuarantine, PlanKeep}
	unplannedEventRules = []string{PlanKeep, PlanQuarantine}
	eventCalls          = []string{"page", "screen"}
)

// Columns that every event has.
const (
	EventMessageID   = "message_id"
	EventUserID      = "user_id"
	EventAnonymousID = "anonymous_id"
	EventTime        = "time"        // when it happened, by the server's clock
	EventReceivedAt  = "received_at" // when it came in
	EventSource      = "source"      // the write key that it came with
	EventExtra       = "extra"       // properties that are not in the plan, as JSON
)

// Datasets of calls that are no planned events.
const (
	Identifies  = "identifies"
	Aliases     = "aliases"
	Groups      = "groups"
	Pages       = "pages" // screens too
	OtherEvents = "other_events"
)

// SystemDatasets lists the datasets that a workspace with events has besides.
func SystemDatasets() []string { return []string{Aliases, Groups, Identifies, OtherEvents, Pages} }

func envelopeColumns() []Column {
	return []Column{
		{Name: EventMessageID, Type: expr.String, Title: text.Text{ZH: "消息编号", EN: "Message id"}},
		{Name: EventUserID, Type: expr.String, Entity: EventUserID, Title: text.Text{ZH: "用户编号", EN: "User id"}},
		{Name: EventAnonymousID, Type: expr.String, Entity: EventAnonymousID, Title: text.Text{ZH: "匿名编号", EN: "Anonymous id"}},
		{Name: EventTime, Type: expr.Timestamp, Title: text.Text{ZH: "发生时间", EN: "Time"}},
		{Name: EventReceivedAt, Type: expr.Timestamp, Title: text.Text{ZH: "接收时间", EN: "Received"}},
		{Name: EventSource, Type: expr.String, Title: text.Text{ZH: "来源", EN: "Source"}},
	}
}

// Names that an event is known by, the sent ones and its own, in the form in
// which they are compared.
func (s *EventSpec) sentNames(name string) []string {
	out := []string{FoldEventName(name)}
	for _, n := range s.Names {
		out = append(out, FoldEventName(n))
	}
	return out
}

// FoldEventName is the form in which names of events are compared: "Order
// Paid", orderPaid and order_paid are one.
func FoldEventName(sent string) string {
	var b strings.Builder
	lower, gap := false, false
	for _, r := range strings.TrimSpace(sent) {
		switch {
		case r == ' ' || r == '-' || r == '_' || r == '.' || r == ':' || r == '/':
			gap, lower = b.Len() > 0, false
			continue
		case r >= 'A' && r <= 'Z':
			if lower || gap {
				b.WriteByte('_')
			}
			r, lower = r+'a'-'A', false
		default:
			if gap {
				b.WriteByte('_')
			}
			lower = r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// Dataset gives the dataset that the event's rows are.
func (s *EventSpec) Dataset() *DatasetSpec {
	d := &DatasetSpec{Columns: envelopeColumns(), PrimaryKey: []string{EventMessageID}, Time: EventTime,
		Relationships: s.Relationships, Dimensions: s.Dimensions, Freshness: s.Freshness, event: true}
	for _, p := range s.Properties {
		d.Columns = append(d.Columns, Column{Name: p.Name, Type: p.Type, Precision: p.Precision, Scale: p.Scale, Entity: p.Entity, Title: p.Title})
	}
	for _, id := range s.carried() {
		d.Columns = append(d.Columns, Column{Name: id, Type: expr.String, Entity: id})
	}
	if s.Unplanned() == PlanKeep {
		d.Columns = append(d.Columns, Column{Name: EventExtra, Type: expr.String, Title: text.Text{ZH: "计划外属性", EN: "Other properties"}})
	}
	return d
}

// carried are the ids that are neither of the envelope nor declared properties.
func (s *EventSpec) carried() []string {
	var out []string
	for _, id := range s.IDs {
		if id != EventUserID && id != EventAnonymousID && s.property(id) == nil && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Carried gives the properties that hold the ids which are not declared as
// properties; they are texts.
func (s *EventSpec) Carried() []Property {
	var out []Property
	for _, id := range s.carried() {
		out = append(out, Property{Name: id, Type: expr.String, Entity: id})
	}
	return out
}

func (s *EventSpec) property(name string) *Property {
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			return &s.Properties[i]
		}
	}
	return nil
}

// Unplanned says what becomes of properties that are not in the plan.
func (s *EventSpec) Unplanned() string {
	if s.OnUnplanned == "" {
		return PlanKeep
	}
	return s.OnUnplanned
}

// Violating says what becomes of an event that breaks the plan.
func (s *EventSpec) Violating() string {
	if s.OnViolation == "" {
		return PlanQuarantine
	}
	return s.OnViolation
}

// StandsFor says that an event may be named where a dataset is asked for.
func (s *EventSpec) StandsFor() string { return KindDataset }

// Refs names the events before it, and what its dataset leads to.
func (s *EventSpec) Refs() []catalog.Ref {
	out := s.Dataset().Refs()
	for i, name := range s.After {
		out = append(out, catalog.Ref{Kind: KindEvent, Name: name, Path: at("after", i)})
	}
	return out
}

// Rename gives a copy that follows a dataset, event or metric to another name.
func (s *EventSpec) Rename(kind, from, to string) catalog.Spec {
	c := *s
	d, _ := s.Dataset().Rename(kind, from, to).(*DatasetSpec)
	c.Relationships, c.Dimensions = d.Relationships, d.Dimensions
	c.After = slices.Clone(s.After)
	for i := range c.After {
		if kind == KindEvent && c.After[i] == from {
			c.After[i] = to
		}
	}
	return &c
}

// systemSpec is the dataset of calls that are no planned events.
func systemSpec(name string) (*DatasetSpec, text.Text) {
	d := &DatasetSpec{Columns: envelopeColumns(), PrimaryKey: []string{EventMessageID}, Time: EventTime, event: true}
	add := func(name string, t text.Text) {
		d.Columns = append(d.Columns, Column{Name: name, Type: expr.String, Title: t})
	}
	switch name {
	case Identifies:
		add("traits", text.Text{ZH: "用户属性", EN: "Traits"})
		return d, text.Text{ZH: "身份上报", EN: "Identify calls"}
	case Aliases:
		add("previous_id", text.Text{ZH: "原编号", EN: "Previous id"})
		return d, text.Text{ZH: "编号合并", EN: "Alias calls"}
	case Groups:
		add("group_id", text.Text{ZH: "组织编号", EN: "Group id"})
		add("traits", text.Text{ZH: "组织属性", EN: "Traits"})
		return d, text.Text{ZH: "组织归属", EN: "Group calls"}
	case Pages:
		add("kind", text.Text{ZH: "类别", EN: "Kind"})
		add("name", text.Text{ZH: "名称", EN: "Name"})
		add("category", text.Text{ZH: "分类", EN: "Category"})
		add("url", text.Text{ZH: "网址", EN: "Address"})
		add("path", text.Text{ZH: "路径", EN: "Path"})
		add("referrer", text.Text{ZH: "来路", EN: "Referrer"})
		add("properties", text.Text{ZH: "属性", EN: "Properties"})
		return d, text.Text{ZH: "页面浏览", EN: "Pages and screens"}
	}
	add("event", text.Text{ZH: "事件", EN: "Event"})
	add("properties", text.Text{ZH: "属性", EN: "Properties"})
	return d, text.Text{ZH: "计划外事件", EN: "Events outside the plan"}
}

// SystemDataset gives the columns of one of SystemDatasets.
func SystemDataset(name string) *DatasetSpec {
	d, _ := systemSpec(name)
	return d
}

// FromEvents reports whether the rows come from event intake alone.
func (s *DatasetSpec) FromEvents() bool { return s.event }
