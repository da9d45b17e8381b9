package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"lodestar/internal/source"
	"lodestar/internal/text"
)

// stand is the mark of reading changes.
type stand struct {
	LSN   string `json:"lsn"`   // the end of the last whole transaction
	Table uint32 `json:"table"` // its number there: one made anew has another
	// Again says that the table was emptied at one go there: next comes all that
	// is in it.
	Again bool `json:"again,omitempty"`
	// Parts are those of a table in parts. One that is gone took its rows with
	// it, of which the log says nothing.
	Parts []uint32 `json:"parts,omitempty"`
	// Columns are those that were read, as they were. Of a column that was made
	// anew, or given another type, the log does not say what became of its values.
	Columns map[string]string `json:"columns,omitempty"`
	// Fresh is how far the log speaks of columns that are no more: up to there
	// rows are read as they are now.
	Fresh string `json:"fresh,omitempty"`
}

// shape tells the wanted columns apart from others of their names.
func (t *table) shape(q source.Request) map[string]string {
	out := map[string]string{}
	for _, want := range q.Columns {
		if c := t.column(want.Name); c != nil {
			out[c.Name] = strconv.Itoa(c.place) + " " + c.Native
		}
	}
	return out
}

// reshaped reports whether a column is another one than before.
func (s stand) reshaped(now map[string]string) bool {
	for name, was := range s.Columns {
		if is, ok := now[name]; ok && is != was {
			return true
		}
	}
	return false
}

func readStand(m source.Mark) (stand, error) {
	var at stand
	err := json.Unmarshal([]byte(m), &at)
	if err == nil {
		_, err = pglogrepl.ParseLSN(at.LSN)
	}
	if err != nil {
		return at, source.BadMark(err)
	}
	return at, nil
}

func (s stand) mark() source.Mark {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text and a truth
	}
	return source.Mark(b)
}

// changes reads everything first, and from then on the log. The log begins
// before the first snapshot: what it repeats ends in the same rows.
func (r *reader) changes(ctx context.Context, c *pgx.Conn, t *table, q source.Request, out source.Spool) (source.Result, error) {
	why, err := r.whyNoChanges(ctx, c, t)
	if err != nil {
		return source.Result{}, err
	}
	if !why.IsZero() {
		return source.Result{}, source.NotPossible(why)
	}
	if err := t.identified(q.Key); err != nil {
		return source.Result{}, err
	}
	if q.Mark == "" {
		lsn, err := r.create(ctx, c, t, q.Reader)
		if err != nil {
			return source.Result{}, err
		}
		return r.snapshot(ctx, c, t, q, lsn, out)
	}
	at, err := readStand(q.Mark)
	if err != nil {
		return source.Result{}, err
	}
	lsn, err := r.resume(ctx, c, t, q, at)
	if err != nil {
		return source.Result{}, err
	}
	switch {
	case at.reshaped(t.shape(q)):
		result, err := r.snapshot(ctx, c, t, q, lsn, out)
		if err != nil {
			return result, err
		}
		result.Mark, err = r.freshened(ctx, c, result.Mark)
		return result, err
	case at.Again || slices.ContainsFunc(at.Parts, func(p uint32) bool { return !slices.Contains(t.parts, p) }):
		return r.snapshot(ctx, c, t, q, lsn, out)
	}
	return r.follow(ctx, c, t, q, lsn, at.Fresh, out)
}

// freshened is the mark of a snapshot behind which the log still tells of the
// columns as they were.
func (r *reader) freshened(ctx context.Context, c *pgx.Conn, m source.Mark) (source.Mark, error) {
	at, err := readStand(m)
	if err == nil {
		at.Fresh, err = r.logEnd(ctx, c)
	}
	return at.mark(), err
}

// logEnd is where the log ends now.
func (r *reader) logEnd(ctx context.Context, c *pgx.Conn) (now string, err error) {
	err = c.QueryRow(ctx, "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text").Scan(&now)
	return now, r.fault(ctx, "", err)
}

// resume checks that the server still has what comes after the mark.
func (r *reader) resume(ctx context.Context, c *pgx.Conn, t *table, q source.Request, at stand) (pglogrepl.LSN, error) {
	lsn, err := pglogrepl.ParseLSN(at.LSN)
	if err != nil {
		return 0, source.BadMark(err)
	}
	s, err := r.slotOf(ctx, c, q.Reader)
	if err != nil {
		return 0, err
	}
	published, err := r.published(ctx, c, t, q.Reader)
	switch {
	case err != nil:
		return 0, err
	case at.Table != t.oid || published != "":
		return 0, source.StartOver(text.Text{
			EN: "the table was made anew, or taken out of the publication " + q.Reader, ZH: "表被重新创建，或已从发布 " + q.Reader + " 中移除"}, nil)
	case s == nil || !s.mine:
		return 0, source.StartOver(text.Text{
			EN: "PostgreSQL has no replication slot " + q.Reader + " any more", ZH: "PostgreSQL 中已没有复制槽 " + q.Reader}, nil)
	case s.lost:
		return 0, source.StartOver(text.Text{
			EN: "PostgreSQL removed them, because there were more than max_slot_wal_keep_size allows",
			ZH: "积压超过了 max_slot_wal_keep_size，PostgreSQL 已将其删除"}, nil)
	case s.confirmed > lsn:
		return 0, source.StartOver(text.Text{
			EN: "PostgreSQL was told that later ones are stored, as happens after going back to a backup",
			ZH: "PostgreSQL 已被告知更晚的变更都已保存，例如本服务恢复了旧备份"}, nil)
	}
	return lsn, nil
}

// snapshot reads the whole table. The lock comes before the moment that is
// seen: whoever emptied the table has ended then, and so has everybody before.
func (r *reader) snapshot(ctx context.Context, c *pgx.Conn, t *table, q source.Request, at pglogrepl.LSN, out source.Spool) (result source.Result, err error) {
	tx, err := r.begin(ctx, c)
	if err != nil {
		return result, err
	}
	defer func() {
		if e := tx.Rollback(ctx); err == nil && !errors.Is(e, pgx.ErrTxClosed) {
			err = r.fault(ctx, "", e)
		}
	}()
	if _, err := tx.Exec(ctx, "LOCK TABLE "+t.full()+" IN ACCESS SHARE MODE"); err != nil {
		return result, r.fault(ctx, r.grantSelect(t), err)
	}
	result, err = r.full(ctx, c, t, q, out)
	result.Mark = stand{LSN: at.String(), Table: t.oid, Parts: t.parts, Columns: t.shape(q)}.mark()
	return result, err
}

// follow reads the log from a place to where it ends now.
func (r *reader) follow(ctx context.Context, c *pgx.Conn, t *table, q source.Request, from pglogrepl.LSN, fresh string, out source.Spool) (source.Result, error) {
	now, err := r.logEnd(ctx, c)
	if err != nil {
		return source.Result{}, err
	}
	until, err := pglogrepl.ParseLSN(now)
	if err != nil {
		return source.Result{}, err
	}
	if until <= from {
		return source.Result{Mark: q.Mark}, nil
	}
	columns, list, err := t.selected(q)
	if err != nil {
		return source.Result{}, err
	}
	l := &log{r: r, c: c, t: t, q: q, columns: columns, list: list, out: out, at: from, from: from, until: until}
	if fresh != "" {
		if l.fresh, err = pglogrepl.ParseLSN(fresh); err != nil {
			return source.Result{}, source.BadMark(err)
		}
	}
	err = r.whenFree(ctx, func() error {
		if l.wal, err = r.walConn(ctx); err != nil {
			return r.fault(ctx, r.grantReplication(), err)
		}
		err := pglogrepl.StartReplication(ctx, l.wal, q.Reader, from, pglogrepl.StartReplicationOptions{
			PluginArgs: []string{"proto_version '1'", "publication_names " + literal(quote(q.Reader))}})
		if err != nil {
			hangUp(l.wal)
		}
		return l.fault(ctx, err)
	})
	if err != nil {
		return source.Result{}, err
	}
	defer hangUp(l.wal)
	return l.read(ctx)
}

// hangUp ends a replication connection. The server is asked to end, so that
// the slot is free at once.
func hangUp(wal *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = wal.Close(ctx) // it is of no use any more, either way
}

// restful is how much of the log may pass without news before the mark moves on.
const restful = 8 << 20

// read takes messages until the end is reached, or a limit.
func (l *log) read(ctx context.Context) (source.Result, error) {
	if err := l.ask(ctx); err != nil {
		return source.Result{}, err
	}
	for !l.done {
		message, err := l.wal.ReceiveMessage(ctx)
		if err != nil {
			return source.Result{}, l.fault(ctx, err)
		}
		switch m := message.(type) {
		case *pgproto3.CopyData:
			if err := l.take(ctx, m.Data); err != nil {
				return source.Result{}, err
			}
		case *pgproto3.ErrorResponse:
			return source.Result{}, l.fault(ctx, pgconn.ErrorResponseToPgError(m))
		}
	}
	out := source.Result{Mark: l.q.Mark, Rows: l.rows, More: l.more}
	if l.again || l.at > l.from && (l.any || l.at-l.from >= restful) {
		next := stand{LSN: l.at.String(), Table: l.t.oid, Parts: l.t.parts, Again: l.again, Columns: l.t.shape(l.q)}
		if l.at < l.fresh {
			next.Fresh = l.fresh.String()
		}
		out.Mark = next.mark()
	}
	if l.more && !l.committed.IsZero() {
		out.Behind = max(0, time.Since(l.committed))
	}
	return out, nil
}

// ask wants to know how far the server is. Nothing is confirmed by it.
func (l *log) ask(ctx context.Context) error {
	l.asked = time.Now()
	return l.fault(ctx, pglogrepl.SendStandbyStatusUpdate(ctx, l.wal, pglogrepl.StandbyStatusUpdate{ReplyRequested: true}))
}

// fault says what an error of the log means.
func (l *log) fault(ctx context.Context, err error) error {
	switch code(err) {
	case "":
		if err != nil && l.wal.IsClosed() && source.Stopped(ctx, err) == nil {
			return source.Unreachable(name, err)
		}
	case "55000", "58P01", "42704": // invalidated; the log's file is gone; the publication was made after the slot
		return source.StartOver(text.Text{
			EN: "PostgreSQL cannot read them from the slot any more", ZH: "PostgreSQL 已无法从复制槽中读取"}, err)
	case "55006":
		return err
	}
	return l.r.fault(ctx, l.r.grantReplication(), err)
}
