package sqlmap

import (
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/query"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// piece is a part of an expression of the product's language. value is set for
// constants, whose text depends on what they meet.
type piece struct {
	text  string
	typ   expr.Type
	value *pgcat.Value
	src   pgsql.Expr
	bys   []query.By
	names []string
}

// writer turns SQL expressions into the product's language. leaf writes
// columns; its second result says whether it was one.
type writer struct {
	p     *planner
	leaf  func(x pgsql.Expr) (piece, bool, error)
	bys   []query.By
	names []string
}

// unknownTruth is neither true nor false, as a comparison with NULL.
const unknownTruth = "nullif(true, true)"

func (w *writer) write(x pgsql.Expr) (piece, error) {
	if isConstant(x) {
		v, err := w.p.valueOf(x)
		if err != nil {
			return piece{}, err
		}
		return w.p.constant(v, x, "")
	}
	if pc, ok, err := w.leaf(x); ok || err != nil {
		w.bys, w.names = append(w.bys, pc.bys...), append(w.names, pc.names...)
		return pc, err
	}
	switch x := x.(type) {
	case *pgsql.Unary:
		return w.unary(x)
	case *pgsql.Binary:
		return w.binary(x)
	case *pgsql.Is:
		return w.is(x)
	case *pgsql.In:
		if x.Sub != nil {
			return piece{}, unsupported(x.Pos(), text.Text{ZH: "条件里的子查询", EN: "a sub-select in a condition"}, text.Text{})
		}
		return w.in(x.X, x.List, x.Not)
	case *pgsql.Quantified:
		return w.anyOf(x)
	case *pgsql.Between:
		return w.between(x)
	case *pgsql.Like:
		return w.like(x)
	case *pgsql.Case:
		return w.caseWhen(x)
	case *pgsql.Cast:
		return w.cast(x)
	case *pgsql.Call:
		return w.call(x)
	case *pgsql.Sub:
		return piece{}, unsupported(x.Pos(), text.Text{ZH: "表达式里的子查询", EN: "a sub-select in an expression"}, text.Text{})
	}
	return piece{}, unsupported(x.Pos(), text.Text{ZH: "这种表达式", EN: "this kind of expression"}, text.Text{})
}

// constant writes a value for a place that wants a type ("" for any).
func (p *planner) constant(v pgcat.Value, src pgsql.Expr, want expr.Type) (piece, error) {
	pc := piece{value: &v, src: src}
	if p.sess.ParamTypes != nil && v.V == nil {
		if n, ok := paramOf(src); ok && n <= len(p.sess.ParamTypes) {
			if p.sess.ParamTypes[n-1] == 0 && want != "" {
				p.sess.ParamTypes[n-1] = pgcat.TypeOf(want)
			}
		}
		if mentionsParam(src) {
			return p.dummy(pc, want), nil
		}
	}
	switch x := v.V.(type) {
	case nil:
		pc.text, pc.typ = "null", expr.Null
	case bool:
		pc.text, pc.typ = strconv.FormatBool(x), expr.Boolean
	case int64:
		pc.text, pc.typ = numeral(strconv.FormatInt(x, 10)), expr.Integer
	case float64:
		pc.text, pc.typ = numeral(strconv.FormatFloat(x, 'f', -1, 64)), expr.Decimal
	case warehouse.Decimal:
		pc.text, pc.typ = numeral(x.String()), expr.Decimal
	case time.Time:
		pc.text, pc.typ = p.moment(x, v.Type)
	case string:
		return p.textConstant(pc, x, want)
	default:
		return pc, unsupported(src.Pos(), text.Text{ZH: "这里的 {t} 值", EN: "a value of type {t} here"}.With("t", v.Type), text.Text{})
	}
	return pc, nil
}

// numeral puts negative numbers into brackets.
func numeral(s string) string {
	if strings.HasPrefix(s, "-") {
		return "(" + s + ")"
	}
	return s
}

func (p *planner) moment(x time.Time, t pgcat.OID) (string, expr.Type) {
	switch t {
	case pgcat.Date:
		return "date " + expr.QuoteText(x.Format(time.DateOnly)), expr.Date
	case pgcat.TimestampTZ:
		return "timestamp " + expr.QuoteText(x.UTC().Format("2006-01-02T15:04:05.999999Z07:00")), expr.Timestamp
	}
	return "timestamp " + expr.QuoteText(x.Format("2006-01-02 15:04:05.999999")), expr.Timestamp
}

// textConstant reads a text as what it meets, as SQL does with literals.
func (p *planner) textConstant(pc piece, s string, want expr.Type) (piece, error) {
	var to pgcat.OID
	switch want {
	case expr.Integer, expr.Decimal, expr.Float:
		to = pgcat.Numeric
	case expr.Boolean:
		to = pgcat.Bool
	case expr.Date:
		to = pgcat.Date
		if at, _, ok := pgcat.ParseTime(s); ok && at.Hour()+at.Minute()+at.Second()+at.Nanosecond() > 0 {
			to = pgcat.Timestamp
		}
	case expr.Timestamp:
		to = pgcat.Timestamp
		if _, zoned, ok := pgcat.ParseTime(s); ok && zoned {
			to = pgcat.TimestampTZ
		}
	default:
		pc.text, pc.typ = expr.QuoteText(s), expr.String
		return pc, nil
	}
	v, err := pgcat.Parse(s, to, p.sess.Zone)
	if err != nil {
		if e, ok := err.(*pgsql.Error); ok {
			e.At = pc.src.Pos()
		}
		return pc, err
	}
	return p.constant(pgcat.Value{Type: to, V: v}, pc.src, "")
}

// dummy stands for a parameter whose value is not known yet.
func (p *planner) dummy(pc piece, want expr.Type) piece {
	pc.typ = want
	switch want {
	case expr.Integer, expr.Decimal, expr.Float:
		pc.text = "0"
	case expr.Boolean:
		pc.text = "true"
	case expr.Date:
		pc.text = "date '2000-01-01'"
	case expr.Timestamp:
		pc.text = "timestamp '2000-01-01 00:00:00'"
	default:
		pc.text, pc.typ = "'?'", expr.String
	}
	return pc
}

func paramOf(x pgsql.Expr) (int, bool) {
	if p, ok := x.(*pgsql.Param); ok {
		return p.N, true
	}
	return 0, false
}

func mentionsParam(x pgsql.Expr) bool {
	found := false
	pgsql.Walk(x, func(x pgsql.Expr) bool {
		if _, ok := x.(*pgsql.Param); ok {
			found = true
		}
		return !found
	})
	return found
}

// fitted writes a constant for what it meets.
func (w *writer) fitted(pc piece, want expr.Type) (piece, error) {
	if pc.value == nil {
		return pc, nil
	}
	return w.p.constant(*pc.value, pc.src, want)
}

// pair writes two sides, of which a constant follows the other.
func (w *writer) pair(a, b pgsql.Expr) (l, r piece, err error) {
	if l, err = w.write(a); err != nil {
		return l, r, err
	}
	if r, err = w.write(b); err != nil {
		return l, r, err
	}
	if l, err = w.fitted(l, r.typ); err != nil {
		return l, r, err
	}
	r, err = w.fitted(r, l.typ)
	return l, r, err
}

func (w *writer) unary(x *pgsql.Unary) (piece, error) {
	in, err := w.write(x.X)
	if err != nil {
		return in, err
	}
	switch x.Op {
	case "not":
		return piece{text: "(not " + in.text + ")", typ: expr.Boolean}, nil
	case "-":
		return piece{text: "(-" + in.text + ")", typ: in.typ}, nil
	case "+":
		return in, nil
	}
	return in, noOperator(x.Pos(), x.Op)
}

func noOperator(at int, op string) error {
	return unsupported(at, text.Text{ZH: "运算符 {op}", EN: "the operator {op}"}.With("op", op), text.Text{})
}

func (w *writer) binary(x *pgsql.Binary) (piece, error) {
	op := x.Op
	switch op {
	case "~~", "!~~", "~~*", "!~~*":
		kind := "like"
		if strings.HasSuffix(op, "*") {
			kind = "ilike"
		}
		return w.like(&pgsql.Like{At: x.At, Kind: kind, X: x.L, Pattern: x.R, Not: op[0] == '!'})
	case "and", "or", "=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "||":
	default:
		return piece{}, noOperator(x.Pos(), op)
	}
	l, r, err := w.pair(x.L, x.R)
	if err != nil {
		return l, err
	}
	out := piece{text: "(" + l.text + " " + op + " " + r.text + ")", typ: expr.Boolean}
	switch op {
	case "and", "or":
	case "=", "<>", "<", ">", "<=", ">=":
		if l.text == "null" || r.text == "null" {
			out.text = unknownTruth
		}
	case "||":
		for _, s := range []*piece{&l, &r} {
			if s.typ != expr.String && s.typ != expr.Null {
				s.text = "cast(" + s.text + " as string)"
			}
		}
		out.text, out.typ = "("+l.text+" || "+r.text+")", expr.String
	case "/":
		out.typ = expr.Float
	default:
		out.typ = expr.Decimal
		if l.typ == expr.Integer && r.typ == expr.Integer {
			out.typ = expr.Integer
		}
	}
	return out, nil
}

func (w *writer) is(x *pgsql.Is) (piece, error) {
	if x.What == "distinct" {
		l, r, err := w.pair(x.X, x.Y)
		if err != nil {
			return l, err
		}
		if l.value != nil {
			l, r = r, l
		}
		if r.value == nil {
			return l, unsupported(x.Pos(), text.Text{ZH: "两列之间的 IS DISTINCT FROM", EN: "IS DISTINCT FROM between two columns"}, text.Text{})
		}
		s := "(" + l.text + " <> " + r.text + " or " + l.text + " is null)"
		if r.text == "null" {
			s = "(" + l.text + " is not null)"
		}
		if x.Not {
			s = "(not " + s + ")"
		}
		return piece{text: s, typ: expr.Boolean}, nil
	}
	in, err := w.write(x.X)
	if err != nil {
		return in, err
	}
	s := in.text
	switch x.What {
	case "true":
		s = "coalesce(" + s + ", false)"
	case "false":
		s = "coalesce(not " + s + ", false)"
	default:
		not := ""
		if x.Not {
			not = "not "
		}
		return piece{text: "(" + s + " is " + not + "null)", typ: expr.Boolean}, nil
	}
	if x.Not {
		s = "(not " + s + ")"
	}
	return piece{text: s, typ: expr.Boolean}, nil
}

func (w *writer) in(x pgsql.Expr, list []pgsql.Expr, not bool) (piece, error) {
	l, err := w.write(x)
	if err != nil {
		return l, err
	}
	var items []string
	null := false
	for _, it := range list {
		r, err := w.write(it)
		if err != nil {
			return r, err
		}
		if r, err = w.fitted(r, l.typ); err != nil {
			return r, err
		}
		if r.text == "null" {
			null = true
			continue
		}
		items = append(items, r.text)
	}
	s := unknownTruth
	if len(items) > 0 {
		s = "(" + l.text + " in (" + strings.Join(items, ", ") + "))"
		if null {
			s = "(" + s + " or " + unknownTruth + ")"
		}
	}
	if not {
		s = "(not " + s + ")"
	}
	return piece{text: s, typ: expr.Boolean}, nil
}

// anyOf maps x = any(array) and x <> all(array) of constants.
func (w *writer) anyOf(x *pgsql.Quantified) (piece, error) {
	if x.Sub != nil {
		return piece{}, unsupported(x.Pos(), text.Text{ZH: "条件里的子查询", EN: "a sub-select in a condition"}, text.Text{})
	}
	in := x.Op == "=" && !x.All || x.Op == "<>" && x.All
	if !in || !isConstant(x.Y) {
		return piece{}, unsupported(x.Pos(), text.Text{ZH: "这样的 ANY / ALL", EN: "this form of ANY / ALL"}, text.Text{})
	}
	l, err := w.write(x.X)
	if err != nil {
		return l, err
	}
	y := x.Y
	if w.p.sess.ParamTypes != nil {
		if n, ok := paramOf(y); ok && n <= len(w.p.sess.ParamTypes) {
			if w.p.sess.ParamTypes[n-1] == 0 {
				w.p.sess.ParamTypes[n-1] = pgcat.TypeOf(l.typ).ArrayOf()
			}
			return piece{text: "(" + l.text + " is null)", typ: expr.Boolean}, nil
		}
	}
	if _, ok := y.(*pgsql.Text); ok {
		y = &pgsql.Cast{At: x.At, X: y, To: pgsql.Type{At: x.At, Name: "text", Array: true}}
	}
	v, err := w.p.valueOf(y)
	if err != nil {
		return l, err
	}
	arr, ok := v.V.(pgcat.Array)
	if !ok {
		return piece{text: unknownTruth, typ: expr.Boolean}, nil
	}
	items := make([]string, 0, len(arr))
	null := false
	for _, item := range arr {
		if item == nil {
			null = true
			continue
		}
		pc, err := w.p.constant(pgcat.Value{Type: v.Type.Element(), V: item}, x.Y, l.typ)
		if err != nil {
			return l, err
		}
		items = append(items, pc.text)
	}
	s := "(false)"
	if len(items) > 0 {
		s = "(" + l.text + " in (" + strings.Join(items, ", ") + "))"
	}
	if null {
		s = "(" + s + " or " + unknownTruth + ")"
	}
	if x.All {
		s = "(not " + s + ")"
	}
	return piece{text: s, typ: expr.Boolean}, nil
}

func (w *writer) between(x *pgsql.Between) (piece, error) {
	low := &pgsql.Binary{At: x.At, Op: ">=", L: x.X, R: x.Lo}
	high := &pgsql.Binary{At: x.At, Op: "<=", L: x.X, R: x.Hi}
	both := pgsql.Expr(&pgsql.Binary{At: x.At, Op: "and", L: low, R: high})
	if x.Not {
		both = &pgsql.Unary{At: x.At, Op: "not", X: both}
	}
	return w.write(both)
}

func (w *writer) like(x *pgsql.Like) (piece, error) {
	if x.Kind == "similar" {
		return piece{}, unsupported(x.Pos(), text.Same("SIMILAR TO"), text.Text{})
	}
	l, err := w.write(x.X)
	if err != nil {
		return l, err
	}
	r, err := w.write(x.Pattern)
	if err != nil {
		return r, err
	}
	if r, err = w.fitted(r, expr.String); err != nil {
		return r, err
	}
	if r.text == "null" {
		return piece{text: unknownTruth, typ: expr.Boolean}, nil
	}
	a, b := l.text, r.text
	if x.Kind == "ilike" {
		a, b = "lower("+a+")", "lower("+b+")"
	}
	s := "(" + a + " like " + b + ")"
	if r.value != nil {
		pattern, _ := r.value.V.(string)
		escape := `\`
		if e, ok := x.Escape.(*pgsql.Text); ok {
			escape = e.Value
		}
		if escape != "" && strings.Contains(pattern, escape) {
			if s, err = escaped(a, pattern, escape, x); err != nil {
				return l, err
			}
		}
	}
	if x.Not {
		s = "(not " + s + ")"
	}
	return piece{text: s, typ: expr.Boolean}, nil
}

// escaped writes a pattern with escaped characters as a search for plain text:
// the language's like has no escapes.
func escaped(column, pattern, escape string, x *pgsql.Like) (string, error) {
	var b strings.Builder
	rs := []rune(pattern)
	front, back := false, false
	for i := 0; i < len(rs); i++ {
		switch {
		case string(rs[i]) == escape && i+1 < len(rs):
			i++
			b.WriteRune(rs[i])
		case rs[i] == '%' && i == 0:
			front = true
		case rs[i] == '%' && i == len(rs)-1:
			back = true
		case rs[i] == '%' || rs[i] == '_':
			return "", unsupported(x.Pattern.Pos(), text.Text{ZH: "同时有转义和通配符的 LIKE", EN: "LIKE with escapes between wildcards"}, text.Text{})
		default:
			b.WriteRune(rs[i])
		}
	}
	plain := expr.QuoteText(b.String())
	if x.Kind == "ilike" {
		plain = "lower(" + plain + ")"
	}
	switch {
	case front && back:
		return "contains(" + column + ", " + plain + ")", nil
	case back:
		return "starts_with(" + column + ", " + plain + ")", nil
	case front:
		return "(right(" + column + ", length(" + plain + ")) = " + plain + ")", nil
	}
	return "(" + column + " = " + plain + ")", nil
}

func (w *writer) caseWhen(x *pgsql.Case) (piece, error) {
	var b strings.Builder
	b.WriteString("(case")
	var out expr.Type
	for _, wh := range x.Whens {
		cond := wh.If
		if x.Operand != nil {
			cond = &pgsql.Binary{At: pgsql.At(wh.If.Pos()), Op: "=", L: x.Operand, R: wh.If}
		}
		c, err := w.write(cond)
		if err != nil {
			return c, err
		}
		v, err := w.write(wh.Then)
		if err != nil {
			return v, err
		}
		if out == "" || out == expr.Null {
			out = v.typ
		}
		b.WriteString(" when " + c.text + " then " + v.text)
	}
	if x.Else != nil {
		v, err := w.write(x.Else)
		if err != nil {
			return v, err
		}
		if v, err = w.fitted(v, out); err != nil {
			return v, err
		}
		b.WriteString(" else " + v.text)
	}
	b.WriteString(" end)")
	return piece{text: b.String(), typ: out}, nil
}

// castTo maps types that an expression can be cast to.
var castTo = map[string]expr.Type{"text": expr.String, "varchar": expr.String, "bpchar": expr.String, "name": expr.String, "int2": expr.Integer, "int4": expr.Integer, "int8": expr.Integer,
	"numeric": expr.Decimal, "float4": expr.Float, "float8": expr.Float, "bool": expr.Boolean, "date": expr.Date, "timestamp": expr.Timestamp, "timestamptz": expr.Timestamp}

func (w *writer) cast(x *pgsql.Cast) (piece, error) {
	in, err := w.write(x.X)
	if err != nil {
		return in, err
	}
	to, ok := castTo[x.To.Name]
	if !ok || x.To.Array {
		return in, unsupported(x.Pos(), text.Text{ZH: "转换为 {t}", EN: "a cast to {t}"}.With("t", x.To.Name), text.Text{})
	}
	if in.typ == to || to == expr.Timestamp && in.typ.IsTime() {
		return in, nil
	}
	if to == expr.Timestamp {
		return in, unsupported(x.Pos(), text.Text{ZH: "把它转换为时间", EN: "casting this to a timestamp"}, text.Text{})
	}
	return piece{text: "cast(" + in.text + " as " + string(to) + ")", typ: to}, nil
}

// scalars are functions that the language has under another name, or the same.
var scalars = map[string]string{"lower": "lower", "upper": "upper", "btrim": "trim", "length": "length", "char_length": "length", "character_length": "length",
	"substr": "substr", "substring": "substr", "left": "left", "right": "right", "replace": "replace", "concat": "concat", "starts_with": "starts_with",
	"coalesce": "coalesce", "nullif": "nullif", "abs": "abs", "round": "round", "floor": "floor", "ceil": "ceil", "ceiling": "ceil", "sqrt": "sqrt", "ln": "ln",
	"exp": "exp", "power": "power", "pow": "power", "greatest": "greatest", "least": "least", "mod": "mod"}

func (w *writer) call(x *pgsql.Call) (piece, error) {
	switch x.Name {
	case "extract", "date_part":
		return w.extract(x)
	case "date_trunc":
		return w.trunc(x)
	}
	name, ok := scalars[x.Name]
	if !ok || x.Star || x.Distinct || x.Over != nil || x.Filter != nil || x.Name == "btrim" && len(x.Args) != 1 {
		return piece{}, unsupported(x.Pos(), text.Text{ZH: "函数 {f}", EN: "the function {f}"}.With("f", x.Name), text.Text{})
	}
	args := make([]piece, len(x.Args))
	var first expr.Type
	for i, a := range x.Args {
		var err error
		if args[i], err = w.write(a); err != nil {
			return args[i], err
		}
		if args[i].value == nil && first == "" {
			first = args[i].typ
		}
	}
	texts := make([]string, len(args))
	for i := range args {
		pc := args[i]
		if x.Name == "coalesce" || x.Name == "nullif" || x.Name == "greatest" || x.Name == "least" {
			var err error
			if pc, err = w.fitted(pc, first); err != nil {
				return pc, err
			}
		}
		if x.Name == "concat" && pc.typ != expr.String && pc.typ != expr.Null {
			pc.text = "cast(" + pc.text + " as string)"
		}
		texts[i] = pc.text
	}
	if name == "mod" && len(texts) == 2 {
		return piece{text: "(" + texts[0] + " % " + texts[1] + ")", typ: first}, nil
	}
	out := piece{text: name + "(" + strings.Join(texts, ", ") + ")", typ: first}
	switch name {
	case "lower", "upper", "trim", "substr", "left", "right", "replace", "concat":
		out.typ = expr.String
	case "length":
		out.typ = expr.Integer
	case "starts_with":
		out.typ = expr.Boolean
	case "sqrt", "ln", "exp", "power":
		out.typ = expr.Float
	}
	return out, nil
}

func (w *writer) extract(x *pgsql.Call) (piece, error) {
	if len(x.Args) != 2 {
		return piece{}, unsupported(x.Pos(), text.Text{ZH: "函数 {f}", EN: "the function {f}"}.With("f", x.Name), text.Text{})
	}
	part, ok := literal(x.Args[0])
	in, err := w.write(x.Args[1])
	if err != nil {
		return in, err
	}
	out := piece{typ: expr.Integer}
	switch part {
	case "year", "quarter", "month", "day", "hour":
		out.text = part + "(" + in.text + ")"
	case "isodow":
		out.text = "dow(" + in.text + ")"
	case "dow":
		out.text = "(dow(" + in.text + ") % 7)"
	default:
		ok = false
	}
	if !ok {
		return out, unsupported(x.Pos(), text.Text{ZH: "取时间的 {p}", EN: "taking {p} of a time"}.With("p", part), text.Text{})
	}
	return out, nil
}

func (w *writer) trunc(x *pgsql.Call) (piece, error) {
	word, ok := "", false
	if len(x.Args) == 2 {
		word, ok = literal(x.Args[0])
	}
	if !ok {
		return piece{}, unsupported(x.Pos(), text.Text{ZH: "这样的 date_trunc", EN: "this form of date_trunc"}, text.Text{})
	}
	in, err := w.write(x.Args[1])
	if err != nil {
		return in, err
	}
	switch g := calendar.Grain(word); g {
	case calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year:
		return piece{text: "date_trunc(" + expr.QuoteText(word) + ", " + in.text + ")", typ: expr.Date}, nil
	}
	return in, unsupported(x.Pos(), text.Text{ZH: "条件里取到 {g}", EN: "date_trunc to {g} in a condition"}.With("g", word), text.Text{})
}
