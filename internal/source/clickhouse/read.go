package clickhouse

import (
	"context"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/source"
	"lodestar/internal/source/cursor"
	"lodestar/internal/text"
)

// table is what is known of a table there.
type table struct {
	schema, name string
	final        bool // rows of one key are merged at some time: only when read so there is one
	rows         int64
	columns      []column
	key          []string
}

type column struct {
	source.Column
	base string // the type without what wraps it
}

func (t *table) full() string {
	out := quote(t.schema) + "." + quote(t.name)
	if t.final {
		out += " FINAL"
	}
	return out
}

func (t *table) column(name string) *column {
	for i := range t.columns {
		if t.columns[i].Name == name {
			return &t.columns[i]
		}
	}
	return nil
}

// Discover lists the tables that the user may read.
func (r *reader) Discover(ctx context.Context) ([]source.Stream, error) {
	rows, err := r.rows(ctx, `SELECT concat(database, '.', name), ifNull(total_rows, 0) FROM system.tables
		WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') AND NOT is_temporary ORDER BY 1`)
	var out []source.Stream
	for _, row := range rows {
		n, err := strconv.ParseInt(string(row[1]), 10, 64)
		if err != nil {
			return nil, err
		}
		out = append(out, source.Stream{Name: string(row[0]), Rows: n, Modes: []string{}})
	}
	return out, err
}

func (r *reader) look(ctx context.Context, stream string) (*table, error) {
	rows, err := r.rows(ctx, `SELECT database, name, engine, ifNull(total_rows, 0) FROM system.tables WHERE concat(database, '.', name) = `+literal(stream)+
		` OR database = `+literal(r.config.Database)+` AND name = `+literal(stream)+` LIMIT 1`)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, source.NoStream(stream)
	}
	t := &table{schema: string(rows[0][0]), name: string(rows[0][1])}
	engine := string(rows[0][2])
	t.final = strings.Contains(engine, "Replacing") || strings.Contains(engine, "Collapsing")
	if t.rows, err = strconv.ParseInt(string(rows[0][3]), 10, 64); err != nil {
		return nil, err
	}
	rows, err = r.rows(ctx, `SELECT name, type, is_in_sorting_key FROM system.columns WHERE database = `+literal(t.schema)+` AND table = `+literal(t.name)+` ORDER BY position`)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		c := column{Column: source.Column{Name: string(row[0]), Native: string(row[1])}}
		c.settle()
		t.columns = append(t.columns, c)
		if t.final && string(row[2]) == "1" {
			t.key = append(t.key, c.Name)
		}
	}
	return t, nil
}

var decimals = regexp.MustCompile(`^Decimal\((\d+), (\d+)\)$`)

// settle finds the nearest type.
func (c *column) settle() {
	c.base, c.Required = c.Native, !strings.Contains(c.Native, "Nullable(")
	for _, wrapper := range []string{"LowCardinality(", "Nullable("} {
		if inner, ok := strings.CutPrefix(c.base, wrapper); ok {
			c.base = strings.TrimSuffix(inner, ")")
		}
	}
	base, _, _ := strings.Cut(c.base, "(")
	switch base {
	case "Bool":
		c.Type = expr.Boolean
	case "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32":
		c.Type = expr.Integer
	case "UInt64":
		c.Type, c.Precision = expr.Decimal, 20
	case "Int128", "UInt128", "Int256", "UInt256":
		c.Type = expr.Decimal
	case "Decimal":
		c.Type = expr.Decimal
		if m := decimals.FindStringSubmatch(c.base); m != nil && len(m[1]) <= 2 && m[1] <= "38" {
			c.Precision, _ = strconv.Atoi(m[1]) // digits
			c.Scale, _ = strconv.Atoi(m[2])
		}
	case "Float32", "Float64":
		c.Type = expr.Float
	case "Date", "Date32":
		c.Type = expr.Date
	case "DateTime", "DateTime64":
		c.Type = expr.Timestamp
	default:
		c.Type = expr.String
	}
}

// scale is how many digits a time has behind the second.
func (c *column) scale() string {
	if rest, ok := strings.CutPrefix(c.base, "DateTime64("); ok {
		return rest[:1]
	}
	return "0"
}

// selected is the expression whose text is a column's value in the spool.
func (c *column) selected() string {
	x := quote(c.Name)
	switch {
	case c.Type == expr.Timestamp && c.scale() > "6": // with more digits behind the second than are kept
		return "substring(toString(toTimeZone(" + x + ", 'UTC')), 1, 26)"
	case c.Type == expr.Timestamp:
		return "toTimeZone(" + x + ", 'UTC')"
	case c.Type == expr.String && c.base != "String":
		return "toString(" + x + ")"
	}
	return x
}

var noChanges = text.Text{EN: "ClickHouse has no log of changes; read by full or incremental", ZH: "ClickHouse 没有变更日志；请用 full 或 incremental"}

// Describe tells the columns, the key and the modes of a table.
func (r *reader) Describe(ctx context.Context, stream string) (source.Stream, error) {
	t, err := r.look(ctx, stream)
	if err != nil {
		return source.Stream{}, err
	}
	out := source.Stream{Name: t.schema + "." + t.name, Key: t.key, Rows: t.rows, Modes: []string{source.Full, source.Incremental}, Why: map[string]text.Text{source.Changes: noChanges}}
	for _, c := range t.columns {
		out.Columns = append(out.Columns, c.Column)
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
	list := ""
	for i, want := range q.Columns {
		c := t.column(want.Name)
		if c == nil {
			return source.Result{}, source.NoColumn(q.Stream, want.Name)
		}
		if i > 0 {
			list += ", "
		}
		list += c.selected()
	}
	query := "SELECT " + list + " FROM " + t.full()
	if q.Mode == source.Full {
		did, err := r.copyOut(ctx, q, query, 0, out)
		return source.Result{Whole: err == nil, Rows: did.rows}, err
	}
	return r.incremental(ctx, t, q, query, out)
}

// copied is what a query gave.
type copied struct {
	rows, bytes int64
	last        []byte
}

// copyOut passes records on to the spool.
func (r *reader) copyOut(ctx context.Context, q source.Request, query string, most int64, out source.Spool) (did copied, err error) {
	rows, err := out.Rows(q.Names())
	if err != nil {
		return did, err
	}
	w, err := rows.CSV()
	if err != nil {
		return did, err
	}
	err = r.each(ctx, query, func(record []byte) error {
		if _, err := w.Write(record); err != nil {
			return err
		}
		did.rows, did.bytes, did.last = did.rows+1, did.bytes+int64(len(record)), record
		if most > 0 && did.bytes >= most {
			return errEnough
		}
		return nil
	})
	return did, err
}

// errEnough ends a copy at its limit of bytes.
var errEnough = enough{}

type enough struct{}

func (enough) Error() string { return "enough" }

func (r *reader) incremental(ctx context.Context, t *table, q source.Request, query string, out source.Spool) (source.Result, error) {
	c := t.column(q.Cursor)
	if c.Type != expr.Integer && c.Type != expr.Decimal && !c.Type.IsTime() {
		return source.Result{}, cursor.NoCursor(q.Cursor)
	}
	p, err := cursor.Begin(q, cursor.Dialect{Quote: quote,
		Typed: func(name, value string) string { return t.column(name).typed(value) },
		Back:  func(value string) string { return c.back(value, q) }})
	if err != nil {
		return source.Result{}, err
	}
	if p.Gap() {
		did, err := r.copyOut(ctx, q, query+" WHERE "+p.Where(), 0, out)
		return source.Result{Mark: q.Mark, Rows: did.rows}, err
	}
	if p.Place.Bound == "" && c.Type.IsTime() { // one row of the year 2299 must not hide all others
		now, err := r.rows(ctx, "SELECT toString(toDateTime(now(), 'UTC'))")
		if err != nil {
			return source.Result{}, err
		}
		bound := string(now[0][0])
		if c.Type == expr.Date {
			bound = bound[:10]
		}
		p.Bounded(bound, time.Now())
	}
	did, err := r.copyOut(ctx, q, query+" WHERE "+p.Where()+" ORDER BY "+p.Order()+" LIMIT "+strconv.FormatInt(p.Limit(), 10), q.Bytes, out)
	enough := err == errEnough
	if err != nil && !enough {
		return source.Result{}, err
	}
	result := source.Result{Rows: did.rows, More: enough || did.rows >= p.Limit()}
	var row [][]byte
	if did.rows > 0 {
		row = source.Fields(did.last)
	}
	return p.Passed(result, row, c.less)
}

// less compares two values of a cursor, as the spool has them.
func (c *column) less(a, b string) bool {
	if c.Type.IsTime() {
		return a < b
	}
	x, ok1 := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && x.Cmp(y) < 0
}

var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// typed is a value of the column written as SQL.
func (c *column) typed(value string) string {
	switch {
	case c.Type == expr.Timestamp:
		return "toDateTime64(" + literal(value) + ", " + c.scale() + ", 'UTC')"
	case c.Type == expr.Date:
		return "toDate32(" + literal(value) + ")"
	case c.Type == expr.Integer && plainNumber.MatchString(value):
		return value
	}
	return "CAST(" + literal(value) + ", " + literal(c.base) + ")"
}

// back is a value less the lookback.
func (c *column) back(value string, q source.Request) string {
	x := c.typed(value)
	switch c.Type {
	case expr.Date:
		return "addDays(" + x + ", -" + strconv.Itoa(int(math.Ceil(q.Lookback.Hours()/24))) + ")"
	case expr.Timestamp:
		return "addSeconds(" + x + ", -" + strconv.FormatInt(int64(math.Ceil(q.Lookback.Seconds())), 10) + ")"
	}
	return x + " - " + strconv.FormatInt(q.LookbackNumber, 10)
}
