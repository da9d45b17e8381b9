package pgcat

import (
	"strings"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// function is a scalar function. args are converted to the types listed; the
// last one repeats when variadic.
type function struct {
	args     []OID // Unknown takes any type
	optional int   // of the args at the end
	variadic bool
	result   OID  // Unknown for the type of the first argument
	nulls    bool // called with NULL arguments
	set      bool // gives an Array, each element a row
	eval     func(c *compiler, a []any) (any, error)
}

func noFunction(call *pgsql.Call) error {
	return pgsql.Fail(pgsql.StateNoFunction, call.Pos(), text.Text{
		ZH: "不支持函数 {f}", EN: "the function {f} is not supported"}, "f", call.Name)
}

func (c *compiler) call(sc *scope, x *pgsql.Call) (typed, error) {
	if x.Over != nil {
		return c.window(sc, x)
	}
	if isAggregate(x.Name) {
		return c.aggregate(sc, x)
	}
	switch x.Name {
	case "coalesce", "greatest", "least", "nullif":
		return c.choose(sc, x)
	}
	if t, ok := timeFunctions[x.Name]; ok {
		return c.apply(sc, x, t)
	}
	if f, ok := functions[x.Name]; ok {
		return c.apply(sc, x, f)
	}
	if v, ok := answers[x.Name]; ok {
		return c.apply(sc, x, function{args: anyArgs, optional: len(anyArgs), result: v.typ, nulls: true,
			eval: func(*compiler, []any) (any, error) { return v.value, nil }})
	}
	// Tools name functions in queries over tables that are empty here: only
	// calling one is an error.
	for _, a := range x.Args {
		if _, err := c.expr(sc, a); err != nil {
			return typed{}, err
		}
	}
	return typed{typ: Text, fn: func(*frame) (any, error) { return nil, noFunction(x) }}, nil
}

var anyArgs = []OID{Unknown, Unknown, Unknown, Unknown, Unknown}

func (c *compiler) apply(sc *scope, x *pgsql.Call, f function) (typed, error) {
	if x.Star || x.Distinct || x.Filter != nil || len(x.OrderBy) > 0 || len(x.Args) < len(f.args)-f.optional || !f.variadic && len(x.Args) > len(f.args) {
		return typed{}, noFunction(x)
	}
	fns := make([]fn, len(x.Args))
	out := typed{typ: f.result, srf: f.set}
	for i, a := range x.Args {
		t, err := c.expr(sc, a)
		if err != nil {
			return t, err
		}
		want := f.args[min(i, len(f.args)-1)]
		if want != Unknown && !(want == Text && t.typ.isText() && t.param == 0) {
			if t, err = c.coerce(t, want, a.Pos()); err != nil {
				return t, err
			}
		} else if t.param > 0 {
			if t, err = c.coerce(t, Text, a.Pos()); err != nil {
				return t, err
			}
		}
		if t.srf {
			return t, pgsql.Unsupported(a.Pos(), text.Text{ZH: "函数参数里的集合函数", EN: "a set-returning function inside another"})
		}
		fns[i] = t.fn
		if i == 0 && f.result == Unknown {
			out.typ = t.typ
		}
		if i == 0 && x.Name == "unnest" {
			if out.typ = t.typ.Element(); out.typ == 0 {
				out.typ = Text
			}
		}
	}
	out.fn = func(fr *frame) (any, error) {
		args, err := all(fr, fns)
		if err != nil {
			return nil, err
		}
		if !f.nulls {
			for _, a := range args {
				if a == nil {
					return nil, nil
				}
			}
		}
		v, err := f.eval(c, args)
		if e, ok := err.(*pgsql.Error); ok && e.At < 0 {
			e.At = x.Pos()
		}
		return v, err
	}
	return out, nil
}

func (c *compiler) choose(sc *scope, x *pgsql.Call) (typed, error) {
	if len(x.Args) == 0 || x.Name == "nullif" && len(x.Args) != 2 {
		return typed{}, noFunction(x)
	}
	var list []typed
	var where []int
	for _, a := range x.Args {
		t, err := c.expr(sc, a)
		if err != nil {
			return t, err
		}
		list, where = append(list, t), append(where, a.Pos())
	}
	typ, err := c.unify(list, where)
	if err != nil {
		return typed{}, err
	}
	return typed{typ: typ, fn: func(f *frame) (any, error) {
		var best any
		for i, t := range list {
			v, err := t.fn(f)
			if err != nil {
				return nil, err
			}
			switch {
			case x.Name == "coalesce" && v != nil:
				return v, nil
			case x.Name == "nullif" && i == 1:
				if n, ok := 0, false; best != nil && v != nil {
					if n, ok = compare(best, v); ok && n == 0 {
						return nil, nil
					}
				}
			case v == nil || x.Name == "coalesce":
			case best == nil:
				best = v
			default:
				if n, _ := compare(v, best); n != 0 && (n > 0) == (x.Name == "greatest") {
					best = v
				}
			}
		}
		return best, nil
	}}, nil
}

func (c *compiler) window(sc *scope, x *pgsql.Call) (typed, error) {
	switch x.Name {
	case "row_number", "rank", "dense_rank":
	case "count":
		if len(x.Over.OrderBy) > 0 {
			return typed{}, pgsql.Unsupported(x.Pos(), text.Text{ZH: "累计的 COUNT(*) OVER", EN: "a running COUNT(*) OVER"})
		}
	default:
		return typed{}, pgsql.Unsupported(x.Pos(), text.Text{ZH: "窗口函数 {f}", EN: "the window function {f}"}.With("f", x.Name))
	}
	if x.Over.Framed || sc.wins == nil {
		return typed{}, pgsql.Unsupported(x.Pos(), text.Text{ZH: "带名称或范围的窗口", EN: "a named or framed window"})
	}
	w := &windowCall{name: x.Name}
	for _, p := range x.Over.PartitionBy {
		t, err := c.expr(sc, p)
		if err != nil {
			return t, err
		}
		w.partition = append(w.partition, t.fn)
	}
	for _, o := range x.Over.OrderBy {
		t, err := c.expr(sc, o.X)
		if err != nil {
			return t, err
		}
		w.keys = append(w.keys, keyFor(o, len(w.order)))
		w.order = append(w.order, t.fn)
	}
	w.at = sc.width() + len(*sc.wins)
	*sc.wins = append(*sc.wins, w)
	at := w.at
	return typed{typ: Int8, fn: func(f *frame) (any, error) { return f.row[at], nil }}, nil
}

// answer is a function that says the same whatever it is asked.
type answer struct {
	typ   OID
	value any
}

var answers = map[string]answer{
	"pg_is_in_recovery": {Bool, false}, "pg_backup_start_time": {Text, nil}, "pg_is_other_temp_schema": {Bool, false},
	"pg_my_temp_schema": {OIDType, int64(0)}, "inet_server_addr": {Text, nil}, "inet_client_addr": {Text, nil},
	"inet_server_port": {Int4, nil}, "inet_client_port": {Int4, nil}, "pg_relation_is_publishable": {Bool, false},
	"row_security_active": {Bool, false}, "pg_has_role": {Bool, true}, "txid_current": {Int8, int64(1)},
	"pg_table_size": {Int8, int64(0)}, "pg_relation_size": {Int8, int64(0)}, "pg_total_relation_size": {Int8, int64(0)},
	"pg_indexes_size": {Int8, int64(0)}, "pg_database_size": {Int8, int64(0)}, "pg_size_pretty": {Text, "0 bytes"},
	"pg_encoding_to_char": {Name, "UTF8"}, "pg_char_to_encoding": {Int4, int64(6)}, "pg_client_encoding": {Name, "UTF8"},
	"pg_tablespace_location": {Text, ""}, "pg_get_serial_sequence": {Text, nil}, "pg_get_partkeydef": {Text, nil},
	"pg_get_statisticsobjdef_columns": {Text, nil}, "pg_get_expr": {Text, nil}, "pg_get_constraintdef": {Text, nil},
	"pg_get_indexdef": {Text, nil}, "pg_get_viewdef": {Text, nil}, "pg_get_ruledef": {Text, nil}, "pg_get_triggerdef": {Text, nil},
	"pg_get_functiondef": {Text, nil}, "pg_get_function_arguments": {Text, nil}, "pg_get_function_identity_arguments": {Text, nil},
	"pg_get_function_result": {Text, nil}, "pg_stat_get_numscans": {Int8, int64(0)}, "pg_stat_get_tuples_inserted": {Int8, int64(0)},
	"pg_column_is_updatable": {Bool, false}, "pg_relation_is_updatable": {Int4, int64(0)}, "pg_sequence_last_value": {Int8, nil},
	"pg_index_column_has_property": {Bool, false}, "pg_blocking_pids": {Int4Array, Array{}}, "pg_stat_get_snapshot_timestamp": {TimestampTZ, nil},
	"pg_function_is_visible": {Bool, true}, "pg_operator_is_visible": {Bool, true}, "pg_opclass_is_visible": {Bool, true},
	"pg_collation_is_visible": {Bool, true}, "pg_conversion_is_visible": {Bool, true}, "pg_type_is_visible": {Bool, true},
	"pg_ts_config_is_visible": {Bool, true}, "pg_statistics_obj_is_visible": {Bool, true},
	"has_function_privilege": {Bool, true}, "has_language_privilege": {Bool, true}, "has_tablespace_privilege": {Bool, false},
	"pg_export_snapshot": {Text, "00000001-1"}, "pg_advisory_unlock_all": {Void, nil}, "pg_partition_root": {RegClass, nil},
	"pg_jit_available": {Bool, false}, "pg_conf_load_time": {TimestampTZ, nil}, "pg_cancel_backend": {Bool, false},
	"pg_current_logfile": {Text, nil}, "pg_is_wal_replay_paused": {Bool, false}, "age": {Int4, int64(0)}, "mxid_age": {Int4, int64(0)},
}

// tupleColumns lists the columns of functions that give rows of several.
func tupleColumns(name string) []Column {
	switch name {
	case "aclexplode":
		return []Column{{"grantor", OIDType}, {"grantee", OIDType}, {"privilege_type", Text}, {"is_grantable", Bool}}
	case "pg_get_keywords":
		return []Column{{"word", Text}, {"catcode", Char}, {"barelabel", Bool}, {"catdesc", Text}, {"baredesc", Text}}
	case "pg_options_to_table":
		return []Column{{"option_name", Text}, {"option_value", Text}}
	}
	return nil
}

// emptySet is a function that gives no rows.
func emptySet(result OID) function {
	return function{args: anyArgs, optional: 5, result: result, nulls: true, set: true,
		eval: func(*compiler, []any) (any, error) { return Array{}, nil }}
}

func str(v any) string {
	s, ok := v.(string)
	if !ok {
		return Format(v, Text, nil)
	}
	return s
}

func runes(s string, from, n int64) string {
	r := []rune(s)
	start := max(from-1, 0)
	end := min(max(from-1+n, start), int64(len(r)))
	if start >= int64(len(r)) {
		return ""
	}
	return string(r[start:end])
}

func splitPart(s, sep string, n int64) string {
	if sep == "" {
		if n == 1 {
			return s
		}
		return ""
	}
	parts := strings.Split(s, sep)
	if n < 0 {
		n = int64(len(parts)) + n + 1
	}
	if n < 1 || n > int64(len(parts)) {
		return ""
	}
	return parts[n-1]
}
