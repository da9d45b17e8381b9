package store_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	_ "github.com/jackc/pgx/v5/stdlib"

	"lodestar/internal/fault"
	"lodestar/internal/store"
	"lodestar/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func open(t *testing.T, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, store.Options{Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) *store.DB {
		return open(t, filepath.Join(t.TempDir(), "odd #名 %41?.db"))
	})
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	server := storetest.Postgres(t)
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
	var n atomic.Int64
	// A schema each: workspaces may share a database.
	fresh := func(t *testing.T) string {
		t.Helper()
		schema := fmt.Sprintf("w%d", n.Add(1))
		if _, err := admin.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
			t.Fatal(err)
		}
		return server + "&search_path=" + url.QueryEscape(schema)
	}
	storetest.Run(t, func(t *testing.T) *store.DB { return open(t, fresh(t)) })
	t.Run("one writer", func(t *testing.T) {
		dsn := fresh(t)
		first, err := store.Open(t.Context(), dsn, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		second, err := store.Open(t.Context(), dsn, store.Options{})
		if second != nil || !fault.Is(err, fault.Unavailable) || fault.Of(err).Code != "metadata_in_use" {
			t.Errorf("second writer: %v", err)
		}
		open(t, fresh(t)) // another workspace is no second
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		open(t, dsn)
	})
	t.Run("schema", func(t *testing.T) {
		open(t, fresh(t))
		golden(t, "postgres.schema", dump(t, admin, fmt.Sprintf(`
			SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(collation_name, '')
			FROM information_schema.columns WHERE table_schema = 'w%[1]d'
			UNION ALL SELECT replace(indexdef, 'w%[1]d.', '') FROM pg_indexes WHERE schemaname = 'w%[1]d' ORDER BY 1`, n.Load())))
	})
	t.Run("newer", func(t *testing.T) {
		dsn := fresh(t)
		testNewer(t, dsn, func(q string) {
			if _, err := admin.ExecContext(t.Context(), strings.ReplaceAll(q, "schema_version", fmt.Sprintf("w%d.schema_version", n.Load()))); err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("address", func(t *testing.T) {
		_, err := store.Open(t.Context(), "postgres://u:hidden@[", store.Options{})
		if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "hidden") {
			t.Error(err)
		}
		_, err = store.Open(t.Context(), "postgres:///x?host=/nowhere", store.Options{})
		if !fault.Is(err, fault.Unavailable) {
			t.Error(err)
		}
	})
}

func TestSQLiteSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	open(t, path)
	raw := rawSQLite(t, path)
	golden(t, "sqlite.schema", dump(t, raw, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name`))
}

func rawSQLite(t *testing.T, path string) *sql.DB {
	t.Helper()
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := raw.Close(); err != nil {
			t.Error(err)
		}
	})
	return raw
}

func dump(t *testing.T, db *sql.DB, q string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out.WriteString(s + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; if that is meant, run go test ./internal/store -update\n%s", path, got)
	}
}

func TestSQLiteNewer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	testNewer(t, path, func(q string) {
		if _, err := rawSQLite(t, path).ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	})
}

func testNewer(t *testing.T, dsn string, exec func(string)) {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, store.Options{Version: "9.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal("closing twice:", err)
	}
	exec(`INSERT INTO schema_version (version_id, is_applied) VALUES (99, CAST(1 AS ` + boolean(dsn) + `))`)
	_, err = store.Open(t.Context(), dsn, store.Options{Version: "1.0.0"})
	if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != "metadata_newer" || !strings.Contains(err.Error(), "9.1.0") {
		t.Errorf("got %v", err)
	}
}

func boolean(dsn string) string {
	if strings.HasPrefix(dsn, "postgres") {
		return "boolean"
	}
	return "integer"
}

func TestBackupBeforeMigrating(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	db := open(t, path)
	if err := db.Meta().Set(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{path + ".schema-1.bak", path + ".schema-1.bak.1"} {
		got, err := store.Backup(context.Background(), db, 1)
		if err != nil || got != want {
			t.Fatalf("backup %d: %q %v", i, got, err)
		}
		var v string
		if err := rawSQLite(t, got).QueryRowContext(t.Context(), "SELECT value FROM meta WHERE key = 'k'").Scan(&v); err != nil || v != "v" {
			t.Errorf("backup holds %q, %v", v, err)
		}
		info, err := os.Stat(got)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("rights of the backup: %v %v", info.Mode(), err)
		}
	}
}

// TestUpgrade takes a database to the next version: a backup of the old state
// is made, nothing is lost, and the older program is refused. A migration that
// fails leaves everything as it was.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "m.db")
	db, err := store.Open(ctx, path, store.Options{Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Meta().Set(ctx, "k", "v"), db.Close()); err != nil {
		t.Fatal(err)
	}
	later := func(statement string) fs.FS {
		files := fstest.MapFS{"migrations/sqlite/0999_later.sql": {Data: []byte("-- +goose Up\n" + statement)}}
		err := fs.WalkDir(store.Migrations(), "migrations/sqlite", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(store.Migrations(), path)
			files[path] = &fstest.MapFile{Data: text}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	if _, err := store.OpenWith(ctx, path, store.Options{Version: "2.0.0"}, later("CREATE TABLE half (a TEXT);\nCREATE TABLE users (a TEXT);")); err == nil {
		t.Fatal("a migration that fails was taken")
	}
	db, err = store.Open(ctx, path, store.Options{Version: "1.0.1"})
	if err != nil {
		t.Fatal("after a migration that failed:", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db, err = store.OpenWith(ctx, path, store.Options{Version: "2.0.0"}, later("CREATE TABLE half (a TEXT);"))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := db.Meta().Get(ctx, "k"); v != "v" || err != nil {
		t.Error(v, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err = store.Open(ctx, path, store.Options{Version: "1.0.1"}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "2.0.0") {
		t.Error(err)
	}
	open(t, path+".schema-1.bak") // what was before is a whole database
}

func TestSQLiteNowhere(t *testing.T) {
	t.Parallel()
	if _, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "no", "such", "m.db"), store.Options{}); err == nil {
		t.Error("opened a file in a folder that is not there")
	}
}
