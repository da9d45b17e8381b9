package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Config says where the database is and what it may use.
type Config struct {
	Dir         string       // data directory; made with mode 0700 when missing
	MemoryLimit string       // as in "2GB"; default 2GB; beyond it DuckDB spills to Dir/tmp
	Threads     int          // default: one per core
	Log         *slog.Logger // default: discards
}

// DB is an open database. It is safe for concurrent use; loads take turns.
type DB struct {
	db      *sql.DB
	dir     string
	staging string
	log     *slog.Logger
	turn    chan struct{} // holds one element while a change is under way

	mu     sync.RWMutex
	states map[string]warehouse.State // by dataset; what the ledger says, read once
}

var _ warehouse.Warehouse = (*DB)(nil)

// Open opens or makes the database in c.Dir, closes the sandbox around it and
// sweeps away what an interrupted load left in the staging directory.
// A database that another process holds is fault.Unavailable.
func Open(c Config) (*DB, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if c.MemoryLimit == "" {
		c.MemoryLimit = "2GB"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	staging, spill := filepath.Join(dir, "staging"), filepath.Join(dir, "tmp")
	for _, d := range []string{dir, staging, spill} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("data directory: %w", err)
		}
	}
	d := &DB{dir: dir, staging: staging, log: c.Log, turn: make(chan struct{}, 1), states: map[string]warehouse.State{}}
	if err := d.open(c, spill); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *DB) open(c Config, spill string) error {
	settings := []string{
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL memory_limit = " + quoteText(c.MemoryLimit),
		"SET GLOBAL temp_directory = " + quoteText(spill),
		"SET GLOBAL autoinstall_known_extensions = false",
		"SET GLOBAL autoload_known_extensions = false",
		"SET GLOBAL allow_community_extensions = false",
		"SET GLOBAL allowed_directories = [" + quoteText(d.staging) + "]",
		// DuckDB 1.5.5 cannot bind a condition that stands between two joins of
		// narrowed columns; see docs/adr/0010-duckdb-without-narrowed-columns.md.
		"SET GLOBAL disabled_optimizers = 'compressed_materialization'",
	}
	if c.Threads > 0 {
		settings = append(settings, fmt.Sprintf("SET GLOBAL threads = %d", c.Threads))
	}
	settings = append(settings,
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL lock_configuration = true")
	e, err := startEngine(filepath.Join(d.dir, "warehouse.duckdb"), settings, d.again)
	if err != nil {
		return openFault(d.dir, err)
	}
	d.db = sql.OpenDB(e)
	for _, s := range slices.Concat(schema[:], eventSchema[:]) {
		if _, err := d.db.Exec(s); err != nil {
			return errors.Join(fmt.Errorf("prepare the warehouse: %w", err), d.db.Close())
		}
	}
	if err := d.completeNewest(context.Background()); err != nil {
		return errors.Join(err, d.db.Close())
	}
	if err := d.sweep(context.Background()); err != nil {
		return errors.Join(err, d.db.Close())
	}
	return nil
}

// again is told that the engine was started again: what was committed when it
// gave up is known only now.
func (d *DB) again() {
	d.log.Warn("the warehouse had stopped after an error, and was started again")
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.states)
}

// Close waits for running statements and closes the database.
func (d *DB) Close() error { return d.db.Close() }

// Ping answers nil when the database takes statements.
func (d *DB) Ping(ctx context.Context) error { return queryFault(ctx, d.db.PingContext(ctx)) }

// Staging is the only directory from which the database may read files.
func (d *DB) Staging() string { return d.staging }

// Dialect tells how DuckDB writes SQL.
func (d *DB) Dialect() warehouse.Dialect { return Dialect{} }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func openFault(dir string, err error) error {
	if strings.Contains(err.Error(), "lock on file") {
		return fault.New(fault.Unavailable, "warehouse_locked", text.Text{
			EN: "another process uses the data directory {dir}; stop it or talk to it with --server",
			ZH: "数据目录 {dir} 正被另一个进程使用；请先停止它，或用 --server 连接它"}, "dir", dir).Wrap(err)
	}
	return fault.New(fault.Unavailable, "warehouse_broken", text.Text{
		EN: "the database in {dir} does not open; the log has the details, a backup can be restored with lodestar restore",
		ZH: "无法打开 {dir} 中的数据库，详情见日志；可用 lodestar restore 恢复备份"}, "dir", dir).Wrap(err)
}

// Busy is how many connections are at work.
func (d *DB) Busy() int { return d.db.Stats().InUse }
