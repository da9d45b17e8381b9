package asset

import (
	"context"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/quality"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Config is what a Service works with.
type Config struct {
	Model   func() *semantic.Model
	Catalog func() catalog.Snapshot
	Ingest  *ingest.Service
	Quality *quality.Service
	Queries *query.Engine
	// Ledger lists the newest loads of all datasets, or of one.
	Ledger func(ctx context.Context, dataset string, limit int) ([]warehouse.LedgerEntry, error)
	// Revisions gives the life of a definition, newest first.
	Revisions func(ctx context.Context, who access.Actor, kind, name string) ([]catalog.Revision, error)
	Now       func() time.Time
}

// Service answers from what others know. It is safe for concurrent use.
type Service struct{ Config }

// New makes a service.
func New(c Config) *Service { return &Service{c} }

// Lineage tells what flows into something, what it flows into, or both: of is
// Kind/name, or Column/dataset.column; direction is up, down or both (also
// when empty). Faults: NotFound, and Invalid for a direction that is none.
func (s *Service) Lineage(_ context.Context, who access.Actor, of, direction string) (Lineage, error) {
	_, out, err := s.lineage(who, of, direction)
	return out, err
}

// lineage is Lineage, with the graph that it was read from.
func (s *Service) lineage(who access.Actor, of, direction string) (*graph, Lineage, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, Lineage{}, err
	}
	if direction != "" && direction != "up" && direction != "down" && direction != "both" {
		return nil, Lineage{}, fault.New(fault.Invalid, "bad_direction", text.Text{
			ZH: "direction 须为 up、down 或 both", EN: "direction is up, down or both"})
	}
	g := newGraph(s.Model(), s.Catalog())
	if kind, name, ok := strings.Cut(of, "/"); ok && kind == semantic.KindDataset {
		of = g.holder(name)
	}
	if !g.known(of) {
		return nil, Lineage{}, fault.New(fault.NotFound, "unknown_node", text.Text{
			ZH: "没有 {of}；请写作 Dataset/orders、Metric/revenue 或 Column/orders.amount",
			EN: "there is no {of}; write it as Dataset/orders, Metric/revenue or Column/orders.amount"}, "of", of)
	}
	return g, g.of(of, direction != "down", direction != "up"), nil
}

// Hit is something that a dataset distorts while it is late or broken.
type Hit struct {
	Node
	Columns []string `json:"columns,omitempty"` // of the dataset that a metric reads
	// Distorted is set when what is wrong now bears on it: all of it while the
	// dataset is late, otherwise what reads a column whose promise is broken.
	Distorted bool `json:"distorted"`
}

// Person is somebody to tell.
type Person struct {
	Name string   `json:"name"` // a user or free text
	Of   []string `json:"of"`   // ids of what they answer for
}

// Impact is what hangs on a dataset, in one view.
type Impact struct {
	Dataset string         `json:"dataset"`
	Title   text.Text      `json:"title"`
	Late    bool           `json:"late"`
	LateBy  string         `json:"lateBy,omitempty"`
	Marks   []quality.Mark `json:"marks" nullable:"false"`
	Metrics []Hit          `json:"metrics" nullable:"false"`
	Trees   []Hit          `json:"trees" nullable:"false"`
	Targets []Hit          `json:"targets" nullable:"false"`
	Others  []Hit          `json:"others" nullable:"false"` // roll-ups, datasets made of it, …
	People  []Person       `json:"people" nullable:"false"`
}

// Impact tells what a late or failed dataset distorts, and whom to tell.
func (s *Service) Impact(ctx context.Context, who access.Actor, dataset string) (Impact, error) {
	out := Impact{Dataset: dataset, Marks: []quality.Mark{}, Metrics: []Hit{}, Trees: []Hit{}, Targets: []Hit{}, Others: []Hit{}, People: []Person{}}
	status, err := s.Ingest.Status(ctx, who, dataset)
	if err != nil {
		return out, err
	}
	out.Late, out.LateBy = status.Freshness == "late", status.LateBy
	model := s.Model()
	g := newGraph(model, s.Catalog())
	start := g.holder(dataset)
	self := g.node(start, 0)
	out.Title = self.Title
	if d := model.Dataset(dataset); d != nil {
		out.Marks = append(out.Marks, s.Quality.Marks(d, nil)...)
	}
	distorted := s.distorts(g, dataset, out.Late, out.Marks)
	told := people{}
	told.add(self)
	for _, n := range g.of(start, false, true).Nodes {
		if n.ID == start {
			continue
		}
		h := Hit{Node: n, Distorted: distorted[n.ID]}
		told.add(n)
		switch n.Kind {
		case semantic.KindMetric:
			h.Columns = columnsOf(model.Metric(n.Name), dataset)
			out.Metrics = append(out.Metrics, h)
		case kindTree:
			out.Trees = append(out.Trees, h)
		case kindTarget:
			out.Targets = append(out.Targets, h)
		default:
			out.Others = append(out.Others, h)
		}
	}
	out.People = told.list()
	return out, nil
}

func columnsOf(m *semantic.Metric, dataset string) []string {
	if m == nil {
		return nil
	}
	for _, use := range semantic.Uses(m) {
		if use.Dataset.Name == dataset {
			return use.Columns
		}
	}
	return nil
}

// distorts finds what is distorted now: everything below a late dataset, or a
// promise about rows as such; else what lies below the columns at fault.
func (s *Service) distorts(g *graph, dataset string, late bool, marks []quality.Mark) map[string]bool {
	out := map[string]bool{}
	below := func(node string) {
		for n := range reach(node, g.down) {
			if out[n] = true; strings.HasPrefix(n, kindColumn+"/") { // and the dataset that holds it
				holder, _, _ := strings.Cut(strings.TrimPrefix(n, kindColumn+"/"), ".")
				out[g.holder(holder)] = true
			}
		}
	}
	if late {
		below(g.holder(dataset))
	}
	for _, m := range marks {
		if len(m.Columns) == 0 {
			below(g.holder(dataset))
		}
		for _, c := range m.Columns {
			below(columnID(dataset, c))
		}
	}
	return out
}

// people gathers who answers for what.
type people map[string][]string

func (p people) add(n Node) {
	for _, name := range []string{n.Owner, n.Steward} {
		if name != "" && !contains(p[name], n.ID) {
			p[name] = append(p[name], n.ID)
		}
	}
}
