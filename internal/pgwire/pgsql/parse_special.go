package pgsql

import (
	"strings"

	"lodestar/internal/text"
)

// special reads what begins with a word that is no plain name; nil when the
// word is one.
func (p *parser) special(t token) (Expr, error) {
	at := At(t.at)
	next := p.peek(1)
	switch t.text {
	case "null":
		p.at++
		return &Null{at}, nil
	case "true", "false":
		p.at++
		return &Bool{at, t.text == "true"}, nil
	case "case":
		return p.caseWhen()
	case "cast":
		if next.text == "(" {
			return p.cast()
		}
	case "exists":
		p.at++
		if !p.opensQuery() {
			return nil, p.expected("(SELECT")
		}
		p.at++
		s, err := p.query()
		if err != nil {
			return nil, err
		}
		return &Sub{at, "exists", s}, p.need(")")
	case "array":
		return p.array()
	case "row":
		if next.text == "(" {
			p.at += 2
			if p.accept(")") {
				return &Row{At: at}, nil
			}
			list, err := p.expressions()
			if err != nil {
				return nil, err
			}
			return &Row{at, list}, p.need(")")
		}
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user", "session_user",
		"current_role", "user", "current_catalog":
		p.at++
		if p.is("(") && p.peek(1).kind == tokNumber {
			p.at += 2
			if err := p.need(")"); err != nil {
				return nil, err
			}
		}
		return &Call{At: at, Name: t.text}, nil
	case "current_schema":
		if next.text != "(" {
			p.at++
			return &Call{At: at, Name: t.text}, nil
		}
	case "left", "right":
		if next.text == "(" {
			p.at++
			return p.call([]Ident{{at, t.text, false}})
		}
	case "default":
		return nil, Unsupported(t.at, text.Same("DEFAULT"))
	}
	return nil, nil
}

func (p *parser) caseWhen() (Expr, error) {
	c := &Case{At: p.here()}
	p.at++
	var err error
	if !p.word("when") {
		if c.Operand, err = p.expression(0); err != nil {
			return nil, err
		}
	}
	for p.acceptWord("when") {
		var w When
		if w.If, err = p.expression(0); err != nil {
			return nil, err
		}
		if err = p.needWord("then"); err != nil {
			return nil, err
		}
		if w.Then, err = p.expression(0); err != nil {
			return nil, err
		}
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		return nil, p.expected("WHEN")
	}
	if p.acceptWord("else") {
		if c.Else, err = p.expression(0); err != nil {
			return nil, err
		}
	}
	return c, p.needWord("end")
}

func (p *parser) cast() (Expr, error) {
	at := p.here()
	p.at += 2
	x, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if err := p.needWord("as"); err != nil {
		return nil, err
	}
	to, err := p.typeName()
	if err != nil {
		return nil, err
	}
	return &Cast{at, x, to}, p.need(")")
}

func (p *parser) array() (Expr, error) {
	at := p.here()
	p.at++
	if p.opensQuery() {
		p.at++
		s, err := p.query()
		if err != nil {
			return nil, err
		}
		return &Sub{at, "array", s}, p.need(")")
	}
	if err := p.need("["); err != nil {
		return nil, err
	}
	a := &Array{At: at}
	if p.accept("]") {
		return a, nil
	}
	var err error
	if a.Items, err = p.expressions(); err != nil {
		return nil, err
	}
	return a, p.need("]")
}

// oddArguments reads the calls with words between their arguments.
func (p *parser) oddArguments(c *Call) (bool, error) {
	switch c.Name {
	case "extract":
		t := p.tok()
		if (t.kind != tokWord && t.kind != tokText) || p.peek(1).text != "from" {
			return false, nil
		}
		p.at += 2
		x, err := p.expression(0)
		if err != nil {
			return true, err
		}
		c.Args = []Expr{&Text{At(t.at), strings.ToLower(t.text)}, x}
		return true, p.need(")")
	case "position":
		sub, err := p.expression(powerLike)
		if err != nil {
			return true, err
		}
		if err := p.needWord("in"); err != nil {
			return true, err
		}
		in, err := p.expression(0)
		if err != nil {
			return true, err
		}
		c.Name, c.Args = "strpos", []Expr{in, sub}
		return true, p.need(")")
	case "trim":
		return true, p.trim(c)
	case "substring":
		return p.substring(c)
	case "overlay":
		return true, Unsupported(c.Pos(), text.Same("OVERLAY"))
	}
	return false, nil
}

func (p *parser) trim(c *Call) error {
	side := ""
	if p.oneOf("both", "leading", "trailing") {
		side = p.advance().text
	}
	switch side {
	case "leading":
		c.Name = "ltrim"
	case "trailing":
		c.Name = "rtrim"
	default:
		c.Name = "btrim"
	}
	p.acceptWord("from")
	x, err := p.expression(0)
	if err != nil {
		return err
	}
	c.Args = []Expr{x}
	if from := p.acceptWord("from"); from || p.accept(",") {
		y, err := p.expression(0)
		if err != nil {
			return err
		}
		if c.Args = []Expr{x, y}; from { // trim('x' from y): the characters come first
			c.Args = []Expr{y, x}
		}
	}
	return p.need(")")
}

func (p *parser) substring(c *Call) (bool, error) {
	x, err := p.expression(0)
	if err != nil {
		return true, err
	}
	c.Args = []Expr{x}
	for {
		switch {
		case p.acceptWord("from"), p.acceptWord("for"), p.accept(","):
			if p.toks[p.at-1].text == "for" && len(c.Args) == 1 {
				c.Args = append(c.Args, &Number{p.here(), "1"})
			}
			y, err := p.expression(0)
			if err != nil {
				return true, err
			}
			c.Args = append(c.Args, y)
		default:
			return true, p.need(")")
		}
	}
}

// typeNames maps what people write to PostgreSQL's internal names.
var typeNames = map[string]string{
	"int": "int4", "integer": "int4", "int4": "int4", "serial": "int4", "smallint": "int2", "int2": "int2", "bigint": "int8", "int8": "int8",
	"real": "float4", "float4": "float4", "float8": "float8", "float": "float8", "double": "float8",
	"decimal": "numeric", "dec": "numeric", "numeric": "numeric",
	"text": "text", "varchar": "varchar", "character": "bpchar", "char": "bpchar", "bpchar": "bpchar", "string": "text", "name": "name",
	"bool": "bool", "boolean": "bool", "date": "date", "time": "time", "timetz": "timetz", "timestamp": "timestamp", "timestamptz": "timestamptz",
	"interval": "interval", "uuid": "uuid", "json": "json", "jsonb": "jsonb", "bytea": "bytea", "oid": "oid", "xid": "xid",
	"regclass": "regclass", "regtype": "regtype", "regproc": "regproc", "regprocedure": "regproc", "regnamespace": "regnamespace", "regrole": "regrole",
	"unknown": "unknown", "void": "void", "int2vector": "int2vector", "oidvector": "oidvector", "pg_node_tree": "text", "aclitem": "aclitem",
	"information_schema.character_data": "text", "sql_identifier": "name", "character_data": "text", "cardinal_number": "int4", "yes_or_no": "text",
	"any": "any", "anyarray": "anyarray", "pg_lsn": "text", "inet": "text", "money": "numeric",
}

func typeStart(name string) bool {
	return name == "double" || name == "timestamp" || name == "time" || name == "character"
}

func (p *parser) typeName() (Type, error) {
	at := p.here()
	id, err := p.label()
	for err == nil && p.accept(".") {
		id, err = p.label()
	}
	if err != nil {
		return Type{}, err
	}
	name, known := typeNames[id.Name]
	if id.Quoted && id.Name == "char" {
		name = "char"
	}
	if !known {
		return Type{}, Fail("42704", int(at), text.Text{ZH: "没有名为 {name} 的类型", EN: "there is no type {name}"}, "name", id.Name)
	}
	if !id.Quoted {
		if id.Name == "double" {
			p.acceptWord("precision")
		}
		if (id.Name == "character" || id.Name == "char") && p.acceptWord("varying") {
			name = "varchar"
		}
	}
	if p.is("(") {
		p.at++
		for !p.accept(")") {
			if t := p.advance(); t.kind != tokNumber && t.text != "," && t.text != "-" {
				p.at--
				return Type{}, p.unexpected()
			}
		}
	}
	if !id.Quoted && (name == "timestamp" || name == "time") {
		switch {
		case p.acceptWord("with", "time", "zone"):
			name += "tz"
		case p.acceptWord("without", "time", "zone"):
		}
	}
	to := Type{At: at, Name: name}
	for p.is("[") {
		p.at++
		if p.tok().kind == tokNumber {
			p.at++
		}
		if err := p.need("]"); err != nil {
			return to, err
		}
		to.Array = true
	}
	return to, nil
}
