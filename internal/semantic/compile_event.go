package semantic

import (
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// Event is a compiled entry of the tracking plan.
type Event struct {
	Name     string
	Meta     catalog.Metadata
	Revision int
	Spec     *EventSpec
	Dataset  *Dataset
}

// Event gives an event of the plan by name; nil when there is none or it is bad.
func (m *Model) Event(name string) *Event { return m.events[name] }

// Events lists the events of the plan by name.
func (m *Model) Events() []*Event { return sortedValues(m.events) }

// EventNamed finds the event that is sent under a name, by a call such as
// track; nil when it is not in the plan.
func (m *Model) EventNamed(call, sent string) *Event { return m.sent[call+" "+FoldEventName(sent)] }

// takeEvent makes the dataset of an event, and remembers the event.
func (c *compiler) takeEvent(r *catalog.Resource, spec *EventSpec) {
	d := newDataset(r, spec.Dataset())
	d.grains = c.model.grains
	d.ensure = c.compute
	c.model.events[r.Metadata.Name] = &Event{Name: r.Metadata.Name, Meta: r.Metadata, Revision: r.Revision, Spec: spec, Dataset: d}
}

// eventDatasets puts the datasets of events beside the others. Names are one
// space: what is asked for by name must be one thing.
func (c *compiler) eventDatasets(rs []*catalog.Resource) {
	if !slices.ContainsFunc(rs, func(r *catalog.Resource) bool { return r.Kind == KindEvent || r.Kind == KindEntity }) {
		return
	}
	datasets := map[string]bool{}
	for _, r := range rs {
		if r.Kind == KindDataset {
			datasets[r.Metadata.Name] = true
		}
	}
	for _, e := range c.model.Events() {
		if datasets[e.Name] {
			c.findings = append(c.findings, clash(KindEvent, e.Name, text.Text{
				ZH: "已有名为 {name} 的数据集，事件的数据也以此为名，请换一个",
				EN: "there is a dataset {name} already, and the rows of an event are a dataset of its name; choose another"}))
			delete(c.model.events, e.Name)
			continue
		}
		c.model.datasets[e.Name] = e.Dataset
	}
	for _, name := range SystemDatasets() {
		if datasets[name] {
			c.report(KindDataset, name, clash(KindDataset, name, text.Text{
				ZH: "{name} 是事件接入使用的数据集名称，请为自己的数据集换一个名称",
				EN: "{name} is where event intake keeps its rows; give your dataset another name"}))
			continue
		}
		spec, title := systemSpec(name)
		d := newDataset(&catalog.Resource{Kind: KindDataset, Metadata: catalog.Metadata{Name: name, Title: title}}, spec)
		d.grains, d.ensure = c.model.grains, c.compute
		c.model.datasets[name] = d
	}
	c.sentNames()
}

func clash(kind, name string, t text.Text) catalog.Finding {
	f := problem("name", "name_taken", t, "name", name)
	f.Kind, f.Name, f.Path = kind, name, "metadata.name"
	return f
}

// sentNames indexes the events by the names under which they are sent.
func (c *compiler) sentNames() {
	for _, e := range c.model.Events() {
		for _, call := range append([]string{"track"}, e.Spec.Calls...) {
			for i, n := range e.Spec.sentNames(e.Name) {
				key := call + " " + n
				if first := c.model.sent[key]; first != nil && first != e {
					path := "metadata.name"
					if i > 0 {
						path = "spec." + at("names", i-1)
					}
					f := problem(path, "name_taken", text.Text{
						ZH: "名称 {name} 已属于事件 {first}", EN: "the name {name} already belongs to the event {first}"}, "name", n, "first", first.Name)
					f.Kind, f.Name, f.Path = KindEvent, e.Name, path
					c.findings = append(c.findings, f)
					continue
				}
				c.model.sent[key] = e
			}
		}
	}
}

// chains checks the events that others come after, and the kinds of ids.
func (c *compiler) chains() {
	for name, e := range c.model.events {
		if c.model.datasets[name] == nil { // its dataset is bad
			delete(c.model.events, name)
			for key, other := range c.model.sent {
				if other == e {
					delete(c.model.sent, key)
				}
			}
		}
	}
	for _, e := range c.model.Events() {
		if way := c.circle(e); way != "" {
			c.report(KindEvent, e.Name, problem("after", "cycle", text.Text{
				ZH: "事件先后成环：经过 {name} 又回到自己", EN: "the chain of events goes round in a circle by {name}"}, "name", way))
		}
	}
}

// circle names an event by which the chain comes back to where it began.
func (c *compiler) circle(start *Event) string {
	seen := map[string]bool{}
	queue := slices.Clone(start.Spec.After)
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		e := c.model.events[name]
		if e == nil || seen[name] {
			continue
		}
		seen[name] = true
		if slices.Contains(e.Spec.After, start.Name) {
			return name
		}
		queue = append(queue, e.Spec.After...)
	}
	return ""
}
