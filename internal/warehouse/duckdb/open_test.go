package duckdb_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse/duckdb"
)

func open(t *testing.T, dir string) *duckdb.DB {
	t.Helper()
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "512MB", Threads: 2})
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

// run drains a statement and gives its error.
func run(ctx context.Context, db *duckdb.DB, text string, args ...any) (int, error) {
	rows, err := db.Query(ctx, expr.SQL{Text: text, Args: args})
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func TestSandboxRefusesTheHost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := open(t, filepath.Join(dir, "data"))
	staged := filepath.Join(db.Staging(), "ok.csv")
	if err := os.WriteFile(staged, []byte("a\n1\n2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(db.Staging(), "link.csv")); err != nil {
		t.Fatal(err)
	}
	if n, err := run(t.Context(), db, "SELECT * FROM read_csv('"+staged+"')"); err != nil || n != 2 {
		t.Fatalf("a staged file is readable: %d rows, %v", n, err)
	}
	for _, statement := range []string{
		"SELECT * FROM read_csv('/etc/passwd', header=false)",
		"SELECT * FROM read_text('/etc/hostname')",
		"SELECT * FROM '" + secret + "'",
		"SELECT * FROM read_csv('" + db.Staging() + "/../../secret.csv')",
		"SELECT * FROM read_csv('" + db.Staging() + "/link.csv')",
		"SELECT * FROM glob('/etc/*')",
		"ATTACH '" + dir + "/other.db' AS other",
		"COPY (SELECT 1) TO '" + dir + "/out.csv'",
		"INSTALL httpfs",
		"LOAD httpfs",
		"SELECT * FROM read_csv('https://127.0.0.1/x.csv')",
		"SET enable_external_access = true",
		"SET GLOBAL allowed_directories = ['/']",
		"SET memory_limit = '100GB'",
		"RESET lock_configuration",
		"PRAGMA temp_directory = '/tmp'",
		"EXPORT DATABASE '" + dir + "/export'",
	} {
		if n, err := run(t.Context(), db, statement); err == nil {
			t.Errorf("%s: not refused, %d rows", statement, n)
		}
	}
	for _, made := range []string{"other.db", "out.csv", "export"} {
		if _, err := os.Stat(filepath.Join(dir, made)); err == nil {
			t.Errorf("%s was written", made)
		}
	}
}

func TestCancellingStopsTheEngine(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := run(ctx, db, "SELECT count(*) FROM range(1000000000) a, range(100000) b WHERE a.range * b.range % 7 = 3")
	if !fault.Is(err, fault.Timeout) {
		t.Fatalf("got %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopped only after %s", took)
	}
	if n, err := run(t.Context(), db, "SELECT 1"); err != nil || n != 1 {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}

func TestSettingsHoldOnEveryConnection(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	rows, err := db.Query(t.Context(), expr.SQL{Text: "SELECT current_setting('TimeZone'), current_setting('threads')"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() || rows.Values()[0] != "UTC" || rows.Values()[1] != int64(2) {
		t.Errorf("settings: %v", rows.Values())
	}
}
