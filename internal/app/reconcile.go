package app

import (
	"context"
	"fmt"
	"slices"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/kinds"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// check is what a set of definitions is judged by: what they say of each other,
// and whether the rows that are loaded can follow.
func (a *App) check(ctx context.Context, rs []*catalog.Resource) []catalog.Finding {
	findings := kinds.CheckCompiled(a.compiler.Compile, rs)
	if a.ingest == nil { // still opening
		return findings
	}
	snap := a.catalog.Snapshot()
	for _, r := range rs {
		spec, ok := rowsOf(r)
		if old, there := snap.Get(r.Kind, r.Metadata.Name); !ok || !there || old.Revision == r.Revision {
			continue
		}
		recast, err := a.recastOf(ctx, r.Metadata.Name, *spec)
		if err != nil {
			a.cfg.Log.ErrorContext(ctx, "preview a change of columns", "dataset", r.Metadata.Name, "error", err)
			continue
		}
		for _, c := range recast.Columns {
			if c.Lost > 0 {
				findings = append(findings, losing(r, spec, c))
			}
		}
	}
	return findings
}

// rowsOf gives the dataset that a resource's rows are.
func rowsOf(r *catalog.Resource) (*semantic.DatasetSpec, bool) {
	switch spec := r.Spec.(type) {
	case *semantic.DatasetSpec:
		return spec, true
	case *semantic.EventSpec:
		return spec.Dataset(), true
	}
	return nil, false
}

func losing(r *catalog.Resource, spec *semantic.DatasetSpec, c ingest.RecastColumn) catalog.Finding {
	i := slices.IndexFunc(spec.Columns, func(col semantic.Column) bool { return col.Name == c.Name })
	path := fmt.Sprintf("spec.columns[%d].type", i)
	if e, ok := r.Spec.(*semantic.EventSpec); ok {
		i = slices.IndexFunc(e.Properties, func(p semantic.Property) bool { return p.Name == c.Name })
		path = fmt.Sprintf("spec.properties[%d].type", i)
	}
	sample := ""
	if len(c.Samples) > 0 {
		sample = c.Samples[0]
	}
	return catalog.Finding{Kind: r.Kind, Name: r.Metadata.Name, Path: path,
		Rule: "values_lost", Severity: catalog.Error, Text: text.Text{
			EN: "{n} loaded values of {column} are no {type}, such as {sample}; load mended data first, or name a new column",
			ZH: "{column} 已装载的 {n} 个值无法转换为 {type}，例如 {sample}；请先装载修正后的数据，或另设新列"}.
			With("n", c.Lost, "column", c.Name, "type", c.To, "sample", sample)}
}

// recastOf says what a definition changes in the rows that are loaded; nothing
// for a dataset without rows, or one whose rows are made by steps.
func (a *App) recastOf(ctx context.Context, dataset string, spec semantic.DatasetSpec) (ingest.Recast, error) {
	if spec.Prepared() {
		return ingest.Recast{}, nil
	}
	r, err := a.ingest.PreviewRecast(ctx, access.Local("lodestar"), dataset, spec)
	if fault.Is(err, fault.NotFound) {
		return ingest.Recast{}, nil
	}
	return r, err
}

// follow lets the rows follow the definitions: columns that are new or of
// another type, and keys. A column that went away stays in the rows until they
// change the next time. It runs for every change of the catalog, one at a time.
func (a *App) follow(ctx context.Context, snap catalog.Snapshot) {
	for _, r := range snap.Published(semantic.KindDataset) {
		spec, ok := r.Spec.(*semantic.DatasetSpec)
		before, seen := a.followed[r.Metadata.Name]
		if !ok || seen && before.revision == r.Revision {
			continue
		}
		a.followed[r.Metadata.Name] = followed{r.Revision, spec.PrimaryKey}
		recast, err := a.recastOf(ctx, r.Metadata.Name, *spec)
		needed := seen && recast.Rows > 0 && !slices.Equal(before.key, spec.PrimaryKey)
		for _, c := range recast.Columns {
			needed = needed || c.To != ""
		}
		if err == nil && needed {
			who := access.Actor{Name: r.Author, Role: access.Editor, Via: access.ViaLocal}
			_, err = a.ingest.Recast(ctx, who, r.Metadata.Name)
		}
		if err != nil {
			a.cfg.Log.ErrorContext(ctx, "rows do not follow their definition", "dataset", r.Metadata.Name, "error", err)
		}
	}
}

// followSteps gives the tables of datasets that are made by steps the columns
// that follow now, until their rows are made anew, so that questions in between
// find them.
func (a *App) followSteps(ctx context.Context) {
	who := access.Local("lodestar")
	for _, d := range a.model.Load().Datasets() {
		if !d.Spec.Prepared() {
			continue
		}
		recast, err := a.ingest.PreviewRecast(ctx, who, d.Name, *d.Spec)
		if err == nil && slices.ContainsFunc(recast.Columns, func(c ingest.RecastColumn) bool { return c.To != "" }) {
			_, err = a.ingest.Recast(ctx, who, d.Name)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			a.cfg.Log.ErrorContext(ctx, "rows do not follow their steps", "dataset", d.Name, "error", err)
		}
	}
}

// followed is the definition that a dataset's rows have.
type followed struct {
	revision int
	key      []string
}
