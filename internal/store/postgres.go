package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

type postgresEngine struct{ dsn string }

func (postgresEngine) name() string { return "postgres" }

// lockSpace is the first half of the advisory lock's key; the second is the
// schema, so that workspaces may share a database.
const lockSpace = 0x10de57a

// open lets the writer's connection take the advisory lock as soon as it is
// made. When it breaks, the next one must take the lock again before it
// writes, so two processes never write at the same time.
func (e postgresEngine) open() (writer, readers *sql.DB, err error) {
	config, err := pgx.ParseConfig(e.dsn)
	if err != nil {
		t := text.Text{EN: "the address of the PostgreSQL database cannot be read; write postgres://user:password@host:port/database",
			ZH: "PostgreSQL 地址格式不正确，应为 postgres://用户:密码@主机:端口/数据库"}
		return nil, nil, fault.New(fault.Invalid, "bad_dsn", t) // the cause might show the password
	}
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["application_name"] = "lodestar"
	writer = stdlib.OpenDB(*config, stdlib.OptionAfterConnect(takeLock))
	writer.SetMaxOpenConns(1)
	writer.SetMaxIdleConns(1)
	readers = stdlib.OpenDB(*config.Copy())
	readers.SetMaxOpenConns(4)
	return writer, readers, nil
}

// takeLock waits a moment, because the server lets go of a closed connection's
// lock a little after the connection is gone.
func takeLock(ctx context.Context, c *pgx.Conn) error {
	const lock = "SELECT pg_advisory_lock($1, hashtext(coalesce(current_schema(), '')))"
	if _, err := c.Exec(ctx, "SET lock_timeout = '2s'"); err != nil {
		return fmt.Errorf("take the writer's lock: %w", err)
	}
	if _, err := c.Exec(ctx, lock, int32(lockSpace)); err != nil {
		var p *pgconn.PgError
		if errors.As(err, &p) && p.Code == "55P03" {
			return inUse()
		}
		return fmt.Errorf("take the writer's lock: %w", err)
	}
	if _, err := c.Exec(ctx, "SET lock_timeout = 0"); err != nil {
		return fmt.Errorf("take the writer's lock: %w", err)
	}
	return nil
}

// rebind numbers the placeholders; a ? inside quotes stays.
func (postgresEngine) rebind(q string) string {
	var b strings.Builder
	n, quoted := 0, false
	for _, r := range q {
		switch {
		case r == '\'':
			quoted = !quoted
		case r == '?' && !quoted:
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (e postgresEngine) translate(err error) error {
	if err == nil || isFault(err) {
		return err
	}
	var p *pgconn.PgError
	if errors.As(err, &p) {
		switch p.Code {
		case "40001", "40P01", "55P03", "57P03", "53300": // serialisation, deadlock, lock, starting, too many
			return busy(err)
		case "22021": // a NUL in a text
			return fault.New(fault.Invalid, "bad_text", text.Text{
				EN: "a text contains a character that cannot be stored", ZH: "文本中含有无法存储的字符"}).Wrap(err)
		case "57P01", "57P02", "08000", "08001", "08003", "08004", "08006": // shut down, crashed, no connection
			return away(err)
		case "57014":
			return contextFault(errors.Join(err, context.Canceled))
		}
		return err
	}
	if faulty := contextFault(err); isFault(faulty) {
		return faulty
	}
	var c *pgconn.ConnectError
	if errors.As(err, &c) || pgconn.SafeToRetry(err) {
		return fault.New(fault.Unavailable, "metadata_unreachable", text.Text{
			EN: "the metadata database cannot be reached; check that PostgreSQL runs", ZH: "无法连接元数据库，请确认 PostgreSQL 正在运行"}).Wrap(err)
	}
	return err
}

func (postgresEngine) unique(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && p.Code == "23505"
}

// backup is left to whoever runs the server.
func (postgresEngine) backup(context.Context, *sql.DB, int64) (string, error) { return "", nil }
