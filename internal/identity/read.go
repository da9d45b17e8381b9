package identity

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// follow brings the graph up to date with its sources: by what was appended
// where that is all that happened, else from nothing, which it tells.
func (s *Service) follow(ctx context.Context, e subject, w *warm, now map[string]int64) (again bool, err error) {
	since := map[string]int64{}
	if w.graph != nil {
		for _, l := range e.Spec.Links {
			at := w.versions[l.Dataset]
			only, err := s.onlyAppended(ctx, l.Dataset, at, now[l.Dataset])
			if err != nil {
				return false, err
			}
			if !only {
				w.graph = nil
				break
			}
			since[l.Dataset] = at
		}
	}
	if again = w.graph == nil; again {
		since, w.refused = map[string]int64{}, 0
	}
	decisions, err := s.decisions(ctx, e)
	if err != nil {
		return again, err
	}
	if again {
		if w.graph, err = NewGraph(rulesOf(e.Spec, decisions)); err != nil {
			return again, err
		}
	}
	links, err := s.gather(ctx, e, decisions, since, now)
	if err != nil {
		return again, err
	}
	w.refused += w.graph.Add(links...)
	w.versions = maps.Clone(now)
	return again, nil
}

// decisions gives those that count.
func (s *Service) decisions(ctx context.Context, e subject) ([]Decision, error) {
	all, err := s.Store.Decisions(ctx, e.Name)
	return counting(e.Spec, all), err
}

// gather gives the links that sources made between versions of their rows, those
// that people parted left out. From the beginning, that is without versions, what
// people joined is with them.
func (s *Service) gather(ctx context.Context, e subject, decisions []Decision, since, now map[string]int64) ([]Link, error) {
	var out []Link
	fs, parted := formsOf(e.Spec), map[[2]ID]bool{}
	for _, d := range decisions {
		parted[[2]ID{d.A, d.B}] = !d.Together
		if d.Together && len(since) == 0 {
			out = append(out, Link{A: d.A, B: d.B, Source: people, At: d.At, Seen: 1})
		}
	}
	for _, l := range e.Spec.Links {
		if from, warm := since[l.Dataset]; warm && from == now[l.Dataset] {
			continue
		}
		links, err := s.links(ctx, e, l, since[l.Dataset], now[l.Dataset])
		if err != nil {
			return nil, err
		}
		out = append(out, slices.DeleteFunc(links, func(x Link) bool {
			a, b, ok := fs.pair(x.A, x.B)
			return ok && parted[[2]ID{a, b}]
		})...)
	}
	return out, nil
}

// onlyAppended reports whether rows were added to a dataset and none changed
// between two of its versions.
func (s *Service) onlyAppended(ctx context.Context, dataset string, from, to int64) (bool, error) {
	if from == to {
		return true, nil
	}
	state, _, err := s.Rows.State(ctx, dataset)
	if err != nil || state.Engine != "" || from == 0 {
		return false, err
	}
	const looked = 1000
	ledger, err := s.Load.Ledger(ctx, dataset, looked)
	return err == nil && warehouse.GrowthOf(ledger, from, to) == warehouse.Added, err
}

// house is where a dataset's rows are.
func (s *Service) house(ctx context.Context, dataset string) (warehouse.Warehouse, warehouse.State, bool, error) {
	state, ok, err := s.Rows.State(ctx, dataset)
	if err != nil || !ok || state.Table == "" {
		return nil, state, false, err
	}
	if state.Engine == "" {
		return s.Rows, state, true, nil
	}
	w, err := s.Rows.Engine(ctx, state.Engine)
	return w, state, err == nil, err
}

// each runs a query and calls f with the values of each row.
func each(ctx context.Context, w warehouse.Warehouse, q expr.SQL, f func([]any) error) (err error) {
	rows, err := w.Query(ctx, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows.Values()); err != nil {
			return err
		}
	}
	return rows.Err()
}

// asText writes a column as text, whatever its type.
func asText(d warehouse.Dialect, c *semantic.Column) expr.SQL {
	x := expr.SQL{Text: d.Quote(c.Name)}
	if c.Type == expr.String {
		return x
	}
	return d.Cast(x, c.Type, expr.String)
}

// links reads what the rows of a dataset say: two ids that stand in one row, how
// often, and when first: in the rows that came after the version since, up to
// the version to. Rows that came meanwhile are for the next time, or their links
// would count twice; where others write, there are no versions to go by.
func (s *Service) links(ctx context.Context, e subject, l semantic.EntityLink, since, to int64) ([]Link, error) {
	house, state, ok, err := s.house(ctx, l.Dataset)
	if err != nil || !ok {
		return nil, err
	}
	d, dataset := house.Dialect(), e.model.Linkable(l.Dataset)
	at := timeOf(dataset, l)
	first := expr.SQL{Text: "NULL"}
	if c := dataset.Column(at); c != nil && (c.Type == expr.Date || c.Type == expr.Timestamp) {
		first = d.Aggregate(warehouse.Aggregate{Func: "min", Arg: expr.SQL{Text: d.Quote(at)}})
	}
	columns, fs := slices.Sorted(maps.Keys(l.IDs)), formsOf(e.Spec)
	var out []Link
	for i, a := range columns {
		for _, b := range columns[i+1:] {
			ofA, ofB := dataset.Column(a), dataset.Column(b)
			left, right := asText(d, ofA), asText(d, ofB)
			q := expr.Concat("SELECT ", left, " AS a, ", right, " AS b, ", first, " AS at, count(*) AS n FROM ", state.Table,
				" WHERE "+d.Quote(a)+" IS NOT NULL AND "+d.Quote(b)+" IS NOT NULL")
			if state.Engine == "" {
				q.Text += fmt.Sprintf(" AND _load > %d AND _load <= %d", since, to)
			}
			q.Text += " GROUP BY 1, 2"
			err := each(ctx, house, q, func(v []any) error {
				x := Link{Source: l.Dataset, Seen: 1}
				x.A, _ = fs.id(ID{l.IDs[a], idOf(textOf(v[0]), ofA.Type)})
				x.B, _ = fs.id(ID{l.IDs[b], idOf(textOf(v[1]), ofB.Type)})
				if t, ok := v[2].(time.Time); ok {
					x.At = t
				}
				if n, ok := v[3].(int64); ok {
					x.Seen = int(n)
				}
				out = append(out, x)
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// timeOf is the column that says when a row that links ids is of; "" for none.
func timeOf(d *semantic.Dataset, l semantic.EntityLink) string {
	if l.Time != "" {
		return l.Time
	}
	return d.Spec.Time
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}
