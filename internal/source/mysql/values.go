package mysql

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"lodestar/internal/expr"
	"lodestar/internal/source"
)

// column is a column there. Values of the log and of queries come to the same
// text in the spool.
type column struct {
	source.Column
	base               string // such as bigint
	charset            string // of texts; empty for binary ones
	length             int64  // in characters; of bit in bits
	unsigned, zerofill bool
	virtual            bool     // not stored, so not in the log for sure
	values             []string // of enum and set
}

func (c *column) binary() bool {
	switch c.base {
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return true
	}
	return false
}

// queried is the expression that is selected for a column.
func (c *column) queried() string {
	x := quote(c.Name)
	switch {
	case c.binary():
		return "LOWER(HEX(" + x + "))"
	case c.base == "bit":
		return "(" + x + " + 0)"
	case c.base == "float":
		return "(" + x + " + 0.0e0)" // the server would cut it to six digits
	case c.Type == expr.String && !c.texts():
		return "LOWER(HEX(" + x + "))" // geometry
	}
	return x
}

func (c *column) texts() bool {
	switch c.base {
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "enum", "set", "time", "uuid", "inet4", "inet6":
		return true
	}
	return false
}

// said turns a value of a query into that of the spool.
func (c *column) said(b []byte, want expr.Type) []byte {
	if b == nil {
		return nil
	}
	switch c.base {
	case "float":
		return number(b, 32)
	case "double":
		return number(b, 64)
	case "date", "datetime", "timestamp":
		if bytes.HasPrefix(b, []byte("0000-00-00")) {
			return nil // the server's own word for no date
		}
		return whole(b)
	case "time":
		return whole(b)
	case "tinyint", "smallint", "mediumint", "int", "bigint", "bit", "decimal":
		return c.integer(b, want)
	}
	return b
}

func (c *column) integer(b []byte, want expr.Type) []byte {
	if c.zerofill {
		b = bytes.TrimLeft(b, "0")
		if len(b) == 0 || b[0] == '.' {
			b = append([]byte("0"), b...)
		}
	}
	if want == expr.Boolean {
		switch string(b) {
		case "0":
			return []byte("false")
		case "1":
			return []byte("true")
		}
	}
	return b
}

// whole leaves out noughts at the end of a fraction of a second.
func whole(b []byte) []byte {
	if bytes.IndexByte(b, '.') < 0 {
		return b
	}
	return bytes.TrimSuffix(bytes.TrimRight(b, "0"), []byte("."))
}

func number(b []byte, bits int) []byte {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return b
	}
	return strconv.AppendFloat(nil, f, 'g', -1, bits)
}

// logged turns a value of the log into that of the spool. known is false for
// one that can only be had from the table.
func (c *column) logged(v any, want expr.Type) (out []byte, known bool) {
	if v == nil {
		return nil, true
	}
	if c.base == "json" || c.Type == expr.String && !c.texts() && !c.binary() {
		return nil, false // the log has them in another form
	}
	switch v := v.(type) {
	case int8:
		return c.counted(int64(v), uint64(uint8(v)), want), true
	case int16:
		return c.counted(int64(v), uint64(uint16(v)), want), true
	case int32:
		u := uint64(uint32(v))
		if c.base == "mediumint" {
			u &= 1<<24 - 1
		}
		return c.counted(int64(v), u, want), true
	case int64:
		return c.counted(v, uint64(v), want), true
	case int:
		return strconv.AppendInt(nil, int64(v), 10), true // a year
	case float32:
		return strconv.AppendFloat(nil, float64(v), 'g', -1, 32), true
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), true
	case string:
		return c.worded([]byte(v), want)
	case []byte:
		return c.worded(v, want)
	}
	return nil, false
}

func (c *column) counted(signed int64, unsigned uint64, want expr.Type) []byte {
	switch {
	case c.base == "enum":
		if signed < 1 || int(signed) > len(c.values) {
			return []byte{}
		}
		return []byte(c.values[signed-1])
	case c.base == "set":
		var in []string
		for i, v := range c.values {
			if unsigned&(1<<i) != 0 {
				in = append(in, v)
			}
		}
		return []byte(strings.Join(in, ","))
	case c.unsigned || c.base == "bit":
		return c.integer(strconv.AppendUint(nil, unsigned, 10), want)
	}
	return c.integer(strconv.AppendInt(nil, signed, 10), want)
}

func (c *column) worded(b []byte, want expr.Type) ([]byte, bool) {
	if c.binary() {
		if c.base == "binary" && int64(len(b)) < c.length { // the log leaves out noughts at the end
			b = append(bytes.Clone(b), make([]byte, c.length-int64(len(b)))...)
		}
		return hex.AppendEncode([]byte{}, b), true
	}
	if !c.texts() || c.base == "time" {
		return c.said(b, want), true
	}
	switch c.charset {
	case "", "utf8", "utf8mb3", "utf8mb4", "ascii":
		if b == nil {
			b = []byte{}
		}
		return b, true
	}
	e, ok := charsets[c.charset]
	if !ok {
		return nil, false
	}
	out, err := e.NewDecoder().Bytes(b)
	return out, err == nil
}

var charsets = map[string]encoding.Encoding{
	"latin1": charmap.Windows1252, "gbk": simplifiedchinese.GBK, "gb2312": simplifiedchinese.GBK, "gb18030": simplifiedchinese.GB18030, "big5": traditionalchinese.Big5,
}
