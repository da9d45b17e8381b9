package app

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"lodestar/internal/access"
	"lodestar/internal/asset"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/connect"
	"lodestar/internal/datasync"
	"lodestar/internal/event"
	"lodestar/internal/explain"
	"lodestar/internal/fault"
	"lodestar/internal/httpapi"
	"lodestar/internal/identity"
	"lodestar/internal/ingest"
	"lodestar/internal/kinds"
	"lodestar/internal/metrictest"
	"lodestar/internal/prepare"
	"lodestar/internal/process"
	"lodestar/internal/quality"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/store"
	"lodestar/internal/target"
	"lodestar/internal/text"
	"lodestar/internal/tree"
	"lodestar/internal/vault"
	"lodestar/internal/warehouse/duckdb"
	"lodestar/internal/warehouse/engines"
	"lodestar/internal/warehouse/gate"
)

// App is the program with a data directory open.
type App struct {
	cfg      Config
	model    atomic.Pointer[semantic.Model]
	compiler semantic.Compiler

	lock    *lock
	db      *store.DB
	people  *access.Service
	known   known
	catalog *catalog.Service
	api     *httpapi.API

	followed  map[string]followed // by dataset; under the catalog's write lock
	warehouse *duckdb.DB
	gate      *gate.Gate
	engines   *engines.Set
	vault     *vault.Service
	identity  *identity.Service
	secrets   atomic.Int64 // counts changes of secrets
	ingest    *ingest.Service
	syncs     *datasync.Service
	quality   *quality.Service
	assets    *asset.Service
	events    *event.Service
	prepare   *prepare.Service
	engine    *query.Engine
	explain   *explain.Service
	targets   *target.Service
	trees     *tree.Service

	setupCode string // must be given at first-run set-up; "" for none
	server    *server
	sql       *sqlDoor // nil when not asked for

	stopOnce sync.Once
	stopErr  error
	closers  []func(context.Context) error // in the order of opening
}

// New opens the data directory and builds everything, but does not listen.
// Call Stop in any case of success. Faults: Invalid for a configuration that
// cannot work, Unavailable when another process has the directory.
func New(ctx context.Context, cfg Config) (*App, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, followed: map[string]followed{}}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	return a, nil
}

// open goes from the inside out; each step leaves what undoes it.
func (a *App) open(ctx context.Context) error {
	for _, step := range []func(context.Context) error{a.openDir, a.openStore, a.openVault, a.openPeople, a.openCatalog,
		a.openWarehouse, a.openEngines, a.openQuality, a.openPrepare, a.openAnalysis, a.openEvents, a.openIntake, a.openSyncs, a.openIdentity, a.openDoor} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) openDir(context.Context) error {
	if err := os.MkdirAll(a.cfg.DataDir, 0o700); err != nil {
		return dirFault(a.cfg.DataDir, err)
	}
	l, err := lockDir(a.cfg.DataDir, a.cfg.Version)
	if err != nil {
		return dirFault(a.cfg.DataDir, err)
	}
	a.lock = l
	a.onStop(func(context.Context) error { return l.release() })
	return nil
}

// dirFault says what is wrong with a data directory that cannot be used.
func dirFault(dir string, err error) error {
	if f := new(fault.Error); errors.As(err, &f) {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) {
		return fault.New(fault.Unavailable, "disk_full", text.Text{
			EN: "there is no space left for the data directory {dir}", ZH: "数据目录 {dir} 所在磁盘空间不足"}, "dir", dir).Wrap(err)
	}
	return fault.New(fault.Unavailable, "data_dir_unusable", text.Text{
		EN: "the data directory {dir} cannot be made or written: {why}; choose another with --data DIR",
		ZH: "数据目录 {dir} 无法创建或写入：{why}；请用 --data 另选一个"}, "dir", dir, "why", err).Wrap(err)
}

func (a *App) openStore(ctx context.Context) error {
	db, err := store.Open(ctx, a.cfg.Metadata, store.Options{Version: a.cfg.Version, Log: a.cfg.Log})
	if err != nil {
		return err
	}
	a.db = db
	a.onStop(func(context.Context) error { return db.Close() })
	return nil
}

func (a *App) openPeople(ctx context.Context) error {
	users := a.db.Users()
	n, err := users.Count(ctx)
	if err != nil {
		return err
	}
	if n == 0 && !a.cfg.onLoopback() {
		a.setupCode = rand.Text()[:12]
	}
	a.people, err = access.New(access.Config{Users: users, Sessions: a.db.Sessions(), Tokens: a.db.Tokens(),
		Now: a.cfg.Now, Random: a.cfg.Random, Log: a.cfg.Log, SetupCode: a.setupCode, Demo: a.cfg.Demo})
	return err
}

func (a *App) openCatalog(ctx context.Context) error {
	svc, err := catalog.Open(ctx, catalog.Config{Kinds: kinds.All(), Store: a.db.Catalog(),
		Checker: catalog.CheckerFunc(a.check), Try: a.try, Now: a.cfg.Now, Log: a.cfg.Log, KnownPerson: a.knownPerson})
	if err != nil {
		return err
	}
	a.catalog = svc
	a.compile(svc.Snapshot())
	return nil
}

// openEvents makes the rows and the model follow the definitions, now and
// after each change.
func (a *App) openEvents(ctx context.Context) error {
	a.follow(ctx, a.catalog.Snapshot())
	a.catalog.Subscribe(func(snap catalog.Snapshot) {
		a.follow(context.WithoutCancel(ctx), snap)
		a.compile(snap)
		a.followSteps(context.WithoutCancel(ctx))
	})
	return nil
}

// compile swaps the model as a whole. What is quarantined stays outside.
func (a *App) compile(snap catalog.Snapshot) {
	model, _ := a.compiler.Compile(snap.Published(""))
	a.connect(snap, model)
	a.model.Store(model)
}

// draft compiles metrics that are being written.
func (a *App) draft(metrics map[string]*semantic.MetricSpec) (*semantic.Model, []catalog.Finding) {
	return semantic.CompileDrafts(a.catalog.Snapshot().Published(""), metrics)
}

func (a *App) openWarehouse(context.Context) error {
	w, err := duckdb.Open(duckdb.Config{Dir: a.cfg.DataDir, MemoryLimit: a.cfg.Memory, Threads: a.cfg.Threads, Log: a.cfg.Log})
	if err != nil {
		return err
	}
	a.warehouse = w
	a.onStop(func(context.Context) error { return w.Close() })
	a.gate = gate.New(w, a.limits())
	a.ingest, err = ingest.New(ingest.Config{Warehouse: w, Dataset: a.datasetSpec, Datasets: a.datasetNames,
		Workspace: func() semantic.WorkspaceSpec { return a.model.Load().Workspace() }, Create: a.define, Forget: a.forget,
		Audit: a.trail(), Now: a.cfg.Now, Log: a.cfg.Log, Step: a.cfg.Step, GiveWay: a.gate.GiveWay})
	if err != nil {
		return err
	}
	a.onStop(a.ingest.Stop)
	return nil
}

// limits are those of the line in front of each engine.
func (a *App) limits() gate.Config {
	return gate.Config{Places: a.cfg.Queries, MaxRun: a.cfg.QueryTime}
}

func (a *App) openQuality(ctx context.Context) (err error) {
	a.quality, err = quality.New(ctx, quality.Config{Warehouse: a.engines, Model: a.model.Load, Store: a.db.Quality(), Trail: a.db.Audit(),
		Ledger: a.warehouse.Ledger, AsOf: a.ingest.AsOf, Now: a.cfg.Now, Log: a.cfg.Log})
	return err
}

func (a *App) openPrepare(context.Context) error {
	a.prepare = prepare.New(prepare.Config{Warehouse: a.warehouse, Model: a.model.Load, Runs: a.ingest, Secret: a.vault.Open,
		Now: a.cfg.Now, Log: a.cfg.Log})
	return nil
}

func (a *App) openIdentity(context.Context) error {
	a.identity = identity.New(identity.Config{Model: a.model.Load, Rows: a.engines, Load: a.warehouse, Store: a.db.Identity(),
		Audit: a.trail(), Now: a.cfg.Now, Log: a.cfg.Log})
	return nil
}

// trust tells the query engine which promises about data are broken.
func (a *App) trust(d *semantic.Dataset, columns []string) []query.Distrust {
	var out []query.Distrust
	for _, m := range a.quality.Marks(d, columns) {
		out = append(out, query.Distrust{Dataset: m.Dataset, Title: m.Title, Rule: m.Rule, Label: m.Label, Since: m.Since})
	}
	return out
}

func (a *App) openAnalysis(context.Context) error {
	snapshot := a.catalog.Snapshot
	a.engine = query.New(query.Config{Model: a.model.Load, Draft: a.draft, Warehouse: a.engines, Now: a.cfg.Now, Log: a.cfg.Log, Keep: a.db.Meta(), Trust: a.trust, AsOf: a.ingest.AsOf})
	a.onStop(func(context.Context) error { a.engine.Close(); return nil })
	a.explain = explain.New(explain.Config{Query: a.engine, Model: a.model.Load})
	a.targets = target.New(target.Config{Query: a.engine, Model: a.model.Load, Catalog: snapshot,
		Additive: explain.Additive})
	a.assets = asset.New(asset.Config{Model: a.model.Load, Catalog: snapshot, Ingest: a.ingest, Quality: a.quality, Queries: a.engine,
		Ledger: a.warehouse.Ledger, Revisions: a.catalog.Revisions, Now: a.cfg.Now})
	a.trees = tree.New(tree.Config{Query: a.engine, Model: a.model.Load, Catalog: snapshot, Targets: a.targets})
	return nil
}

func (a *App) trail() *audit.Service { return audit.New(a.db.Audit(), a.cfg.Now) }

func (a *App) ready(ctx context.Context) error {
	return errors.Join(a.db.Ping(ctx), a.warehouse.Ping(ctx))
}

func (a *App) openDoor(context.Context) error {
	api, err := httpapi.New(httpapi.Config{Version: a.cfg.Version, Access: a.people, Catalog: a.catalog,
		Audit: a.trail(), Model: a.model.Load, Queries: a.engine, Ingest: a.ingest, Syncs: a.syncs, Events: a.events, Quality: a.quality, Prepare: a.prepare, Assets: a.assets,
		Explain: a.explain, Targets: a.targets, Trees: a.trees, Vault: a.vault, Identity: a.identity,
		Connections: connect.New(connect.Config{Open: a.openSource, Catalog: a.catalog.Snapshot, Look: a.ingest.DetectSpooled, Now: a.cfg.Now}),
		Processes:   process.New(process.Config{Model: a.model.Load, Catalog: a.catalog.Snapshot, Assets: a.assets, Events: a.events, Targets: a.targets}),
		Web:         a.cfg.Web, Hosts: a.cfg.Hosts, TrustedOrigins: a.cfg.TrustedOrigins, DemoKey: a.cfg.DemoKey,
		Ready: a.ready, Figures: a.figures, Now: a.cfg.Now, Log: a.cfg.Log})
	if err != nil {
		return err
	}
	a.api = api
	return nil
}

// openBench opens the throw-away engine on which metric tests run.
func openBench(ctx context.Context) (metrictest.Bench, error) { return duckdb.OpenScratch(ctx) }

func (a *App) onStop(f func(context.Context) error) { a.closers = append(a.closers, f) }

// Handler answers requests without a network.
func (a *App) Handler() http.Handler { return a.api.Handler() }

// Transport answers the requests of a command in this process, as the
// operating system's user with all rights.
func (a *App) Transport() http.RoundTripper {
	return localTransport{handler: a.api.Handler(), actor: localActor()}
}

// Stop ends everything in the reverse order of opening: the doors first, the
// stores last. It is safe to call twice.
func (a *App) Stop(ctx context.Context) error {
	a.stopOnce.Do(func() {
		for i := len(a.closers) - 1; i >= 0; i-- {
			a.stopErr = errors.Join(a.stopErr, a.closers[i](ctx))
		}
	})
	return a.stopErr
}
