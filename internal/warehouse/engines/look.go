package engines

import (
	"context"
	"errors"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// tables lists what an engine has, as schema and name. Connectors list what
// they can read themselves: this is for Trino, which has none.
const tables = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema <> 'information_schema'"

// Look connects to an engine to see what is there. Its rows can be asked where
// they are; reading them out is a connector's work.
func (s *Set) Look(ctx context.Context, c Connection) (source.Source, error) {
	_, w, err := c.open(ctx, s.c)
	if err != nil {
		return nil, err
	}
	if err := w.Ping(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return &looking{w, c}, nil
}

type looking struct {
	w *direct.Warehouse
	c Connection
}

func (l *looking) rows(ctx context.Context, text string, each func(warehouse.Rows)) (err error) {
	rows, err := l.w.Query(ctx, expr.SQL{Text: text})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		each(rows)
	}
	return rows.Err()
}

// Discover lists the tables.
func (l *looking) Discover(ctx context.Context) ([]source.Stream, error) {
	out := []source.Stream{}
	err := l.rows(ctx, tables, func(r warehouse.Rows) {
		v := r.Values()
		schema, _ := v[0].(string)
		name, _ := v[1].(string)
		out = append(out, source.Stream{Name: schema + "." + name, Modes: []string{}})
	})
	slices.SortFunc(out, func(a, b source.Stream) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

// Describe tells the columns of a table, of the types that can be asked.
func (l *looking) Describe(ctx context.Context, stream string) (source.Stream, error) {
	schema, name, _ := strings.Cut(stream, ".")
	d := l.w.Dialect()
	out := source.Stream{Name: stream, Modes: []string{}}
	known, err := l.w.Look(ctx, direct.Table{Schema: schema, Name: name})
	if err != nil {
		return out, err
	}
	if len(known.Kinds) == 0 {
		return out, fault.New(fault.NotFound, "unknown_stream", text.Text{
			EN: "there is no table {name} on this connection, or its user may not read it",
			ZH: "该连接上没有表 {name}，或用户无权读取"}, "name", stream)
	}
	rows, err := l.w.Query(ctx, expr.SQL{Text: "SELECT * FROM " + d.Quote(schema) + "." + d.Quote(name) + " LIMIT 0"})
	if err != nil {
		return out, err
	}
	for _, c := range rows.Columns() {
		if kind, ok := known.Kinds[c.Name]; ok {
			out.Columns = append(out.Columns, source.Column{Name: c.Name, Type: kind, Precision: c.Precision, Scale: c.Scale, Native: known.Native[c.Name]})
		}
	}
	return out, rows.Close()
}

func (l *looking) noConnector() error {
	return fault.New(fault.Invalid, "no_connector", text.Text{
		EN: "rows of {type} are asked where they are; they cannot be copied here",
		ZH: "{type} 的数据只能在原处查询，不能同步到本地"}, "type", l.c.Engine)
}

// Read, Acknowledge and Forget are what this cannot.
func (l *looking) Read(context.Context, source.Request, source.Spool) (source.Result, error) {
	return source.Result{}, l.noConnector()
}
func (l *looking) Acknowledge(context.Context, source.Request, source.Mark) error {
	return l.noConnector()
}
func (l *looking) Forget(context.Context, source.Request) error { return l.noConnector() }

// Close ends the connection.
func (l *looking) Close() error { return l.w.Close() }
