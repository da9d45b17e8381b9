package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
)

// datasetSpec gives a dataset's definition to the loader.
func (a *App) datasetSpec(name string) (semantic.DatasetSpec, bool) {
	r, ok := a.catalog.Snapshot().Get(semantic.KindDataset, name)
	if !ok {
		if d := a.eventDataset(name); d != nil {
			return *d.Spec, true
		}
	}
	if !ok || r.State != catalog.Published {
		return semantic.DatasetSpec{}, false
	}
	spec, ok := r.Spec.(*semantic.DatasetSpec)
	if !ok {
		return semantic.DatasetSpec{}, false
	}
	if m := a.model.Load(); spec.Prepared() && m != nil {
		if d := m.Dataset(name); d != nil {
			spec = d.Spec // with the columns that follow from its steps
		}
	}
	return *spec, true
}

func (a *App) datasetNames() []string {
	var out []string
	for _, r := range a.catalog.Snapshot().Published(semantic.KindDataset) {
		out = append(out, r.Metadata.Name)
	}
	if m := a.model.Load(); m != nil {
		for _, d := range m.Datasets() {
			if d.Spec.FromEvents() {
				out = append(out, d.Name)
			}
		}
	}
	return out
}

// eventDataset gives the dataset that the rows of an event, or of calls that
// are none, make; nil when there is none of that name.
func (a *App) eventDataset(name string) *semantic.Dataset {
	m := a.model.Load()
	if m == nil {
		return nil
	}
	if d := m.Dataset(name); d != nil && d.Spec.FromEvents() {
		return d
	}
	return nil
}

// define stores a dataset that a load brings along, and gives its revision;
// one of that name stays.
func (a *App) define(ctx context.Context, who access.Actor, r *catalog.Resource) (int, error) {
	none := 0
	stored, err := a.catalog.Put(ctx, who, r, catalog.PutOptions{IfRevision: &none})
	if err != nil {
		return 0, err
	}
	return stored.Revision, nil
}

// forget takes back a dataset's definition as define stored it.
func (a *App) forget(ctx context.Context, who access.Actor, name string, revision int) error {
	if _, loaded, err := a.warehouse.State(ctx, name); err != nil || loaded {
		return err // rows came by another load
	}
	_, err := a.catalog.Delete(ctx, who, semantic.KindDataset, name, catalog.DeleteOptions{IfRevision: &revision})
	return err
}

// loadSources loads every dataset whose definition names its files, from dir.
func (a *App) loadSources(ctx context.Context, who access.Actor, dir string) error {
	for _, name := range a.datasetNames() {
		spec, _ := a.datasetSpec(name)
		if spec.Source == nil {
			continue
		}
		for i, file := range spec.Source.Files {
			mode := ingest.Replace
			if i > 0 {
				mode = ingest.Append
			}
			if err := a.loadFile(ctx, who, name, filepath.Join(dir, filepath.FromSlash(file)), mode); err != nil {
				return fmt.Errorf("load %s from %s: %w", name, file, err)
			}
		}
	}
	return nil
}

func (a *App) loadFile(ctx context.Context, who access.Actor, dataset, file, mode string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	up, err := a.ingest.Upload(ctx, who, filepath.Base(file), f)
	if err != nil {
		return err
	}
	l, err := a.ingest.Start(ctx, who, ingest.LoadRequest{Upload: up.ID, Dataset: dataset, Mode: mode})
	if err != nil {
		return err
	}
	if l, err = a.ingest.Wait(ctx, l.ID); err != nil {
		return err
	}
	if l.Error != nil {
		return fault.New(fault.Invalid, l.Error.Code, l.Error.Text)
	}
	return nil
}
