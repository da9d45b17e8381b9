package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	replica "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-sql-driver/mysql"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

func (r *reader) name() string {
	if r.mariadb {
		return "MariaDB"
	}
	return "MySQL"
}

// said finds the server's number and words in an error.
func said(err error) (number uint16, words string) {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number, e.Message
	}
	var log *replica.MyError
	if errors.As(err, &log) {
		return log.Code, log.Message
	}
	return 0, ""
}

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
	number, words := said(err)
	switch number {
	case 0:
		var network net.Error
		if errors.As(err, &network) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) ||
			errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, replica.ErrBadConn) || strings.Contains(err.Error(), "connection was bad") {
			return source.Unreachable(r.name(), err)
		}
		return err
	case 1045, 1698, 1524:
		return source.Login(r.name(), err)
	case 1049:
		return fault.New(fault.Unavailable, "source_no_database", text.Text{
			EN: "{name} has no database {database}; correct it in the connection",
			ZH: "{name} 中没有数据库 {database}；请在连接中更正"}, "name", r.name(), "database", r.config.Database).Wrap(err)
	case 1044, 1142, 1143, 1227, 1410:
		return source.NoRight(r.name(), do, err)
	case 1236:
		return source.StartOver(text.Text{
			EN: r.name() + " does not have that part of its log any more", ZH: r.name() + " 已没有那一段日志"}, err)
	case 1040, 1053, 1152, 1153, 1184, 1203, 1226, 1317, 1927, 3169:
		return source.Unreachable(r.name(), err)
	case 1054, 1064, 1146, 1292, 1366, 1411, 1412, 1525:
		return fault.New(fault.Invalid, "source_refused", text.Text{
			EN: "{name} cannot read that: {said}", ZH: "{name} 无法读取：{said}"}, "name", r.name(), "said", words).Wrap(err)
	}
	return fault.New(fault.Unavailable, "source_failed", text.Text{
		EN: "{name} broke off: {said} ({code})", ZH: "{name} 中止：{said}（{code}）"}, "name", r.name(), "said", words, "code", number).Wrap(err)
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// literal makes a text literal; the session has NO_BACKSLASH_ESCAPES.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (r *reader) grant(rights string, on string) string {
	return "GRANT " + rights + " ON " + on + " TO " + literal(r.config.User) + "@'%'"
}
