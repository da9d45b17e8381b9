package mysql_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"lodestar/internal/source"
	"lodestar/internal/source/mysql"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/testserver"
)

var (
	server *testserver.Server
	owner  *sql.DB
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	fail := func(err error) int { fmt.Fprintln(os.Stderr, err); return 1 }
	ctx := context.Background()
	var err error
	if server, err = testserver.LoggingMariaDB(ctx); err != nil {
		return fail(err)
	}
	defer func() { _ = server.Stop() }()
	if owner, err = sql.Open("mysql", server.DSN+"?sql_mode='NO_BACKSLASH_ESCAPES'&time_zone='%2B00:00'&multiStatements=true"); err != nil {
		return fail(err)
	}
	defer func() { _ = owner.Close() }()
	for _, s := range []string{
		"CREATE DATABASE shop CHARACTER SET utf8mb4",
		"CREATE USER reader IDENTIFIED BY '" + sourcetest.Secrets[sourcetest.Reader] + "'",
		"CREATE USER stranger IDENTIFIED BY '" + sourcetest.Secrets[sourcetest.Stranger] + "'",
		"GRANT REPLICATION SLAVE, BINLOG MONITOR, PROCESS ON *.* TO reader", "GRANT SELECT ON shop.* TO reader",
	} {
		if _, err := owner.Exec(s); err != nil {
			return fail(err)
		}
	}
	_ = owner.Close()
	dsn := strings.TrimSuffix(server.DSN, "/") + "/shop?sql_mode='NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES'&time_zone='%2B00:00'&multiStatements=true"
	if owner, err = sql.Open("mysql", dsn); err != nil {
		return fail(err)
	}
	return m.Run()
}

func open(ctx context.Context, who sourcetest.Who) (source.Source, error) {
	user := "reader"
	if who == sourcetest.Stranger {
		user = "stranger"
	}
	return mysql.Open(ctx, mysql.Config{Host: filepath.Join(server.Dir(), "s"), Database: "shop", User: user, Password: sourcetest.Secrets[who]})
}

// tx is a transaction that ends the test when it fails.
type tx struct {
	t  testing.TB
	tx *sql.Tx
}

func begin(t testing.TB) sourcetest.Tx {
	x, err := owner.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		t.Fatal(err)
	}
	return tx{t, x}
}

func (x tx) Exec(s string) {
	if _, err := x.tx.Exec(s); err != nil {
		x.t.Errorf("%s: %v", s, err)
	}
}

func (x tx) Commit() {
	if err := x.tx.Commit(); err != nil {
		x.t.Error(err)
	}
}

func (x tx) Rollback() {
	if err := x.tx.Rollback(); err != nil {
		x.t.Error(err)
	}
}

func exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := owner.ExecContext(context.WithoutCancel(t.Context()), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func database() sourcetest.Database {
	return sourcetest.Database{
		Open: open, Begin: begin, Changes: true,
		Through: func(ctx context.Context, dial source.Dial) (source.Source, error) {
			return mysql.Open(ctx, mysql.Config{Host: filepath.Join(server.Dir(), "s"), Database: "shop", User: "reader", Password: sourcetest.Secrets[sourcetest.Reader], Dial: dial})
		},
		Types: map[string]string{"integer": "bigint", "text": "text", "decimal": "decimal(30,10)", "float": "double",
			"boolean": "boolean", "date": "date", "timestamp": "datetime(6)"},
		Fill: func(table string, n int) string {
			return fmt.Sprintf("INSERT INTO %s (id, word, n) SELECT seq, CONCAT('word ', seq), seq FROM seq_1_to_%d", table, n)
		},
		Own: func(string) []string { return nil },
		Retype: func(table, column, typ string) string {
			return "ALTER TABLE " + table + " MODIFY " + column + " " + database().Types[typ]
		},
		Stream: func(table string) string { return "shop." + table },
		Break: func(t testing.TB) {
			rows, err := owner.Query("SELECT id FROM information_schema.processlist WHERE user = 'reader'")
			if err != nil {
				t.Error(err)
				return
			}
			var ids []int
			for rows.Next() {
				var id int
				if err := rows.Scan(&id); err != nil {
					t.Error(err)
				}
				ids = append(ids, id)
			}
			_ = rows.Close()
			for _, id := range ids {
				_, _ = owner.Exec(fmt.Sprintf("KILL %d", id)) // it may have ended
			}
		},
		Values: []sourcetest.Value{{Type: "float", Literal: "1e-300", Want: "1e-300"}, {Type: "float", Literal: "1e25", Want: "1e+25"}},
	}
}

// TestConformance comes before the tests that run in parallel: it ends their
// connections, too.
func TestConformance(t *testing.T) { sourcetest.TestDatabase(t, database()) }

// TestEncodings has tables in other encodings: the server, and the reader of its
// log, make UTF-8 of them.
func TestEncodings(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE old (id int PRIMARY KEY, latin varchar(40), chinese varchar(40) CHARACTER SET gbk) CHARACTER SET latin1")
	s, err := open(t.Context(), sourcetest.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	q := source.Request{Stream: "shop.old", Reader: "own_old", Mode: source.Changes, Key: []string{"id"}, Columns: []source.Column{{Name: "id"}, {Name: "latin"}, {Name: "chinese"}}}
	got := sourcetest.Table{}
	read := func(q source.Request) source.Mark {
		t.Helper()
		var spool sourcetest.Spool
		result, err := s.Read(t.Context(), q, &spool)
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Load(q, result, &spool); err != nil {
			t.Fatal(err)
		}
		return result.Mark
	}
	q.Mark = read(q)
	exec(t, "INSERT INTO old VALUES (1, 'Müller – 5 €', '北京'), (2, 'Ÿ', NULL)")
	q.Mark = read(q)
	want := fmt.Sprint(sourcetest.Table{`"1"`: {`"1"`, `"Müller – 5 €"`, `"北京"`}, `"2"`: {`"2"`, `"Ÿ"`, "null"}})
	if fmt.Sprint(got) != want {
		t.Errorf("the log gives %v", got)
	}
	q.Mode, q.Mark = source.Full, ""
	if read(q); fmt.Sprint(got) != want {
		t.Errorf("the table gives %v", got)
	}
}
