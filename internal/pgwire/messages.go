package pgwire

import (
	"strconv"

	"github.com/jackc/pgx/v5/pgproto3"

	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// flushEvery is how many rows are gathered before they are sent.
const flushEvery = 500

// simple answers a Query message: any number of statements, up to the first
// that fails.
func (c *conn) simple(src string) error {
	delete(c.portals, "")
	list, err := pgsql.Parse(src)
	if err != nil {
		c.fail(err, src)
		return c.ready()
	}
	if len(list) == 0 {
		c.be.Send(&pgproto3.EmptyQueryResponse{})
	}
	for _, one := range list {
		if err := c.simpleOne(one, src); err != nil {
			c.fail(err, src)
			break
		}
		if c.over {
			break
		}
	}
	c.implicitEnd()
	return c.ready()
}

func (c *conn) simpleOne(one pgsql.Parsed, src string) error {
	if one.Params > 0 {
		if _, ok := one.Statement.(*pgsql.Prepare); !ok {
			return pgsql.Fail(pgsql.StateNoParameter, one.Start, text.Text{ZH: "没有参数 ${n}", EN: "there is no parameter ${n}"}, "n", one.Params)
		}
	}
	st := &statement{src: src, stmt: one.Statement}
	if cp, ok := one.Statement.(*pgsql.Copy); ok {
		return c.copyOut(cp)
	}
	out, err := c.run(st, nil)
	if err != nil {
		return err
	}
	if out.columns != nil {
		c.be.Send(rowDescription(out.columns, nil))
		if err := c.sendRows(out.columns, out.rows, nil); err != nil {
			return err
		}
	}
	c.be.Send(&pgproto3.CommandComplete{CommandTag: []byte(out.tag)})
	return nil
}

// formatOf is the format of column i, as Bind counts them.
func formatOf(formats []int16, i int) int16 {
	switch len(formats) {
	case 0:
		return textFormat
	case 1:
		return formats[0]
	}
	if i < len(formats) {
		return formats[i]
	}
	return textFormat
}

func rowDescription(cols []pgcat.Column, formats []int16) *pgproto3.RowDescription {
	out := &pgproto3.RowDescription{}
	for i, c := range cols {
		out.Fields = append(out.Fields, pgproto3.FieldDescription{Name: []byte(c.Name), DataTypeOID: uint32(c.Type), DataTypeSize: int16(c.Type.Size()),
			TypeModifier: -1, Format: formatOf(formats, i)})
	}
	return out
}

// sendRows writes rows, sending them on every now and then.
func (c *conn) sendRows(cols []pgcat.Column, rows [][]any, formats []int16) error {
	e := &encoder{zone: c.look().Zone, m: c.m}
	for n, row := range rows {
		values := make([][]byte, len(cols))
		for i := range cols {
			v, err := e.value(row[i], cols[i].Type, formatOf(formats, i))
			if err != nil {
				return err
			}
			values[i] = v
		}
		c.be.Send(&pgproto3.DataRow{Values: values})
		if n%flushEvery == flushEvery-1 {
			if err := c.flush(); err != nil {
				c.over = true
				return err
			}
		}
	}
	return nil
}

// parse answers Parse.
func (c *conn) parse(m *pgproto3.Parse) error {
	if m.Name != "" && c.prepared[m.Name] != nil {
		return pgsql.Fail("42P05", -1, text.Text{ZH: "预备语句 {s} 已存在", EN: "the prepared statement {s} exists already"}, "s", strconv.Quote(m.Name))
	}
	if err := c.room(); err != nil {
		return err
	}
	delete(c.prepared, m.Name)
	list, err := pgsql.Parse(m.Query)
	if err != nil {
		return c.at(err, m.Query)
	}
	st := &statement{src: m.Query}
	count := 0
	switch len(list) {
	case 0:
	case 1:
		st.stmt, count = list[0].Statement, list[0].Params
	default:
		return pgsql.Fail(pgsql.StateSyntax, -1, text.Text{ZH: "一条预备语句里只能有一个命令", EN: "a prepared statement holds one command only"})
	}
	for _, o := range m.ParameterOIDs {
		st.params = append(st.params, pgcat.OID(o))
	}
	if c.tx == 'E' {
		if t, ok := st.stmt.(*pgsql.Transaction); !ok || t.Word == "begin" {
			return pgsql.Fail("25P02", -1, text.Text{ZH: "事务已因错误中止，请先 ROLLBACK", EN: "the transaction is aborted by an error; ROLLBACK first"})
		}
	}
	if err := c.described(st, count); err != nil {
		return c.at(err, m.Query)
	}
	c.prepared[m.Name] = st
	c.be.Send(&pgproto3.ParseComplete{})
	return nil
}

// placedError carries the text that an error's place counts in.
type placedError struct {
	error
	src string
}

// Unwrap gives the error itself.
func (p placedError) Unwrap() error { return p.error }

func (c *conn) at(err error, src string) error { return placedError{err, src} }

// bind answers Bind.
func (c *conn) bind(m *pgproto3.Bind) error {
	st := c.prepared[m.PreparedStatement]
	if st == nil {
		return noStatement(-1, m.PreparedStatement)
	}
	if m.DestinationPortal != "" && c.portals[m.DestinationPortal] != nil {
		return pgsql.Fail("42P03", -1, text.Text{ZH: "游标 {s} 已存在", EN: "the cursor {s} exists already"}, "s", strconv.Quote(m.DestinationPortal))
	}
	if err := c.room(); err != nil {
		return err
	}
	if len(m.Parameters) != len(st.params) {
		return pgsql.Fail("08P01", -1, text.Text{ZH: "给了 {a} 个参数，需要 {b} 个", EN: "{a} parameters came, {b} are needed"}, "a", len(m.Parameters), "b", len(st.params))
	}
	if n := len(m.ParameterFormatCodes); n > 1 && n != len(m.Parameters) {
		return pgsql.Fail("08P01", -1, text.Text{ZH: "参数格式的个数不对", EN: "the number of parameter formats is wrong"})
	}
	p := &portal{statement: st, formats: append([]int16(nil), m.ResultFormatCodes...)}
	for _, f := range append(p.formats, m.ParameterFormatCodes...) {
		if f != textFormat && f != binaryFormat {
			return pgsql.Fail("08P01", -1, text.Text{ZH: "没有这种格式", EN: "there is no such format"})
		}
	}
	zone := c.look().Zone
	for i, b := range m.Parameters {
		v, err := decode(b, st.params[i], formatOf(m.ParameterFormatCodes, i), i+1, zone)
		if err != nil {
			return err
		}
		p.values = append(p.values, pgcat.Value{Type: st.params[i], V: v})
	}
	c.portals[m.DestinationPortal] = p
	c.be.Send(&pgproto3.BindComplete{})
	return nil
}

// describe answers Describe.
func (c *conn) describe(m *pgproto3.Describe) error {
	if m.ObjectType == 'S' {
		st := c.prepared[m.Name]
		if st == nil {
			return noStatement(-1, m.Name)
		}
		oids := make([]uint32, len(st.params))
		for i, t := range st.params {
			oids[i] = uint32(t)
		}
		c.be.Send(&pgproto3.ParameterDescription{ParameterOIDs: oids})
		c.describeRows(st.columns, nil)
		return nil
	}
	p := c.portals[m.Name]
	if p == nil {
		return noCursor(-1, m.Name)
	}
	c.describeRows(p.columns, p.formats)
	return nil
}

func (c *conn) describeRows(cols []pgcat.Column, formats []int16) {
	if cols == nil {
		c.be.Send(&pgproto3.NoData{})
		return
	}
	c.be.Send(rowDescription(cols, formats))
}

// execute answers Execute: all rows, or so many and the rest later.
func (c *conn) execute(m *pgproto3.Execute) error {
	p := c.portals[m.Portal]
	if p == nil {
		return noCursor(-1, m.Portal)
	}
	if p.stmt == nil {
		c.be.Send(&pgproto3.EmptyQueryResponse{})
		return nil
	}
	if cp, ok := p.stmt.(*pgsql.Copy); ok {
		return c.copyOut(cp)
	}
	if !p.ran {
		out, err := c.run(p.statement, p.values)
		if err != nil {
			return err
		}
		if out.columns == nil {
			c.be.Send(&pgproto3.CommandComplete{CommandTag: []byte(out.tag)})
			return nil
		}
		if len(out.columns) != len(p.columns) {
			return pgsql.Fail("0A000", -1, text.Text{ZH: "预备语句的结果列变了，请重新准备", EN: "the columns of the prepared statement have changed; prepare it again"})
		}
		p.rows, p.ran = out.rows, true
	}
	rest := p.rows[p.at:]
	more := false
	if n := int(m.MaxRows); n > 0 && n < len(rest) {
		rest, more = rest[:n], true
	}
	p.at += len(rest)
	if err := c.sendRows(p.columns, rest, p.formats); err != nil {
		return err
	}
	if more {
		c.be.Send(&pgproto3.PortalSuspended{})
		return nil
	}
	c.be.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT " + strconv.Itoa(len(rest)))})
	return nil
}

// closeObject answers Close; what is not there is closed already.
func (c *conn) closeObject(m *pgproto3.Close) {
	if m.ObjectType == 'S' {
		delete(c.prepared, m.Name)
	} else {
		delete(c.portals, m.Name)
	}
	c.be.Send(&pgproto3.CloseComplete{})
}

// copyOut answers COPY (query) TO STDOUT.
func (c *conn) copyOut(cp *pgsql.Copy) error {
	if c.tx == 'E' {
		return pgsql.Fail("25P02", -1, text.Text{ZH: "事务已因错误中止，请先 ROLLBACK", EN: "the transaction is aborted by an error; ROLLBACK first"})
	}
	cols, rows, err := c.rowsOf(cp.Select, nil)
	if err != nil {
		return err
	}
	c.be.Send(&pgproto3.CopyOutResponse{ColumnFormatCodes: make([]uint16, len(cols))})
	e := &encoder{zone: c.look().Zone, m: c.m}
	line := func(cells []*string) {
		c.be.Send(&pgproto3.CopyData{Data: copyLine(cells, cp.CSV)})
	}
	if cp.Header {
		cells := make([]*string, len(cols))
		for i := range cols {
			cells[i] = &cols[i].Name
		}
		line(cells)
	}
	for n, row := range rows {
		cells := make([]*string, len(cols))
		for i := range cols {
			b, err := e.value(row[i], cols[i].Type, textFormat)
			if err != nil {
				return err
			}
			if b != nil {
				s := string(b)
				cells[i] = &s
			}
		}
		line(cells)
		if n%flushEvery == flushEvery-1 {
			if err := c.flush(); err != nil {
				c.over = true
				return err
			}
		}
	}
	c.be.Send(&pgproto3.CopyDone{})
	c.be.Send(&pgproto3.CommandComplete{CommandTag: []byte("COPY " + strconv.Itoa(len(rows)))})
	return nil
}
