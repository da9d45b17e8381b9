package prepare

import (
	"slices"

	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
)

// growth is how much of a result must be worked out anew when inputs change.
type growth int

const (
	// anew: every row may change.
	anew growth = iota
	// appended: new rows of the inputs only add rows.
	appended
	// keyed: each row of the first input makes at most one row, which has its key,
	// so that rows which changed replace those that they made before.
	keyed
)

// growthOf says how a step lets rows through.
func growthOf(s *steps.Step) growth {
	switch {
	case s.Select != nil, s.Drop != nil, s.Rename != nil, s.Cast != nil, s.Filter != "", s.Derive != nil,
		s.Standardise != nil, s.Map != nil, s.Mask != nil:
		return keyed
	case s.Fill != nil:
		if slices.ContainsFunc(s.Fill, func(f steps.Fill) bool { return f.From != "" }) {
			return anew
		}
		return keyed
	case s.Split != nil:
		if s.Split.Rows {
			return appended
		}
		return keyed
	case s.Sample != nil:
		if s.Sample.Count > 0 {
			return anew
		}
		return keyed
	case s.Join != nil: // while the rows there stay as they are
		switch {
		case s.Join.Kind == "full":
			return anew
		case s.Join.Many:
			return appended
		}
		return keyed
	case s.Union != nil, s.Unpivot != nil:
		return appended
	}
	return anew // also sessions: a row that comes late may part one or join two
}

// growth of a whole plan.
func growthOfPlan(p *steps.Plan) growth {
	out := keyed
	for i := range p.Stages {
		if s := p.Stages[i].Step; s != nil {
			out = min(out, growthOf(s))
		}
	}
	return out
}

// keyColumns gives the columns of the result that hold the key of the first
// input, by the columns there; nil when it does not pass through unchanged.
func keyColumns(p *steps.Plan) map[string]string {
	if len(p.Input.Key) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, k := range p.Input.Key {
		for _, c := range p.Last().Columns {
			if c.Copy == (steps.Origin{Dataset: p.Input.Name, Column: k}) {
				out[k] = c.Name
				break
			}
		}
	}
	if len(out) < len(p.Input.Key) {
		return nil
	}
	return out
}

// choose says how to work out the result, given what happened to the datasets:
// the first one, those of unions and those of joins.
func choose(p *steps.Plan, key []string, since map[string]warehouse.Growth) growth {
	g := growthOfPlan(p)
	joined := map[string]bool{}
	for i := range p.Stages {
		for _, o := range p.Stages[i].Others {
			if p.Stages[i].Step.Join != nil {
				joined[o.Name] = true
			}
		}
	}
	most := warehouse.Same
	for _, name := range p.Inputs() {
		if since[name] == warehouse.Same {
			continue
		}
		if joined[name] {
			return anew
		}
		most = max(most, since[name])
		if since[name] == warehouse.Changed && name != p.Input.Name {
			return anew
		}
	}
	switch {
	case most <= warehouse.Added && g >= appended:
		return appended
	case most == warehouse.Changed && g == keyed && sameKey(p, key):
		return keyed
	}
	return anew
}

// sameKey reports whether the key that the dataset declares is that of the
// first input, passed through.
func sameKey(p *steps.Plan, key []string) bool {
	columns := keyColumns(p)
	if columns == nil || len(key) != len(columns) {
		return false
	}
	for _, c := range columns {
		if !slices.Contains(key, c) {
			return false
		}
	}
	return true
}
