package event

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Request is what a client sends.
type Request struct {
	Call string // track, identify, …, or batch
	Key  string // write key; what the body says counts when it is empty
	Body []byte // JSON, unpacked
}

// Enter waits for a place among those whose requests are read at the same time;
// leave gives it back.
func (s *Service) Enter(ctx context.Context) (leave func(), err error) {
	select {
	case s.places <- struct{}{}:
		return func() { <-s.places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Take checks a request and writes it to the log. It returns when the request is
// on disk for good, so that whoever sent it may forget it. Faults: Unauthenticated
// and Denied for the key, Invalid and TooLarge for the body, RateLimited and
// Unavailable when nothing can be taken now: then the request is to be sent
// again. In a batch, messages that break the protocol in themselves are taken and
// set aside, so that they do not cost the others.
func (s *Service) Take(ctx context.Context, r Request) error {
	if err := checkBody(r.Body); err != nil {
		return err
	}
	from := space(r.Body, 0)
	body := r.Body[from:skip(r.Body, from)]
	if !isObject(body) {
		return badBody("body", "not_an_object", notAnObject)
	}
	if r.Key == "" {
		members(body, func(key, v []byte) {
			if string(key) == "writeKey" && isText(v) {
				r.Key = string(unquoted(v))
			}
		})
	}
	key, err := s.keyFor(r.Key)
	if err != nil {
		return err
	}
	now := s.Now().UTC().Truncate(time.Microsecond)
	if r.Call == "batch" {
		err = checkBatch(body, key)
	} else {
		err = checkSingle(body, r.Call, key, now)
	}
	if err != nil {
		return err
	}
	return s.log.Append(ctx, record{r.Call, key.Name, now, body}.encode())
}

// checkBody refuses what is too large or no JSON.
func checkBody(body []byte) error {
	if len(body) > MostBody {
		return fault.New(fault.TooLarge, "body_too_large", text.Text{
			EN: "a request has at most {n} bytes; send fewer messages at once", ZH: "一次请求最多 {n} 字节，请减少每批消息数"}, "n", MostBody)
	}
	if err := checkJSON(body); err != nil {
		return invalid(err)
	}
	return nil
}

var notAnObject = text.Text{EN: "the body is no JSON object", ZH: "请求内容应为 JSON 对象"}

// mostShared bounds the context of a batch, in bytes, times its messages: each of
// them that is set aside is kept with it.
const mostShared = 16 << 20

func checkBatch(body []byte, key Key) (err error) {
	list, n, shared := 0, 0, 0
	members(body, func(name, v []byte) {
		if string(name) == "context" {
			shared = len(v)
		}
		if string(name) != "batch" || !isList(v) {
			return
		}
		list++
		elements(v, func(v []byte) {
			if !isObject(v) && err == nil {
				err = badBody(fmt.Sprintf("batch[%d]", n), "not_an_object", text.Text{EN: "a message is a JSON object", ZH: "消息应为 JSON 对象"})
			}
			if len(key.Calls) > 0 && err == nil {
				err = key.may(parse(v, "").call)
			}
			n++
		})
	})
	switch {
	case err != nil:
		return err
	case list == 0:
		return badBody("batch", "no_batch", text.Text{EN: "the list of messages, batch, is missing", ZH: "缺少消息列表 batch"})
	case n > mostRecords:
		return tooMany("batch", n)
	case n*shared > mostShared:
		return fault.New(fault.TooLarge, "batch_too_large", text.Text{
			EN: "the context of this batch would be kept with each of its {n} messages, more than {most} MB in all; send fewer messages at once",
			ZH: "该批次的 context 会随 {n} 条消息分别保存，合计超过 {most} MB；请减少每批消息数"}, "n", n, "most", mostShared>>20)
	}
	return nil
}

// checkSingle refuses what a batch would set aside: there is nobody else in the
// request to suffer.
func checkSingle(body []byte, call string, key Key, now time.Time) error {
	if err := key.may(call); err != nil {
		return err
	}
	m := parse(body, call)
	m.complete(now, nil, key.Name, func() string { return "-" })
	if len(m.reasons) == 0 {
		return nil
	}
	f := fault.New(fault.Invalid, "bad_message", text.Text{EN: "the message breaks the protocol; see errors", ZH: "消息不符合协议，详见 errors"})
	for _, r := range m.reasons {
		f.At(r.Property, r.Kind, r.Text())
	}
	return f
}

func invalid(err error) error {
	var b *badJSON
	if !errors.As(err, &b) {
		return err
	}
	return badBody("body", b.code, text.Text{EN: "{why} (at byte {at})", ZH: "{why}（第 {at} 字节）"}.With("why", b.why, "at", b.at))
}

func badBody(path, code string, t text.Text) error {
	f := fault.New(fault.Invalid, code, text.Text{EN: "the request is not valid: {why}", ZH: "请求有误：{why}"}, "why", t)
	f.Params = nil
	return f.At(path, code, t)
}

// record is a request as the log keeps it.
type record struct {
	call, source string
	received     time.Time
	body         []byte
}

const recordVersion = 1

func (r record) encode() []byte {
	b := make([]byte, 0, len(r.body)+len(r.source)+len(r.call)+12)
	b = append(b, recordVersion)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.received.UnixMicro()))
	b = append(append(b, byte(len(r.call))), r.call...)
	b = append(append(b, byte(len(r.source))), r.source...)
	return append(b, r.body...)
}

func decodeRecord(b []byte) (r record, err error) {
	bad := fmt.Errorf("log of events: a record that this version does not know")
	if len(b) < 11 || b[0] != recordVersion {
		return r, bad
	}
	r.received = time.UnixMicro(int64(binary.LittleEndian.Uint64(b[1:]))).UTC()
	b = b[9:]
	for _, to := range []*string{&r.call, &r.source} {
		if len(b) < 1 || len(b) < 1+int(b[0]) {
			return r, bad
		}
		*to = string(b[1 : 1+int(b[0])])
		b = b[1+int(b[0]):]
	}
	r.body = b
	return r, nil
}

// messages adds the messages of a record to a list. Those without an id get one that
// follows from where they stand in the log, so that it is the same when they are
// read again.
func (r record) messages(pos int64, out []message) []message {
	fallback := func(n int) func() string {
		return func() string { return fmt.Sprintf("lodestar-%d-%d", pos, n) }
	}
	if r.call != "batch" {
		m := parse(r.body, r.call)
		m.complete(r.received, nil, r.source, fallback(0))
		return append(out, m)
	}
	before := len(out)
	var sentAt []byte
	var context []byte
	members(r.body, func(key, v []byte) {
		switch string(key) {
		case "sentAt":
			sentAt = v
		case "context":
			context = v
		case "batch":
			elements(v, func(v []byte) { out = append(out, parse(v, "")) })
		}
	})
	for i := range out[before:] {
		m := &out[before+i]
		if m.context == nil && isObject(context) && !m.saysContext {
			m.context, m.shared = context, true
		}
		m.complete(r.received, sentAt, r.source, fallback(i))
	}
	return out
}
