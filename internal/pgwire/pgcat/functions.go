package pgcat

import (
	"crypto/md5"
	"encoding/hex"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// functions are those that tools call when they look around, and the common
// ones on text and numbers.
var functions map[string]function

func init() {
	say := func(t OID, f func(c *compiler) any) function {
		return function{result: t, nulls: true, eval: func(c *compiler, _ []any) (any, error) { return f(c), nil }}
	}
	textFn := func(f func(s string) string) function {
		return function{args: []OID{Text}, result: Text, eval: func(_ *compiler, a []any) (any, error) { return f(str(a[0])), nil }}
	}
	trim := func(f func(s, set string) string) function {
		return function{args: []OID{Text, Text}, optional: 1, result: Text, eval: func(_ *compiler, a []any) (any, error) {
			set := " "
			if len(a) > 1 {
				set = str(a[1])
			}
			return f(str(a[0]), set), nil
		}}
	}
	mathFn := func(f func(x float64) float64) function {
		return function{args: []OID{Float8}, result: Float8, eval: func(_ *compiler, a []any) (any, error) {
			x, _ := number(a[0])
			return f(x), nil
		}}
	}
	visible := function{args: []OID{OIDType}, result: Bool, eval: func(c *compiler, a []any) (any, error) { return c.visible(a[0].(int64)), nil }}
	privilege := function{args: anyArgs, optional: len(anyArgs) - 1, result: Bool, nulls: true, eval: func(_ *compiler, a []any) (any, error) {
		return mayDo(str(a[len(a)-1])), nil
	}}
	functions = map[string]function{
		"version":          say(Text, func(c *compiler) any { return c.sess.versionText() }),
		"current_database": say(Name, func(c *compiler) any { return c.sess.Database }), "current_catalog": say(Name, func(c *compiler) any { return c.sess.Database }),
		"current_user": say(Name, func(c *compiler) any { return c.sess.User }), "session_user": say(Name, func(c *compiler) any { return c.sess.User }),
		"user": say(Name, func(c *compiler) any { return c.sess.User }), "current_role": say(Name, func(c *compiler) any { return c.sess.User }),
		"current_schema": say(Name, func(c *compiler) any { return c.firstSchema() }),
		"pg_backend_pid": say(Int4, func(c *compiler) any { return int64(c.sess.PID) }),
		"current_schemas": {args: []OID{Bool}, result: NameArray, eval: func(c *compiler, a []any) (any, error) {
			out := Array{}
			if a[0] == true {
				out = append(out, "pg_catalog")
			}
			for _, s := range c.path() {
				out = append(out, s)
			}
			return out, nil
		}},
		"current_setting": {args: []OID{Text, Bool}, optional: 1, result: Text, eval: func(c *compiler, a []any) (any, error) {
			if v, ok := c.sess.Setting(strings.ToLower(str(a[0]))); ok {
				return v, nil
			}
			if len(a) > 1 && a[1] == true {
				return nil, nil
			}
			return nil, pgsql.Fail(pgsql.StateNoSetting, -1, text.Text{ZH: "没有名为 {s} 的设置", EN: "there is no setting {s}"}, "s", a[0])
		}},
		"pg_table_is_visible":  visible,
		"has_table_privilege":  privilege,
		"has_column_privilege": privilege, "has_any_column_privilege": privilege, "has_schema_privilege": privilege,
		"has_database_privilege": privilege, "has_sequence_privilege": privilege, "has_foreign_data_wrapper_privilege": privilege, "has_server_privilege": privilege,
		"format_type": {args: []OID{OIDType, Int4}, optional: 1, result: Text, nulls: true, eval: func(_ *compiler, a []any) (any, error) {
			if a[0] == nil {
				return nil, nil
			}
			return OID(a[0].(int64)).String(), nil
		}},
		"pg_get_userbyid": {args: []OID{OIDType}, result: Name, eval: func(c *compiler, a []any) (any, error) { return c.sess.User, nil }},
		"obj_description": {args: []OID{OIDType, Text}, optional: 1, result: Text, eval: func(c *compiler, a []any) (any, error) {
			return c.cat.description(a[0].(int64), 0, c.sess.Lang), nil
		}},
		"shobj_description": {args: []OID{OIDType, Text}, result: Text, eval: func(c *compiler, a []any) (any, error) {
			return c.cat.description(a[0].(int64), 0, c.sess.Lang), nil
		}},
		"col_description": {args: []OID{OIDType, Int4}, result: Text, eval: func(c *compiler, a []any) (any, error) {
			return c.cat.description(a[0].(int64), a[1].(int64), c.sess.Lang), nil
		}},
		"to_regclass": {args: []OID{Text}, result: RegClass, eval: func(c *compiler, a []any) (any, error) {
			v, err := c.cast(str(a[0]), Text, RegClass, -1)
			if err != nil {
				return nil, nil
			}
			return v, nil
		}},
		"to_regtype": {args: []OID{Text}, result: RegType, eval: func(c *compiler, a []any) (any, error) {
			if t := typeNamed(str(a[0])); t != nil {
				return int64(t.oid), nil
			}
			return nil, nil
		}},
		"to_regnamespace": {args: []OID{Text}, result: RegNS, eval: func(c *compiler, a []any) (any, error) {
			if oid, ok := c.cat.schemaOID(str(a[0])); ok {
				return oid, nil
			}
			return nil, nil
		}},
		"quote_ident":   textFn(quoteIdent),
		"quote_literal": textFn(func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }),
		"lower":         textFn(strings.ToLower), "upper": textFn(strings.ToUpper),
		"initcap": textFn(func(s string) string {
			out, start := []rune(strings.ToLower(s)), true
			for i, r := range out {
				if start {
					out[i] = []rune(strings.ToUpper(string(r)))[0]
				}
				start = !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
			}
			return string(out)
		}),
		"md5": textFn(func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }),
		"length": {args: []OID{Text}, result: Int4, eval: func(_ *compiler, a []any) (any, error) {
			return int64(utf8.RuneCountInString(str(a[0]))), nil
		}},
		"octet_length": {args: []OID{Text}, result: Int4, eval: func(_ *compiler, a []any) (any, error) { return int64(len(str(a[0]))), nil }},
		"btrim":        trim(strings.Trim), "ltrim": trim(strings.TrimLeft), "rtrim": trim(strings.TrimRight),
		"substring": {args: []OID{Text, Int4, Int4}, optional: 1, result: Text, eval: func(_ *compiler, a []any) (any, error) {
			from, n := a[1].(int64), int64(1<<30)
			if len(a) > 2 {
				n = a[2].(int64)
			}
			return runes(str(a[0]), from, n), nil
		}},
		"left": {args: []OID{Text, Int4}, result: Text, eval: func(_ *compiler, a []any) (any, error) {
			n := a[1].(int64)
			if n < 0 {
				n = max(int64(utf8.RuneCountInString(str(a[0])))+n, 0)
			}
			return runes(str(a[0]), 1, n), nil
		}},
		"right": {args: []OID{Text, Int4}, result: Text, eval: func(_ *compiler, a []any) (any, error) {
			have, n := int64(utf8.RuneCountInString(str(a[0]))), a[1].(int64)
			if n < 0 {
				n = max(have+n, 0)
			}
			return runes(str(a[0]), max(have-n, 0)+1, n), nil
		}},
		"strpos": {args: []OID{Text, Text}, result: Int4, eval: func(_ *compiler, a []any) (any, error) {
			s := str(a[0])
			at := strings.Index(s, str(a[1]))
			if at < 0 {
				return int64(0), nil
			}
			return int64(utf8.RuneCountInString(s[:at]) + 1), nil
		}},
		"replace": {args: []OID{Text, Text, Text}, result: Text, eval: func(_ *compiler, a []any) (any, error) {
			if str(a[1]) == "" {
				return a[0], nil
			}
			return strings.ReplaceAll(str(a[0]), str(a[1]), str(a[2])), nil
		}},
		"split_part": {args: []OID{Text, Text, Int4}, result: Text, eval: func(_ *compiler, a []any) (any, error) {
			return splitPart(str(a[0]), str(a[1]), a[2].(int64)), nil
		}},
		"starts_with": {args: []OID{Text, Text}, result: Bool, eval: func(_ *compiler, a []any) (any, error) {
			return strings.HasPrefix(str(a[0]), str(a[1])), nil
		}},
		"concat": {args: []OID{Unknown}, optional: 1, variadic: true, result: Text, nulls: true, eval: func(_ *compiler, a []any) (any, error) {
			var b strings.Builder
			for _, v := range a {
				b.WriteString(Format(v, Text, nil))
			}
			return b.String(), nil
		}},
		"concat_ws": {args: []OID{Text, Unknown}, optional: 1, variadic: true, result: Text, nulls: true, eval: func(_ *compiler, a []any) (any, error) {
			var parts []string
			for _, v := range a[1:] {
				if v != nil {
					parts = append(parts, Format(v, Text, nil))
				}
			}
			return strings.Join(parts, str(a[0])), nil
		}},
		"regexp_replace": {args: []OID{Text, Text, Text, Text}, optional: 1, result: Text, eval: func(_ *compiler, a []any) (any, error) {
			re, err := regexp.Compile(str(a[1]))
			if err != nil {
				return nil, pgsql.Fail("2201B", -1, text.Text{ZH: "正则表达式有误：{p}", EN: "the regular expression is wrong: {p}"}, "p", a[1])
			}
			if len(a) > 3 && strings.Contains(str(a[3]), "g") {
				return re.ReplaceAllString(str(a[0]), str(a[2])), nil
			}
			s := str(a[0])
			at := re.FindStringIndex(s)
			if at == nil {
				return s, nil
			}
			return s[:at[0]] + re.ReplaceAllString(s[at[0]:at[1]], str(a[2])) + s[at[1]:], nil
		}},
		"array_to_string": {args: []OID{Unknown, Text, Text}, optional: 1, result: Text, nulls: true, eval: func(_ *compiler, a []any) (any, error) {
			list, ok := a[0].(Array)
			if !ok || a[1] == nil {
				return nil, nil
			}
			var parts []string
			for _, v := range list {
				if v == nil && len(a) > 2 && a[2] != nil {
					parts = append(parts, str(a[2]))
				} else if v != nil {
					parts = append(parts, Format(v, Text, nil))
				}
			}
			return strings.Join(parts, str(a[1])), nil
		}},
		"string_to_array": {args: []OID{Text, Text}, result: TextArray, eval: func(_ *compiler, a []any) (any, error) {
			out := Array{}
			for part := range strings.SplitSeq(str(a[0]), str(a[1])) {
				out = append(out, part)
			}
			return out, nil
		}},
		"array_length": {args: []OID{Unknown, Int4}, result: Int4, eval: arraySize}, "array_upper": {args: []OID{Unknown, Int4}, result: Int4, eval: arraySize},
		"cardinality": {args: []OID{Unknown}, result: Int4, eval: func(c *compiler, a []any) (any, error) {
			list, _ := a[0].(Array)
			return int64(len(list)), nil
		}},
		"array_lower": {args: []OID{Unknown, Int4}, result: Int4, eval: func(_ *compiler, a []any) (any, error) { return int64(1), nil }},
		"array_position": {args: []OID{Unknown, Unknown}, result: Int4, eval: func(_ *compiler, a []any) (any, error) {
			list, _ := a[0].(Array)
			for i, v := range list {
				if v != nil {
					if n, ok := compare(v, a[1]); ok && n == 0 {
						return int64(i + 1), nil
					}
				}
			}
			return nil, nil
		}},
		"unnest": {args: []OID{Unknown}, result: Text, set: true, eval: func(_ *compiler, a []any) (any, error) {
			list, _ := a[0].(Array)
			return list, nil
		}},
		"generate_series": {args: []OID{Int8, Int8, Int8}, optional: 1, result: Int8, set: true, eval: series},
		"generate_subscripts": {args: []OID{Unknown, Int4}, result: Int4, set: true, eval: func(c *compiler, a []any) (any, error) {
			list, _ := a[0].(Array)
			return series(c, []any{int64(1), int64(len(list))})
		}},
		"_pg_expandarray": {args: []OID{Unknown}, result: Record, set: true, eval: func(_ *compiler, a []any) (any, error) {
			list, _ := a[0].(Array)
			out := make(Array, len(list))
			for i, v := range list {
				out[i] = Tuple{v, int64(i + 1)}
			}
			return out, nil
		}},
		"aclexplode": emptySet(Record), "pg_get_keywords": emptySet(Record), "pg_options_to_table": emptySet(Record),
		"pg_partition_ancestors": emptySet(RegClass), "pg_get_publication_tables": emptySet(OIDType), "json_array_elements": emptySet(Text),
		"abs": mathFn(math.Abs), "floor": mathFn(math.Floor), "ceil": mathFn(math.Ceil), "ceiling": mathFn(math.Ceil), "sqrt": mathFn(math.Sqrt),
		"trunc": mathFn(math.Trunc), "exp": mathFn(math.Exp), "ln": mathFn(math.Log),
		"round": {args: []OID{Float8, Int4}, optional: 1, result: Float8, eval: func(_ *compiler, a []any) (any, error) {
			x, _ := number(a[0])
			p := 1.0
			if len(a) > 1 {
				p = math.Pow(10, float64(a[1].(int64)))
			}
			return math.Round(x*p) / p, nil
		}},
	}
	functions["substr"], functions["char_length"], functions["character_length"] = functions["substring"], functions["length"], functions["length"]
	functions["set_config"] = function{args: []OID{Text, Text, Bool}, result: Text, eval: func(c *compiler, a []any) (any, error) {
		if c.sess.SetConfig == nil {
			return a[1], nil
		}
		return a[1], c.sess.SetConfig(strings.ToLower(str(a[0])), str(a[1]))
	}}
}

func arraySize(_ *compiler, a []any) (any, error) {
	list, _ := a[0].(Array)
	if len(list) == 0 {
		return nil, nil
	}
	return int64(len(list)), nil
}

func series(_ *compiler, a []any) (any, error) {
	from, to, by := a[0].(int64), a[1].(int64), int64(1)
	if len(a) > 2 {
		by = a[2].(int64)
	}
	if by == 0 || (to-from)/by > 100_000 {
		return nil, pgsql.Fail(pgsql.StateTooMany, -1, text.Text{ZH: "generate_series 太长", EN: "generate_series is too long"})
	}
	out := Array{}
	for n := from; by > 0 && n <= to || by < 0 && n >= to; n += by {
		out = append(out, n)
	}
	return out, nil
}

// mayDo answers privilege questions: this door reads and nothing else.
func mayDo(what string) bool {
	for part := range strings.SplitSeq(strings.ToLower(what), ",") {
		switch strings.TrimSpace(part) {
		case "select", "usage", "connect":
			return true
		}
	}
	return false
}

func (s *Session) versionText() string {
	return "PostgreSQL " + s.Version + ", compatible: Lodestar"
}
