package tree

import (
	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
)

// Spec is kind Tree. Formula children are never written: they follow from the
// metric definitions.
type Spec struct {
	Root       string         `json:"root"` // metric
	Period     calendar.Grain `json:"period"`
	Nodes      []Node         `json:"nodes,omitempty"`
	Influences []Influence    `json:"influences,omitempty"`
	Guardrails []Guardrail    `json:"guardrails,omitempty"`
}

// Node adjusts how a metric shows in the tree.
type Node struct {
	Metric   string `json:"metric"`
	Collapse bool   `json:"collapse,omitempty"` // do not open its formula
}

// Influence declares that one metric is believed to move another.
type Influence struct {
	From string `json:"from"`
	To   string `json:"to"`
	Lag  string `json:"lag,omitempty"`  // "1 week"; empty for the same period
	Sign string `json:"sign,omitempty"` // + | -: the direction that is believed
}

// Guardrail must hold while the root grows.
type Guardrail struct {
	Metric  string `json:"metric"`
	Compare string `json:"compare,omitempty"` // previous_period (default) | previous_year | …
	// Rule is an expression over value, previous, change, change_rate that is
	// true while all is well, e.g. "change_rate <= 0.05".
	Rule string `json:"rule"`
	// When limits the rule, over the same names and root.value, root.change,
	// root.change_rate; empty for always.
	When    string `json:"when,omitempty"`
	Periods int    `json:"periods,omitempty"` // broken this many periods in a row; default 1
	Then    string `json:"then"`              // watch | unhealthy
}

var _ catalog.Spec = (*Spec)(nil)

// Refs names every metric in the tree.
func (s *Spec) Refs() []catalog.Ref {
	var out []catalog.Ref
	add := func(metric, path string) {
		if metric != "" {
			out = append(out, catalog.Ref{Kind: "Metric", Name: metric, Path: path})
		}
	}
	add(s.Root, "root")
	for i, n := range s.Nodes {
		add(n.Metric, at("nodes", i, "metric"))
	}
	for i, in := range s.Influences {
		add(in.From, at("influences", i, "from"))
		add(in.To, at("influences", i, "to"))
	}
	for i, g := range s.Guardrails {
		add(g.Metric, at("guardrails", i, "metric"))
	}
	return out
}
