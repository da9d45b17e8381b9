package sqlserver

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/source"
	"lodestar/internal/source/cursor"
	"lodestar/internal/text"
)

// Discover lists the tables and views that the user may read.
func (r *reader) Discover(ctx context.Context) (out []source.Stream, err error) {
	rows, err := r.db.QueryContext(ctx, `SELECT s.name + '.' + o.name, COALESCE((SELECT SUM(p.rows) FROM sys.partitions p WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)), 0)
		FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
		WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', 'SELECT') = 1 ORDER BY 1`)
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		s := source.Stream{Modes: []string{}}
		if err := rows.Scan(&s.Name, &s.Rows); err != nil {
			return nil, r.fault(ctx, "", err)
		}
		out = append(out, s)
	}
	return out, r.fault(ctx, "", rows.Err())
}

// table is what is known of a table there.
type table struct {
	schema, name string
	columns      []Column
	key          []string
}

func (t *table) full() string { return quote(t.schema) + "." + quote(t.name) }

func (t *table) column(name string) *Column {
	for i := range t.columns {
		if strings.EqualFold(t.columns[i].Name, name) {
			return &t.columns[i]
		}
	}
	return nil
}

func (r *reader) look(ctx context.Context, stream string) (*table, error) {
	t := &table{}
	var id int64
	err := r.db.QueryRowContext(ctx, `SELECT TOP 1 s.name, o.name, o.object_id FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
		WHERE o.type IN ('U', 'V') AND s.name + '.' + o.name IN (`+literal(stream)+`, 'dbo.' + `+literal(stream)+`)`).Scan(&t.schema, &t.name, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, source.NoStream(stream)
	}
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	rows, err := r.db.QueryContext(ctx, `SELECT c.name, COALESCE(b.name, t.name), t.name, c.precision, c.scale, c.is_nullable, COALESCE(k.key_ordinal, 0)
		FROM sys.columns c JOIN sys.types t ON t.user_type_id = c.user_type_id
			LEFT JOIN sys.types b ON b.user_type_id = c.system_type_id AND b.is_user_defined = 0
			LEFT JOIN sys.indexes i ON i.object_id = c.object_id AND i.is_primary_key = 1
			LEFT JOIN sys.index_columns k ON k.object_id = c.object_id AND k.index_id = i.index_id AND k.column_id = c.column_id
		WHERE c.object_id = `+strconv.FormatInt(id, 10)+` ORDER BY c.column_id`)
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	defer func() { _ = rows.Close() }()
	places := map[int]string{}
	for rows.Next() {
		var c Column
		var nullable bool
		var place int
		if err := rows.Scan(&c.Name, &c.Base, &c.Native, &c.Precision, &c.Scale, &nullable, &place); err != nil {
			return nil, r.fault(ctx, "", err)
		}
		c.Required = !nullable
		c.Settle()
		t.columns = append(t.columns, c)
		if place > 0 {
			places[place] = c.Name
		}
	}
	for i := 1; i <= len(places); i++ {
		t.key = append(t.key, places[i])
	}
	return t, r.fault(ctx, "", rows.Err())
}

var noChanges = text.Text{EN: "the log of changes of SQL Server is not read; use full, or incremental with a rowversion column",
	ZH: "不读取 SQL Server 的变更日志；请用 full，或以 rowversion 列作 incremental"}

// Describe tells the columns, the key and the modes of a table.
func (r *reader) Describe(ctx context.Context, stream string) (source.Stream, error) {
	t, err := r.look(ctx, stream)
	if err != nil {
		return source.Stream{}, err
	}
	out := source.Stream{Name: t.schema + "." + t.name, Key: t.key, Modes: []string{source.Full}, Why: map[string]text.Text{source.Changes: noChanges}}
	counts := false
	for _, c := range t.columns {
		out.Columns = append(out.Columns, c.Column)
		counts = counts || c.Counts()
	}
	if counts {
		out.Modes = append(out.Modes, source.Incremental)
	} else {
		out.Why[source.Incremental] = text.Text{EN: "no column is an integer, a date, a timestamp or a rowversion", ZH: "没有整数、日期、时间或 rowversion 列"}
	}
	return out, nil
}

// Read reads what is new.
func (r *reader) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	if q.Mode == source.Changes {
		return source.Result{}, source.NotPossible(noChanges)
	}
	if err := q.Check(); err != nil {
		return source.Result{}, err
	}
	t, err := r.look(ctx, q.Stream)
	if err != nil {
		return source.Result{}, err
	}
	var list []string
	var columns []*Column
	for _, want := range q.Columns {
		c := t.column(want.Name)
		if c == nil {
			return source.Result{}, source.NoColumn(q.Stream, want.Name)
		}
		columns, list = append(columns, c), append(list, c.Text())
	}
	w := &writer{r: r, t: t, q: q, columns: columns, list: strings.Join(list, ", "), out: out}
	if q.Mode == source.Full {
		err := w.copyOut(ctx, "SELECT "+w.list+" FROM "+t.full())
		return source.Result{Whole: err == nil, Rows: w.rows}, err
	}
	return w.incremental(ctx)
}

// writer copies the rows of one read.
type writer struct {
	r       *reader
	t       *table
	q       source.Request
	columns []*Column
	list    string
	out     source.Spool

	rows, bytes int64
	last        [][]byte
	enough      bool // it ended at its limit of bytes
}

func (w *writer) copyOut(ctx context.Context, query string) (err error) {
	grant := "GRANT SELECT ON " + w.t.full() + " TO " + quote(w.r.config.User)
	inner, cancel := context.WithCancel(ctx) // ends the query at a limit
	defer cancel()
	rows, err := w.r.db.QueryContext(inner, query)
	if err != nil {
		return w.r.fault(ctx, grant, err)
	}
	defer func() {
		cancel()
		_ = rows.Close() // what went wrong is known by then
	}()
	to, err := w.out.Rows(w.q.Names())
	if err != nil {
		return err
	}
	raw, values, into := make([][]byte, len(w.columns)), make([][]byte, len(w.columns)), make([]any, len(w.columns))
	for i := range into {
		into[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return w.r.fault(ctx, grant, err)
		}
		for i, c := range w.columns {
			values[i] = c.Said(raw[i])
			w.bytes += int64(len(values[i])) + 1
		}
		if err := to.Put(values); err != nil {
			return err
		}
		w.rows++
		if w.q.Mode == source.Incremental && w.q.Bytes > 0 && w.bytes >= w.q.Bytes && w.q.From == "" && w.q.To == "" {
			w.enough = true
			break
		}
	}
	if w.rows > 0 {
		w.last = nil
		for _, v := range raw { // with all digits, to go on behind this very row
			w.last = append(w.last, bytes.Clone(v))
		}
	}
	if w.enough {
		return nil
	}
	return w.r.fault(ctx, grant, rows.Err())
}

func (w *writer) incremental(ctx context.Context) (source.Result, error) {
	c := w.t.column(w.q.Cursor)
	if !c.Counts() {
		return source.Result{}, cursor.NoCursor(w.q.Cursor)
	}
	p, err := cursor.Begin(w.q, cursor.Dialect{Quote: quote,
		Typed: func(name, value string) string { return w.t.column(name).Typed(value) },
		Back:  func(value string) string { return c.Back(value, w.q) }})
	if err != nil {
		return source.Result{}, err
	}
	if p.Gap() {
		err := w.copyOut(ctx, "SELECT "+w.list+" FROM "+w.t.full()+" WHERE "+p.Where())
		return source.Result{Mark: w.q.Mark, Rows: w.rows}, err
	}
	if bound := c.Bound(); p.Place.Bound == "" && bound != "" {
		var b []byte
		if err := w.r.db.QueryRowContext(ctx, "SELECT "+bound).Scan(&b); err != nil {
			return source.Result{}, w.r.fault(ctx, "", err)
		}
		if p.Place.Bound = string(c.Said(b)); c.Type.IsTime() {
			p.Bounded(p.Place.Bound, time.Now())
		}
	}
	if err := w.copyOut(ctx, "SELECT TOP "+strconv.FormatInt(p.Limit(), 10)+" "+w.list+" FROM "+w.t.full()+" WHERE "+p.Where()+" ORDER BY "+p.Order()); err != nil {
		return source.Result{}, err
	}
	result := source.Result{Rows: w.rows, More: w.enough || w.rows >= p.Limit()}
	return p.Passed(result, w.last, c.less)
}
