package steps

import (
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// step types one step: what the table is like after it.
func (t *typer) step(s *Step) {
	switch {
	case s.Select != nil:
		t.keep(t.columns(t.path+".select", s.Select))
	case s.Drop != nil:
		t.columns(t.path+".drop", s.Drop)
		t.keep(slices.DeleteFunc(t.after.Columns, func(c Column) bool { return slices.Contains(s.Drop, c.Name) }))
	case s.Rename != nil:
		t.rename(s.Rename)
	case s.Cast != nil:
		for i := range s.Cast {
			t.cast(at(t.path+".cast", i), &s.Cast[i])
		}
	case s.Filter != "":
		if _, from := t.expr("filter", s.Filter, expr.CheckBool); from != nil {
			t.after.Decides = merge(t.after.Decides, from)
		}
	case s.Derive != nil:
		for i := range s.Derive {
			t.derive(at("derive", i)+".expr", &s.Derive[i])
		}
	case s.Join != nil:
		t.join(s.Join)
	case s.Union != nil:
		t.union(s.Union)
	case s.Aggregate != nil:
		t.aggregate(s.Aggregate)
	case s.Deduplicate != nil:
		t.deduplicate(s.Deduplicate)
	case s.Pivot != nil:
		t.pivot(s.Pivot)
	case s.Unpivot != nil:
		t.unpivot(s.Unpivot)
	case s.Fill != nil:
		for i := range s.Fill {
			t.fill(at(t.path+".fill", i), &s.Fill[i])
		}
	case s.Split != nil:
		t.split(s.Split)
	case s.Standardise != nil:
		for i := range s.Standardise {
			t.standard(at(t.path+".standardise", i), &s.Standardise[i])
		}
	case s.Map != nil:
		t.mapping(s.Map)
	case s.Mask != nil:
		for i := range s.Mask {
			t.mask(at(t.path+".mask", i), &s.Mask[i])
		}
	case s.Session != nil:
		t.session(s.Session)
	case s.Sample != nil:
		t.sample(s.Sample)
	}
}

func (t *typer) sample(s *Sample) {
	t.decide(t.columns(t.path+".sample.by", s.By)...)
	switch chosen := s.Count > 0; { // of rows that are alike in by, some may be left out
	case len(s.By) > 0 && !chosen:
	case len(s.By) > 0 && len(t.before.Key) > 0:
		t.decide(t.columns("", t.before.Key)...)
	default:
		t.decide(t.before.Columns...)
	}
}

// keep leaves these columns; a key must be kept whole.
func (t *typer) keep(columns []Column) {
	t.after.Columns = columns
	for _, k := range t.after.Key {
		if t.after.Column(k) == nil {
			t.after.Key = nil
		}
	}
}

func (t *typer) rename(names map[string]string) {
	for _, from := range slices.Sorted(maps.Keys(names)) {
		t.column(t.path+".rename."+from, from)
	}
	t.after.Key = slices.Clone(t.after.Key)
	for i := range t.after.Columns {
		c := &t.after.Columns[i]
		to, ok := names[c.Name]
		if !ok {
			continue
		}
		if k := slices.Index(t.before.Key, c.Name); k >= 0 {
			t.after.Key[k] = to
		}
		c.Name = to
	}
}

// converts tells whether a cast from one type to another means anything.
func converts(from, to expr.Type) bool {
	switch {
	case from == to || to == expr.String || from == expr.String:
		return true
	case to.IsNumber():
		return from.IsNumber() || to == expr.Integer && from == expr.Boolean
	case to == expr.Date:
		return from == expr.Timestamp
	case to == expr.Timestamp:
		return from == expr.Date
	}
	return false
}

func (t *typer) cast(path string, s *Cast) {
	c := t.column(path+".column", s.Column)
	if c == nil {
		return
	}
	if !converts(c.Type, s.Type) {
		t.report(problem(path+".type", "wrong_type", text.Text{
			ZH: "{column} 是 {from}，不能转换为 {to}", EN: "{column} is {from} and cannot become {to}"},
			"column", s.Column, "from", c.Type, "to", s.Type))
		return
	}
	if s.Format != "" && c.Type != expr.String {
		t.report(problem(path+".format", "not_here", text.Text{
			ZH: "只有从文本转换时才需要 format", EN: "a format is needed only for a text"}))
		return
	}
	if s.OnError == "reject" {
		t.decide(*c)
	}
	next := Column{Name: c.Name, Type: s.Type, Title: c.Title, From: c.From}
	if s.Type == expr.Decimal {
		next.Precision, next.Scale = s.Precision, s.Scale
		if s.Precision == 0 {
			next.Precision, next.Scale = 18, 6
		}
	}
	t.set(next)
}

func (t *typer) derive(path string, s *Derived) {
	typed, from := t.expr(path, s.Expr, expr.Check)
	if typed == nil {
		return
	}
	c := Column{Name: s.Name, Type: typed.Type(), From: from}
	if c.Type == expr.Null {
		c.Type = expr.String
	}
	c.Precision, c.Scale = t.digits(typed)
	if s.Precision != 0 {
		if c.Type != expr.Decimal {
			t.report(checkDigits(t.path+"."+path, c.Type, s.Precision, s.Scale)...)
			return
		}
		c.Precision, c.Scale = s.Precision, s.Scale
	}
	t.set(c)
}

// textual reports a column that is not text.
func (t *typer) textual(path string, c *Column) bool {
	if c == nil || c.Type == expr.String {
		return c != nil
	}
	t.report(problem(path, "wrong_type", text.Text{
		ZH: "{column} 是 {type}，这里要文本列", EN: "{column} is {type}; this needs a column of text"}, "column", c.Name, "type", c.Type))
	return false
}

func (t *typer) fill(path string, s *Fill) {
	c := t.column(path+".column", s.Column)
	order, by := t.ordered(path+".order", s.Order), t.columns(path+".by", s.By)
	if c == nil {
		return
	}
	if s.With != "" && !c.holds(s.With) {
		t.report(t.unread(path+".with", s.With, c))
		return
	}
	next := *c
	next.Copy = Origin{}
	next.From = merge(next.From, union(append(order, by...)))
	t.set(next)
}

// Reads reports whether a text written in a definition stands for a value of
// the type.
func Reads(s string, typ expr.Type) bool {
	var err error
	switch typ {
	case expr.Integer:
		_, err = strconv.ParseInt(s, 10, 64)
	case expr.Decimal:
		return decimalText.MatchString(s)
	case expr.Float:
		if !floatText.MatchString(s) {
			return false
		}
		_, err = strconv.ParseFloat(s, 64)
	case expr.Boolean:
		return s == "true" || s == "false"
	case expr.Date:
		_, err = time.Parse(time.DateOnly, s)
	case expr.Timestamp:
		_, err = time.Parse("2006-01-02 15:04:05", s)
	}
	return err == nil
}

// holds reports whether a text written in a definition stands for a value that
// the column holds as it is.
func (c *Column) holds(s string) bool {
	if !Reads(s, c.Type) || c.Type != expr.Decimal {
		return Reads(s, c.Type)
	}
	whole, part, _ := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	return len(strings.TrimLeft(whole, "0")) <= c.Precision-c.Scale && len(strings.TrimRight(part, "0")) <= c.Scale
}

// same writes a text that stands for a value of the type so that equal values
// are equal texts.
func same(s string, typ expr.Type) string {
	if !typ.IsNumber() {
		return s
	}
	if typ == expr.Float {
		f, _ := strconv.ParseFloat(s, 64)
		return strconv.FormatFloat(f+0, 'g', -1, 64) // +0 for -0
	}
	r, _ := new(big.Rat).SetString(s)
	return r.RatString()
}

func (t *typer) unread(path, value string, c *Column) catalog.Finding {
	return problem(path, "bad_value", text.Text{
		ZH: "{value} 不是 {type}，而列 {column} 是", EN: "{value} is no {type}, as the column {column} is"}, "value", value, "type", c.Type, "column", c.Name)
}

func (t *typer) split(s *Split) {
	c := t.column(t.path+".split.column", s.Column)
	if !t.textual(t.path+".split.column", c) {
		return
	}
	if !s.Rows {
		for i, n := range s.Into {
			if t.after.Column(n) != nil {
				t.report(twice(at(t.path+".split.into", i), n))
			}
			t.set(Column{Name: n, Type: expr.String, From: c.From})
		}
		return
	}
	key := t.before.Key
	t.set(Column{Name: c.Name, Type: expr.String, Title: c.Title, From: c.From})
	t.decide(*c)
	t.after.Key = nil
	if s.Position != "" {
		t.after.Columns = append(t.after.Columns, Column{Name: s.Position, Type: expr.Integer, From: c.From})
		if len(key) > 0 && !slices.Contains(key, c.Name) {
			t.after.Key = append(slices.Clone(key), s.Position)
		}
	}
}

func (t *typer) standard(path string, s *Standard) {
	c := t.column(path+".column", s.Column)
	if !t.textual(path+".column", c) {
		return
	}
	if s.OnError == "reject" {
		t.decide(*c)
	}
	next := Column{Name: c.Name, Type: expr.String, Title: c.Title, From: c.From}
	if s.As == "date" {
		next.Type = expr.Date
	}
	t.set(next)
}

func (t *typer) mapping(s *Mapping) {
	path := t.path + ".map"
	c := t.column(path+".column", s.Column)
	if c == nil {
		return
	}
	typ := MapType(s, c.Type)
	next := Column{Name: c.Name, Type: typ, Title: c.Title, From: c.From}
	if typ == expr.Decimal {
		next.Precision, next.Scale = c.Precision, c.Scale
	}
	seen := map[string]string{}
	for _, from := range slices.Sorted(maps.Keys(s.Values)) {
		p := path + ".values." + from
		if to := s.Values[from]; !next.holds(to) {
			t.report(t.unread(p, to, c))
		}
		if !c.holds(from) {
			t.report(t.unread(p, from, c))
			continue
		}
		if other, twice := seen[same(from, c.Type)]; twice {
			t.report(problem(p, "duplicate", text.Text{ZH: "{a} 和 {b} 是同一个值", EN: "{a} and {b} are one value"}, "a", other, "b", from))
		}
		seen[same(from, c.Type)] = from
	}
	for _, other := range [][2]string{{".default", s.Default}, {".missing", s.Missing}} {
		if other[1] != "" && !next.holds(other[1]) {
			t.report(t.unread(path+other[0], other[1], c))
		}
	}
	if s.Into != "" {
		if t.before.Column(s.Into) != nil && s.Into != s.Column {
			t.report(twice(path+".into", s.Into))
		}
		next.Name, next.Title = s.Into, text.Text{}
	}
	t.set(next)
}

// MapType is the type that a mapping gives: that of the column when all values
// are of it or others stay as they are, and text otherwise.
func MapType(s *Mapping, column expr.Type) expr.Type {
	if s.Keep {
		return column
	}
	for _, v := range s.Values {
		if !Reads(v, column) {
			return expr.String
		}
	}
	for _, v := range []string{s.Default, s.Missing} {
		if v != "" && !Reads(v, column) {
			return expr.String
		}
	}
	return column
}

func (t *typer) mask(path string, s *Mask) {
	c := t.column(path+".column", s.Column)
	if c == nil {
		return
	}
	next := Column{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale, Title: c.Title, From: c.From}
	switch {
	case s.How == "drop":
		t.keep(slices.DeleteFunc(slices.Clone(t.after.Columns), func(o Column) bool { return o.Name == s.Column }))
		return
	case s.How == "hash":
		next.Type, next.Precision, next.Scale = expr.String, 0, 0
	case s.How == "partial", s.To == "province", s.To == "city":
		if !t.textual(path+".column", c) {
			return
		}
	case s.Step != 0:
		if !c.Type.IsNumber() {
			t.report(problem(path+".step", "wrong_type", text.Text{
				ZH: "{column} 是 {type}，step 只用于数字", EN: "{column} is {type}; a step is for numbers"}, "column", c.Name, "type", c.Type))
			return
		}
	default:
		if !c.Type.IsTime() {
			t.report(problem(path+".to", "wrong_type", text.Text{
				ZH: "{column} 是 {type}，{to} 只用于日期和时间", EN: "{column} is {type}; {to} is for dates and times"},
				"column", c.Name, "type", c.Type, "to", s.To))
			return
		}
		next.Type = expr.Date
	}
	t.set(next)
}
