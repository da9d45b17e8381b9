package pgwire

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"lodestar/internal/access"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/pgwire/sqlmap"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// statement is a parsed command with the types of its parameters and columns.
type statement struct {
	src     string          // as places in errors count
	stmt    pgsql.Statement // nil for none
	params  []pgcat.OID
	columns []pgcat.Column // nil when it gives no rows
}

// portal is a statement with parameters, ready to run or running.
type portal struct {
	*statement
	values  []pgcat.Value
	formats []int16
	rows    [][]any // nil until run
	ran     bool
	at      int // of the next row
	hold    bool
	cursor  bool
}

// described finds the types of a statement's parameters and columns.
func (c *conn) described(st *statement, count int) error {
	for len(st.params) < count {
		st.params = append(st.params, 0)
	}
	for i, t := range st.params {
		if t == pgcat.Unknown {
			st.params[i] = 0
		}
	}
	sess := c.look()
	sess.ParamTypes = make([]pgcat.OID, len(st.params))
	copy(sess.ParamTypes, st.params)
	cols, err := c.columns(st, sess)
	if err != nil {
		return err
	}
	for i, t := range sess.ParamTypes {
		if t == 0 || t == pgcat.Unknown {
			t = pgcat.Text
		}
		sess.ParamTypes[i] = t
	}
	st.params, st.columns = sess.ParamTypes, cols
	return nil
}

// columns tells which columns a statement gives.
func (c *conn) columns(st *statement, sess *pgcat.Session) ([]pgcat.Column, error) {
	switch s := st.stmt.(type) {
	case *pgsql.Select:
		return c.selectColumns(s, sess)
	case *pgsql.Show:
		if s.Name == "all" {
			return []pgcat.Column{{Name: "name", Type: pgcat.Text}, {Name: "setting", Type: pgcat.Text}, {Name: "description", Type: pgcat.Text}}, nil
		}
		name := s.Name
		if as, ok := reported[name]; ok {
			name = as
		}
		return []pgcat.Column{{Name: name, Type: pgcat.Text}}, nil
	case *pgsql.Explain:
		return []pgcat.Column{{Name: "QUERY PLAN", Type: pgcat.Text}}, nil
	case *pgsql.Fetch:
		if p := c.portals[s.Name]; p != nil && !s.Move {
			return p.columns, nil
		}
	case *pgsql.Execute:
		if p := c.prepared[s.Name]; p != nil {
			return p.columns, nil
		}
	}
	return nil, nil
}

func (c *conn) selectColumns(s *pgsql.Select, sess *pgcat.Session) ([]pgcat.Column, error) {
	w := c.s.tables()
	if asksMetrics, err := c.which(w, s, sess); err != nil {
		return nil, err
	} else if asksMetrics {
		p, err := w.Plan(c.ctx, s, sess, c.timezone())
		if err != nil {
			return nil, err
		}
		return p.Columns, nil
	}
	p, err := w.Catalog.Compile(s, sess)
	if err != nil {
		return nil, err
	}
	return p.Columns, nil
}

// which reports whether a query asks for metrics. One that also asks for
// something else is refused.
func (c *conn) which(w *sqlmap.World, s *pgsql.Select, sess *pgcat.Session) (bool, error) {
	views, other := w.MetricTables(s, sess)
	if views > 0 && other != nil {
		return false, pgsql.Unsupported(other.Pos(), text.Text{ZH: "把指标表与系统目录放在一条语句里", EN: "a table of metrics and one of the catalogue in one statement"})
	}
	return views > 0, nil
}

// rowsOf runs a query.
func (c *conn) rowsOf(s *pgsql.Select, values []pgcat.Value) (cols []pgcat.Column, rows [][]any, err error) {
	sess := c.look()
	sess.Params = values
	w := c.s.tables()
	err = c.asking(func(ctx context.Context) error {
		who, err := c.who(ctx)
		if err != nil {
			c.over = true
			return err
		}
		asksMetrics, err := c.which(w, s, sess)
		if err != nil {
			return err
		}
		if !asksMetrics {
			if err := who.Must(access.Viewer); err != nil {
				return err
			}
			p, err := w.Catalog.Compile(s, sess)
			if err != nil {
				return err
			}
			cols = p.Columns
			rows, err = p.Run(ctx)
			return err
		}
		p, err := w.Plan(ctx, s, sess, c.timezone())
		if err != nil {
			return err
		}
		cols = p.Columns
		var res *query.Result
		if p.NoRows {
			if err := who.Must(access.Viewer); err != nil {
				return err
			}
		} else if res, err = c.s.cfg.Engine.Query(ctx, who, p.Request); err != nil {
			return asError(err, paths(p))
		}
		c.notices(res)
		rows, err = p.Rows(res)
		return err
	})
	return cols, rows, err
}

// paths are the places of the parts of a question; those of metrics are known
// by name.
func paths(p *sqlmap.Plan) map[string]int {
	out := map[string]int{}
	for path, at := range p.At {
		out[path] = at
	}
	for i, m := range p.Request.Metrics {
		if at, ok := p.At["metric:"+m.Name()]; ok {
			out["metrics["+strconv.Itoa(i)+"]"] = at
		}
	}
	return out
}

// mostNotices is how many warnings of an answer are passed on.
const mostNotices = 5

// notices passes the warnings of an answer on.
func (c *conn) notices(res *query.Result) {
	if res == nil {
		return
	}
	switch c.settings["client_min_messages"] {
	case "warning", "error", "fatal", "panic":
		return
	}
	for i, w := range res.Warnings {
		if i == mostNotices {
			break
		}
		e := pgsql.Error{State: "00000", At: -1, Text: w.Text}
		c.be.Send((*pgproto3.NoticeResponse)(response(&e, "NOTICE", "", c.lang)))
	}
}

// explained writes the question that a query becomes.
func (c *conn) explained(s *pgsql.Select, values []pgcat.Value) ([][]any, error) {
	sess := c.look()
	sess.Params = values
	w := c.s.tables()
	asksMetrics, err := c.which(w, s, sess)
	if err != nil {
		return nil, err
	}
	if !asksMetrics {
		return [][]any{{"catalogue"}}, nil
	}
	p, err := w.Plan(c.ctx, s, sess, c.timezone())
	if err != nil {
		return nil, err
	}
	if p.NoRows {
		return [][]any{{"no rows"}}, nil
	}
	b, err := json.MarshalIndent(p.Request, "", "  ")
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for line := range strings.SplitSeq(string(b), "\n") {
		rows = append(rows, []any{line})
	}
	return rows, nil
}

// outcome is what running a statement gave: rows, or just a tag.
type outcome struct {
	columns []pgcat.Column // nil for none
	rows    [][]any
	tag     string
}

// run runs anything but portals' rows piece by piece.
func (c *conn) run(st *statement, values []pgcat.Value) (outcome, error) {
	if c.tx == 'E' {
		if t, ok := st.stmt.(*pgsql.Transaction); !ok || t.Word != "rollback" && t.Word != "commit" && t.Word != "rollback to" {
			return outcome{}, pgsql.Fail("25P02", -1, text.Text{ZH: "事务已因错误中止，请先 ROLLBACK", EN: "the transaction is aborted by an error; ROLLBACK first"})
		}
	}
	switch s := st.stmt.(type) {
	case *pgsql.Select:
		cols, rows, err := c.rowsOf(s, values)
		return outcome{cols, rows, "SELECT " + strconv.Itoa(len(rows))}, err
	case *pgsql.Explain:
		rows, err := c.explained(s.Select, values)
		cols, _ := c.columns(st, nil)
		return outcome{cols, rows, "EXPLAIN"}, err
	case *pgsql.Show:
		rows, err := c.shown(s)
		cols, _ := c.columns(st, nil)
		return outcome{cols, rows, "SHOW"}, err
	case *pgsql.Set:
		return outcome{tag: "SET"}, c.setCommand(s)
	case *pgsql.Reset:
		if s.Name == "all" {
			return outcome{tag: "RESET"}, c.resetAll()
		}
		return outcome{tag: "RESET"}, c.resetOne(s.Name)
	case *pgsql.Transaction:
		return c.transaction(s)
	case *pgsql.Discard:
		return c.discard(s)
	case *pgsql.Deallocate:
		return c.deallocate(s)
	case *pgsql.Prepare:
		return outcome{tag: "PREPARE"}, c.prepareCommand(s)
	case *pgsql.Execute:
		return c.executeCommand(s)
	case *pgsql.Declare:
		return outcome{tag: "DECLARE CURSOR"}, c.declare(st, s, values)
	case *pgsql.Fetch:
		return c.fetch(s)
	case *pgsql.CloseCursor:
		return c.closeCursor(s)
	case *pgsql.Nothing:
		return outcome{tag: s.Tag}, nil
	case *pgsql.Other:
		return outcome{}, pgsql.Unsupported(s.Pos(), text.Same(s.Word)).Hinted(text.Text{
			ZH: "这里只能读取：SELECT、SHOW、SET、EXPLAIN 和事务命令", EN: "this door only reads: SELECT, SHOW, SET, EXPLAIN and the commands of transactions"})
	}
	return outcome{}, pgsql.Unsupported(-1, text.Text{ZH: "这条命令", EN: "this command"})
}

func (c *conn) shown(s *pgsql.Show) ([][]any, error) {
	if s.Name == "all" {
		var rows [][]any
		for _, kv := range c.listed() {
			rows = append(rows, []any{kv[0], kv[1], ""})
		}
		return rows, nil
	}
	v, ok := c.settings[s.Name]
	if !ok {
		return nil, pgsql.Fail(pgsql.StateNoSetting, s.Pos(), text.Text{ZH: "没有名为 {s} 的设置", EN: "there is no setting {s}"}, "s", s.Name)
	}
	return [][]any{{v}}, nil
}
