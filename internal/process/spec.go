package process

import (
	"fmt"
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// KindProcess is the name of the kind.
const KindProcess = "Process"

// Kinds lists the kinds of this package.
func Kinds() []catalog.Kind {
	return []catalog.Kind{{Name: KindProcess, Plural: "processes", Title: text.Text{ZH: "业务流程", EN: "Process"},
		New: func() catalog.Spec { return new(Spec) }}}
}

// Spec is kind Process: a piece of business, such as sales, as the steps that
// people take.
type Spec struct {
	Steps []Step `json:"steps"` // in the order in which work flows
}

// Step is one thing that people do.
type Step struct {
	Name  string    `json:"name"`           // unique within the process
	Stage text.Text `json:"stage,omitzero"` // such as pre-sales; neighbours with the same one are drawn together
	Title text.Text `json:"title,omitzero"`
	Who   text.Text `json:"who,omitzero"`  // who does it, in words: Sales advisers
	Does  text.Text `json:"does,omitzero"` // what they do, in plain words: Call back within ten minutes
	// Metrics are those that the step moves.
	Metrics []string `json:"metrics,omitempty"`
	// Events are those of the tracking plan that show that it happened.
	Events []string `json:"events,omitempty"`
}

var _ catalog.Spec = (*Spec)(nil)

func at(i int, list string, j int) string { return fmt.Sprintf("steps[%d].%s[%d]", i, list, j) }

// Refs names every metric and event of the steps.
func (s *Spec) Refs() []catalog.Ref {
	var out []catalog.Ref
	for i, step := range s.Steps {
		for j, name := range step.Metrics {
			out = append(out, catalog.Ref{Kind: semantic.KindMetric, Name: name, Path: at(i, "metrics", j)})
		}
		for j, name := range step.Events {
			out = append(out, catalog.Ref{Kind: semantic.KindEvent, Name: name, Path: at(i, "events", j)})
		}
	}
	return slices.DeleteFunc(out, func(r catalog.Ref) bool { return r.Name == "" })
}

// Rename gives a copy that follows a metric or event to another name.
func (s *Spec) Rename(kind, from, to string) catalog.Spec {
	c := Spec{Steps: slices.Clone(s.Steps)}
	follow := func(names []string) []string {
		names = slices.Clone(names)
		for i := range names {
			if names[i] == from {
				names[i] = to
			}
		}
		return names
	}
	for i := range c.Steps {
		switch kind {
		case semantic.KindMetric:
			c.Steps[i].Metrics = follow(c.Steps[i].Metrics)
		case semantic.KindEvent:
			c.Steps[i].Events = follow(c.Steps[i].Events)
		}
	}
	return &c
}

// Validate checks the process by itself: that it has steps, each with a name of
// its own, and that a step names no metric or event twice.
func (s *Spec) Validate(catalog.Metadata) []catalog.Finding {
	var out []catalog.Finding
	add := func(path, rule string, t text.Text) {
		out = append(out, catalog.Finding{Path: path, Rule: rule, Severity: catalog.Error, Text: t})
	}
	if len(s.Steps) == 0 {
		add("steps", "no_steps", text.Text{ZH: "至少写一个环节，例如回应线索", EN: "write at least one step, such as answering leads"})
	}
	names := map[string]bool{}
	for i, step := range s.Steps {
		path := fmt.Sprintf("steps[%d].name", i)
		if rule, why := catalog.CheckName(step.Name); rule != "" {
			add(path, rule, why)
		} else if names[step.Name] {
			add(path, "duplicate_step", text.Text{ZH: "环节 {name} 已经写过", EN: "there is a step {name} already"}.With("name", step.Name))
		}
		names[step.Name] = true
		for _, list := range []struct {
			of    string
			names []string
		}{{"metrics", step.Metrics}, {"events", step.Events}} {
			for j, name := range list.names {
				switch {
				case name == "":
					add(at(i, list.of, j), "missing", text.Text{ZH: "缺少名称", EN: "a name is missing"})
				case slices.Index(list.names, name) < j:
					add(at(i, list.of, j), "duplicate", text.Text{ZH: "{name} 在该环节中重复", EN: "{name} is in this step twice"}.With("name", name))
				}
			}
		}
	}
	return out
}
