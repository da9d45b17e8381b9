package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"lodestar/internal/expr"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Discover lists the tables and views that the user may read.
func (r *reader) Discover(ctx context.Context) ([]source.Stream, error) {
	c, err := r.conn(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := c.Query(ctx, `SELECT n.nspname || '.' || c.relname, greatest(c.reltuples, 0)::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
			AND n.nspname NOT LIKE 'pg\_%' AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
		ORDER BY 1`)
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (source.Stream, error) {
		s := source.Stream{Modes: []string{}}
		return s, row.Scan(&s.Name, &s.Rows)
	})
	return out, r.fault(ctx, "", err)
}

// table is what is known of a table there.
type table struct {
	stream       string
	schema, name string
	oid          uint32
	kind         string // of pg_class
	identity     string // of pg_class
	identifies   []string
	rows         int64
	columns      []column
	key          []string
	readable     bool
	parts        []uint32 // of a table in parts: those that hold rows
}

type column struct {
	source.Column
	place     int    // attnum: another column of the same name has another
	base      string // the type's own name, of a domain that of the type beneath
	generated bool
}

func (t *table) full() string { return quote(t.schema) + "." + quote(t.name) }

func (t *table) column(name string) *column {
	for i := range t.columns {
		if t.columns[i].Name == name {
			return &t.columns[i]
		}
	}
	return nil
}

// look reads the catalogue. A name without a schema is one of public.
func (r *reader) look(ctx context.Context, c *pgx.Conn, stream string) (*table, error) {
	t := &table{stream: stream}
	err := c.QueryRow(ctx, `SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.relreplident::text, greatest(c.reltuples, 0)::bigint,
			has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname || '.' || c.relname IN ($1, 'public.' || $1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
		ORDER BY n.nspname || '.' || c.relname = $1 DESC LIMIT 1`, stream).
		Scan(&t.oid, &t.schema, &t.name, &t.kind, &t.identity, &t.rows, &t.readable)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, source.NoStream(stream)
	}
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	rows, err := c.Query(ctx, `SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname), t.typtype = 'e' OR coalesce(b.typtype = 'e', false),
			coalesce(information_schema._pg_numeric_precision(coalesce(b.oid, t.oid), CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END), 0),
			coalesce(information_schema._pg_numeric_scale(coalesce(b.oid, t.oid), CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END), 0),
			a.attnotnull, a.attgenerated <> '',
			coalesce(a.attnum = ANY ((k.indkey::int2[])[0:k.indnkeyatts - 1]), false), coalesce(a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]), false),
			coalesce(array_position((k.indkey::int2[])[0:k.indnkeyatts - 1], a.attnum), 0), a.attnum
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
			LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
			LEFT JOIN pg_index k ON k.indrelid = a.attrelid AND k.indisprimary
			LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisreplident
		WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, t.oid)
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	at := map[string]int{}
	t.columns, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (column, error) {
		var col column
		var enum, inKey, inIndex bool
		var place int
		err := row.Scan(&col.Name, &col.Native, &col.base, &enum, &col.Precision, &col.Scale, &col.Required, &col.generated, &inKey, &inIndex, &place, &col.place)
		col.settle()
		if inKey {
			t.key = append(t.key, col.Name)
			at[col.Name] = place
		}
		if t.identity == "f" || t.identity == "i" && inIndex || t.identity == "d" && inKey {
			t.identifies = append(t.identifies, col.Name)
		}
		return col, err
	})
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	sortBy(t.key, at)
	if t.kind == "p" {
		rows, err := c.Query(ctx, "SELECT relid::oid FROM pg_partition_tree($1::oid::regclass) WHERE isleaf AND relid <> $1::oid", t.oid)
		if err != nil {
			return nil, r.fault(ctx, "", err)
		}
		if t.parts, err = pgx.CollectRows(rows, pgx.RowTo[uint32]); err != nil {
			return nil, r.fault(ctx, "", err)
		}
	}
	return t, nil
}

// settle finds the nearest type.
func (c *column) settle() {
	switch c.base {
	case "bool":
		c.Type = expr.Boolean
	case "int2", "int4", "int8", "oid":
		c.Type = expr.Integer
	case "numeric", "money":
		c.Type = expr.Decimal
	case "float4", "float8":
		c.Type = expr.Float
	case "date":
		c.Type = expr.Date
	case "timestamp", "timestamptz":
		c.Type, c.Local = expr.Timestamp, c.base == "timestamp"
	default:
		c.Type = expr.String
	}
	switch {
	case c.base == "money":
		c.Precision, c.Scale = 19, 2
	case c.Type != expr.Decimal || c.Precision > 38 || c.Scale < 0 || c.Scale > c.Precision:
		c.Precision, c.Scale = 0, 0
	}
}

// Describe tells the columns, the key and the modes of a table.
func (r *reader) Describe(ctx context.Context, stream string) (source.Stream, error) {
	c, err := r.conn(ctx)
	if err != nil {
		return source.Stream{}, err
	}
	t, err := r.look(ctx, c, stream)
	if err != nil {
		return source.Stream{}, err
	}
	out := source.Stream{Name: t.schema + "." + t.name, Key: t.key, Rows: t.rows, Modes: []string{}, Why: map[string]text.Text{}}
	cursor := false
	for _, col := range t.columns {
		out.Columns = append(out.Columns, col.Column)
		cursor = cursor || col.Type == expr.Integer || col.Type.IsTime()
	}
	judge := func(mode string, why text.Text) {
		if why == (text.Text{}) {
			out.Modes = append(out.Modes, mode)
		} else {
			out.Why[mode] = why
		}
	}
	judge(source.Full, r.whyNotRead(t))
	why := r.whyNotRead(t)
	if why == (text.Text{}) && !cursor {
		why = text.Text{EN: "no column is an integer, a date or a timestamp", ZH: "没有整数、日期或时间列"}
	}
	judge(source.Incremental, why)
	if why, err = r.whyNoChanges(ctx, c, t); err != nil {
		return source.Stream{}, err
	}
	judge(source.Changes, why)
	return out, nil
}
