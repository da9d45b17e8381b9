package identity

import (
	"context"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Who is everything that is known of the entity around an id.
type Who struct {
	Unified string     `json:"unified"` // as the column id of the unified datasets has it
	IDs     []ID       `json:"ids"`
	Links   []Claim    `json:"links" nullable:"false"` // between its ids, and from them to others
	Decided []Decision `json:"decided" nullable:"false"`
}

// Claim is a link as a source made it, and what became of it.
type Claim struct {
	A      ID     `json:"a"`
	B      ID     `json:"b"`
	Source string `json:"source"`
	At     string `json:"at,omitempty"` // when it was first made; empty when the source has no time
	Seen   int    `json:"seen"`
	// Held is set when the link was not taken: it would have made an entity with
	// more than Limit ids of Kind, or in all when Kind is empty; or with two ids
	// that a person parted.
	Held   bool   `json:"held"`
	Kind   string `json:"kind,omitempty"`
	Limit  int    `json:"limit,omitempty"`
	Parted bool   `json:"parted,omitempty"`
}

func (g *Graph) claim(l *link) Claim {
	c := Claim{A: g.id(l.a), B: g.id(l.b), Source: strings.TrimSuffix(g.names[l.source], "*"), Seen: l.seen, Held: l.held >= 0}
	if !l.at.IsZero() {
		c.At = l.at.UTC().Format("2006-01-02T15:04:05Z")
	}
	switch held := int(l.held); {
	case held < 0:
	case held < len(g.most):
		c.Kind, c.Limit = g.rules.Kinds[held].Name, int(g.most[held])
	case held == len(g.most):
		c.Limit = g.rules.Most
	default:
		c.Parted = true
	}
	return c
}

func (g *Graph) claims(links []*link) []Claim {
	out := make([]Claim, len(links))
	for i, l := range links {
		out[i] = g.claim(l)
	}
	return out
}

// Around lists the links of an id's entity, those that hold it together and
// those that were held back, the strongest first.
func (g *Graph) Around(id ID) []Claim {
	i, ok := g.index[id]
	if !ok {
		return []Claim{}
	}
	c := g.groups[g.clusters.find(i)]
	if c == nil {
		return []Claim{}
	}
	root := g.entities.find(i)
	var near []*link
	for _, l := range c.links {
		if g.entities.find(l.a) == root || g.entities.find(l.b) == root {
			near = append(near, l)
		}
	}
	slices.SortFunc(near, g.stronger)
	return g.claims(near)
}

// graph gives the graph of an entity, stitched now if it is not held.
func (s *Service) graph(ctx context.Context, name string) (*Graph, error) {
	if _, err := s.entity(name); err != nil {
		return nil, err
	}
	w, err := s.refresh(ctx, name, s.warm[name] == nil || s.warm[name].graph == nil)
	if err != nil {
		return nil, err
	}
	w.used = s.Now()
	return w.graph, nil
}

// Find tells who an id belongs to. It is for editors: ids are personal.
func (s *Service) Find(ctx context.Context, who access.Actor, name string, id ID) (Who, error) {
	if err := who.Must(access.Editor); err != nil {
		return Who{}, err
	}
	e, err := s.entity(name)
	if err != nil {
		return Who{}, err
	}
	id, ok := formsOf(e.Spec).id(id)
	if !ok {
		return Who{}, fault.New(fault.Invalid, "bad_ids", text.Text{
			EN: "give an id of one of the kinds {kinds}", ZH: "请给出一个编号，种类为 {kinds} 之一"}, "kinds", strings.Join(e.Spec.Kinds(), ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.graph(ctx, name)
	if err != nil {
		return Who{}, err
	}
	found, ok := g.Of(id)
	if !ok {
		return Who{}, fault.New(fault.NotFound, "unknown_id", text.Text{
			EN: "no source links this id with another", ZH: "没有来源把这个编号与其他编号连在一起"})
	}
	out := Who{Unified: Name(name, found.ID), IDs: found.IDs, Links: g.Around(id), Decided: []Decision{}}
	decided, err := s.decisions(ctx, e)
	for _, d := range decided {
		if slices.Contains(out.IDs, d.A) || slices.Contains(out.IDs, d.B) {
			out.Decided = append(out.Decided, d)
		}
	}
	return out, err
}

// Conflicts lists links that were held back, the strongest first, at most limit.
func (s *Service) Conflicts(ctx context.Context, who access.Actor, name string, limit int) ([]Claim, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.graph(ctx, name)
	if err != nil {
		return nil, err
	}
	return g.Conflicts(limit), nil
}
