package kafka

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"lodestar/internal/source"
	"lodestar/internal/source/record"
	"lodestar/internal/text"
)

// writer puts messages into the spool.
type writer struct {
	q      source.Request
	to     source.Rows
	next   map[int32]int64 // the offset to go on from
	bytes  int64
	full   bool // a limit was reached
	result source.Result
}

func (w *writer) take(m *kgo.Record) (bool, error) {
	w.next[m.Partition] = m.Offset + 1
	if m.Attrs.IsControl() {
		return true, nil
	}
	var err error
	if m.Value == nil && !w.log() {
		err = w.gone(m)
	} else {
		err = w.put(m)
	}
	if err != nil {
		return false, err
	}
	w.result.Rows++
	w.bytes += int64(len(m.Key) + len(m.Value))
	most := w.q.Bytes
	if most == 0 {
		most = mostBytes
	}
	if w.q.Mode != source.Full && (w.bytes >= most || w.q.Rows > 0 && w.result.Rows >= w.q.Rows) {
		w.full = true
		w.result.Behind = max(0, time.Since(m.Timestamp))
		return false, nil
	}
	return true, nil
}

// log reports whether every message is a row of its own.
func (w *writer) log() bool {
	return !slices.ContainsFunc(w.q.Key, func(k string) bool { return !strings.HasPrefix(k, "_") })
}

// put writes a message. One that is no object has the columns of its own alone.
func (w *writer) put(m *kgo.Record) error {
	v, _ := parse(m.Value)
	values := make([][]byte, len(w.q.Columns))
	for i, c := range w.q.Columns {
		switch c.Name {
		case "_partition":
			values[i] = strconv.AppendInt(nil, int64(m.Partition), 10)
		case "_offset":
			values[i] = strconv.AppendInt(nil, m.Offset, 10)
		case "_key":
			values[i] = m.Key
		case "_timestamp":
			values[i] = []byte(m.Timestamp.UTC().Format(record.Stamp))
		case "_value":
			values[i] = m.Value
		default:
			var err error
			if values[i], err = record.Value(v, c); err != nil {
				return err
			}
		}
	}
	return w.to.Put(values)
}

// gone handles a message without a value: the row of its key is gone.
func (w *writer) gone(m *kgo.Record) error {
	if w.q.Mode == source.Full {
		return source.NotPossible(text.Text{
			EN: "the topic tells of deleted rows; read it by changes", ZH: "主题中有删除消息；请用 changes 读取"})
	}
	v, object := parse(m.Key)
	key := make([][]byte, len(w.q.Key))
	for i, k := range w.q.Key {
		switch {
		case object:
			b, err := record.Value(v, w.q.Columns[w.q.Index(k)])
			if err != nil {
				return err
			}
			key[i] = b
		case len(key) == 1:
			key[i] = []byte(strings.Trim(string(m.Key), `"`))
		}
		if key[i] == nil {
			return source.NotPossible(text.Text{
				EN: "a message says that a row is gone, and its key does not tell which; the message's key must be the row's, as one value or as JSON",
				ZH: "有删除消息，但其消息键无法对应到行；消息键须为行的主键，可以是单个值或 JSON"})
		}
	}
	return w.to.Delete(key)
}
