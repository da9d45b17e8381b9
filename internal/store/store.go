package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
)

// Options of Open.
type Options struct {
	Version string // of the program, kept beside the schema for messages
	Log     *slog.Logger
}

// DB is an open metadata database, safe for concurrent use.
type DB struct {
	engine  engine
	writer  *sql.DB // one connection
	readers *sql.DB
	log     *slog.Logger
	close   sync.Once
	failed  error
}

// Open opens the database and brings its schema up to date. The name is the
// path of a SQLite file, which is created, or a postgres:// address. A SQLite
// file is backed up beside itself before its schema changes. Faults:
// Unavailable "metadata_in_use" when another process writes to it, Invalid
// "metadata_newer" when a newer program made it.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	return openWith(ctx, dsn, o, migrations)
}

// openWith takes the migrations, so that tests can have more of them.
func openWith(ctx context.Context, dsn string, o Options, files fs.FS) (*DB, error) {
	var e engine = sqliteEngine{path: strings.TrimPrefix(dsn, "sqlite:")}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		e = postgresEngine{dsn: dsn}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	writer, readers, err := e.open()
	if err != nil {
		return nil, err
	}
	db := &DB{engine: e, writer: writer, readers: readers, log: o.Log}
	if err := db.writer.PingContext(ctx); err != nil {
		return nil, errors.Join(e.translate(err), db.Close())
	}
	if err := db.migrate(ctx, o.Version, files); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close waits for running statements and closes the database; a second call
// does nothing more.
func (db *DB) Close() error {
	db.close.Do(func() { db.failed = errors.Join(db.readers.Close(), db.writer.Close()) })
	return db.failed
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	return db.engine.translate(db.readers.PingContext(ctx))
}

// Engine is "sqlite" or "postgres".
func (db *DB) Engine() string { return db.engine.name() }

// engine is what differs between the two databases.
type engine interface {
	name() string
	// open makes a pool of one connection for writing and one for reading.
	open() (writer, readers *sql.DB, err error)
	// rebind turns ? into the engine's placeholders.
	rebind(query string) string
	// translate makes faults of driver errors known by their code.
	translate(err error) error
	unique(err error) bool
	// backup copies the database before its schema changes from a version,
	// and says where to; "" when that is the operator's part.
	backup(ctx context.Context, db *sql.DB, from int64) (string, error)
}

// querier is what a tx and the readers have in common.
type querier interface {
	query(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	row(ctx context.Context, q string, args ...any) *sql.Row
}

// tx is a running transaction on the writer.
type tx struct {
	raw    *sql.Tx
	engine engine
}

func (t *tx) exec(ctx context.Context, q string, args ...any) (int64, error) {
	res, err := t.raw.ExecContext(ctx, t.engine.rebind(q), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t *tx) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return t.raw.QueryContext(ctx, t.engine.rebind(q), args...)
}

func (t *tx) row(ctx context.Context, q string, args ...any) *sql.Row {
	return t.raw.QueryRowContext(ctx, t.engine.rebind(q), args...)
}

func (db *DB) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return db.readers.QueryContext(ctx, db.engine.rebind(q), args...)
}

func (db *DB) row(ctx context.Context, q string, args ...any) *sql.Row {
	return db.readers.QueryRowContext(ctx, db.engine.rebind(q), args...)
}

// update runs f in the one writing transaction; an error of f undoes it.
func (db *DB) update(ctx context.Context, f func(t *tx) error) (err error) {
	raw, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return db.engine.translate(err)
	}
	done := false
	defer func() {
		if !done { // f failed or panicked
			if rerr := raw.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
				err = errors.Join(err, rerr)
			}
		}
	}()
	if err := f(&tx{raw: raw, engine: db.engine}); err != nil {
		return db.engine.translate(err)
	}
	done = true
	if err := raw.Commit(); err != nil {
		return db.engine.translate(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// scanner is a sql.Row or sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// collect reads all rows.
func collect[T any](ctx context.Context, db *DB, from querier, scan func(scanner) (T, error), q string, args ...any) (out []T, err error) {
	rows, err := from.query(ctx, q, args...)
	if err != nil {
		return nil, db.engine.translate(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, db.engine.translate(rows.Err())
}
