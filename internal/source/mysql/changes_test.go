package mysql_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/mysql"
	"lodestar/internal/source/sourcetest"
)

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
	t.Cleanup(func() { _ = s.Close() })
	f := &follower{t, s, source.Request{Stream: "shop." + table, Reader: "own_" + table, Mode: source.Changes, Key: strings.Split(key, ",")}, sourcetest.Table{}}
	for _, c := range columns {
		f.q.Columns = append(f.q.Columns, source.Column{Name: c, Type: expr.String})
	}
	f.read()
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

// same compares with a whole read.
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

// TestTypes reads what has no type of our own, by every mode.
func TestTypes(t *testing.T) {
	t.Parallel()
	names := strings.Split("id,u,m,tiny,b1,b64,e,s,d,z,ts,y,tm,latin,chinese,fix,bin,vb,bl,f,zf,j,v,st,mu", ",")
	exec(t, `CREATE TABLE odd (id int PRIMARY KEY, u bigint unsigned, m mediumint, tiny tinyint unsigned, b1 bit(1), b64 bit(64), e enum('a','it''s','c,d'), s set('x','y','z'),
		d date, z datetime, ts timestamp(3) NULL, y year, tm time(3), latin varchar(20) CHARACTER SET latin1, chinese char(10) CHARACTER SET gbk, fix char(8),
		bin binary(4), vb varbinary(9), bl blob, f float, zf int(6) zerofill, j json, v int AS (id * 2) VIRTUAL, st int AS (id * 3) STORED, mu mediumint unsigned)`)
	f := follow(t, "odd", "id", names...)
	exec(t, `INSERT INTO odd (id, u, m, tiny, b1, b64, e, s, d, z, ts, y, tm, latin, chinese, fix, bin, vb, bl, f, zf, j, mu) VALUES
		(1, 18446744073709551615, -8388608, 255, b'1', 18446744073709551615, 'it''s', 'x,z', '0000-00-00', '0000-00-00 00:00:00', '2026-01-31 12:00:00.120', 2026, '-838:59:59.5', 'Zürich', '北辰', 'ab ',
			0x0100, 0x00ff, 0xdead00, 0.1, 42, '{"a": 1}', 16777215),
		(2, 0, 0, 0, b'0', 0, 'c,d', '', '9999-12-31', '1000-01-01 00:00:00', '1970-01-01 00:00:01', 0, '00:00:00', '', '', '', 0x00000000, '', '', 16777216, 0, '[]', 0),
		(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	f.read()
	want := strings.Split(`1;18446744073709551615;-8388608;255;1;18446744073709551615;it's;x,z;-;-;2026-01-31 12:00:00.12;2026;-838:59:59.5;Zürich;北辰;ab;01000000;00ff;dead00;0.1;42;{"a": 1};2;3;16777215`, ";")
	for i, w := range want {
		if w = fmt.Sprintf("%q", w); w == `"-"` {
			w = "null" // the server's own word for no date
		}
		if got := f.got[`"1"`][i]; got != w {
			t.Errorf("%s is %s, want %s", names[i], got, w)
		}
	}
	f.same()
	d, err := f.s.Describe(t.Context(), "odd")
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]expr.Type{}
	for _, c := range d.Columns {
		types[c.Name] = c.Type
	}
	for name, typ := range map[string]expr.Type{"u": expr.Decimal, "b1": expr.Boolean, "b64": expr.Integer, "e": expr.String, "ts": expr.Timestamp, "f": expr.Float} {
		if types[name] != typ {
			t.Errorf("%s is %s, want %s", name, types[name], typ)
		}
	}
}

// TestDefinition follows a table whose definition changes, or that is emptied
// in other ways.
func TestDefinition(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE moving (id int PRIMARY KEY, a int, b int)", "INSERT INTO moving VALUES (1, 1, 10), (2, 2, 20)", "CREATE TABLE other_moving (id int)")
	f := follow(t, "moving", "id", "id", "a", "b")
	for _, c := range []struct {
		do    []string
		whole bool
	}{
		{[]string{"INSERT INTO moving VALUES (3, 3, 30)", "ALTER TABLE moving CHANGE a x int, CHANGE b a int", "ALTER TABLE moving CHANGE x b int", "UPDATE moving SET a = 7 WHERE id = 1"}, true},
		{[]string{"ALTER TABLE moving ADD c int FIRST", "UPDATE moving SET a = 8 WHERE id = 2"}, true},
		{[]string{"CREATE INDEX i ON moving (a)", "UPDATE moving SET a = 9 WHERE id = 2"}, false},
		{[]string{"TRUNCATE moving", "INSERT INTO moving (id, a) VALUES (9, 9)"}, true},
		{[]string{"TRUNCATE other_moving", "DROP TABLE other_moving", "DELETE FROM moving"}, false},
		{[]string{"DROP TABLE moving", "CREATE TABLE moving (id int PRIMARY KEY, a int, b int)", "INSERT INTO moving VALUES (5, 5, 5)"}, true},
		{[]string{"SET STATEMENT binlog_format = 'STATEMENT' FOR UPDATE moving SET a = a + 1"}, true},
		{[]string{"CREATE OR REPLACE TABLE moving (id int PRIMARY KEY, a int, b int)", "INSERT INTO moving VALUES (6, 6, 6)"}, true},
		{[]string{"SET STATEMENT binlog_row_image = 'MINIMAL' FOR UPDATE moving SET a = a + 1"}, true},
		{[]string{"FLUSH BINARY LOGS", "INSERT INTO moving VALUES (7, 7, 7)", "FLUSH BINARY LOGS"}, false},
	} {
		exec(t, c.do...)
		if whole := f.read(); whole != c.whole {
			t.Errorf("%q: read anew: %v", c.do, whole)
		}
		f.same()
	}
}

// TestLostLog has a log that was removed: it says to start over.
func TestLostLog(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE purged (id int PRIMARY KEY)")
	f := follow(t, "purged", "id", "id")
	f.q.Mark = source.Mark(strings.Replace(string(f.q.Mark), `"file":"binlog.`, `"file":"binlog.9`, 1))
	if _, err := f.s.Read(t.Context(), f.q, &sourcetest.Spool{}); !source.IsStartOver(err) {
		t.Errorf("a log that is not there gives %v", err)
	} else {
		sourcetest.Fault(t, err, fault.Conflict)
	}
	f.q.Mark = ""
	f.read()
	f.q.Mark = source.Mark(strings.Replace(string(f.q.Mark), `"server":"1 `, `"server":"2 `, 1))
	if _, err := f.s.Read(t.Context(), f.q, &sourcetest.Spool{}); !source.IsStartOver(err) {
		t.Errorf("another server gives %v", err)
	}
}

// TestRights has a reader that lacks something: the fault says what to run, and
// then it works.
func TestRights(t *testing.T) {
	t.Parallel()
	exec(t, "CREATE TABLE guarded (id int PRIMARY KEY)", "CREATE TABLE parent (id int PRIMARY KEY)",
		"CREATE TABLE child (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)",
		"CREATE USER plain IDENTIFIED BY 'p'", "GRANT SELECT ON shop.* TO plain")
	open := func() source.Source {
		s, err := mysql.Open(t.Context(), mysql.Config{Host: filepath.Join(server.Dir(), "s"), Database: "shop", User: "plain", Password: "p"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	q := source.Request{Stream: "guarded", Reader: "own_guarded", Mode: source.Changes, Key: []string{"id"}, Columns: []source.Column{{Name: "id"}}}
	for _, grant := range []string{"GRANT BINLOG MONITOR ON *.* TO plain", "GRANT REPLICATION SLAVE ON *.* TO plain"} {
		_, err := open().Read(t.Context(), q, &sourcetest.Spool{})
		if said := sourcetest.Fault(t, err, fault.Invalid); !strings.Contains(said, "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'plain'") {
			t.Errorf("it says %q", said)
		}
		exec(t, grant)
	}
	s := open()
	if _, err := s.Read(t.Context(), q, &sourcetest.Spool{}); err != nil {
		t.Error(err)
	}
	d, err := s.Describe(t.Context(), "child")
	if err != nil || !strings.Contains(d.Why[source.Changes].EN, "CASCADE") {
		t.Errorf("%v, %v", d, err)
	}
}
