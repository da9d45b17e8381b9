package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Discover lists the tables and views that the user may read.
func (r *reader) Discover(ctx context.Context) (out []source.Stream, err error) {
	rows, err := r.db.QueryContext(ctx, `SELECT CONCAT(table_schema, '.', table_name), COALESCE(table_rows, 0) FROM information_schema.tables
		WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') AND ? IN ('', table_schema)
		ORDER BY 1`, r.config.Database)
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
	stream       string
	schema, name string
	kind         string // BASE TABLE or VIEW
	rows         int64
	columns      []column
	key          []string
}

func (t *table) full() string { return quote(t.schema) + "." + quote(t.name) }

func (t *table) column(name string) *column {
	for i := range t.columns {
		if strings.EqualFold(t.columns[i].Name, name) {
			return &t.columns[i]
		}
	}
	return nil
}

// shape stands for all that rows of the log are understood by.
func (t *table) shape() string {
	h := fnv.New64a()
	for _, c := range t.columns {
		fmt.Fprintf(h, "%q %q %q %v;", c.Name, c.Native, c.charset, c.virtual)
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// find reads the catalogue. A name without a database is one of the
// connection's.
func (r *reader) find(ctx context.Context, stream string) (*table, error) {
	t := &table{stream: stream}
	err := r.db.QueryRowContext(ctx, `SELECT table_schema, table_name, table_type, COALESCE(table_rows, 0) FROM information_schema.tables
		WHERE CONCAT(table_schema, '.', table_name) = ? OR table_schema = ? AND table_name = ? LIMIT 1`, stream, r.config.Database, stream).
		Scan(&t.schema, &t.name, &t.kind, &t.rows)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, source.NoStream(stream)
	}
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	if err := r.columns(ctx, t); err != nil {
		return nil, r.fault(ctx, "", err)
	}
	rows, err := r.db.QueryContext(ctx, `SELECT column_name FROM information_schema.statistics
		WHERE table_schema = ? AND table_name = ? AND index_name = 'PRIMARY' ORDER BY seq_in_index`, t.schema, t.name)
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, r.fault(ctx, "", err)
		}
		t.key = append(t.key, name)
	}
	return t, r.fault(ctx, "", rows.Err())
}

func (r *reader) columns(ctx context.Context, t *table) (err error) {
	rows, err := r.db.QueryContext(ctx, `SELECT column_name, data_type, column_type, COALESCE(character_set_name, ''), COALESCE(character_maximum_length, 0),
			COALESCE(numeric_precision, 0), COALESCE(numeric_scale, 0), is_nullable, extra
		FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`, t.schema, t.name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c column
		var nullable, extra string
		if err := rows.Scan(&c.Name, &c.base, &c.Native, &c.charset, &c.length, &c.Precision, &c.Scale, &nullable, &extra); err != nil {
			return err
		}
		c.Required, c.virtual = nullable == "NO", strings.Contains(strings.ToUpper(extra), "VIRTUAL")
		c.settle()
		t.columns = append(t.columns, c)
	}
	return rows.Err()
}

// Describe tells the columns, the key and the modes of a table.
func (r *reader) Describe(ctx context.Context, stream string) (source.Stream, error) {
	t, err := r.find(ctx, stream)
	if err != nil {
		return source.Stream{}, err
	}
	out := source.Stream{Name: t.schema + "." + t.name, Key: t.key, Rows: t.rows, Modes: []string{source.Full}, Why: map[string]text.Text{}}
	cursor := false
	for _, c := range t.columns {
		out.Columns = append(out.Columns, c.Column)
		cursor = cursor || c.counts()
	}
	if cursor {
		out.Modes = append(out.Modes, source.Incremental)
	} else {
		out.Why[source.Incremental] = text.Text{EN: "no column is an integer, a date or a timestamp", ZH: "没有整数、日期或时间列"}
	}
	why, err := r.whyNoChanges(ctx, t)
	if err != nil {
		return source.Stream{}, err
	}
	if why.IsZero() {
		out.Modes = append(out.Modes, source.Changes)
	} else {
		out.Why[source.Changes] = why
	}
	return out, nil
}

// whyNoChanges tells what is missing for following the changes of a table.
func (r *reader) whyNoChanges(ctx context.Context, t *table) (text.Text, error) {
	if t.kind != "BASE TABLE" {
		return text.Text{EN: "only tables have changes that can be followed", ZH: "只有表才能按变更读取"}, nil
	}
	var on bool
	var format, image string
	err := r.db.QueryRowContext(ctx, "SELECT @@log_bin, @@global.binlog_format, @@global.binlog_row_image").Scan(&on, &format, &image)
	if err != nil {
		return text.Text{}, r.fault(ctx, "", err)
	}
	if !on || format != "ROW" || !strings.HasPrefix(image, "FULL") {
		return text.Text{
			EN: "the server does not log whole rows; an administrator sets in its configuration, and restarts it: log_bin = binlog, binlog_format = ROW, binlog_row_image = FULL",
			ZH: "服务器未记录完整的行变更；请管理员在配置中设置并重启：log_bin = binlog、binlog_format = ROW、binlog_row_image = FULL"}, nil
	}
	if _, err := r.end(ctx); err != nil {
		if number, _ := said(err); number != 1227 {
			return text.Text{}, err
		}
		return r.mayNotFollow(), nil
	}
	var may bool
	err = r.db.QueryRowContext(ctx, `SELECT COUNT(*) > 0 FROM information_schema.user_privileges WHERE privilege_type IN ('REPLICATION SLAVE', 'REPLICATION REPLICA')
		AND grantee = CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')`).Scan(&may)
	if err != nil || !may {
		return r.mayNotFollow(), r.fault(ctx, "", err)
	}
	return r.whyCascades(ctx, t)
}

func (r *reader) mayNotFollow() text.Text {
	return text.Text{
		EN: "this user may not follow changes; an administrator can allow it: {do}",
		ZH: "该用户无权读取变更；请管理员授权：{do}"}.With("do", r.grantLog())
}

func (r *reader) grantLog() string {
	if r.mariadb {
		return r.grant("REPLICATION SLAVE, BINLOG MONITOR", "*.*")
	}
	return r.grant("REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES", "*.*")
}

// cascades finds foreign keys that change rows by themselves.
var cascades = regexp.MustCompile(`(?m)^\s+CONSTRAINT (\S+) FOREIGN KEY .* ON (DELETE|UPDATE) (CASCADE|SET NULL)`)

// whyCascades finds foreign keys that change rows without a word in the log.
func (r *reader) whyCascades(ctx context.Context, t *table) (text.Text, error) {
	var name, statement string
	if err := r.db.QueryRowContext(ctx, "SHOW CREATE TABLE "+t.full()).Scan(&name, &statement); err != nil {
		return text.Text{}, r.fault(ctx, r.grant("SELECT", t.full()), err)
	}
	rule := cascades.FindStringSubmatch(statement)
	if rule == nil {
		return text.Text{}, nil
	}
	return text.Text{
		EN: "the foreign key {rule} changes rows by CASCADE or SET NULL, which the log does not tell; read by full",
		ZH: "外键 {rule} 会以 CASCADE 或 SET NULL 改动行，而日志中没有这些变更；请用 full 读取"}.With("rule", rule[1]), nil
}

// settle finds the nearest type.
func (c *column) settle() {
	c.base = strings.ToLower(c.base)
	c.unsigned, c.zerofill = strings.Contains(c.Native, "unsigned"), strings.Contains(c.Native, "zerofill")
	precision, scale := c.Precision, c.Scale
	c.Precision, c.Scale = 0, 0
	switch c.base {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "year":
		c.Type = expr.Integer
		if strings.HasPrefix(c.Native, "tinyint(1)") {
			c.Type, c.Counts = expr.Boolean, true
		}
		if c.base == "bigint" && c.unsigned { // up to 18446744073709551615
			c.Type, c.Precision = expr.Decimal, 20
		}
	case "bit":
		c.Type = expr.Integer
		if c.Native == "bit(1)" {
			c.Type, c.Counts = expr.Boolean, true
		}
		c.length = int64(precision)
	case "decimal":
		c.Type = expr.Decimal
		if precision <= 38 {
			c.Precision, c.Scale = precision, scale
		}
	case "float", "double":
		c.Type = expr.Float
	case "date":
		c.Type = expr.Date
	case "datetime", "timestamp":
		c.Type, c.Local = expr.Timestamp, c.base == "datetime"
	case "enum", "set":
		c.Type, c.values = expr.String, members(c.Native)
	default:
		c.Type = expr.String
	}
}

// members reads the list in enum('a','b') or set('a','b').
func members(native string) (out []string) {
	_, list, _ := strings.Cut(native, "(")
	for strings.HasPrefix(list, "'") {
		list = list[1:]
		var b strings.Builder
		for {
			head, tail, _ := strings.Cut(list, "'")
			b.WriteString(head)
			list = tail
			if !strings.HasPrefix(tail, "'") {
				break
			}
			b.WriteByte('\'')
			list = tail[1:]
		}
		out = append(out, b.String())
		list = strings.TrimPrefix(list, ",")
	}
	return slices.Clip(out)
}
