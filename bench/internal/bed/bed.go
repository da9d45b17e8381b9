// Package bed prepares what the benchmarks run on: the generated files, a
// warehouse with the rows loaded, and an engine over it. Files and warehouse
// are kept between runs, one set for each number of lines.
package bed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/shopdata"
	"lodestar/bench/model"
	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/ingest"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse/duckdb"
)

// DefaultLines is how many order lines there are unless LINES says otherwise.
const DefaultLines = 20_000_000

// Who asks and loads.
func Who() access.Actor { return access.Local("bench") }

// Lines reads LINES.
func Lines() (int, error) {
	s := os.Getenv("LINES")
	if s == "" {
		return DefaultLines, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1000 {
		return 0, fmt.Errorf("LINES=%s: give a number of at least 1000", s)
	}
	return n, nil
}

// Dir is where everything of this many lines is kept: below LODESTAR_BENCH_DIR
// or the temporary directory.
func Dir(lines int) string {
	root := os.Getenv("LODESTAR_BENCH_DIR")
	if root == "" {
		root = filepath.Join(os.TempDir(), "lodestar-bench")
	}
	return filepath.Join(root, strconv.Itoa(lines))
}

// DataDir is the program's data directory, in which the rows are loaded.
func DataDir(lines int) string { return filepath.Join(Dir(lines), "data") }

// Files makes the CSV files, once, and gives their folder.
func Files(lines int) (string, error) {
	dir := filepath.Join(Dir(lines), "files")
	done := filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	figure.Say("writing %d order lines to %s", lines, dir)
	if err := shopdata.WriteAll(dir, shopdata.Options{Lines: lines}); err != nil {
		return "", err
	}
	return dir, os.WriteFile(done, nil, 0o644)
}

// Model compiles the benchmark's definitions.
func Model() (*semantic.Model, error) {
	rs, findings := catalog.Decode("model.yaml", model.YAML, kinds.All())
	m, more := semantic.Compile(rs)
	for _, f := range append(findings, more...) {
		if f.Severity == catalog.Error {
			return nil, fmt.Errorf("%s %s %s: %s", f.Kind, f.Name, f.Path, f.Text.EN)
		}
	}
	return m, nil
}

// Bed is an open warehouse with what asks it.
type Bed struct {
	Model  *semantic.Model
	DB     *duckdb.DB
	Ingest *ingest.Service
	Engine *query.Engine
}

// Open opens the warehouse in dir; lines are not loaded yet.
func Open(dir string) (*Bed, error) {
	m, err := Model()
	if err != nil {
		return nil, err
	}
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "4GB"})
	if err != nil {
		return nil, err
	}
	b := &Bed{Model: m, DB: db}
	b.Ingest, err = ingest.New(ingest.Config{Warehouse: db, Dataset: b.dataset, Datasets: b.datasets, Workspace: m.Workspace})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	b.Engine = b.NewEngine()
	return b, nil
}

// NewEngine makes an engine that has cached nothing yet.
func (b *Bed) NewEngine() *query.Engine {
	return query.New(query.Config{Model: func() *semantic.Model { return b.Model }, Warehouse: b.DB, Now: time.Now})
}

// Loaded opens the kept warehouse and loads into it what is missing.
func Loaded(ctx context.Context) (*Bed, error) {
	lines, err := Lines()
	if err != nil {
		return nil, err
	}
	files, err := Files(lines)
	if err != nil {
		return nil, err
	}
	b, err := Open(DataDir(lines))
	if err != nil {
		return nil, err
	}
	for _, name := range b.datasets() {
		if _, ok, err := b.DB.State(ctx, name); err != nil || ok {
			if err != nil {
				return nil, errors.Join(err, b.Close(ctx))
			}
			continue
		}
		figure.Say("loading %s", name)
		if _, err := b.Load(ctx, name, filepath.Join(files, name+".csv")); err != nil {
			return nil, errors.Join(err, b.Close(ctx))
		}
	}
	return b, nil
}

// Load replaces a dataset's rows and waits for the end.
func (b *Bed) Load(ctx context.Context, dataset, file string) (ingest.Load, error) {
	up, err := b.Ingest.Adopt(ctx, Who(), file)
	if err != nil {
		return ingest.Load{}, err
	}
	l, err := b.Ingest.Start(ctx, Who(), ingest.LoadRequest{Upload: up.ID, Dataset: dataset, Mode: ingest.Replace})
	if err != nil {
		return l, err
	}
	if l, err = b.Ingest.Wait(ctx, l.ID); err != nil {
		return l, err
	}
	if l.State != ingest.Done {
		return l, fmt.Errorf("loading %s: %s: %+v", dataset, l.State, l.Error)
	}
	return l, nil
}

// Close ends everything.
func (b *Bed) Close(ctx context.Context) error {
	return errors.Join(b.Ingest.Stop(ctx), b.DB.Close())
}

func (b *Bed) dataset(name string) (semantic.DatasetSpec, bool) {
	if d := b.Model.Dataset(name); d != nil {
		return *d.Spec, true
	}
	return semantic.DatasetSpec{}, false
}

func (b *Bed) datasets() []string {
	var out []string
	for _, d := range b.Model.Datasets() {
		out = append(out, d.Name)
	}
	return out
}
