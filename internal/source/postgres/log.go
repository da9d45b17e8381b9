package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"lodestar/internal/source"
)

// log is one reading of the change log. Transactions come whole, in the order
// in which they were committed.
type log struct {
	r       *reader
	c       *pgx.Conn
	t       *table
	q       source.Request
	columns []*column // wanted
	list    string    // their expressions
	wal     *pgconn.PgConn
	out     source.Spool
	to      source.Rows // nil until there is a row
	places  map[uint32][]int

	from, at, until pglogrepl.LSN // at is the end of the last whole transaction
	fresh           pglogrepl.LSN // up to which rows are read as they are now
	stale           bool          // the transaction lies before that
	asked           time.Time
	open            bool // within a transaction
	any             bool // it has, or others had, something of the table
	again           bool // the table was emptied
	more, done      bool
	rows, bytes     int64
	committed       time.Time
}

// take handles what the server sends.
func (l *log) take(ctx context.Context, data []byte) error {
	switch data[0] {
	case pglogrepl.PrimaryKeepaliveMessageByteID:
		alive, err := pglogrepl.ParsePrimaryKeepaliveMessage(data[1:])
		if err != nil {
			return err
		}
		if !l.open && alive.ServerWALEnd >= l.until {
			l.at, l.done = max(l.at, l.until), true
			return nil
		}
		if alive.ReplyRequested || time.Since(l.asked) > time.Second {
			return l.ask(ctx)
		}
	case pglogrepl.XLogDataByteID:
		x, err := pglogrepl.ParseXLogData(data[1:])
		if err != nil {
			return err
		}
		m, err := pglogrepl.Parse(x.WALData)
		if err != nil {
			return err
		}
		if time.Since(l.asked) > 10*time.Second { // or the server takes us for gone
			if err := l.ask(ctx); err != nil {
				return err
			}
		}
		return l.message(ctx, m)
	}
	return nil
}

func (l *log) message(ctx context.Context, m pglogrepl.Message) error {
	switch m := m.(type) {
	case *pglogrepl.BeginMessage:
		l.open, l.stale = true, m.FinalLSN < l.fresh
	case *pglogrepl.CommitMessage:
		l.commit(m)
	case *pglogrepl.RelationMessage:
		return l.relation(ctx, m)
	case *pglogrepl.TruncateMessage:
		l.again = l.again || slices.ContainsFunc(m.RelationIDs, l.ours)
	case *pglogrepl.InsertMessage:
		if l.ours(m.RelationID) && !l.again {
			return l.put(ctx, m.RelationID, m.Tuple, nil)
		}
	case *pglogrepl.UpdateMessage:
		if l.ours(m.RelationID) && !l.again {
			return l.put(ctx, m.RelationID, m.NewTuple, m.OldTuple)
		}
	case *pglogrepl.DeleteMessage:
		if l.ours(m.RelationID) && !l.again {
			return l.delete(l.keyOf(m.RelationID, m.OldTuple))
		}
	}
	return nil
}

// commit ends a transaction, and the reading when that is enough. When the
// table was emptied nothing after that is of use: next comes all that is in it.
func (l *log) commit(m *pglogrepl.CommitMessage) {
	l.open, l.at, l.committed = false, m.TransactionEndLSN, m.CommitTime
	full := l.q.Rows > 0 && l.rows >= l.q.Rows || l.q.Bytes > 0 && l.bytes >= l.q.Bytes
	l.done = l.again || full || l.at >= l.until
	l.more = l.again || full && l.at < l.until
}

func (l *log) ours(relation uint32) bool { return l.places[relation] != nil }

// relation learns where the columns are in the rows to come: -1 for one that
// the log does not have, such as a generated one.
func (l *log) relation(ctx context.Context, m *pglogrepl.RelationMessage) error {
	ours, err := l.part(ctx, m.RelationID)
	if err != nil || !ours {
		return err
	}
	places := make([]int, len(l.columns))
	for i, c := range l.columns {
		places[i] = slices.IndexFunc(m.Columns, func(r *pglogrepl.RelationMessageColumn) bool { return r.Name == c.Name })
	}
	for _, k := range l.q.Key {
		if places[l.q.Index(k)] < 0 {
			return source.NoColumn(l.q.Stream, k)
		}
	}
	if l.places == nil {
		l.places = map[uint32][]int{}
	}
	l.places[m.RelationID] = places
	return nil
}

// part tells whether a table is the one that is followed, or a part of it.
func (l *log) part(ctx context.Context, oid uint32) (ours bool, err error) {
	if oid == l.t.oid || slices.Contains(l.t.parts, oid) {
		return true, nil
	}
	if l.t.kind == "p" { // one made since
		err = l.c.QueryRow(ctx, "SELECT coalesce(pg_partition_root($1::oid::regclass) = $2::oid::regclass, false)", oid, l.t.oid).Scan(&ours)
		if ours {
			l.t.parts = append(l.t.parts, oid)
		}
	}
	return ours, l.r.fault(ctx, "", err)
}

// value is a column's value in a row of the log; known is false for one that
// the log leaves out because it is large and has not changed.
func (l *log) value(relation uint32, row *pglogrepl.TupleData, i int) (value []byte, known bool) {
	at := l.places[relation][i]
	if at < 0 || at >= len(row.Columns) {
		return nil, false
	}
	switch c := row.Columns[at]; c.DataType {
	case pglogrepl.TupleDataTypeNull:
		return nil, true
	case pglogrepl.TupleDataTypeText:
		if c.Data == nil {
			return []byte{}, true
		}
		return l.columns[i].wanted(c.Data, l.q.Columns[i].Type), true
	}
	return nil, false
}

func (l *log) keyOf(relation uint32, row *pglogrepl.TupleData) [][]byte {
	out := make([][]byte, len(l.q.Key))
	for i, k := range l.q.Key {
		out[i], _ = l.value(relation, row, l.q.Index(k))
	}
	return out
}

// put writes a row that is new or has changed. With another key than before
// the row of that key is gone.
func (l *log) put(ctx context.Context, relation uint32, row, old *pglogrepl.TupleData) error {
	values := make([][]byte, len(l.columns))
	missing := false
	for i := range l.columns {
		v, known := l.value(relation, row, i)
		if !known && old != nil { // of a table with REPLICA IDENTITY FULL
			v, known = l.value(relation, old, i)
			known = known && v != nil
		}
		values[i], missing = v, missing || !known
	}
	key := make([][]byte, len(l.q.Key))
	for i, k := range l.q.Key {
		key[i] = values[l.q.Index(k)]
	}
	if old != nil {
		before := l.keyOf(relation, old)
		if !slices.EqualFunc(before, key, func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }) {
			if err := l.delete(before); err != nil {
				return err
			}
		}
	}
	if missing || l.stale {
		return l.fetch(ctx, key)
	}
	return l.write(values)
}

// fetch reads a row as it is now: newer than the log has it, and what follows
// in the log ends in the same. A row that is gone is deleted there later.
func (l *log) fetch(ctx context.Context, key [][]byte) error {
	where := ""
	for i, k := range l.q.Key {
		if i > 0 {
			where += " AND "
		}
		if key[i] == nil {
			where += quote(k) + " IS NULL"
			continue
		}
		where += quote(k) + " = " + l.t.column(k).typed(string(key[i]))
	}
	var w bytes.Buffer
	_, err := l.c.PgConn().CopyTo(ctx, &w, "COPY (SELECT "+l.list+" FROM "+l.t.full()+" WHERE "+where+" LIMIT 1) TO STDOUT (FORMAT csv)")
	if err != nil {
		return l.r.fault(ctx, l.r.grantSelect(l.t), err)
	}
	if w.Len() == 0 {
		return l.delete(key)
	}
	values := source.Fields(w.Bytes())
	if len(values) != len(l.columns) {
		return fmt.Errorf("a row of %s has %d values, not %d", l.q.Stream, len(values), len(l.columns))
	}
	return l.write(values)
}

func (l *log) write(values [][]byte) error {
	if err := l.begin(); err != nil {
		return err
	}
	for _, v := range values {
		l.bytes += int64(len(v)) + 1
	}
	l.rows++
	return l.to.Put(values)
}

func (l *log) delete(key [][]byte) error {
	if slices.ContainsFunc(key, func(v []byte) bool { return v == nil }) {
		return errors.New("the log tells of a deleted row without its key")
	}
	if err := l.begin(); err != nil {
		return err
	}
	for _, v := range key {
		l.bytes += int64(len(v)) + 1
	}
	l.rows++
	return l.to.Delete(key)
}

func (l *log) begin() (err error) {
	l.any = true
	if l.to == nil {
		l.to, err = l.out.Rows(l.q.Names())
	}
	return err
}
