package ingest

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse/duckdb"
)

var editor = access.Actor{Name: "mei", Role: access.Editor, Via: "test"}

// bench is a service over a database in a directory of its own.
type bench struct {
	*Service
	t        testing.TB
	db       *duckdb.DB
	datasets map[string]semantic.DatasetSpec
	zone     string
}

func newBench(t testing.TB) *bench { return openBench(t, t.TempDir()) }

func openBench(t testing.TB, dir string) *bench {
	t.Helper()
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "1GB", Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: db, datasets: map[string]semantic.DatasetSpec{}, zone: "UTC"}
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("LODESTAR_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	b.Service, err = New(Config{Warehouse: db, Log: log,
		Dataset: func(name string) (semantic.DatasetSpec, bool) {
			s, ok := b.datasets[name]
			return s, ok
		},
		Datasets: func() []string {
			var names []string
			for n := range b.datasets {
				names = append(names, n)
			}
			return names
		},
		Workspace: func() semantic.WorkspaceSpec { return semantic.WorkspaceSpec{Zone: b.zone} },
		Now:       func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) upload(name string, r io.Reader) string {
	b.t.Helper()
	u, err := b.Upload(b.t.Context(), editor, name, r)
	if err != nil {
		b.t.Fatal(err)
	}
	return u.ID
}

// load loads text and waits; a failed load is given, not fatal.
func (b *bench) load(req LoadRequest, content string) Load {
	b.t.Helper()
	req.Upload = b.upload("rows.csv", strings.NewReader(content))
	return b.start(req)
}

func (b *bench) start(req LoadRequest) Load {
	b.t.Helper()
	l, err := b.Start(b.t.Context(), editor, req)
	if err != nil {
		b.t.Fatal(err)
	}
	l, err = b.Wait(b.t.Context(), l.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	if l.State == Done && l.Records != l.Loaded+l.Rejected {
		b.t.Errorf("%d records, %d loaded, %d rejected", l.Records, l.Loaded, l.Rejected)
	}
	return l
}

// rows reads a dataset as text, in the order of all columns.
func (b *bench) rows(dataset string, columns string) []string {
	b.t.Helper()
	state, ok, err := b.db.State(b.t.Context(), dataset)
	if err != nil {
		b.t.Fatal(err)
	}
	if !ok {
		return nil
	}
	return b.query("SELECT concat_ws('|', " + columns + ") FROM " + state.Table + " ORDER BY ALL")
}

func (b *bench) query(text string) []string {
	b.t.Helper()
	rows, err := b.db.Query(b.t.Context(), expr.SQL{Text: text})
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		s, _ := rows.Values()[0].(string)
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) define(name string, spec semantic.DatasetSpec) { b.datasets[name] = spec }

func col(name string, t expr.Type) semantic.Column { return semantic.Column{Name: name, Type: t} }

// shared gives a file of the shared data, which the check needs to be there.
func shared(t testing.TB, path ...string) string {
	t.Helper()
	full := filepath.Join(append([]string{"..", "..", "..", "shared", "data"}, path...)...)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("shared data: %v", err)
		}
		t.Skipf("shared data: %v", err)
	}
	return full
}
