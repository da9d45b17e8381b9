package asset

import (
	"context"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Change is a revision of something, or of what flows into it.
type Change struct {
	Kind  string    `json:"kind"`
	Name  string    `json:"name"`
	Title text.Text `json:"title"`
	Own   bool      `json:"own"` // of what was asked for itself
	Key   bool      `json:"key"` // of a key event
	// Moves is set when the numbers may have moved by it: what is computed, which
	// rows there are, or a column that is read. Titles, owners and promises do
	// not move any.
	Moves   bool     `json:"moves"`
	Columns []string `json:"columns" nullable:"false"` // changed ones that are read
	catalog.Revision
}

// mostChanges is how many changes are told.
const mostChanges = 200

// Changes lists what was changed of something, from its beginning on, and of
// everything that flows into it, such as the events and datasets that a metric
// rests on, newest first; of is Kind/name. Faults: NotFound.
func (s *Service) Changes(ctx context.Context, who access.Actor, of string) ([]Change, error) {
	g, up, err := s.lineage(who, of, "up")
	if err != nil {
		return nil, err
	}
	reads := g.reads(up)
	out := []Change{}
	for _, n := range up.Nodes {
		if n.Kind == kindColumn {
			continue
		}
		if _, defined := g.snap.Get(n.Kind, n.Name); !defined {
			continue // what is there by itself, such as the rows of identify calls
		}
		revisions, err := s.Revisions(ctx, who, n.Kind, n.Name)
		if err != nil {
			return nil, err
		}
		key := false
		if e := g.model.Event(n.Name); e != nil && n.Kind == semantic.KindEvent {
			key = e.Spec.Key
		}
		for _, r := range revisions {
			if n.ID != up.Of && r.Action == catalog.Create && r.Revision == 1 {
				continue // it was there before it was made use of
			}
			c := Change{Kind: n.Kind, Name: n.Name, Title: n.Title, Own: n.ID == up.Of, Key: key, Columns: []string{}, Revision: r}
			c.judge(func(column string) bool { return reads(n, column) })
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return b.At.Compare(a.At) })
	return out[:min(len(out), mostChanges)], nil
}

// reads tells which columns of a dataset or an event are read by what lineage
// was asked of. Of something without a column of its own known, such as a metric
// that does not compile, or of a dataset itself, all are.
func (g *graph) reads(up Lineage) func(n Node, column string) bool {
	far := reach(up.Of, g.up)
	known := false
	if of, _, _ := strings.Cut(up.Of, "/"); of != semantic.KindDataset && of != semantic.KindEvent {
		for node := range far {
			known = known || strings.HasPrefix(node, kindColumn+"/")
		}
	}
	return func(n Node, column string) bool {
		_, read := far[columnID(n.Name, column)]
		return read || !known
	}
}

// Keys of specs, and of the items in their lists, that no number depends on.
var (
	still = map[string][]string{
		semantic.KindMetric:  {"direction", "role", "format", "pitfalls", "action"},
		semantic.KindDataset: {"freshness", "quality", "qualitySchedule"},
		semantic.KindEvent:   {"key", "after", "freshness"},
	}
	stillInside = []string{"title", "description"}
)

// judge tells whether numbers may have moved, and which columns that are read
// have changed.
func (c *Change) judge(reads func(column string) bool) {
	if c.Action == catalog.Delete || c.Action == catalog.Create && c.Revision.Revision > 1 {
		c.Moves = true
		return
	}
	for _, part := range c.Parts {
		path := strings.Split(part, ".")
		if path[0] != "spec" || slices.Contains(still[c.Kind], path[1]) || len(path) > 3 && slices.Contains(stillInside, path[3]) {
			continue
		}
		if (path[1] == "columns" || path[1] == "properties") && len(path) > 2 {
			if !reads(path[2]) {
				continue
			}
			if !slices.Contains(c.Columns, path[2]) {
				c.Columns = append(c.Columns, path[2])
			}
		}
		c.Moves = true
	}
}
