package mysql

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/go-mysql-org/go-mysql/replication"

	"lodestar/internal/source"
	"lodestar/internal/text"
)

// log is one reading of the binary log.
type log struct {
	r       *reader
	t       *table
	q       source.Request
	columns []*column // wanted
	list    string    // their expressions
	places  []int     // of the wanted columns in the table
	name    *regexp.Regexp
	out     source.Spool
	to      source.Rows // nil until there is a row

	at, until  stand
	file       string
	open       bool // within a transaction
	begun      bool // with a BEGIN, so that it ends with a COMMIT
	more, done bool
	rows       int64
	bytes      int64
	committed  uint32 // seconds since 1970
}

// take handles an event; pos is where it ends.
func (l *log) take(ctx context.Context, e *replication.BinlogEvent, pos uint32) error {
	switch v := e.Event.(type) {
	case *replication.RotateEvent:
		l.file = string(v.NextLogName)
		if !l.open {
			l.reach(uint32(v.Position))
		}
	case *replication.GTIDEvent:
		l.open = true
	case *replication.MariadbGTIDEvent:
		l.open, l.begun = true, !v.IsStandalone()
	case *replication.QueryEvent:
		return l.statement(ctx, v, e, pos)
	case *replication.XIDEvent:
		l.commit(e, pos)
	case *replication.RowsEvent:
		return l.event(ctx, v)
	case *replication.TransactionPayloadEvent:
		for _, inner := range v.Events {
			if err := l.take(ctx, inner, pos); err != nil {
				return err
			}
		}
	default:
		switch e.Header.EventType {
		case replication.INCIDENT_EVENT:
			return source.StartOver(text.Text{EN: "the log says that it is not whole", ZH: "日志中标明有缺失"}, nil)
		case replication.XA_PREPARE_LOG_EVENT:
			l.commit(e, pos)
		case replication.FORMAT_DESCRIPTION_EVENT, replication.HEARTBEAT_EVENT, replication.HEARTBEAT_LOG_EVENT_V2:
		default:
			if !l.open && pos > 0 {
				l.reach(pos)
			}
		}
	}
	return nil
}

// commit ends a transaction.
func (l *log) commit(e *replication.BinlogEvent, pos uint32) {
	l.open, l.begun, l.committed = false, false, e.Header.Timestamp
	l.reach(pos)
}

// reach moves on, and ends the reading when that is enough.
func (l *log) reach(pos uint32) {
	l.at.File, l.at.Pos = l.file, pos
	full := l.q.Rows > 0 && l.rows >= l.q.Rows || l.q.Bytes > 0 && l.bytes >= l.q.Bytes
	more := l.at.before(l.until)
	l.done = l.done || full || !more || l.at.Again
	l.more = full && more || l.at.Again
}

// mention finds a table's name in a statement.
func mention(name string) *regexp.Regexp {
	return regexp.MustCompile("(?i)(^|[^\\w$])" + regexp.QuoteMeta(name) + "($|[^\\w$])")
}

var (
	// removes are statements that take rows away, or put them in, without a
	// word about each.
	removes = regexp.MustCompile(`^(TRUNCATE|DROP TABLE|DROP DATABASE|DROP SCHEMA|RENAME|CREATE OR REPLACE TABLE|INSERT|UPDATE|DELETE|REPLACE|LOAD|WITH|SET STATEMENT|XA ROLLBACK|ALTER .* (PARTITION|RENAME|DISCARD|IMPORT)\b)`)
	alters  = regexp.MustCompile(`^(ALTER|CREATE|DROP) `)
)

// statement handles what is logged as a statement.
func (l *log) statement(ctx context.Context, v *replication.QueryEvent, e *replication.BinlogEvent, pos uint32) error {
	statement := string(v.Query)
	words := firstWords(statement)
	switch {
	case words == "BEGIN" || strings.HasPrefix(words, "XA START"):
		l.open, l.begun = true, true
		return nil
	case words == "COMMIT" || words == "ROLLBACK":
		l.commit(e, pos)
		return nil
	}
	ours := l.name.MatchString(statement) || strings.HasPrefix(words, "XA ROLLBACK") || strings.HasPrefix(words, "DROP DATABASE") && mention(l.t.schema).MatchString(statement)
	if ours && (removes.MatchString(words) || strings.Contains(words, "PARTITION")) {
		l.at.Again = true
	} else if ours && alters.MatchString(words) {
		now, err := l.r.find(ctx, l.q.Stream)
		if err != nil {
			return err
		}
		l.at.Again = now.shape() != l.at.Shape
	}
	if !l.begun {
		l.commit(e, pos)
	}
	return nil
}

// event handles rows. Those of a table that is to be read anew are of no use.
func (l *log) event(ctx context.Context, v *replication.RowsEvent) error {
	if l.at.Again || !l.ours(v.Table) {
		return nil
	}
	if int(v.ColumnCount) != len(l.t.columns) || slices.ContainsFunc(v.SkippedColumns, func(s []int) bool { return len(s) > 0 }) {
		l.at.Again = true // another shape, or not the whole row
		return nil
	}
	switch v.Type() {
	case replication.EnumRowsEventTypeInsert:
		for _, row := range v.Rows {
			if err := l.put(ctx, row, nil); err != nil {
				return err
			}
		}
	case replication.EnumRowsEventTypeUpdate:
		for i := 0; i+1 < len(v.Rows); i += 2 {
			if err := l.put(ctx, v.Rows[i+1], v.Rows[i]); err != nil {
				return err
			}
		}
	case replication.EnumRowsEventTypeDelete:
		for _, row := range v.Rows {
			if err := l.delete(l.keyOf(row)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *log) ours(t *replication.TableMapEvent) bool {
	return t != nil && string(t.Schema) == l.t.schema && string(t.Table) == l.t.name
}

func (l *log) keyOf(row []any) [][]byte {
	out := make([][]byte, len(l.q.Key))
	for i, k := range l.q.Key {
		at := l.q.Index(k)
		out[i], _ = l.columns[at].logged(row[l.places[at]], l.q.Columns[at].Type)
	}
	return out
}

// put writes a row that is new or has changed. With another key than before
// the row of that key is gone.
func (l *log) put(ctx context.Context, row, old []any) error {
	key := l.keyOf(row)
	if old != nil {
		if before := l.keyOf(old); !slices.EqualFunc(before, key, bytes.Equal) {
			if err := l.delete(before); err != nil {
				return err
			}
		}
	}
	values := make([][]byte, len(l.columns))
	for i, c := range l.columns {
		v, known := c.logged(row[l.places[i]], l.q.Columns[i].Type)
		if !known {
			return l.fetch(ctx, key)
		}
		values[i] = v
	}
	return l.write(values)
}

// fetch reads a row as it is now: newer than the log has it, and what follows
// in the log ends in the same. A row that is gone is deleted there later.
func (l *log) fetch(ctx context.Context, key [][]byte) error {
	var where []string
	for i, k := range l.q.Key {
		where = append(where, quote(k)+" = "+l.t.column(k).typed(string(key[i])))
	}
	var row one
	q := l.q
	q.Mode = source.Full
	_, err := l.r.copyOut(ctx, l.r.db, l.t, q, "SELECT "+l.list+" FROM "+l.t.full()+" WHERE "+strings.Join(where, " AND ")+" LIMIT 1", 0, &row)
	if err != nil {
		return err
	}
	if row.values == nil {
		return l.delete(key)
	}
	return l.write(row.values)
}

func (l *log) write(values [][]byte) error {
	if err := l.begin(); err != nil {
		return err
	}
	l.count(values)
	return l.to.Put(values)
}

func (l *log) delete(key [][]byte) error {
	if slices.ContainsFunc(key, func(v []byte) bool { return v == nil }) {
		return errors.New("the log tells of a deleted row without its key")
	}
	if err := l.begin(); err != nil {
		return err
	}
	l.count(key)
	return l.to.Delete(key)
}

func (l *log) count(values [][]byte) {
	l.rows++
	for _, v := range values {
		l.bytes += int64(len(v)) + 1
	}
}

func (l *log) begin() (err error) {
	if l.to == nil {
		l.to, err = l.out.Rows(l.q.Names())
	}
	return err
}
