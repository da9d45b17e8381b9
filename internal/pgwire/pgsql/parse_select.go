package pgsql

import (
	"lodestar/internal/text"
)

// query reads a select with what surrounds it.
func (p *parser) query() (*Select, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	start := p.here()
	var with []CTE
	if p.acceptWord("with") {
		var err error
		if with, err = p.ctes(); err != nil {
			return nil, err
		}
	}
	s, err := p.setOperation(1)
	if err != nil {
		return nil, err
	}
	if with != nil {
		if s.With != nil {
			s = &Select{At: start, Items: []Item{{X: &Star{At: start}}}, From: []Table{{At: start, Sub: s, As: Ident{Name: "?"}}}}
		}
		s.With = with
	}
	return s, p.tail(s)
}

func (p *parser) ctes() ([]CTE, error) {
	if p.word("recursive") && (p.peek(1).kind == tokWord || p.peek(1).kind == tokQuoted) && p.peek(1).text != "as" {
		return nil, Unsupported(p.tok().at, text.Text{ZH: "递归的 WITH", EN: "WITH RECURSIVE"})
	}
	var out []CTE
	for {
		name, err := p.ident()
		if err != nil {
			return nil, err
		}
		c := CTE{Name: name}
		if p.is("(") {
			if c.Columns, err = p.idents(); err != nil {
				return nil, err
			}
		}
		if err = p.needWord("as"); err != nil {
			return nil, err
		}
		if !p.acceptWord("not", "materialized") {
			p.acceptWord("materialized")
		}
		if err = p.need("("); err != nil {
			return nil, err
		}
		if c.Select, err = p.query(); err != nil {
			return nil, err
		}
		if err = p.need(")"); err != nil {
			return nil, err
		}
		out = append(out, c)
		if !p.accept(",") {
			return out, nil
		}
	}
}

// setOperation reads selects with union, except (power 1) and intersect (2)
// between.
func (p *parser) setOperation(power int) (*Select, error) {
	left, err := p.operand(power)
	for err == nil {
		op := ""
		switch {
		case power == 1 && p.oneOf("union", "except"), power == 2 && p.oneOf("intersect"):
			op = p.tok().text
		default:
			return left, nil
		}
		n := &Select{At: p.here(), Op: op, Left: left}
		p.at++
		n.All = p.acceptWord("all")
		if !n.All {
			p.acceptWord("distinct")
		}
		n.Right, err = p.operand(power)
		left = n
	}
	return nil, err
}

func (p *parser) operand(power int) (*Select, error) {
	if power == 1 {
		return p.setOperation(2)
	}
	if p.is("(") {
		p.at++
		s, err := p.query()
		if err != nil {
			return nil, err
		}
		if err := p.need(")"); err != nil {
			return nil, err
		}
		if s.OrderBy == nil && s.Limit == nil && s.Offset == nil && s.With == nil {
			return s, nil
		}
		// What follows must not mix with what was inside.
		return &Select{At: s.At, Items: []Item{{X: &Star{At: s.At}}}, From: []Table{{At: s.At, Sub: s, As: Ident{Name: "?"}}}}, nil
	}
	if p.word("values") {
		return p.values()
	}
	return p.plainSelect()
}

func (p *parser) values() (*Select, error) {
	s := &Select{At: p.here()}
	p.at++
	for {
		if err := p.need("("); err != nil {
			return nil, err
		}
		row, err := p.expressions()
		if err != nil {
			return nil, err
		}
		if len(s.Values) > 0 && len(row) != len(s.Values[0]) {
			return nil, Fail(StateSyntax, p.tok().at, text.Text{ZH: "VALUES 各行的列数要一致", EN: "the rows of VALUES must be of one length"})
		}
		s.Values = append(s.Values, row)
		if err := p.need(")"); err != nil {
			return nil, err
		}
		if !p.accept(",") {
			return s, nil
		}
	}
}

func (p *parser) plainSelect() (*Select, error) {
	s := &Select{At: p.here()}
	if p.word("table") {
		p.at++
		name, err := p.dotted()
		if err != nil {
			return nil, err
		}
		s.Items = []Item{{X: &Star{At: s.At}}}
		s.From = []Table{{At: name[0].At, Name: name}}
		return s, nil
	}
	if err := p.needWord("select"); err != nil {
		return nil, err
	}
	if err := p.distinct(s); err != nil {
		return nil, err
	}
	for _, step := range []func(*Select) error{p.items, p.from, p.where, p.groupBy, p.having, p.windows} {
		if err := step(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (p *parser) distinct(s *Select) (err error) {
	if p.acceptWord("all") || !p.acceptWord("distinct") {
		return nil
	}
	s.Distinct = true
	if p.acceptWord("on") {
		if err := p.need("("); err != nil {
			return err
		}
		if s.DistinctOn, err = p.expressions(); err != nil {
			return err
		}
		return p.need(")")
	}
	return nil
}

func (p *parser) items(s *Select) error {
	if p.tok().kind == tokEnd || p.is(")") || p.is(";") || p.word("from") {
		if p.word("from") {
			return nil // select from t: rows without columns
		}
		return p.expected("a column / 列")
	}
	for {
		var it Item
		if p.is("*") {
			it.X = &Star{At: p.here()}
			p.at++
		} else {
			x, err := p.expression(0)
			if err != nil {
				return err
			}
			it.X = x
			if it.As, err = p.alias(true); err != nil {
				return err
			}
		}
		s.Items = append(s.Items, it)
		if !p.accept(",") {
			return nil
		}
	}
}

// alias reads [AS] name, or nothing.
func (p *parser) alias(afterItem bool) (Ident, error) {
	if p.acceptWord("as") {
		return p.label()
	}
	t := p.tok()
	if t.kind == tokQuoted || t.kind == tokWord && !reserved(t.text) && !(afterItem && t.text == "over") {
		return p.label()
	}
	return Ident{}, nil
}

func (p *parser) from(s *Select) error {
	if !p.acceptWord("from") {
		return nil
	}
	for {
		t, err := p.joined()
		if err != nil {
			return err
		}
		s.From = append(s.From, t)
		if !p.accept(",") {
			return nil
		}
	}
}

// joined reads a table and the joins that follow.
func (p *parser) joined() (Table, error) {
	left, err := p.table()
	for err == nil {
		j := &Join{Kind: "inner"}
		at := p.here()
		j.Natural = p.acceptWord("natural")
		switch {
		case p.acceptWord("cross", "join"):
			j.Kind = "cross"
		case p.acceptWord("join"), p.acceptWord("inner", "join"):
		case p.oneOf("left", "right", "full"):
			j.Kind = p.advance().text
			p.acceptWord("outer")
			if err := p.needWord("join"); err != nil {
				return left, err
			}
		default:
			if j.Natural {
				return left, p.expected("JOIN")
			}
			return left, nil
		}
		j.L = left
		if j.R, err = p.table(); err != nil {
			return left, err
		}
		switch {
		case p.acceptWord("on"):
			if j.On, err = p.expression(0); err != nil {
				return left, err
			}
		case p.acceptWord("using"):
			if j.Using, err = p.idents(); err != nil {
				return left, err
			}
		case j.Kind != "cross" && !j.Natural:
			return left, p.expected("ON")
		}
		left = Table{At: at, Join: j}
	}
	return left, err
}

func (p *parser) table() (t Table, err error) {
	if err := p.enter(); err != nil {
		return t, err
	}
	defer p.leave()
	t.At = p.here()
	t.Lateral = p.acceptWord("lateral")
	p.acceptWord("only")
	switch {
	case p.is("("):
		if p.opensQuery() {
			p.at++
			if t.Sub, err = p.query(); err != nil {
				return t, err
			}
			if err = p.need(")"); err != nil {
				return t, err
			}
			break
		}
		p.at++
		inner, err := p.joined()
		if err != nil {
			return t, err
		}
		if err := p.need(")"); err != nil {
			return t, err
		}
		if inner.Join == nil {
			return inner, nil
		}
		inner.As, err = p.alias(false)
		return inner, err
	default:
		if t.Name, err = p.dotted(); err != nil {
			return t, err
		}
		if p.is("(") {
			if t.Call, err = p.call(t.Name); err != nil {
				return t, err
			}
			t.Name = nil
			if p.acceptWord("with", "ordinality") {
				t.Ordinality = true
			}
		} else {
			p.accept("*")
		}
	}
	if t.As, err = p.alias(false); err != nil {
		return t, err
	}
	if t.As.Name != "" && p.is("(") {
		t.Columns, err = p.columnList()
	}
	if p.word("tablesample") {
		return t, Unsupported(p.tok().at, text.Same("TABLESAMPLE"))
	}
	return t, err
}

// columnList reads names after a table alias, with the types that functions
// returning records want.
func (p *parser) columnList() ([]Ident, error) {
	if err := p.need("("); err != nil {
		return nil, err
	}
	var out []Ident
	for {
		id, err := p.label()
		if err != nil {
			return nil, err
		}
		out = append(out, id)
		if !p.is(",") && !p.is(")") {
			if _, err := p.typeName(); err != nil {
				return nil, err
			}
		}
		if !p.accept(",") {
			return out, p.need(")")
		}
	}
}

// opensQuery reports whether the bracket at hand holds a query.
func (p *parser) opensQuery() bool {
	for n := 0; ; n++ {
		t := p.peek(n)
		if t.kind == tokMark && t.text == "(" {
			continue
		}
		return t.kind == tokWord && n > 0 && (t.text == "select" || t.text == "with" || t.text == "values" || t.text == "table")
	}
}

func (p *parser) where(s *Select) (err error) {
	if p.acceptWord("where") {
		s.Where, err = p.expression(0)
	}
	return err
}

func (p *parser) groupBy(s *Select) (err error) {
	if !p.word("group") {
		return nil
	}
	p.at++
	if err := p.needWord("by"); err != nil {
		return err
	}
	s.Grouped = true
	if p.oneOf("rollup", "cube", "grouping") {
		if next := p.peek(1); next.text == "(" || next.text == "sets" {
			return Unsupported(p.tok().at, text.Same("GROUP BY ROLLUP / CUBE / GROUPING SETS"))
		}
	}
	s.GroupBy, err = p.expressions()
	return err
}

func (p *parser) having(s *Select) (err error) {
	if p.acceptWord("having") {
		s.Having, err = p.expression(0)
	}
	return err
}

func (p *parser) windows(s *Select) error {
	if !p.acceptWord("window") {
		return nil
	}
	s.Windows = map[string]*Window{}
	for {
		name, err := p.ident()
		if err != nil {
			return err
		}
		if err := p.needWord("as"); err != nil {
			return err
		}
		w, err := p.window()
		if err != nil {
			return err
		}
		s.Windows[name.Name] = w
		if !p.accept(",") {
			return nil
		}
	}
}

// tail reads order by, limit, offset and fetch, in any order that makes sense.
func (p *parser) tail(s *Select) (err error) {
	if p.word("order", "by") {
		p.at += 2
		if s.OrderBy, err = p.orders(); err != nil {
			return err
		}
	}
	for {
		switch {
		case p.acceptWord("limit"):
			if p.acceptWord("all") || p.acceptWord("null") {
				break
			}
			if s.Limit, err = p.expression(0); err != nil {
				return err
			}
		case p.acceptWord("offset"):
			if s.Offset, err = p.expression(0); err != nil {
				return err
			}
			if !p.acceptWord("rows") {
				p.acceptWord("row")
			}
		case p.oneOf("fetch"):
			if err := p.fetchFirst(s); err != nil {
				return err
			}
		case p.word("for", "read", "only"):
			p.at += 3
		case p.word("for"):
			return Unsupported(p.tok().at, text.Text{ZH: "FOR UPDATE：这里只能读取，没有可锁的行", EN: "FOR UPDATE: this door only reads, there are no rows to lock, so that"})
		default:
			return nil
		}
	}
}

func (p *parser) fetchFirst(s *Select) (err error) {
	at := p.here()
	p.at++
	if !p.acceptWord("first") {
		if err := p.needWord("next"); err != nil {
			return err
		}
	}
	s.Limit = &Number{At: at, Text: "1"}
	if !p.oneOf("row", "rows") {
		if s.Limit, err = p.primary(); err != nil {
			return err
		}
	}
	if !p.acceptWord("rows") {
		p.acceptWord("row")
	}
	return p.needWord("only")
}

func (p *parser) orders() ([]Order, error) {
	var out []Order
	for {
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		o := Order{X: x}
		if p.acceptWord("desc") {
			o.Desc = true
		} else {
			p.acceptWord("asc")
		}
		if p.word("using") {
			return nil, Unsupported(p.tok().at, text.Same("ORDER BY … USING"))
		}
		if p.acceptWord("nulls") {
			first := p.acceptWord("first")
			if !first {
				if err := p.needWord("last"); err != nil {
					return nil, err
				}
			}
			o.NullsFirst = &first
		}
		out = append(out, o)
		if !p.accept(",") {
			return out, nil
		}
	}
}
