package app

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/datasync"
	"lodestar/internal/job"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
)

// syncWorkers is how many syncs run at a time: they mostly wait, for a source or
// for their turn at the warehouse.
const syncWorkers = 4

// installationKey is where the metadata keep what tells this program apart from
// others that read the same sources.
const installationKey = "installation"

// openSyncs builds the runner of syncs. Schedules are watched once the program
// serves; a command on a data directory runs what it asks for itself.
func (a *App) openSyncs(ctx context.Context) error {
	id, err := a.db.Meta().Get(ctx, installationKey)
	if err != nil {
		return err
	}
	if id == "" {
		id = strings.ToLower(rand.Text())
		if err := a.db.Meta().Set(ctx, installationKey, id); err != nil {
			return err
		}
	}
	queue := job.NewQueue(job.Config{Store: a.db.Jobs(), Now: a.cfg.Now, Log: a.cfg.Log, Workers: syncWorkers, Alone: true})
	a.syncs = datasync.New(datasync.Config{Open: a.openConnection, Dataset: a.datasetSpec, Datasets: a.datasetNames,
		Workspace:  func() semantic.WorkspaceSpec { return a.model.Load().Workspace() },
		AddColumns: a.addColumns, Loads: a.ingest, Warehouse: a.warehouse, Store: a.db.Syncs(), Queue: queue,
		Audit: a.trail(), Now: a.cfg.Now, Log: a.cfg.Log, Installation: id, Step: a.cfg.Step})
	a.onStop(a.syncs.Stop)
	return a.syncs.Load(ctx)
}

// openConnection connects to where rows are copied from, by name.
func (a *App) openConnection(ctx context.Context, name string) (source.Source, error) {
	r, ok := a.catalog.Snapshot().Get(semantic.KindConnection, name)
	if ok && r.State == catalog.Published {
		if spec, ok := r.Spec.(*semantic.ConnectionSpec); ok {
			return a.openSource(ctx, spec)
		}
	}
	return nil, semantic.UnknownConnection(name)
}

// addColumns stores a revision of a dataset with further columns; its rows
// follow before this returns.
func (a *App) addColumns(ctx context.Context, dataset string, columns []semantic.Column) error {
	r, ok := a.catalog.Snapshot().Get(semantic.KindDataset, dataset)
	if !ok {
		return semantic.UnknownDataset(dataset)
	}
	spec, _ := r.Spec.(*semantic.DatasetSpec)
	wider := *spec
	wider.Columns = append(slices.Clone(spec.Columns), columns...)
	who := access.Actor{Name: "sync", Role: access.Editor, Via: access.ViaLocal}
	_, err := a.catalog.Put(ctx, who, &catalog.Resource{Kind: r.Kind, Metadata: r.Metadata, Spec: &wider},
		catalog.PutOptions{IfRevision: &r.Revision})
	return err
}
