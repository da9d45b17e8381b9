package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

const metaProgram = "program_version"

// migrate brings the schema up to date; it only ever goes forward.
func (db *DB) migrate(ctx context.Context, version string, all fs.FS) error {
	files, err := fs.Sub(all, "migrations/"+db.engine.name())
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	if db.engine.name() == "postgres" {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, db.writer, files,
		goose.WithTableName("schema_version"), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return db.engine.translate(fmt.Errorf("read schema version: %w", err))
	}
	if have > want {
		return db.newer(ctx, have, want)
	}
	if have == want {
		return nil
	}
	if have > 0 {
		to, err := db.engine.backup(ctx, db.writer, have)
		if err != nil {
			return fmt.Errorf("back up before migrating: %w", err)
		}
		db.log.InfoContext(ctx, "metadata backed up before its schema changes", "file", to, "from", have, "to", want)
	}
	if _, err := p.Up(ctx); err != nil {
		return db.engine.translate(fmt.Errorf("migrate from %d to %d: %w", have, want, err))
	}
	return db.Meta().Set(ctx, metaProgram, version)
}

func (db *DB) newer(ctx context.Context, have, want int64) error {
	made, err := db.Meta().Get(ctx, metaProgram)
	if err != nil {
		return err
	}
	if made == "" {
		made = fmt.Sprintf("schema %d", have)
	}
	return fault.New(fault.Invalid, "metadata_newer", text.Text{
		EN: "this data was written by lodestar {version}, which is newer than this program; use that version or a later one",
		ZH: "这些数据由更新的 lodestar {version} 写入，请使用该版本或更高版本"}, "version", made, "have", have, "want", want)
}

// Meta keeps single values by key.
type Meta struct{ db *DB }

// Meta gives the single values.
func (db *DB) Meta() Meta { return Meta{db} }

// Get gives a value, "" when there is none.
func (m Meta) Get(ctx context.Context, key string) (string, error) {
	var v string
	err := m.db.row(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, m.db.engine.translate(err)
}

// Set stores a value.
func (m Meta) Set(ctx context.Context, key, value string) error {
	return m.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO meta (key, value) VALUES (?, ?)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
		return err
	})
}
