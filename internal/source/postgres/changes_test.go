package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/postgres"
	"lodestar/internal/source/sourcetest"
)

func exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := owner.Exec(context.WithoutCancel(t.Context()), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// follower follows one table.
type follower struct {
	t   *testing.T
	s   source.Source
	q   source.Request
	got sourcetest.Table
}

func follow(t *testing.T, table string, key string, columns ...string) *follower {
	t.Helper()
	s, err := open(t.Context(), sourcetest.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{t, s, source.Request{Stream: "public." + table, Reader: "own_" + table, Mode: source.Changes, Key: strings.Split(key, ",")}, sourcetest.Table{}}
	for _, c := range columns {
		f.q.Columns = append(f.q.Columns, source.Column{Name: c, Type: expr.String})
	}
	t.Cleanup(func() {
		if err := s.Forget(context.WithoutCancel(t.Context()), f.q); err != nil {
			t.Error(err)
		}
		_ = s.Close()
	})
	return f
}

// read reads until there is no more; whole tells whether everything came anew.
func (f *follower) read() (whole bool) {
	f.t.Helper()
	for {
		var spool sourcetest.Spool
		result, err := f.s.Read(f.t.Context(), f.q, &spool)
		if err != nil {
			f.t.Fatal(err)
		}
		if err := f.got.Load(f.q, result, &spool); err != nil {
			f.t.Fatal(err)
		}
		f.q.Mark, whole = result.Mark, whole || result.Whole
		if !result.More {
			return whole
		}
	}
}

// same compares with what the owner sees.
func (f *follower) same() {
	f.t.Helper()
	q := f.q
	q.Mode, q.Mark = source.Full, ""
	var spool sourcetest.Spool
	result, err := f.s.Read(f.t.Context(), q, &spool)
	if err != nil {
		f.t.Fatal(err)
	}
	want := sourcetest.Table{}
	if err := want.Load(q, result, &spool); err != nil {
		f.t.Fatal(err)
	}
	if diff := cmp.Diff(want, f.got); diff != "" {
		f.t.Errorf("(-want +got)\n%.3000s", diff)
	}
}

// TestLargeValues has values that the log leaves out when they do not change.
func TestLargeValues(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE large (id int PRIMARY KEY, n int, body text)", "ALTER TABLE large ALTER body SET STORAGE EXTERNAL", "ALTER TABLE large OWNER TO reader",
		"INSERT INTO large SELECT i, 0, repeat(i::text, 5000) FROM generate_series(1, 20) i")
	f := follow(t, "large", "id", "id", "n", "body")
	f.read()
	exec(t, "UPDATE large SET n = 1 WHERE id <= 10", "UPDATE large SET id = id + 100 WHERE id = 3", "UPDATE large SET n = 2 WHERE id = 4", "DELETE FROM large WHERE id = 4",
		"UPDATE large SET n = 3 WHERE id = 5", "UPDATE large SET id = 500 WHERE id = 5", "UPDATE large SET body = NULL WHERE id = 6")
	f.read()
	f.same()
	exec(t, "ALTER TABLE large REPLICA IDENTITY FULL", "UPDATE large SET n = 9 WHERE id BETWEEN 7 AND 9", "UPDATE large SET id = 700 WHERE id = 7", "DELETE FROM large WHERE id = 8")
	f.read()
	f.same()
}

// TestEmptiedWithin has a table that is emptied in the middle of a transaction.
func TestEmptiedWithin(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE within (id int PRIMARY KEY, n int)", "ALTER TABLE within OWNER TO reader", "INSERT INTO within VALUES (1, 1)")
	f := follow(t, "within", "id", "id", "n")
	f.read()
	exec(t, "UPDATE within SET n = 2", "BEGIN; INSERT INTO within VALUES (2, 2); TRUNCATE within; INSERT INTO within VALUES (3, 3); COMMIT", "INSERT INTO within VALUES (4, 4)")
	if !f.read() {
		t.Error("it was not read anew")
	}
	f.same()
}

// TestPartitions follows a table in parts, whose rows move between them.
func TestPartitions(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE parts (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
		"CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
		"CREATE TABLE parts_b PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')",
		"ALTER TABLE parts OWNER TO reader", "ALTER TABLE parts_a OWNER TO reader", "ALTER TABLE parts_b OWNER TO reader",
		"INSERT INTO parts SELECT i, date '2026-01-01' + i, i FROM generate_series(0, 50) i")
	f := follow(t, "parts", "id,day", "id", "day", "n")
	f.read()
	exec(t, "UPDATE parts SET day = day + 20 WHERE id < 20", "DELETE FROM parts WHERE id = 40", "UPDATE parts SET n = 0 WHERE id = 45")
	f.read()
	f.same()
	for _, do := range []string{"TRUNCATE parts_a", "CREATE TABLE parts_c PARTITION OF parts FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')",
		"INSERT INTO parts VALUES (99, '2026-03-03', 9)", "ALTER TABLE parts DETACH PARTITION parts_b", "INSERT INTO parts VALUES (98, '2026-03-03', 9)", "DROP TABLE parts_c"} {
		exec(t, do)
		f.read()
		f.same()
	}
}

// TestGenerated reads a column that the log does not have.
func TestGenerated(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE made (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED, gone int)", "ALTER TABLE made OWNER TO reader", "INSERT INTO made VALUES (1, 1)")
	f := follow(t, "made", "id", "id", "n", "twice")
	f.read()
	exec(t, "INSERT INTO made VALUES (2, 2)", "ALTER TABLE made DROP gone", "ALTER TABLE made ADD extra text DEFAULT 'x'", "UPDATE made SET n = 5 WHERE id = 1")
	f.read()
	f.same()
}

// TestRights has readers that lack something: the fault says what to run, and
// then it works.
func TestRights(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE guarded (id int PRIMARY KEY, n int)", "INSERT INTO guarded VALUES (1, 1)", "CREATE TABLE keyless (id int, n int)",
		"CREATE ROLE plain LOGIN PASSWORD 'p'")
	s, err := postgres.Open(t.Context(), postgres.Config{Host: server.Dir(), User: "plain", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	q := source.Request{Stream: "public.guarded", Reader: "own_guarded", Mode: source.Changes, Key: []string{"id"}, Columns: []source.Column{{Name: "id"}, {Name: "n"}}}
	next := func(kind fault.Kind, want string) {
		t.Helper()
		_, err := s.Read(t.Context(), q, &sourcetest.Spool{})
		if said := sourcetest.Fault(t, err, kind); !strings.Contains(said, want) {
			t.Errorf("it says %q, want %q", said, want)
		}
	}
	next(fault.Unavailable, `GRANT SELECT ON "public"."guarded" TO "plain"`)
	exec(t, "GRANT SELECT ON guarded, keyless TO plain")
	next(fault.Invalid, `ALTER ROLE "plain" REPLICATION`)
	exec(t, "ALTER ROLE plain REPLICATION")
	next(fault.Unavailable, `CREATE PUBLICATION "own_guarded" FOR TABLE "public"."guarded"`)
	exec(t, `CREATE PUBLICATION own_guarded FOR TABLE guarded WITH (publish = 'insert')`)
	next(fault.Unavailable, `ALTER PUBLICATION "own_guarded" SET (publish =`)
	exec(t, `ALTER PUBLICATION own_guarded SET (publish = 'insert, update, delete, truncate')`)
	if _, err := s.Read(t.Context(), q, &sourcetest.Spool{}); err != nil {
		t.Error(err)
	}
	if err := s.Forget(t.Context(), q); err != nil { // the publication is the owner's
		t.Error(err)
	}
	d, err := s.Describe(t.Context(), "public.keyless")
	if err != nil || !strings.Contains(d.Why[source.Changes].EN, "REPLICA IDENTITY FULL") {
		t.Errorf("%v, %v", d, err)
	}
	exec(t, "ALTER TABLE keyless REPLICA IDENTITY FULL")
	if d, err = s.Describe(t.Context(), "public.keyless"); err != nil || len(d.Modes) != 3 {
		t.Errorf("%v, %v", d, err)
	}
	exec(t, "DROP PUBLICATION own_guarded")
}

// TestLostChanges has changes that are not there any more: it says to start over.
func TestLostChanges(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE lost (id int PRIMARY KEY, n int)", "ALTER TABLE lost OWNER TO reader", "INSERT INTO lost VALUES (1, 1)")
	for name, lose := range map[string]func(f *follower){
		"slot dropped": func(*follower) { exec(t, "SELECT pg_drop_replication_slot('own_lost')") },
		"table made anew": func(*follower) {
			exec(t, "DROP TABLE lost", "CREATE TABLE lost (id int PRIMARY KEY, n int)", "ALTER TABLE lost OWNER TO reader")
		},
		"publication dropped": func(*follower) { exec(t, "DROP PUBLICATION own_lost") },
		"back to a backup": func(f *follower) {
			before := f.q.Mark
			exec(t, "INSERT INTO lost VALUES (2, 2)")
			f.read()
			if err := f.s.Acknowledge(t.Context(), f.q, f.q.Mark); err != nil {
				t.Error(err)
			}
			f.q.Mark = before
		},
	} {
		f := follow(t, "lost", "id", "id", "n")
		f.read()
		lose(f)
		if _, err := f.s.Read(t.Context(), f.q, &sourcetest.Spool{}); !source.IsStartOver(err) {
			t.Errorf("%s gives %v", name, err)
		} else {
			sourcetest.Fault(t, err, fault.Conflict)
		}
		f.q.Mark = ""
		f.read()
		f.same()
	}
}

// TestOthersWrite has a table without news on a server that others write much
// to: the mark moves on, so that the server need not keep all that.
func TestOthersWrite(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE calm (id int PRIMARY KEY, n int)", "ALTER TABLE calm OWNER TO reader", "CREATE TABLE loud (x text)")
	f := follow(t, "calm", "id", "id", "n")
	f.read()
	before := f.q.Mark
	exec(t, "INSERT INTO loud SELECT repeat(i::text, 100) FROM generate_series(1, 50000) i")
	if f.read(); f.q.Mark == before {
		t.Error("the mark stays where it was")
	}
	if err := f.s.Acknowledge(t.Context(), f.q, f.q.Mark); err != nil {
		t.Fatal(err)
	}
	exec(t, "INSERT INTO calm VALUES (1, 1)")
	f.read()
	f.same()
}

// TestTypes reads what has no type of our own, by every mode.
func TestTypes(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN yes AS boolean",
		`CREATE TABLE strange (id int PRIMARY KEY, m mood, j jsonb, a int[], u uuid, b bytea, c char(5), v money, y yes, t time, i interval, naive timestamp, x numeric)`,
		`INSERT INTO strange VALUES (1, 'ok', '{"a": "b\"c"}', '{1,2}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\xdead', 'ab', '-1234567.89', 't', '12:34:56', '1 day', '2026-01-31 12:00:00', 'NaN')`, "INSERT INTO strange VALUES (2)",
		"ALTER TABLE strange OWNER TO reader")
	names := strings.Split("id,m,j,a,u,b,c,v,y,t,i,naive,x", ",")
	f := follow(t, "strange", "id", names...)
	f.read()
	want := strings.Split(`1;ok;{"a": "b\"c"};{1,2};a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11;\xdead;ab;-1234567.89;true;12:34:56;1 day;2026-01-31 12:00:00;NaN`, ";")
	for i, w := range want {
		if got := f.got[`"1"`][i]; got != fmt.Sprintf("%q", w) {
			t.Errorf("%s is %s, want %q", names[i], got, w)
		}
	}
	exec(t, "UPDATE strange SET id = id + 10")
	f.read()
	f.same()
	if err := func() error { _, err := f.s.Describe(t.Context(), "strange"); return err }(); err != nil {
		t.Error(err)
	}
}
