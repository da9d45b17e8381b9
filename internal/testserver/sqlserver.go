package testserver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

//go:embed sqlserver.sql
var likeSQLServer string

// LikeSQLServer is no SQL Server: none is to be had without its licence. It
// speaks its protocol to real clients, and has PostgreSQL answer, which knows
// users, rights, transactions and types. So it holds a connector's conversation:
// sign-in with and without TLS, rows of all types, errors, interruptions, lines
// that break. What T-SQL means is as we read its documentation.
type LikeSQLServer struct {
	*Server // the PostgreSQL behind, for the owner
	Address *net.TCPAddr
	// CA verifies the server's certificate, which names localhost.
	CA []byte
	// Encryption is what the server says to it: of the sign-in only, as usual
	// (the default), of everything, or none.
	Encryption byte

	secure   *tls.Config
	listener net.Listener
	all      sync.WaitGroup
}

// SQLServer starts one. Roles of PostgreSQL with a password may sign in.
func SQLServer(ctx context.Context) (*LikeSQLServer, error) {
	pg, err := LoggingPostgreSQL(ctx)
	if err != nil {
		return nil, err
	}
	s := &LikeSQLServer{Server: pg}
	_, err = pg.started(s.begin(ctx))
	return s, err
}

func (s *LikeSQLServer) begin(ctx context.Context) error {
	owner, err := pgx.Connect(ctx, s.DSN)
	if err != nil {
		return err
	}
	_, err = owner.PgConn().Exec(ctx, likeSQLServer).ReadAll()
	if err = errors.Join(err, owner.Close(ctx)); err != nil {
		return err
	}
	if err := s.certify(); err != nil {
		return err
	}
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.Address = s.listener.Addr().(*net.TCPAddr)
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.stops = append(s.stops, func() error {
		cancel()
		err := s.listener.Close()
		s.all.Wait()
		return err
	})
	s.all.Go(func() {
		for c, err := s.listener.Accept(); err == nil; c, err = s.listener.Accept() {
			s.all.Go(func() { s.serve(inner, c) })
		}
	})
	return nil
}

// certify makes the certificate, signed by itself as that of a new server is.
func (s *LikeSQLServer) certify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		return err
	}
	s.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.secure = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MaxVersion: tls.VersionTLS12} // as its protocol 7.4 has it
	return nil
}

// talk is a connection.
type talk struct {
	s   *LikeSQLServer
	c   net.Conn // as it was accepted
	in  net.Conn // as it is read and written
	pg  *pgconn.PgConn
	got chan message

	mu      sync.Mutex
	working bool // a statement is at work
	stopped bool // and is to end
}

func (s *LikeSQLServer) serve(ctx context.Context, c net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { _ = c.Close() })
	t := &talk{s: s, c: c, in: c, got: make(chan message)}
	if err := t.begin(ctx); err != nil || t.pg == nil {
		return // who cannot sign in is told so, and that is all
	}
	defer func() { _ = t.pg.Close(context.WithoutCancel(ctx)) }()
	s.all.Go(func() { defer cancel(); t.listen(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-t.got:
			if err := t.answer(ctx, m); err != nil {
				return
			}
		}
	}
}

// begin agrees on encryption and signs in.
func (t *talk) begin(ctx context.Context) error {
	m, err := readMessage(t.c)
	if err != nil {
		return err
	}
	wanted, err := m.encryption()
	if err != nil || m.kind != tdsPrelogin {
		return errors.Join(err, errors.New("no prelogin"))
	}
	agreed := t.s.Encryption
	if wanted == encryptOn && agreed == encryptOff {
		agreed = encryptOn
	}
	if err := prelogin(t.c, agreed); err != nil {
		return err
	}
	if agreed != encryptNotSup {
		if t.in, err = secure(t.c, t.s.secure); err != nil {
			return err
		}
	}
	if m, err = readMessage(t.in); err != nil {
		return err
	}
	if agreed == encryptOff {
		t.in = t.c
	}
	who, err := m.login()
	if err != nil || m.kind != tdsLogin {
		return errors.Join(err, errors.New("no sign-in"))
	}
	config, err := pgconn.ParseConfig(t.s.DSN)
	if err != nil {
		return err
	}
	config.User, config.Password = who.user, who.password
	if who.database != "" {
		config.Database = who.database
	}
	out := &reply{w: t.in}
	pg, err := pgconn.ConnectConfig(ctx, config)
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said) && said.Code == "3D000":
		out.fail(4060, 11, fmt.Sprintf("Cannot open database %q requested by the login. The login failed.", who.database))
	case err != nil:
		out.fail(18456, 14, fmt.Sprintf("Login failed for user '%s'.", who.user))
	default:
		t.pg = pg
		out.signedIn()
	}
	return out.end()
}

// listen takes what the client says, and lets it interrupt.
func (t *talk) listen(ctx context.Context) {
	for {
		m, err := readMessage(t.in)
		if err != nil {
			return
		}
		if m.kind == tdsAttention {
			t.mu.Lock()
			if t.working {
				t.stopped = true
				_ = t.pg.CancelRequest(ctx)
			}
			t.mu.Unlock()
		}
		select {
		case t.got <- m:
		case <-ctx.Done():
			return
		}
	}
}

func (t *talk) answer(ctx context.Context, m message) error {
	out := &reply{w: t.in}
	switch m.kind {
	case tdsAttention:
		out.done(doneAttention, 0)
	case tdsBatch:
		statement, err := m.batch()
		if err != nil {
			return err
		}
		t.work(true)
		err = t.run(ctx, statement, out)
		t.work(false)
		if err != nil {
			return err
		}
	default:
		return fmt.Errorf("message %#x is not spoken here", m.kind)
	}
	return out.end()
}

func (t *talk) work(begins bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.working, t.stopped = begins, false
}

func (t *talk) interrupted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stopped
}

// numbers of errors, by the code that PostgreSQL has for the like.
var tdsErrors = map[string]int32{"42501": 229, "42P01": 208, "42703": 207, "42601": 102, "22P02": 245, "22003": 8115, "22012": 8134, "42883": 195}

// run answers a statement. An error ends the connection.
func (t *talk) run(ctx context.Context, statement string, out *reply) error {
	if strings.HasPrefix(statement, "SET ") { // what a session begins with
		out.done(0, 0)
		return nil
	}
	text, err := fromTSQL(statement)
	if err != nil {
		out.fail(102, 15, "Incorrect syntax: "+err.Error())
		return nil
	}
	results := t.pg.Exec(ctx, text)
	rows := uint64(0)
	for results.NextResult() {
		r := results.ResultReader()
		columns, err := tdsColumns(r.FieldDescriptions())
		if err != nil {
			return err
		}
		out.columns(columns)
		for r.NextRow() && !t.interrupted() {
			out.row()
			for i, v := range r.Values() {
				if err := out.value(columns[i].kind, v); err != nil {
					return err
				}
			}
			if rows++; out.err != nil {
				return out.err
			}
		}
		_, _ = r.Close() // what went wrong is told by results
	}
	err = results.Close()
	var said *pgconn.PgError
	switch {
	case t.interrupted():
		out.done(doneError, 0)
	case t.pg.IsClosed():
		return errors.Join(err, errors.New("the server behind has gone"))
	case errors.As(err, &said):
		number, ok := tdsErrors[said.Code]
		if !ok {
			number = 50000
		}
		out.fail(number, 14, said.Message)
	case err != nil:
		return err
	default:
		out.done(doneCount, rows)
	}
	return nil
}

func tdsColumns(fields []pgconn.FieldDescription) (out []tdsColumn, err error) {
	kinds := map[uint32]byte{pgtype.Int2OID: tdsInt, pgtype.Int4OID: tdsInt, pgtype.Int8OID: tdsInt, pgtype.BoolOID: tdsBit, pgtype.Float8OID: tdsFloat, pgtype.Float4OID: tdsFloat,
		pgtype.VarcharOID: tdsVarchar, pgtype.TextOID: tdsNText, pgtype.BPCharOID: tdsNText}
	for _, f := range fields {
		kind, ok := kinds[f.DataTypeOID]
		if !ok {
			return nil, fmt.Errorf("column %s is of type %d", f.Name, f.DataTypeOID)
		}
		out = append(out, tdsColumn{f.Name, kind})
	}
	return out, nil
}

// value writes what PostgreSQL says in text.
func (r *reply) value(kind byte, v []byte) error {
	if v == nil {
		r.null(kind)
		return nil
	}
	switch kind {
	case tdsInt:
		n, err := strconv.ParseInt(string(v), 10, 64)
		r.put(8)
		r.u64(uint64(n))
		return err
	case tdsFloat:
		x, err := strconv.ParseFloat(string(v), 64)
		r.put(8)
		r.buf = binary.LittleEndian.AppendUint64(r.buf, math.Float64bits(x))
		return err
	case tdsBit:
		b := byte(0)
		if v[0] == 't' {
			b = 1
		}
		r.put(1, b)
	case tdsVarchar:
		r.varchar(string(v))
	default:
		r.nvarchar(string(v))
	}
	return nil
}
