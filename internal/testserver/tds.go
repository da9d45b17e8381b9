package testserver

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
	"unicode/utf16"
)

// The protocol is that of Microsoft's MS-TDS, version 7.4, as far as statements
// without parameters need it: prelogin, TLS within packets, sign-in, batches,
// rows, errors, attention.

// Types of messages.
const (
	tdsBatch     = 0x01
	tdsReply     = 0x04
	tdsAttention = 0x06
	tdsLogin     = 0x10
	tdsPrelogin  = 0x12
)

// What a server says about encryption, and a client asks for.
const (
	encryptOff    = 0 // of what signs in only
	encryptOn     = 1
	encryptNotSup = 2
)

// packet is how many bytes a message is cut into, with their header.
const packet = 4096

// message is what came whole; text is without its headers.
type message struct {
	kind byte
	body []byte
}

func readMessage(r io.Reader) (message, error) {
	var m message
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return m, err
		}
		n := int(binary.BigEndian.Uint16(head[2:])) - len(head)
		if n < 0 {
			return m, errors.New("a packet is shorter than its header")
		}
		part := make([]byte, n)
		if _, err := io.ReadFull(r, part); err != nil {
			return m, err
		}
		m.kind, m.body = head[0], append(m.body, part...)
		if head[1]&1 != 0 { // the last one
			return m, nil
		}
	}
}

// batch is the statement in a message: behind the headers, in UTF-16.
func (m message) batch() (string, error) {
	if len(m.body) < 4 {
		return "", errors.New("a batch without headers")
	}
	n := binary.LittleEndian.Uint32(m.body)
	if int(n) > len(m.body) {
		return "", errors.New("headers that are longer than the batch")
	}
	return fromUTF16(m.body[n:]), nil
}

// login is who signs in, where to.
type login struct{ user, password, database string }

func (m message) login() (login, error) {
	field := func(at int) ([]byte, error) {
		if len(m.body) < at+4 {
			return nil, errors.New("a sign-in is too short")
		}
		from, n := int(binary.LittleEndian.Uint16(m.body[at:])), 2*int(binary.LittleEndian.Uint16(m.body[at+2:]))
		if from+n > len(m.body) {
			return nil, errors.New("a field lies outside its sign-in")
		}
		return m.body[from : from+n], nil
	}
	user, err1 := field(40)
	hidden, err2 := field(44)
	database, err3 := field(68)
	password := bytes.Clone(hidden)
	for i, b := range password {
		b ^= 0xa5
		password[i] = b<<4 | b>>4
	}
	return login{fromUTF16(user), fromUTF16(password), fromUTF16(database)}, errors.Join(err1, err2, err3)
}

// encryption is what a prelogin asks for.
func (m message) encryption() (byte, error) {
	for at := 0; at+5 <= len(m.body) && m.body[at] != 0xff; at += 5 {
		if from := int(binary.BigEndian.Uint16(m.body[at+1:])); m.body[at] == 1 && from < len(m.body) {
			return m.body[from], nil
		}
	}
	return 0, errors.New("a prelogin says nothing about encryption")
}

// reply writes one message of tokens, packet by packet, while it grows.
type reply struct {
	w   io.Writer
	buf []byte
	seq byte
	err error
}

func (r *reply) put(b ...byte)  { r.buf = append(r.buf, b...) }
func (r *reply) u16(v uint16)   { r.buf = binary.LittleEndian.AppendUint16(r.buf, v) }
func (r *reply) u32(v uint32)   { r.buf = binary.LittleEndian.AppendUint32(r.buf, v) }
func (r *reply) u64(v uint64)   { r.buf = binary.LittleEndian.AppendUint64(r.buf, v) }
func (r *reply) short(s string) { b := toUTF16(s); r.put(byte(len(b) / 2)); r.put(b...) }
func (r *reply) long(s string)  { b := toUTF16(s); r.u16(uint16(len(b) / 2)); r.put(b...) }

// token begins one; what fills packets by then is sent.
func (r *reply) token(kind byte) {
	r.flush()
	r.put(kind)
}

func (r *reply) end() error {
	r.flush()
	r.send(r.buf, 1)
	return r.err
}

// flush sends whole packets, and leaves something for the last.
func (r *reply) flush() {
	for len(r.buf) > packet-8 {
		r.send(r.buf[:packet-8], 0)
		r.buf = r.buf[packet-8:]
	}
}

func (r *reply) send(part []byte, status byte) {
	if r.err != nil {
		return
	}
	r.seq++
	head := []byte{tdsReply, status, 0, 0, 0, 0, r.seq, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(head)+len(part)))
	_, r.err = r.w.Write(append(head, part...))
}

// done ends the answer to a statement.
func (r *reply) done(status uint16, rows uint64) {
	r.token(0xfd)
	r.u16(status)
	r.u16(0xc1) // SELECT
	r.u64(rows)
}

// Statuses of done.
const (
	doneError     = 0x02
	doneCount     = 0x10
	doneAttention = 0x20
)

func (r *reply) fail(number int32, class byte, text string) {
	body := reply{}
	body.u32(uint32(number))
	body.put(1, class)
	body.long(text)
	body.short("testserver")
	body.short("")
	body.u32(1)
	r.token(0xaa)
	r.u16(uint16(len(body.buf)))
	r.put(body.buf...)
	r.done(doneError, 0)
}

func (r *reply) signedIn() {
	body := reply{}
	body.put(1, 0x74, 0, 0, 4)
	body.short("Microsoft SQL Server")
	body.put(16, 0, 0, 0)
	r.token(0xad)
	r.u16(uint16(len(body.buf)))
	r.put(body.buf...)
	r.done(0, 0)
}

// prelogin answers the first message.
func prelogin(w io.Writer, encryption byte) error {
	r := &reply{w: w}
	const data = 3*5 + 1
	r.put(0, 0, data, 0, 6, 1, 0, data+6, 0, 1, 4, 0, data+7, 0, 1, 0xff) // version, encryption, several at a time
	r.put(16, 0, 0, 0, 0, 0, encryption, 0)
	return r.end()
}

// Types of columns, and how their values are written.
const (
	tdsInt     = 0x26
	tdsBit     = 0x68
	tdsFloat   = 0x6d
	tdsVarchar = 0xa7
	tdsNText   = 0xe7 // nvarchar, of any length
)

// collation is SQL_Latin1_General_CP1_CI_AS.
var collation = []byte{0x09, 0x04, 0xd0, 0x00, 0x34}

type tdsColumn struct {
	name string
	kind byte
}

func (r *reply) columns(list []tdsColumn) {
	r.token(0x81)
	r.u16(uint16(len(list)))
	for _, c := range list {
		r.u32(0)
		r.u16(1) // may be NULL
		r.put(c.kind)
		switch c.kind {
		case tdsInt, tdsFloat:
			r.put(8)
		case tdsBit:
			r.put(1)
		case tdsVarchar:
			r.u16(8000)
			r.put(collation...)
		default:
			r.u16(0xffff)
			r.put(collation...)
		}
		r.short(c.name)
	}
}

// row begins a row; each of its values follows.
func (r *reply) row() { r.token(0xd1) }

func (r *reply) null(kind byte) {
	switch kind {
	case tdsVarchar:
		r.u16(0xffff)
	case tdsNText:
		r.u64(0xffff_ffff_ffff_ffff)
	default:
		r.put(0)
	}
}

func (r *reply) varchar(s string) { r.u16(uint16(len(s))); r.put([]byte(s)...) }

// nvarchar gives a text in pieces, as one whose length is not known before.
func (r *reply) nvarchar(s string) {
	b := toUTF16(s)
	r.u64(0xffff_ffff_ffff_fffe)
	for len(b) > 0 {
		n := min(len(b), 1000)
		r.u32(uint32(n))
		r.put(b[:n]...)
		b = b[n:]
	}
	r.u32(0)
}

func toUTF16(s string) (out []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func fromUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// wrapped carries a TLS handshake in packets; then it steps aside.
type wrapped struct {
	net.Conn
	in   []byte
	open bool
}

// Read reads what is in the packets.
func (w *wrapped) Read(b []byte) (int, error) {
	if w.open {
		return w.Conn.Read(b)
	}
	if len(w.in) == 0 {
		m, err := readMessage(w.Conn)
		if err != nil {
			return 0, err
		}
		if m.kind != tdsPrelogin {
			return 0, fmt.Errorf("message %#x within a handshake", m.kind)
		}
		w.in = m.body
	}
	n := copy(b, w.in)
	w.in = w.in[n:]
	return n, nil
}

// Write writes a packet.
func (w *wrapped) Write(b []byte) (int, error) {
	if w.open {
		return w.Conn.Write(b)
	}
	head := []byte{tdsPrelogin, 1, 0, 0, 0, 0, 1, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(head)+len(b)))
	if _, err := w.Conn.Write(append(head, b...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// secure makes TLS within a connection.
func secure(c net.Conn, with *tls.Config) (*tls.Conn, error) {
	w := &wrapped{Conn: c}
	out := tls.Server(w, with)
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	err := out.Handshake()
	w.open = true
	return out, errors.Join(err, c.SetDeadline(time.Time{}))
}
