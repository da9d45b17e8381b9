package pgsql

import (
	"strings"

	"lodestar/internal/text"
)

// statement reads one command.
func (p *parser) statement() (Statement, error) {
	t := p.tok()
	at := At(t.at)
	if p.is("(") {
		return p.selectStatement()
	}
	if t.kind != tokWord {
		return nil, p.unexpected()
	}
	switch t.text {
	case "select", "with", "values", "table":
		return p.selectStatement()
	case "set":
		p.at++
		return p.set(at)
	case "reset":
		p.at++
		return p.reset(at)
	case "show":
		p.at++
		return p.show(at)
	case "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release":
		return p.transaction(at)
	case "discard":
		p.at++
		w, err := p.label()
		return &Discard{at, w.Name}, err
	case "deallocate":
		p.at++
		p.acceptWord("prepare")
		if p.acceptWord("all") {
			return &Deallocate{At: at}, nil
		}
		id, err := p.ident()
		return &Deallocate{at, id.Name}, err
	case "prepare":
		p.at++
		return p.prepare(at)
	case "execute":
		p.at++
		return p.execute(at)
	case "declare":
		p.at++
		return p.declare(at)
	case "fetch", "move":
		return p.fetch(at)
	case "close":
		p.at++
		if p.acceptWord("all") {
			return &CloseCursor{At: at}, nil
		}
		id, err := p.ident()
		return &CloseCursor{at, id.Name}, err
	case "explain":
		p.at++
		return p.explain(at)
	case "copy":
		p.at++
		return p.copy(at)
	case "listen", "unlisten", "notify", "checkpoint", "lock":
		p.rest()
		return &Nothing{at, strings.ToUpper(t.text)}, nil
	}
	p.rest()
	return &Other{at, strings.ToUpper(t.text)}, nil
}

// rest skips to the end of the statement.
func (p *parser) rest() {
	for p.tok().kind != tokEnd && !p.is(";") {
		p.at++
	}
}

func (p *parser) selectStatement() (Statement, error) {
	if p.word("with") && p.dataChange() {
		at := p.here()
		p.rest()
		return &Other{at, "WITH … INSERT/UPDATE/DELETE"}, nil
	}
	s, err := p.query()
	if err != nil {
		return nil, err
	}
	if p.word("into") {
		return nil, Unsupported(p.tok().at, text.Text{ZH: "SELECT INTO：这里只能读取", EN: "SELECT INTO: this door only reads, so that"})
	}
	return s, nil
}

func (p *parser) dataChange() bool {
	for i := p.at; i < len(p.toks) && p.toks[i].text != ";"; i++ {
		if t := p.toks[i]; t.kind == tokWord && (t.text == "insert" || t.text == "update" || t.text == "delete") && i > 0 &&
			(p.toks[i-1].text == "(" || p.toks[i-1].text == ")") {
			return true
		}
	}
	return false
}

func (p *parser) set(at At) (Statement, error) {
	s := &Set{At: at}
	if p.acceptWord("local") {
		s.Local = true
	} else if p.word("session") && !p.word("session", "characteristics") && !p.word("session", "authorization") {
		p.at++
	}
	switch {
	case p.acceptWord("time", "zone"):
		s.Name = "timezone"
		return s, p.setValues(s)
	case p.oneOf("transaction", "constraints"), p.word("session", "characteristics"):
		p.rest()
		return &Nothing{at, "SET"}, nil
	case p.acceptWord("names"):
		s.Name = "client_encoding"
		return s, p.setValues(s)
	case p.oneOf("role"), p.word("session", "authorization"):
		w := p.tok().text
		p.rest()
		return &Other{at, "SET " + strings.ToUpper(w)}, nil
	}
	name, err := p.dotted()
	if err != nil {
		return nil, err
	}
	s.Name = strings.ToLower(joinIdents(name))
	if !p.accept("=") && !p.acceptWord("to") {
		return nil, p.expected("=")
	}
	return s, p.setValues(s)
}

func joinIdents(parts []Ident) string {
	names := make([]string, len(parts))
	for i, id := range parts {
		names[i] = id.Name
	}
	return strings.Join(names, ".")
}

func (p *parser) setValues(s *Set) error {
	if p.acceptWord("default") {
		return nil
	}
	for {
		sign := ""
		if p.is("-") || p.is("+") {
			sign = p.advance().text
		}
		if p.word("interval") && p.peek(1).kind == tokText {
			p.at++
		}
		t := p.tok()
		switch t.kind {
		case tokWord, tokQuoted, tokText, tokNumber:
			p.at++
			s.Values = append(s.Values, sign+t.text)
		default:
			return p.expected("a value / 值")
		}
		if p.acceptWord("hour", "to", "minute") || !p.accept(",") {
			return nil
		}
	}
}

func (p *parser) reset(at At) (Statement, error) {
	if p.acceptWord("session", "authorization") || p.acceptWord("role") {
		return &Nothing{at, "RESET"}, nil
	}
	if p.acceptWord("all") {
		return &Reset{at, "all"}, nil
	}
	if p.acceptWord("time", "zone") {
		return &Reset{at, "timezone"}, nil
	}
	name, err := p.dotted()
	return &Reset{at, strings.ToLower(joinIdents(name))}, err
}

func (p *parser) show(at At) (Statement, error) {
	switch {
	case p.acceptWord("all"):
		return &Show{at, "all"}, nil
	case p.acceptWord("time", "zone"):
		return &Show{at, "timezone"}, nil
	case p.acceptWord("transaction", "isolation", "level"):
		return &Show{at, "transaction_isolation"}, nil
	case p.acceptWord("session", "authorization"):
		return &Show{at, "session_authorization"}, nil
	}
	name, err := p.dotted()
	return &Show{at, strings.ToLower(joinIdents(name))}, err
}

func (p *parser) transaction(at At) (Statement, error) {
	w := p.advance().text
	x := &Transaction{At: at}
	switch w {
	case "begin", "start":
		x.Word = "begin"
		p.rest() // work, isolation level, read only: all the same here
		return x, nil
	case "commit", "end":
		x.Word = "commit"
	case "rollback", "abort":
		x.Word = "rollback"
	case "savepoint":
		x.Word = w
		id, err := p.ident()
		x.Name = id.Name
		return x, err
	case "release":
		p.acceptWord("savepoint")
		x.Word = w
		id, err := p.ident()
		x.Name = id.Name
		return x, err
	}
	if p.word("prepared") {
		return nil, Unsupported(int(at), text.Text{ZH: "两阶段提交", EN: "two-phase commit"})
	}
	if !p.acceptWord("work") {
		p.acceptWord("transaction")
	}
	if x.Word == "rollback" && p.acceptWord("to") {
		p.acceptWord("savepoint")
		x.Word = "rollback to"
		id, err := p.ident()
		x.Name = id.Name
		return x, err
	}
	if !p.acceptWord("and", "no", "chain") {
		p.acceptWord("and", "chain")
	}
	return x, nil
}

func (p *parser) prepare(at At) (Statement, error) {
	if p.word("transaction") {
		return nil, Unsupported(int(at), text.Text{ZH: "两阶段提交", EN: "two-phase commit"})
	}
	id, err := p.ident()
	if err != nil {
		return nil, err
	}
	s := &Prepare{At: at, Name: id.Name}
	if p.accept("(") {
		for {
			to, err := p.typeName()
			if err != nil {
				return nil, err
			}
			s.Types = append(s.Types, to)
			if !p.accept(",") {
				break
			}
		}
		if err := p.need(")"); err != nil {
			return nil, err
		}
	}
	if err := p.needWord("as"); err != nil {
		return nil, err
	}
	start := p.tok().at
	inner, err := p.selectStatement()
	if err != nil {
		return nil, err
	}
	if o, ok := inner.(*Other); ok {
		return o, nil
	}
	s.Source, s.Offset = p.src[start:p.toks[p.at-1].end], start
	return s, nil
}

func (p *parser) execute(at At) (Statement, error) {
	id, err := p.ident()
	if err != nil {
		return nil, err
	}
	s := &Execute{At: at, Name: id.Name}
	if p.accept("(") {
		if s.Args, err = p.expressions(); err != nil {
			return nil, err
		}
		return s, p.need(")")
	}
	return s, nil
}

func (p *parser) declare(at At) (Statement, error) {
	id, err := p.ident()
	if err != nil {
		return nil, err
	}
	s := &Declare{At: at, Name: id.Name}
	for !p.acceptWord("cursor") {
		if p.word("scroll") {
			return nil, Unsupported(p.tok().at, text.Text{ZH: "可回滚的游标（SCROLL）", EN: "a cursor that goes backwards (SCROLL)"})
		}
		if !p.acceptWord("no", "scroll") && !p.acceptWord("binary") && !p.acceptWord("insensitive") && !p.acceptWord("asensitive") {
			return nil, p.expected("CURSOR")
		}
	}
	if p.acceptWord("with", "hold") {
		s.Hold = true
	} else {
		p.acceptWord("without", "hold")
	}
	if err := p.needWord("for"); err != nil {
		return nil, err
	}
	s.Select, err = p.query()
	return s, err
}

func (p *parser) fetch(at At) (Statement, error) {
	s := &Fetch{At: at, N: 1, Move: p.advance().text == "move"}
	p.acceptWord("forward")
	var err error
	switch {
	case p.acceptWord("all"):
		s.N = -1
	case p.acceptWord("next"):
	case p.oneOf("prior", "first", "last", "absolute", "relative", "backward"):
		return nil, Unsupported(p.tok().at, text.Text{ZH: "游标后退或跳转", EN: "moving a cursor other than forward"})
	case p.tok().kind == tokNumber || p.is("-"):
		neg := p.here()
		if s.N, err = p.integer(); err != nil {
			return nil, err
		}
		if s.N < 0 {
			return nil, Unsupported(int(neg), text.Text{ZH: "游标后退或跳转", EN: "moving a cursor other than forward"})
		}
	}
	if !p.acceptWord("from") {
		p.acceptWord("in")
	}
	id, err := p.ident()
	s.Name = id.Name
	return s, err
}

func (p *parser) explain(at At) (Statement, error) {
	if p.is("(") && !p.opensQuery() {
		for !p.accept(")") {
			if p.tok().kind == tokEnd {
				return nil, p.unexpected()
			}
			p.at++
		}
	}
	for p.oneOf("analyze", "verbose", "analyse") {
		p.at++
	}
	s, err := p.query()
	return &Explain{at, s}, err
}

// copy reads COPY (query) TO STDOUT [WITH] (FORMAT csv, HEADER).
func (p *parser) copy(at At) (Statement, error) {
	if !p.is("(") || !p.opensQuery() {
		return nil, Unsupported(int(at), text.Text{ZH: "COPY 表；请写 COPY (SELECT …) TO STDOUT", EN: "COPY of a table (write COPY (SELECT …) TO STDOUT)"})
	}
	p.at++
	s, err := p.query()
	if err != nil {
		return nil, err
	}
	c := &Copy{At: at, Select: s}
	if err := p.need(")"); err != nil {
		return nil, err
	}
	if err := p.needWord("to"); err != nil {
		return nil, err
	}
	if !p.acceptWord("stdout") {
		return nil, Unsupported(p.tok().at, text.Text{ZH: "把 COPY 写到服务器上的文件；请用 TO STDOUT", EN: "COPY to a file on the server (write TO STDOUT)"})
	}
	for p.tok().kind != tokEnd && !p.is(";") {
		t := p.advance()
		switch {
		case t.text == "with" || t.text == "(" || t.text == ")" || t.text == "," || t.text == "true" || t.text == "on":
		case t.text == "format" && p.oneOf("csv", "text"):
			c.CSV = p.advance().text == "csv"
		case t.kind == tokWord && t.text == "csv":
			c.CSV = true
		case t.kind == tokWord && t.text == "header":
			c.Header = true
		case t.text == "encoding" && p.tok().kind == tokText:
			p.at++
		default:
			return nil, Unsupported(t.at, text.Text{ZH: "COPY 选项 {o}", EN: "the COPY option {o}"}.With("o", p.shown(t)))
		}
	}
	return c, nil
}
