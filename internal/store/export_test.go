package store

import "context"

// Backup lets tests back up without a migration.
func Backup(ctx context.Context, db *DB, from int64) (string, error) {
	return db.engine.backup(ctx, db.writer, from)
}
