package postgres

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

const name = "PostgreSQL"

// fault says what an error means; do is what gives the right that may be
// missing.
func (r *reader) fault(ctx context.Context, do string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if stopped := source.Stopped(ctx, err); stopped != nil {
		return stopped
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return r.told(e, do, err)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) || r.live == nil || r.live.IsClosed() {
		return source.Unreachable(name, err)
	}
	return err
}

// told reads SQLSTATE.
func (r *reader) told(e *pgconn.PgError, do string, err error) error {
	switch {
	case e.Code == "28P01" || e.Code == "28000":
		return source.Login(name, err)
	case e.Code == "3D000":
		return fault.New(fault.Unavailable, "source_no_database", text.Text{
			EN: "PostgreSQL has no database {database}; correct it in the connection",
			ZH: "PostgreSQL 中没有数据库 {database}；请在连接中更正"}, "database", r.config.Database).Wrap(err)
	case e.Code == "42501" && do == "":
		do = "GRANT CONNECT ON DATABASE " + quote(r.config.Database) + " TO " + quote(r.config.User)
		fallthrough
	case e.Code == "42501":
		return source.NoRight(name, do, err)
	case strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P") || e.Code == "53300":
		return source.Unreachable(name, err)
	case strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "42"):
		return fault.New(fault.Invalid, "source_refused", text.Text{
			EN: "PostgreSQL cannot read that: {said}", ZH: "PostgreSQL 无法读取：{said}"}, "said", e.Message).Wrap(err)
	}
	return fault.New(fault.Unavailable, "source_failed", text.Text{
		EN: "PostgreSQL broke off: {said} ({code})", ZH: "PostgreSQL 中止：{said}（{code}）"}, "said", e.Message, "code", e.Code).Wrap(err)
}

// code is the SQLSTATE of an error, empty when it has none.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// quote makes an identifier of a name.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// literal makes a text literal; standard_conforming_strings is on.
func literal(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}
