package datasync

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// widen takes columns that files have and the dataset has not into its definition,
// before they are loaded. Those that were there when everything was read were left
// out by whoever wrote the definition.
func (b *bringing) widen(ctx context.Context, sp *ingest.Spool) error {
	r := b.l.run
	others, err := b.s.Loads.Others(ctx, b.who(), ingest.SpoolLoad{Spool: sp, Dataset: r.Dataset, Spec: b.plan.spec})
	if err != nil {
		return err
	}
	_, loaded, err := b.s.Warehouse.State(ctx, r.Dataset)
	if err != nil {
		return err
	}
	known := b.s.memory(r.Dataset).Columns
	first := r.Full || known == nil && !loaded
	seen := maps.Clone(b.plan.seen)
	if !r.Full {
		maps.Copy(seen, known)
	}
	var fresh []semantic.Column
	var headers []string
	for _, c := range others {
		header := cmp.Or(c.Source, c.Name)
		if _, was := seen[header]; !was && !first {
			fresh, headers = append(fresh, c), append(headers, header)
			continue
		}
		seen[header] = c.Type
	}
	b.plan.seen = seen
	if len(fresh) == 0 {
		return nil
	}
	spec, err := b.s.synced(r.Dataset)
	if err != nil {
		return err
	}
	fresh = apart(spec, fresh)
	if err := b.s.memorise(ctx, r.Dataset, func(m *Memory) { m.Added = append(slices.Clone(m.Added), headers...) }); err != nil {
		return err
	}
	if err := b.s.AddColumns(ctx, r.Dataset, fresh); err != nil {
		return err
	}
	b.s.warnAdded(b.l, b.plan.request.Stream, headers)
	if spec, err = b.s.synced(r.Dataset); err != nil {
		return err
	}
	p, err := b.s.match(r.Dataset, spec, b.stream, known)
	if err != nil {
		return err
	}
	p.seen, b.plan = seen, b.s.named(r.Dataset, spec, p)
	return nil
}

// apart gives columns names that the dataset has not yet.
func apart(spec semantic.DatasetSpec, columns []semantic.Column) []semantic.Column {
	taken := names(spec)
	out := slices.Clone(columns)
	for i := range out {
		header := cmp.Or(out[i].Source, out[i].Name)
		if out[i].Name = unlike(taken, out[i].Name); out[i].Name != header && out[i].Source == "" {
			out[i].Source, out[i].Title = header, semantic.TitleOf(header)
		}
	}
	return out
}

func (s *Service) memory(dataset string) Memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memories[dataset]
}

func (s *Service) warnAdded(l *live, table string, names []string) {
	s.warn(l, "columns_added", text.Text{EN: "{table} has new columns, which were added: {columns}; rows read before have no value there",
		ZH: "{table} 出现新列，已加入数据集：{columns}；此前的数据在这些列为空"}.With("table", table, "columns", strings.Join(names, ", ")))
}
