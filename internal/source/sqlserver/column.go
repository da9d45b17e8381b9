package sqlserver

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/source"
)

// Column is a column there.
type Column struct {
	source.Column
	Base string // such as datetime2
}

// Settle finds the nearest type.
func (c *Column) Settle() {
	precision, scale := c.Precision, c.Scale
	c.Precision, c.Scale = 0, 0
	switch c.Base {
	case "bit":
		c.Type = expr.Boolean
	case "tinyint", "smallint", "int", "bigint", "timestamp", "rowversion":
		c.Type = expr.Integer
	case "decimal", "numeric":
		c.Type, c.Precision, c.Scale = expr.Decimal, precision, scale
	case "money", "smallmoney":
		c.Type, c.Precision, c.Scale = expr.Decimal, 19, 4
	case "float", "real":
		c.Type = expr.Float
	case "date":
		c.Type = expr.Date
	case "datetime", "datetime2", "smalldatetime", "datetimeoffset":
		c.Type, c.Local = expr.Timestamp, c.Base != "datetimeoffset"
	default:
		c.Type = expr.String
	}
}

// Text is the expression whose text is a column's value in the spool.
func (c *Column) Text() string {
	x := quote(c.Name)
	switch c.Base {
	case "bit":
		return "CASE " + x + " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
	case "timestamp", "rowversion":
		return "CONVERT(varchar(20), CONVERT(bigint, " + x + "))"
	case "tinyint", "smallint", "int", "bigint":
		return "CONVERT(varchar(20), " + x + ")"
	case "decimal", "numeric":
		return "CONVERT(varchar(50), " + x + ")"
	case "money", "smallmoney":
		return "CONVERT(varchar(50), " + x + ", 2)" // all four digits
	case "date":
		return "CONVERT(varchar(10), " + x + ", 23)"
	case "datetime", "datetime2", "smalldatetime":
		return "CONVERT(varchar(30), " + x + ", 121)"
	case "datetimeoffset":
		return "CONVERT(varchar(30), CONVERT(datetime2, SWITCHOFFSET(" + x + ", '+00:00')), 121)"
	case "binary", "varbinary", "image":
		return "LOWER(CONVERT(varchar(max), CONVERT(varbinary(max), " + x + "), 2))"
	case "uniqueidentifier":
		return "LOWER(CONVERT(varchar(36), " + x + "))"
	case "char", "nchar":
		return "RTRIM(" + x + ")"
	case "varchar", "nvarchar", "float", "real": // the shortest text that tells a number is made here
		return x
	}
	return "CONVERT(nvarchar(max), " + x + ")"
}

// Said leaves what the spool takes of a value: at most six digits behind the
// second, and no noughts at their end.
func (c *Column) Said(b []byte) []byte {
	if c.Type != expr.Timestamp || b == nil {
		return b
	}
	dot := bytes.IndexByte(b, '.')
	if dot < 0 {
		return b
	}
	b = b[:min(len(b), dot+7)]
	return bytes.TrimSuffix(bytes.TrimRight(b, "0"), []byte("."))
}

// Counts reports whether a column can be a cursor.
func (c *Column) Counts() bool {
	return c.Type == expr.Integer || c.Type.IsTime() || c.Base == "decimal" || c.Base == "numeric"
}

var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// Typed is a value of the column written as SQL.
func (c *Column) Typed(value string) string {
	switch c.Base {
	case "tinyint", "smallint", "int", "bigint", "decimal", "numeric", "money", "smallmoney":
		if plainNumber.MatchString(value) {
			return value
		}
	case "timestamp", "rowversion":
		if plainNumber.MatchString(value) {
			return "CONVERT(binary(8), CONVERT(bigint, " + value + "))"
		}
	case "bit":
		return strconv.Itoa(map[string]int{"true": 1}[value])
	case "date":
		return "CONVERT(date, " + literal(value) + ", 23)"
	case "datetime", "smalldatetime": // whose ticks are not those of datetime2
		return "CONVERT(datetime, " + literal(value[:min(len(value), len("2006-01-02 15:04:05.000"))]) + ", 121)"
	case "datetime2":
		return "CONVERT(datetime2, " + literal(value) + ", 121)"
	case "datetimeoffset":
		return "TODATETIMEOFFSET(CONVERT(datetime2, " + literal(value) + ", 121), '+00:00')"
	case "uniqueidentifier":
		return "CONVERT(uniqueidentifier, " + literal(value) + ")"
	case "binary", "varbinary":
		return "CONVERT(varbinary(max), " + literal(value) + ", 2)"
	}
	return literal(value)
}

// Back is a value less the lookback.
func (c *Column) Back(value string, q source.Request) string {
	x := c.Typed(value)
	switch {
	case c.Type == expr.Date:
		return "DATEADD(day, -" + strconv.Itoa(int(math.Ceil(q.Lookback.Hours()/24))) + ", " + x + ")"
	case c.Type == expr.Timestamp:
		return "DATEADD(second, -" + strconv.FormatInt(int64(math.Ceil(q.Lookback.Seconds())), 10) + ", " + x + ")"
	case c.version():
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return x
		}
		return c.Typed(strconv.FormatInt(max(0, n-q.LookbackNumber), 10))
	}
	return x + " - " + strconv.FormatInt(q.LookbackNumber, 10)
}

// version reports whether the column counts the changes of the database.
func (c *Column) version() bool { return c.Base == "timestamp" || c.Base == "rowversion" }

// Bound is the expression below which no row is expected any more: for a
// rowversion the least that may still be committed, for times now; empty where
// there is none.
func (c *Column) Bound() string {
	switch {
	case c.version():
		return "CONVERT(varchar(20), CONVERT(bigint, MIN_ACTIVE_ROWVERSION()) - 1)"
	case c.Base == "datetimeoffset":
		return "CONVERT(varchar(30), SYSUTCDATETIME(), 121)"
	case c.Type == expr.Timestamp: // in the server's own zone, usually
		return "CONVERT(varchar(30), SYSDATETIME(), 121)"
	case c.Type == expr.Date:
		return "CONVERT(varchar(10), SYSDATETIME(), 23)"
	}
	return ""
}

// less compares two values of a cursor, as the spool has them.
func (c *Column) less(a, b string) bool {
	if c.Type.IsTime() {
		return a < b
	}
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if m, err := strconv.ParseInt(a, 10, 64); err == nil {
		if n, err := strconv.ParseInt(b, 10, 64); err == nil {
			return m < n
		}
	}
	return err1 == nil && err2 == nil && x < y
}
