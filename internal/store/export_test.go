package store

import (
	"context"
	"io/fs"
)

// OpenWith lets tests open with migrations of their own beside the real ones.
func OpenWith(ctx context.Context, dsn string, o Options, files fs.FS) (*DB, error) {
	return openWith(ctx, dsn, o, files)
}

// Migrations are the real ones.
func Migrations() fs.FS { return migrations }

// Backup lets tests back up without a migration.
func Backup(ctx context.Context, db *DB, from int64) (string, error) {
	return db.engine.backup(ctx, db.writer, from)
}

// Freeze lets tests have a SQLite file that cannot grow.
func Freeze(ctx context.Context, db *DB) error {
	_, err := db.writer.ExecContext(ctx, "PRAGMA max_page_count = 1")
	return err
}
