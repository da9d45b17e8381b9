package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// suggestValues is how many values of a column are looked up elsewhere.
const suggestValues = 2000

// Relations tells for each relationship of a dataset how well its keys match.
// Relationships to datasets without rows are left out.
func (s *Service) Relations(ctx context.Context, actor access.Actor, dataset string) ([]Relation, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return nil, err
	}
	spec, ok := s.Dataset(dataset)
	if !ok {
		return nil, errNoDataset(dataset)
	}
	here, _, err := s.loaded(ctx, dataset)
	if err != nil {
		return nil, err
	}
	out := []Relation{}
	for _, rel := range spec.Relationships {
		there, ok, err := s.Warehouse.State(ctx, rel.To)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		r := Relation{Relationship: rel.Name, To: rel.To}
		if err := s.matched(ctx, here, there, rel.Columns, &r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (s *Service) matched(ctx context.Context, here, there warehouse.State, columns map[string]string, r *Relation) error {
	quote := s.Warehouse.Dialect().Quote
	var null, same []string
	for _, from := range sortedKeys(columns) {
		null = append(null, "h."+quote(from)+" IS NULL")
		same = append(same, "t."+quote(columns[from])+" = h."+quote(from))
	}
	text := fmt.Sprintf(`SELECT count(*) FILTER (WHERE missing), count(*) FILTER (WHERE NOT missing AND found),
		count(*) FILTER (WHERE NOT missing AND NOT found)
		FROM (SELECT %s AS missing, EXISTS (SELECT 1 FROM %s t WHERE %s) AS found FROM %s h) x`,
		"("+strings.Join(null, " OR ")+")", there.Table, strings.Join(same, " AND "), here.Table)
	err := s.each(ctx, expr.SQL{Text: text}, func(v []any) error {
		r.Missing, _ = v[0].(int64)
		r.Matched, _ = v[1].(int64)
		r.Unmatched, _ = v[2].(int64)
		return nil
	})
	if n := r.Matched + r.Unmatched; n > 0 {
		r.Share = float64(r.Matched) / float64(n)
	}
	return err
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// SuggestRelations proposes relationships among datasets: a column here whose
// values are found in the one-column key there, of the same type, and whose
// name has something to do with it. Best first.
func (s *Service) SuggestRelations(ctx context.Context, actor access.Actor, datasets []string) ([]Suggestion, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return nil, err
	}
	out := []Suggestion{}
	for _, to := range datasets {
		there, ok := s.Dataset(to)
		if !ok || len(there.PrimaryKey) != 1 {
			continue
		}
		for _, from := range datasets {
			here, ok := s.Dataset(from)
			if !ok || from == to {
				continue
			}
			found, err := s.suggest(ctx, from, here, to, there)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int {
		switch {
		case a.Share > b.Share:
			return -1
		case a.Share < b.Share:
			return 1
		}
		return strings.Compare(a.From+" "+a.Name, b.From+" "+b.Name)
	})
	return out, nil
}

func (s *Service) suggest(ctx context.Context, from string, here semantic.DatasetSpec, to string, there semantic.DatasetSpec) ([]Suggestion, error) {
	hereState, ok, err := s.Warehouse.State(ctx, from)
	if err != nil || !ok {
		return nil, err
	}
	thereState, ok, err := s.Warehouse.State(ctx, to)
	if err != nil || !ok {
		return nil, err
	}
	key := there.PrimaryKey[0]
	i := slices.IndexFunc(there.Columns, func(c semantic.Column) bool { return c.Name == key })
	if i < 0 {
		return nil, nil
	}
	var out []Suggestion
	for _, c := range here.Columns {
		if c.Type != there.Columns[i].Type || !related(c, there.Columns[i], to) || declared(here, to, c.Name) ||
			len(here.PrimaryKey) == 1 && here.PrimaryKey[0] == c.Name && c.Name != key {
			continue
		}
		g := Suggestion{From: from, To: to, Columns: map[string]string{c.Name: key}, Name: relationName(c.Name, to)}
		quote := s.Warehouse.Dialect().Quote
		text := fmt.Sprintf(`SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM %s t WHERE t.%s = d.v))
			FROM (SELECT DISTINCT %s AS v FROM %s WHERE %s IS NOT NULL LIMIT %d) d`, thereState.Table, quote(key),
			quote(c.Name), hereState.Table, quote(c.Name), suggestValues)
		var found int64
		err := s.each(ctx, expr.SQL{Text: text}, func(v []any) error {
			g.Values, _ = v[0].(int64)
			found, _ = v[1].(int64)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if g.Values > 0 {
			g.Share = float64(found) / float64(g.Values)
		}
		// Under the very name of the key a small overlap is worth showing: many
		// rows may lead to something that is known of only a few.
		if g.Share >= 0.5 || g.Share >= 0.1 && c.Name == key {
			out = append(out, g)
		}
	}
	return out, nil
}

// related reports whether names or headers go together: the same, or the
// column is named after the other dataset (store_id and stores).
func related(c, key semantic.Column, to string) bool {
	if semantic.Fold(c.Name) == semantic.Fold(key.Name) || c.Source != "" && semantic.Fold(c.Source) == semantic.Fold(key.Source) {
		return true
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(c.Name, "_id"), "_code"), "_no")
	one := strings.TrimSuffix(to, "s")
	return len(stem) > 2 && (stem == one || stem == to || strings.HasSuffix(stem, "_"+one))
}

func declared(spec semantic.DatasetSpec, to, column string) bool {
	return slices.ContainsFunc(spec.Relationships, func(r semantic.Relationship) bool {
		_, ok := r.Columns[column]
		return r.To == to && ok
	})
}

func relationName(column, to string) string {
	if name, ok := strings.CutSuffix(column, "_id"); ok && name != "" {
		return name
	}
	if one, ok := strings.CutSuffix(to, "s"); ok {
		return one
	}
	return to
}

// PreviewRecast says what giving a loaded dataset the columns of spec would do.
func (s *Service) PreviewRecast(ctx context.Context, actor access.Actor, dataset string, spec semantic.DatasetSpec) (Recast, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return Recast{}, err
	}
	losses, rows, err := s.Warehouse.RecastLoss(ctx, warehouse.LoadSpec{Dataset: dataset, Columns: stored(spec), Key: spec.PrimaryKey})
	out := Recast{Rows: rows, Columns: []RecastColumn{}}
	for _, l := range losses {
		out.Lost += l.Lost
		out.Columns = append(out.Columns, RecastColumn{l.Column, l.From, l.To, l.Lost, l.Samples})
	}
	return out, err
}

// Recast gives a loaded dataset the columns of its definition as it is now, in
// one step that can be undone. Values that would be lost make it fail.
func (s *Service) Recast(ctx context.Context, actor access.Actor, dataset string) (Load, error) {
	if _, ok := s.Dataset(dataset); !ok {
		return Load{}, errNoDataset(dataset)
	}
	return s.direct(ctx, actor, dataset, "recast", func(spec warehouse.LoadSpec) (warehouse.State, error) {
		return s.Warehouse.Recast(ctx, spec)
	})
}
