package asset

import (
	"maps"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Node is a resource, or a column of a dataset, in a graph of lineage.
type Node struct {
	ID      string    `json:"id"` // Kind/name; Column/dataset.column
	Kind    string    `json:"kind"`
	Name    string    `json:"name"`
	Title   text.Text `json:"title"`
	Owner   string    `json:"owner,omitempty"`
	Steward string    `json:"steward,omitempty"`
	// Distance is how many steps it is away from what was asked: below 0 for
	// what flows into it, above 0 for what it flows into.
	Distance int `json:"distance"`
}

// Edge says that To is made of From.
type Edge struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	Columns []string `json:"columns,omitempty"` // of From that To reads
}

// Lineage is what flows into something and what it flows into.
type Lineage struct {
	Of    string `json:"of"`
	Nodes []Node `json:"nodes" nullable:"false"`
	Edges []Edge `json:"edges" nullable:"false"`
}

const (
	kindColumn = "Column"
	kindTree   = "Tree"
	kindTarget = "Target"
)

func id(kind, name string) string { return kind + "/" + name }

// graph is all edges of a workspace.
type graph struct {
	model *semantic.Model
	snap  catalog.Snapshot
	edges map[[2]string]map[string]bool
	down  map[string][]string
	up    map[string][]string
	maps  map[string]string // ids of entities, by the datasets that lead to them
}

// newGraph draws the edges: from the compiled model where it knows the columns,
// from references for everything else.
func newGraph(m *semantic.Model, snap catalog.Snapshot) *graph {
	g := &graph{model: m, snap: snap, edges: map[[2]string]map[string]bool{}, down: map[string][]string{}, up: map[string][]string{}, maps: map[string]string{}}
	for _, e := range m.UnifiedEntities() {
		for _, to := range e.Maps {
			g.maps[to.Dataset.Name] = id(semantic.KindEntity, e.Name)
		}
	}
	for _, e := range m.UnifiedEntities() {
		g.entity(e)
	}
	for _, d := range m.Datasets() {
		g.dataset(d)
	}
	for _, metric := range m.Metrics() {
		g.metric(metric)
	}
	for _, r := range snap.All() {
		g.references(r)
	}
	return g
}

// holder is the id of the resource behind a dataset: an event is one, too, and
// an entity stands for those that lead to it.
func (g *graph) holder(dataset string) string {
	if entity := g.maps[dataset]; entity != "" {
		return entity
	}
	if _, ok := g.snap.Get(semantic.KindDataset, dataset); !ok {
		for _, kind := range []string{semantic.KindEvent, semantic.KindEntity} {
			if _, ok := g.snap.Get(kind, dataset); ok {
				return id(kind, dataset)
			}
		}
	}
	return id(semantic.KindDataset, dataset)
}

func (g *graph) add(from, to string, columns ...string) {
	if from == to {
		return
	}
	key := [2]string{from, to}
	if g.edges[key] == nil {
		g.edges[key] = map[string]bool{}
		g.down[from] = append(g.down[from], to)
		g.up[to] = append(g.up[to], from)
	}
	for _, c := range columns {
		g.edges[key][c] = true
	}
}

func columnID(dataset, column string) string { return id(kindColumn, dataset+"."+column) }

// dataset draws what a dataset that is made of others is made of, column by
// column.
func (g *graph) dataset(d *semantic.Dataset) {
	plan := g.model.Plan(d)
	if plan == nil {
		return
	}
	to := g.holder(d.Name)
	for _, in := range plan.Inputs() {
		g.add(g.holder(in), to)
	}
	for _, c := range plan.Last().Columns {
		for _, from := range c.From {
			g.add(g.holder(from.Dataset), to, from.Column)
			g.add(columnID(from.Dataset, from.Column), columnID(d.Name, c.Name))
		}
	}
	for _, from := range plan.Last().Decides {
		g.add(g.holder(from.Dataset), to, from.Column)
		g.add(columnID(from.Dataset, from.Column), to) // its rows, so all that is made of it
	}
}

// entity draws the columns that link ids of an entity, and tell when.
func (g *graph) entity(e *semantic.UnifiedEntity) {
	to := id(semantic.KindEntity, e.Name)
	for _, l := range e.Spec.Links {
		columns := slices.Collect(maps.Keys(l.IDs))
		if l.Time != "" {
			columns = append(columns, l.Time)
		}
		for _, column := range columns {
			g.add(g.holder(l.Dataset), to, column)
			g.add(columnID(l.Dataset, column), to)
		}
	}
}

// metric draws the columns that a metric reads itself, and the metrics that it
// is computed from.
func (g *graph) metric(m *semantic.Metric) {
	to := id(semantic.KindMetric, m.Name)
	var own semantic.Reading
	if m.Formula == nil {
		own.Metric(m)
	} else {
		for _, o := range m.Formula.Operands {
			if g.model.Metric(o.Metric.Name) == o.Metric {
				g.add(id(semantic.KindMetric, o.Metric.Name), to)
			} else {
				own.Metric(o.Metric) // a part without a name of its own
			}
			if o.Filter != nil {
				for _, t := range o.Filter.On {
					own.Typed(t)
				}
			}
		}
	}
	for _, use := range own.Uses() {
		g.add(g.holder(use.Dataset.Name), to, use.Columns...)
		for _, c := range use.Columns {
			g.add(columnID(use.Dataset.Name, c), to)
		}
	}
}

// references draws what a resource names; of a metric only when it does not
// compile. A relationship between datasets is no flow, nor is a rule that
// compares them.
func (g *graph) references(r *catalog.Resource) {
	if r.Spec == nil || r.Kind == semantic.KindWorkspace || r.Kind == semantic.KindMetric && g.model.Metric(r.Metadata.Name) != nil {
		return
	}
	to := r.Ref()
	for _, ref := range r.Spec.Refs() {
		if r.Kind == semantic.KindDataset && ref.Path != "source.connection" && !strings.HasPrefix(ref.Path, "dimensions") {
			continue
		}
		from := id(ref.Kind, ref.Name)
		if ref.Kind == semantic.KindDataset {
			from = g.holder(ref.Name)
		}
		g.add(from, id(to.Kind, to.Name))
	}
}

// reach walks from a node along next and gives how far each node is.
func reach(start string, next map[string][]string) map[string]int {
	far := map[string]int{start: 0}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		for _, to := range next[queue[0]] {
			if _, seen := far[to]; !seen {
				far[to] = far[queue[0]] + 1
				queue = append(queue, to)
			}
		}
	}
	return far
}

// of gives the part of the graph around a node. Columns are shown only around
// a column: around a resource they stand on the edges.
func (g *graph) of(start string, up, down bool) Lineage {
	out := Lineage{Of: start, Nodes: []Node{}, Edges: []Edge{}}
	far := map[string]int{start: 0}
	byColumn := strings.HasPrefix(start, kindColumn+"/")
	take := func(next map[string][]string, sign int) {
		for node, n := range reach(start, next) {
			if strings.HasPrefix(node, kindColumn+"/") && !byColumn {
				continue
			}
			if old, seen := far[node]; !seen || old == 0 && n > 0 {
				far[node] = sign * n
			}
		}
	}
	if up {
		take(g.up, -1)
	}
	if down {
		take(g.down, 1)
	}
	for node, n := range far {
		out.Nodes = append(out.Nodes, g.node(node, n))
	}
	for key, columns := range g.edges {
		a, from := far[key[0]]
		b, to := far[key[1]]
		if !from || !to || a > 0 && b <= 0 || a >= 0 && b < 0 {
			continue
		}
		e := Edge{From: key[0], To: key[1]}
		for c := range columns {
			e.Columns = append(e.Columns, c)
		}
		slices.Sort(e.Columns)
		out.Edges = append(out.Edges, e)
	}
	slices.SortFunc(out.Nodes, func(a, b Node) int {
		if a.Distance != b.Distance {
			return a.Distance - b.Distance
		}
		return strings.Compare(a.ID, b.ID)
	})
	slices.SortFunc(out.Edges, func(a, b Edge) int { return strings.Compare(a.From+" "+a.To, b.From+" "+b.To) })
	return out
}

func (g *graph) node(node string, distance int) Node {
	kind, name, _ := strings.Cut(node, "/")
	out := Node{ID: node, Kind: kind, Name: name, Distance: distance, Title: text.Same(name)}
	if r, ok := g.snap.Get(kind, name); ok {
		out.Owner, out.Steward = r.Metadata.Owner, r.Metadata.Steward
		if !r.Metadata.Title.IsZero() {
			out.Title = r.Metadata.Title
		}
		return out
	}
	if dataset, column, ok := strings.Cut(name, "."); ok && kind == kindColumn {
		if d := g.model.Dataset(dataset); d != nil {
			if c := d.Column(column); c != nil && !c.Title.IsZero() {
				out.Title = c.Title
			}
		}
	}
	return out
}

// known reports whether there is such a node.
func (g *graph) known(node string) bool {
	kind, name, _ := strings.Cut(node, "/")
	if dataset, column, ok := strings.Cut(name, "."); ok && kind == kindColumn {
		d := g.model.Dataset(dataset)
		return d != nil && d.Column(column) != nil
	}
	_, ok := g.snap.Get(kind, name)
	return ok
}
