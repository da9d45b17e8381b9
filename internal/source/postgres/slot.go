package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// whyNotRead tells what is missing for any reading; nothing when nothing is.
func (r *reader) whyNotRead(t *table) text.Text {
	if t.readable {
		return text.Text{}
	}
	return text.Text{
		EN: "this user may not read it; an administrator can allow it: {do}",
		ZH: "该用户无权读取；请管理员授权：{do}"}.With("do", r.grantSelect(t))
}

// whyNoChanges tells what is missing for following the changes of a table.
func (r *reader) whyNoChanges(ctx context.Context, c *pgx.Conn, t *table) (text.Text, error) {
	if why := r.whyNotRead(t); !why.IsZero() {
		return why, nil
	}
	if t.kind != "r" && t.kind != "p" {
		return text.Text{EN: "only tables have changes that can be followed", ZH: "只有表才能按变更读取"}, nil
	}
	var level string
	var may bool
	err := c.QueryRow(ctx, `SELECT current_setting('wal_level'), rolreplication OR rolsuper
			OR EXISTS (SELECT FROM pg_roles hosted WHERE hosted.rolname = 'rds_replication' AND pg_has_role(hosted.oid, 'MEMBER')) -- where nobody may give REPLICATION
		FROM pg_roles WHERE rolname = current_user`).Scan(&level, &may)
	if err != nil {
		return text.Text{}, r.fault(ctx, "", err)
	}
	switch {
	case level != "logical":
		return text.Text{
			EN: "the server does not log changes for readers; an administrator can let it, and has to restart it: ALTER SYSTEM SET wal_level = logical",
			ZH: "服务器未开启逻辑日志；请管理员设置并重启：ALTER SYSTEM SET wal_level = logical"}, nil
	case !may:
		return text.Text{
			EN: "this user may not follow changes; an administrator can allow it: {do}",
			ZH: "该用户无权读取变更；请管理员授权：{do}"}.With("do", r.grantReplication()), nil
	}
	return r.whyNoIdentity(ctx, c, t)
}

func (r *reader) grantReplication() string {
	return "ALTER ROLE " + quote(r.config.User) + " REPLICATION"
}

// whyNoIdentity tells when changed and deleted rows would come without what
// tells them apart.
func (r *reader) whyNoIdentity(ctx context.Context, c *pgx.Conn, t *table) (text.Text, error) {
	lacking := ""
	if len(t.identifies) == 0 {
		lacking = t.full()
	}
	if t.kind == "p" { // the parts log for themselves
		err := c.QueryRow(ctx, `SELECT coalesce(min(quote_ident(n.nspname) || '.' || quote_ident(c.relname)), '')
			FROM pg_partition_tree($1::oid::regclass) p JOIN pg_class c ON c.oid = p.relid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE p.isleaf AND c.relreplident <> 'f' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid
				AND (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = 'i' AND i.indisreplident))`, t.oid).Scan(&lacking)
		if err != nil {
			return text.Text{}, r.fault(ctx, "", err)
		}
	}
	if lacking == "" {
		return text.Text{}, nil
	}
	return text.Text{
		EN: "changed rows come without their key; the owner can add a primary key, or: ALTER TABLE {table} REPLICA IDENTITY FULL",
		ZH: "变更中没有可识别行的键；请表的所有者添加主键，或执行：ALTER TABLE {table} REPLICA IDENTITY FULL"}.With("table", lacking), nil
}

// slot is what the server keeps for a reader.
type slot struct {
	confirmed pglogrepl.LSN
	lost      bool
	active    bool
	mine      bool // of this database and plugin
}

// slotOf gives nil when there is none.
func (r *reader) slotOf(ctx context.Context, c *pgx.Conn, reader string) (*slot, error) {
	lost := "false"
	if r.version >= 130000 {
		lost = "coalesce(wal_status = 'lost', false)"
	}
	var s slot
	var confirmed string
	err := c.QueryRow(ctx, `SELECT coalesce(confirmed_flush_lsn::text, '0/0'), `+lost+`, active,
		coalesce(database = current_database() AND plugin = 'pgoutput', false)
		FROM pg_replication_slots WHERE slot_name = $1`, reader).Scan(&confirmed, &s.lost, &s.active, &s.mine)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		s.confirmed, err = pglogrepl.ParseLSN(confirmed)
	}
	return &s, r.fault(ctx, "", err)
}

// create makes a fresh slot, and gives the place from which it keeps changes.
func (r *reader) create(ctx context.Context, c *pgx.Conn, t *table, reader string) (pglogrepl.LSN, error) {
	if err := r.publish(ctx, c, t, reader); err != nil {
		return 0, err
	}
	if err := r.drop(ctx, c, reader); err != nil {
		return 0, err
	}
	var at string
	err := c.QueryRow(ctx, "SELECT lsn::text FROM pg_create_logical_replication_slot($1, 'pgoutput')", reader).Scan(&at)
	if code(err) == "53400" {
		return 0, fault.New(fault.Unavailable, "source_slots", text.Text{
			EN: "PostgreSQL has no replication slot left; its administrator can drop one that nobody uses, or raise max_replication_slots and restart it",
			ZH: "PostgreSQL 的复制槽已用完；请管理员删除无人使用的复制槽，或调大 max_replication_slots 并重启"}).Wrap(err)
	}
	if err != nil {
		return 0, r.fault(ctx, r.grantReplication(), err)
	}
	return pglogrepl.ParseLSN(at)
}

// publish sees to it that the reader's publication has the table.
func (r *reader) publish(ctx context.Context, c *pgx.Conn, t *table, reader string) error {
	do, err := r.published(ctx, c, t, reader)
	if err != nil || do == "" {
		return err
	}
	_, err = c.Exec(ctx, do)
	return r.fault(ctx, do+" (as the owner of the table)", err)
}

// published gives the statement that makes the publication what it has to be;
// empty when it is.
func (r *reader) published(ctx context.Context, c *pgx.Conn, t *table, reader string) (string, error) {
	var has, all bool
	err := c.QueryRow(ctx, `SELECT puballtables OR EXISTS (SELECT FROM pg_publication_rel WHERE prpubid = p.oid AND prrelid = $2)
				OR EXISTS (SELECT FROM pg_publication_tables WHERE pubname = $1 AND schemaname = $3 AND tablename = $4),
			pubinsert AND pubupdate AND pubdelete AND pubtruncate AND NOT (pubviaroot AND $5::text = 'p')
		FROM pg_publication p WHERE pubname = $1`, reader, t.oid, t.schema, t.name, t.kind).Scan(&has, &all)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "CREATE PUBLICATION " + quote(reader) + " FOR TABLE " + t.full(), nil
	case err != nil:
		return "", r.fault(ctx, "", err)
	case !all: // with the root's name, parts that are emptied would go unheard
		return "ALTER PUBLICATION " + quote(reader) + " SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)", nil
	case !has:
		return "ALTER PUBLICATION " + quote(reader) + " ADD TABLE " + t.full(), nil
	}
	return "", nil
}

// patience is how long a slot may be in use by a connection that has just ended.
const patience = 20 * time.Second

// drop lets go of a slot, if there is one.
func (r *reader) drop(ctx context.Context, c *pgx.Conn, reader string) error {
	return r.whenFree(ctx, func() error {
		_, err := c.Exec(ctx, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", reader)
		if code(err) == "42704" { // somebody was faster
			err = nil
		}
		return r.fault(ctx, r.grantReplication(), err)
	})
}

// whenFree tries something again while the slot is still in use.
func (r *reader) whenFree(ctx context.Context, do func() error) error {
	for end := time.Now().Add(patience); ; {
		err := do()
		if code(err) != "55006" {
			return err
		}
		if time.Now().After(end) {
			return fault.New(fault.Conflict, "source_busy", text.Text{
				EN: "another connection follows the changes for this reader; end it first: is there a copy of this server?",
				ZH: "另一个连接正在以同一身份读取变更；请先结束它：是否有本服务的另一份副本在运行？"}).Wrap(err)
		}
		select {
		case <-ctx.Done():
			return source.Stopped(ctx, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Acknowledge lets the slot go of what lies before the mark.
func (r *reader) Acknowledge(ctx context.Context, q source.Request, m source.Mark) error {
	if q.Mode != source.Changes || m == "" {
		return nil
	}
	at, err := readStand(m)
	if err != nil {
		return err
	}
	c, err := r.conn(ctx)
	if err != nil {
		return err
	}
	return r.whenFree(ctx, func() error {
		_, err := c.Exec(ctx, `SELECT pg_replication_slot_advance(slot_name, $2::text::pg_lsn) FROM pg_replication_slots
			WHERE slot_name = $1 AND confirmed_flush_lsn < $2::text::pg_lsn`, q.Reader, at.LSN)
		return r.fault(ctx, r.grantReplication(), err)
	})
}

// Forget drops the slot, and the publication if it is the user's.
func (r *reader) Forget(ctx context.Context, q source.Request) error {
	c, err := r.conn(ctx)
	if err != nil {
		return err
	}
	if err := r.drop(ctx, c, q.Reader); err != nil {
		return err
	}
	var own bool
	err = c.QueryRow(ctx, "SELECT pg_has_role(pubowner, 'USAGE') FROM pg_publication WHERE pubname = $1", q.Reader).Scan(&own)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !own {
		return nil
	}
	if err == nil {
		_, err = c.Exec(ctx, "DROP PUBLICATION IF EXISTS "+quote(q.Reader))
	}
	return r.fault(ctx, "", err)
}

// identified tells what is missing for a key to be in the log's old rows.
func (t *table) identified(key []string) error {
	for _, k := range key {
		if !slices.Contains(t.identifies, k) {
			return source.NotPossible(text.Text{
				EN: "changed and deleted rows come without {column}, which is part of the key; use the table's own key, or let its owner say: ALTER TABLE {table} REPLICA IDENTITY FULL",
				ZH: "变更与删除的行中没有主键列 {column}；请使用表自身的主键，或请表的所有者执行：ALTER TABLE {table} REPLICA IDENTITY FULL"}.
				With("column", k, "table", t.full()))
		}
	}
	return nil
}
