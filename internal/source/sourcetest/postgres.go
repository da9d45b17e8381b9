package sourcetest

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// OnPostgres is what is alike for all whose rows a PostgreSQL has, as its owner
// sees it; timestamp is the type of times. The rest is the connector's.
func OnPostgres(owner *pgxpool.Pool, timestamp string) Database {
	types := map[string]string{"integer": "bigint", "text": "text", "decimal": "numeric(30,10)", "float": "double precision",
		"boolean": "boolean", "date": "date", "timestamp": timestamp}
	return Database{
		Types: types,
		Begin: func(t testing.TB) Tx {
			x, err := owner.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return postgresTx{t, x}
		},
		Fill: func(table string, n int) string {
			return fmt.Sprintf("INSERT INTO %s (id, word, n) SELECT i, 'word ' || i, i FROM generate_series(1, %d) i", table, n)
		},
		Retype: func(table, column, typ string) string {
			return "ALTER TABLE " + table + " ALTER COLUMN " + column + " TYPE " + types[typ]
		},
		Break: func(t testing.TB) {
			if _, err := owner.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'"); err != nil {
				t.Error(err)
			}
		},
	}
}

// postgresTx is a transaction that ends the test when it fails.
type postgresTx struct {
	t  testing.TB
	tx pgx.Tx
}

func (x postgresTx) Exec(s string) {
	if _, err := x.tx.Exec(x.t.Context(), s); err != nil {
		x.t.Errorf("%s: %v", s, err)
	}
}

func (x postgresTx) Commit() {
	if err := x.tx.Commit(x.t.Context()); err != nil {
		x.t.Error(err)
	}
}

func (x postgresTx) Rollback() {
	if err := x.tx.Rollback(x.t.Context()); err != nil {
		x.t.Error(err)
	}
}
