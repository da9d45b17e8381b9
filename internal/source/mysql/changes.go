package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"lodestar/internal/source"
	"lodestar/internal/text"
)

// stand is the mark of reading changes: behind the last whole transaction.
type stand struct {
	Server string `json:"server"`
	File   string `json:"file"`
	Pos    uint32 `json:"pos"`
	Shape  string `json:"shape"` // of the table, as the rows from here on are to be understood
	// Again says that something happened to the table that rows cannot tell:
	// next comes all that is in it.
	Again bool `json:"again,omitempty"`
}

func (s stand) mark() source.Mark {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts and numbers
	}
	return source.Mark(b)
}

// before compares places in the log of one server. Files are numbered, and
// their names grow longer when the digits are used up.
func (s stand) before(o stand) bool {
	return cmp.Or(cmp.Compare(len(s.File), len(o.File)), cmp.Compare(s.File, o.File), cmp.Compare(s.Pos, o.Pos)) < 0
}

// end is where the log ends now.
func (r *reader) end(ctx context.Context) (stand, error) {
	at, err := r.endOf(ctx, r.db, "SHOW MASTER STATUS")
	if number, _ := said(err); number == 1064 { // MySQL from 8.4 on
		at, err = r.endOf(ctx, r.db, "SHOW BINARY LOG STATUS")
	}
	return at, r.fault(ctx, r.grantLog(), err)
}

func (r *reader) endOf(ctx context.Context, from asker, statement string) (at stand, err error) {
	rows, err := from.QueryContext(ctx, statement)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return at, err
	}
	into := make([]any, len(columns))
	for i := range into {
		into[i] = new(sql.RawBytes)
	}
	into[0], into[1] = &at.File, &at.Pos
	if !rows.Next() {
		return at, cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	at.Server = r.server
	return at, rows.Scan(into...)
}

// changes reads everything first, and from then on the log.
func (r *reader) changes(ctx context.Context, t *table, q source.Request, out source.Spool) (source.Result, error) {
	why, err := r.whyNoChanges(ctx, t)
	if err != nil {
		return source.Result{}, err
	}
	if !why.IsZero() {
		return source.Result{}, source.NotPossible(why)
	}
	if q.Mark == "" {
		return r.snapshot(ctx, t, q, out)
	}
	var at stand
	if err := json.Unmarshal([]byte(q.Mark), &at); err != nil {
		return source.Result{}, source.BadMark(err)
	}
	if at.Server != r.server {
		return source.Result{}, source.StartOver(text.Text{
			EN: "this is another server, or it was set up anew", ZH: "这是另一台服务器，或它已被重新安装"}, nil)
	}
	if err := r.kept(ctx, at); err != nil {
		return source.Result{}, err
	}
	if at.Again || at.Shape != t.shape() {
		return r.snapshot(ctx, t, q, out)
	}
	return r.follow(ctx, t, q, at, out)
}

// kept checks that the server still has the log from a place on.
func (r *reader) kept(ctx context.Context, at stand) (err error) {
	rows, err := r.db.QueryContext(ctx, "SHOW BINARY LOGS")
	if err != nil {
		return r.fault(ctx, r.grantLog(), err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	var name string
	var size uint64
	into := make([]any, len(columns))
	for i := range into {
		into[i] = new(sql.RawBytes)
	}
	into[0], into[1] = &name, &size
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if name == at.File && size >= uint64(at.Pos) {
			return nil
		}
	}
	if err := rows.Err(); err != nil {
		return r.fault(ctx, "", err)
	}
	return source.StartOver(text.Text{
		EN: r.name() + " has removed its log " + at.File + "; let it keep more (binlog_expire_logs_seconds), or sync more often",
		ZH: r.name() + " 已删除日志 " + at.File + "；请延长保留时间（binlog_expire_logs_seconds）或提高同步频率"}, nil)
}

// snapshot reads the whole table at one moment of which the place in the log is
// known, or lies before it.
func (r *reader) snapshot(ctx context.Context, t *table, q source.Request, out source.Spool) (result source.Result, err error) {
	c, err := r.db.Conn(ctx)
	if err != nil {
		return result, r.fault(ctx, "", err)
	}
	defer func() { _ = c.Close() }()
	do := func(statement string) {
		if err == nil {
			_, err = c.ExecContext(ctx, statement)
			err = r.fault(ctx, r.grantLog(), err)
		}
	}
	var at stand
	do("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
	if r.mariadb {
		do("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
		if err == nil {
			at, err = r.snapshotPlace(ctx, c)
		}
	} else {
		// Who has the lock knows that all who wrote to the table have committed.
		do("LOCK TABLES " + t.full() + " READ")
		if err == nil {
			at, err = r.end(ctx)
		}
		do("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY") // lets go of the lock
	}
	if err != nil {
		return result, err
	}
	at.Shape = t.shape()
	if result, err = r.full(ctx, c, t, q, out); err == nil {
		do("ROLLBACK")
	}
	result.Mark = at.mark()
	return result, err
}

// snapshotPlace tells where in the log a consistent snapshot is.
func (r *reader) snapshotPlace(ctx context.Context, c *sql.Conn) (at stand, err error) {
	at.Server = r.server
	var name string
	err = c.QueryRowContext(ctx, "SHOW STATUS LIKE 'binlog_snapshot_file'").Scan(&name, &at.File)
	if err == nil {
		err = c.QueryRowContext(ctx, "SHOW STATUS LIKE 'binlog_snapshot_position'").Scan(&name, &at.Pos)
	}
	return at, r.fault(ctx, "", err)
}

// restful is how much of the log may pass without news before the mark moves on.
const restful = 8 << 20

// follow reads the log from a place to where it ends now.
func (r *reader) follow(ctx context.Context, t *table, q source.Request, from stand, out source.Spool) (source.Result, error) {
	until, err := r.end(ctx)
	if err != nil {
		return source.Result{}, err
	}
	if !from.before(until) {
		return source.Result{Mark: q.Mark}, nil
	}
	columns, list, err := t.selected(q)
	if err != nil {
		return source.Result{}, err
	}
	l := &log{r: r, t: t, q: q, columns: columns, list: list, out: out, at: from, until: until, file: from.File}
	if err := l.place(); err != nil {
		return source.Result{}, err
	}
	syncer := replication.NewBinlogSyncer(r.syncer())
	defer syncer.Close()
	events, err := syncer.StartSync(mysql.Position{Name: from.File, Pos: from.Pos})
	if err != nil {
		return source.Result{}, r.fault(ctx, r.grantLog(), cause(err))
	}
	for !l.done {
		e, err := events.GetEvent(ctx)
		if err != nil {
			return source.Result{}, r.fault(ctx, r.grantLog(), l.gone(cause(err)))
		}
		if err := l.take(ctx, e, e.Header.LogPos); err != nil {
			return source.Result{}, err
		}
	}
	result := source.Result{Mark: l.at.mark(), Rows: l.rows, More: l.more}
	if l.rows == 0 && !l.at.Again && l.at.File == from.File && l.at.Pos-from.Pos < restful {
		result.Mark = q.Mark
	}
	if l.more && l.committed > 0 {
		result.Behind = max(0, time.Since(time.Unix(int64(l.committed), 0)))
	}
	return result, nil
}

// syncer asks for the log under a number that no other replica has.
func (r *reader) syncer() replication.BinlogSyncerConfig {
	c := replication.BinlogSyncerConfig{ServerID: 1<<31 + rand.Uint32N(1<<31-1), Flavor: mysql.MySQLFlavor, Host: r.config.Host, Port: uint16(r.config.Port),
		User: r.config.User, Password: r.config.Password, Localhost: "lodestar", Charset: "utf8mb4", TLSConfig: r.config.TLS,
		TimestampStringLocation: time.UTC, HeartbeatPeriod: 10 * time.Second, ReadTimeout: time.Minute, DisableRetrySync: true,
		Dialer: r.config.Dial, Logger: quiet, EventCacheCount: 64}
	if r.mariadb {
		c.Flavor, c.FillZeroLogPos = mysql.MariaDBFlavor, true
	}
	if path.IsAbs(r.config.Host) {
		c.Port = 0
	}
	return c
}

// cause looks into the wrapping of the library of the log.
func cause(err error) error {
	for {
		c, ok := err.(interface{ Cause() error })
		if !ok || c.Cause() == nil || c.Cause() == err {
			return err
		}
		err = c.Cause()
	}
}

// gone makes an error of the connection of what the library calls an end.
func (l *log) gone(err error) error {
	if errors.Is(err, replication.ErrSyncClosed) || errors.Is(err, replication.ErrNeedSyncAgain) {
		return source.Unreachable(l.r.name(), err)
	}
	return err
}

// place finds where the wanted columns are in the rows of the log.
func (l *log) place() error {
	l.places = make([]int, len(l.columns))
	for i, c := range l.columns {
		l.places[i] = slices.IndexFunc(l.t.columns, func(o column) bool { return o.Name == c.Name })
	}
	for _, k := range l.q.Key {
		if c := l.t.column(k); c.base == "json" {
			return source.NotPossible(text.Text{EN: "a key of JSON cannot be followed", ZH: "JSON 列不能作变更读取的主键"})
		}
	}
	l.name = mention(l.t.name)
	return nil
}

// firstWords gives the beginning of a statement in capitals, without comments.
func firstWords(statement string) string {
	s := strings.TrimSpace(statement)
	for strings.HasPrefix(s, "/*") && !strings.HasPrefix(s, "/*!") {
		_, rest, found := strings.Cut(s, "*/")
		if !found {
			break
		}
		s = strings.TrimSpace(rest)
	}
	return strings.ToUpper(strings.Join(strings.Fields(s[:min(len(s), 200)]), " "))
}
