package pgwire

import (
	"slices"
	"strconv"

	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// transaction keeps the state that clients expect. Nothing is written here, so
// only settings and cursors follow it.
func (c *conn) transaction(t *pgsql.Transaction) (outcome, error) {
	switch t.Word {
	case "begin":
		if c.tx == 'I' {
			c.tx = 'T'
			c.keep()
		}
		return outcome{tag: "BEGIN"}, nil
	case "commit":
		tag := "COMMIT"
		if c.tx == 'E' {
			tag = "ROLLBACK"
			c.restore(nil)
		} else if len(c.local) > 0 {
			c.restore(c.local)
		}
		c.endTransaction()
		return outcome{tag: tag}, nil
	case "rollback":
		if c.tx != 'I' {
			c.restore(nil)
		}
		c.endTransaction()
		return outcome{tag: "ROLLBACK"}, nil
	}
	if c.tx == 'I' {
		return outcome{}, pgsql.Fail("25P01", t.Pos(), text.Text{ZH: "SAVEPOINT 只能在事务中使用", EN: "savepoints are for transactions only"})
	}
	at := slices.Index(c.points, t.Name)
	if t.Word != "savepoint" && at < 0 {
		return outcome{}, pgsql.Fail("3B001", t.Pos(), text.Text{ZH: "没有名为 {s} 的 SAVEPOINT", EN: "there is no savepoint {s}"}, "s", t.Name)
	}
	switch t.Word {
	case "savepoint":
		c.points = append(c.points, t.Name)
		return outcome{tag: "SAVEPOINT"}, nil
	case "release":
		c.points = c.points[:at]
		return outcome{tag: "RELEASE"}, nil
	}
	c.points = c.points[:at+1]
	c.tx = 'T'
	return outcome{tag: "ROLLBACK"}, nil
}

func (c *conn) endTransaction() {
	c.tx, c.saved, c.local, c.points = 'I', nil, nil, nil
	c.dropPortals()
}

// dropPortals ends all portals but cursors that were to be kept.
func (c *conn) dropPortals() {
	for name, p := range c.portals {
		if !p.hold {
			delete(c.portals, name)
		}
	}
}

// implicitEnd ends the transaction that stands around one statement.
func (c *conn) implicitEnd() {
	if c.tx == 'I' {
		c.dropPortals()
	}
}

func (c *conn) discard(s *pgsql.Discard) (outcome, error) {
	switch s.What {
	case "all":
		if c.tx != 'I' {
			return outcome{}, pgsql.Fail("25001", s.Pos(), text.Text{ZH: "DISCARD ALL 不能在事务中使用", EN: "DISCARD ALL cannot run inside a transaction"})
		}
		clear(c.portals)
		clear(c.prepared)
		return outcome{tag: "DISCARD ALL"}, c.resetAll()
	case "plans", "sequences", "temp", "temporary":
		return outcome{tag: "DISCARD"}, nil
	}
	return outcome{}, pgsql.Unsupported(s.Pos(), text.Same("DISCARD "+s.What))
}

func (c *conn) deallocate(s *pgsql.Deallocate) (outcome, error) {
	if s.Name == "" {
		clear(c.prepared)
		return outcome{tag: "DEALLOCATE ALL"}, nil
	}
	if c.prepared[s.Name] == nil {
		return outcome{}, noStatement(s.Pos(), s.Name)
	}
	delete(c.prepared, s.Name)
	return outcome{tag: "DEALLOCATE"}, nil
}

func noStatement(at int, name string) error {
	return pgsql.Fail("26000", at, text.Text{ZH: "没有名为 {s} 的预备语句", EN: "there is no prepared statement {s}"}, "s", strconv.Quote(name))
}

func noCursor(at int, name string) error {
	return pgsql.Fail("34000", at, text.Text{ZH: "没有名为 {s} 的游标", EN: "there is no cursor {s}"}, "s", strconv.Quote(name))
}

// mostKept bounds prepared statements and portals of a connection.
const mostKept = 1000

func (c *conn) room() error {
	if len(c.prepared) >= mostKept || len(c.portals) >= mostKept {
		return pgsql.Fail("53400", -1, text.Text{ZH: "预备语句或游标太多（上限 {n}）", EN: "there are too many prepared statements or cursors (at most {n})"}, "n", mostKept)
	}
	return nil
}

func (c *conn) prepareCommand(s *pgsql.Prepare) error {
	if c.prepared[s.Name] != nil {
		return pgsql.Fail("42P05", s.Pos(), text.Text{ZH: "预备语句 {s} 已存在", EN: "the prepared statement {s} exists already"}, "s", strconv.Quote(s.Name))
	}
	if err := c.room(); err != nil {
		return err
	}
	list, err := pgsql.Parse(s.Source)
	if err != nil {
		return moved(err, s.Offset)
	}
	st := &statement{src: s.Source, stmt: list[0].Statement}
	for _, t := range s.Types {
		st.params = append(st.params, pgcat.TypeNamed(t))
	}
	if err := c.described(st, list[0].Params); err != nil {
		return moved(err, s.Offset)
	}
	c.prepared[s.Name] = st
	return nil
}

// moved shifts the place of an error found in a part of a statement.
func moved(err error, by int) error {
	if e, ok := err.(*pgsql.Error); ok && e.At >= 0 {
		e.At += by
	}
	return err
}

// executeCommand runs EXECUTE name (…).
func (c *conn) executeCommand(s *pgsql.Execute) (outcome, error) {
	st := c.prepared[s.Name]
	if st == nil {
		return outcome{}, noStatement(s.Pos(), s.Name)
	}
	if len(s.Args) != len(st.params) {
		return outcome{}, pgsql.Fail(pgsql.StateSyntax, s.Pos(), text.Text{ZH: "{s} 需要 {n} 个参数", EN: "{s} takes {n} parameters"}, "s", strconv.Quote(s.Name), "n", len(st.params))
	}
	values := make([]pgcat.Value, len(s.Args))
	for i, a := range s.Args {
		v, err := c.s.tables().Catalog.Constant(c.ctx, pgcat.CastTo(a, st.params[i]), c.look())
		if err != nil {
			return outcome{}, err
		}
		values[i] = pgcat.Value{Type: st.params[i], V: v.V}
	}
	out, err := c.run(st, values)
	if e, ok := err.(*pgsql.Error); ok {
		e.At = -1 // it points into the prepared text
	}
	return out, err
}

// declare opens a cursor. Its rows are computed at once.
func (c *conn) declare(st *statement, s *pgsql.Declare, values []pgcat.Value) error {
	if c.tx == 'I' && !s.Hold {
		return pgsql.Fail("25P01", s.Pos(), text.Text{ZH: "游标只能在事务中声明，或写 WITH HOLD", EN: "a cursor is for transactions, unless it is WITH HOLD"})
	}
	if p := c.portals[s.Name]; p != nil {
		return pgsql.Fail("42P03", s.Pos(), text.Text{ZH: "游标 {s} 已存在", EN: "the cursor {s} exists already"}, "s", strconv.Quote(s.Name))
	}
	if err := c.room(); err != nil {
		return err
	}
	cols, rows, err := c.rowsOf(s.Select, values)
	if err != nil {
		return err
	}
	c.portals[s.Name] = &portal{statement: &statement{src: st.src, stmt: s.Select, columns: cols}, rows: rows, ran: true, hold: s.Hold, cursor: true}
	return nil
}

func (c *conn) fetch(s *pgsql.Fetch) (outcome, error) {
	p := c.portals[s.Name]
	if p == nil || !p.ran {
		return outcome{}, noCursor(s.Pos(), s.Name)
	}
	rest := p.rows[p.at:]
	if s.N >= 0 && s.N < len(rest) {
		rest = rest[:s.N]
	}
	p.at += len(rest)
	if s.Move {
		return outcome{tag: "MOVE " + strconv.Itoa(len(rest))}, nil
	}
	return outcome{p.columns, rest, "FETCH " + strconv.Itoa(len(rest))}, nil
}

func (c *conn) closeCursor(s *pgsql.CloseCursor) (outcome, error) {
	if s.Name == "" {
		clear(c.portals)
		return outcome{tag: "CLOSE CURSOR ALL"}, nil
	}
	if c.portals[s.Name] == nil {
		return outcome{}, noCursor(s.Pos(), s.Name)
	}
	delete(c.portals, s.Name)
	return outcome{tag: "CLOSE CURSOR"}, nil
}
