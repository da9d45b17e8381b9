package pgcat

import (
	"math"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// textOf writes a value as text, with names for numbers that stand for them.
func (c *compiler) textOf(v any, from OID) string {
	if n, ok := v.(int64); ok && from.isReg() {
		return c.regName(n, from)
	}
	if t, ok := v.(bool); ok && from == Bool {
		return strconv.FormatBool(t)
	}
	return Format(v, from, c.sess.Zone)
}

func (c *compiler) regName(n int64, t OID) string {
	if n == 0 {
		return "-"
	}
	switch t {
	case RegClass:
		if r := c.cat.relation(n); r != nil {
			if c.visible(n) {
				return quoteIdent(r.name)
			}
			return quoteIdent(r.schema) + "." + quoteIdent(r.name)
		}
	case RegType:
		return OID(n).String()
	case RegNS:
		if s, ok := c.cat.schemaName(n); ok {
			return quoteIdent(s)
		}
	case RegRole:
		return c.sess.User
	}
	return strconv.FormatInt(n, 10)
}

// cast converts a value that is not NULL.
func (c *compiler) cast(v any, from, to OID, at int) (any, error) {
	if s, ok := v.(string); ok && !to.isText() {
		if to.isReg() {
			return c.regNumber(s, to, at)
		}
		out, err := Parse(s, to, c.sess.Zone)
		if e, ok := err.(*pgsql.Error); ok {
			e.At = at
		}
		return out, err
	}
	switch {
	case to == Char:
		return runes(c.textOf(v, from), 1, 1), nil
	case to.isText(), to == JSON, to == JSONB, to == UUID:
		return c.textOf(v, from), nil
	case to == Bool:
		if n, ok := v.(int64); ok {
			return n != 0, nil
		}
	case to == Int2, to == Int4, to == Int8, to == OIDType:
		switch v := v.(type) {
		case bool:
			if v {
				return int64(1), nil
			}
			return int64(0), nil
		case float64:
			return toInteger(v, to, at)
		case warehouse.Decimal:
			return toInteger(v.Float64(), to, at)
		}
	case to == Float4, to == Float8:
		if f, ok := number(v); ok {
			return f, nil
		}
	case to.IsTime():
		if t, ok := v.(time.Time); ok {
			return c.castTime(t, from, to), nil
		}
	case to.Element() != 0:
		if list, ok := v.(Array); ok {
			out := make(Array, len(list))
			for i, x := range list {
				if x == nil {
					continue
				}
				y, err := c.cast(x, from.Element(), to.Element(), at)
				if err != nil {
					return nil, err
				}
				out[i] = y
			}
			return out, nil
		}
	}
	return v, nil
}

func toInteger(f float64, to OID, at int) (any, error) {
	f = math.RoundToEven(f)
	limit := map[OID]float64{Int2: 1 << 15, Int4: 1 << 31, OIDType: 1 << 32, Int8: 1 << 63}[to]
	if math.IsNaN(f) || f >= limit || f < -limit {
		return nil, pgsql.Fail("22003", at, text.Text{ZH: "整数超出范围", EN: "integer out of range"})
	}
	return int64(f), nil
}

func (c *compiler) castTime(t time.Time, from, to OID) time.Time {
	switch {
	case from == to:
		return t
	case to == TimestampTZ:
		return calendar.Resolve(t, c.sess.Zone).In(c.sess.Zone)
	case from == TimestampTZ:
		t = calendar.Civil(t, c.sess.Zone)
	}
	if to == Date {
		return t.Truncate(24 * time.Hour)
	}
	return t
}

// procs are the functions that clients tell array types by.
var procs = map[string]int64{"array_in": 750, "array_out": 751, "array_recv": 2400, "array_send": 2401}

// regNumber looks up what a name stands for.
func (c *compiler) regNumber(s string, to OID, at int) (any, error) {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	if s == "-" {
		return int64(0), nil
	}
	switch to {
	case RegType:
		if t := typeNamed(s); t != nil {
			return int64(t.oid), nil
		}
		return nil, pgsql.Fail("42704", at, text.Text{ZH: "没有名为 {name} 的类型", EN: "there is no type {name}"}, "name", s)
	case RegNS:
		if oid, ok := c.cat.schemaOID(unquoted(s)[0]); ok {
			return oid, nil
		}
		return nil, pgsql.Fail("3F000", at, text.Text{ZH: "没有名为 {name} 的模式", EN: "there is no schema {name}"}, "name", s)
	case RegClass:
		var parts []pgsql.Ident
		for _, p := range unquoted(s) {
			parts = append(parts, pgsql.Ident{At: pgsql.At(at), Name: p})
		}
		t, err := c.cat.find(parts, c.sess)
		if err != nil {
			return nil, err
		}
		return c.cat.oidOf(t), nil
	case RegRole:
		return roleOID, nil
	case RegProc:
		parts := unquoted(s)
		if n, ok := procs[parts[len(parts)-1]]; ok {
			return n, nil
		}
	}
	return nil, pgsql.Fail(pgsql.StateNoFunction, at, text.Text{ZH: "没有名为 {name} 的函数", EN: "there is no function {name}"}, "name", s)
}

// unquoted splits a name such as "A b".c at its dots.
func unquoted(s string) []string {
	var out []string
	var b strings.Builder
	in := false
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '"' && in && i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		case ch == '"':
			in = !in
		case ch == '.' && !in:
			out = append(out, b.String())
			b.Reset()
		case !in && ch >= 'A' && ch <= 'Z':
			b.WriteByte(ch + 'a' - 'A')
		default:
			b.WriteByte(ch)
		}
	}
	return append(out, b.String())
}

func typeNamed(s string) *typeInfo {
	parts := unquoted(s)
	name := parts[len(parts)-1]
	if t := typeByName[name]; t != nil {
		return t
	}
	for i := range allTypes {
		if allTypes[i].sql == name {
			return &allTypes[i]
		}
	}
	return nil
}
