package event

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/eventlog"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Hook says how to read as events what another program posts when something
// happens there. Paths are keys with dots between them, such as data.order.id.
type Hook struct {
	Event   string // what each record is, as in the plan
	Records string // path of the list of records; empty when the body is one record, or a list of them
	ID      string // path, in a record, of what tells deliveries apart: those that come again are stored once
	Time    string // path of when it happened
	User    string // path of whose it is
}

// Limits of a request: records, or messages of a batch; bytes of an event's name;
// bytes of the records when they are written as events.
const (
	mostRecords = 10_000
	mostName    = 200
	mostWritten = eventlog.MostRecord - 1<<10
)

func tooMany(path string, n int) error {
	return badBody(path, "too_many_records", text.Text{EN: "there are {n} records; send at most {most} at once",
		ZH: "共 {n} 条记录，一次最多发送 {most} 条"}.With("n", n, "most", mostRecords))
}

// hookType marks messages that nobody need have done: there may be no user.
const hookType = "hook"

// TakeHook writes what was posted to the log, as Take does: a track call for
// each record, whose properties are the record. A platform that first asks
// whether somebody listens, with a challenge, gets it back. Faults are those of
// Take, and Invalid for a path that leads elsewhere.
func (s *Service) TakeHook(ctx context.Context, h Hook, secret string, body []byte) (challenge string, err error) {
	key, err := s.keyFor(secret)
	if err != nil {
		return "", err
	}
	if len(h.Event) > mostName {
		return "", badBody("event", "name_too_long", text.Text{EN: "the name of an event has at most {n} bytes", ZH: "事件名最多 {n} 字节"}.With("n", mostName))
	}
	if err := checkBody(body); err != nil {
		return "", err
	}
	body = bytes.TrimSpace(body)
	if challenge = challenged(body); challenge != "" {
		return challenge, nil
	}
	batch, err := h.batch(body, key.Name, zoneOf(s.Model()))
	if err != nil {
		return "", err
	}
	if err := key.may("track"); err != nil {
		return "", err
	}
	return "", s.log.Append(ctx, record{"batch", key.Name, s.Now().UTC().Truncate(time.Microsecond), batch}.encode())
}

// challenged gives the challenge of a body that holds nothing else, as Feishu
// and Slack send it.
func challenged(body []byte) (challenge string) {
	asks := false
	members(body, func(name, v []byte) {
		switch {
		case string(name) == "type" && isText(v):
			asks = string(unquoted(v)) == "url_verification"
		case string(name) == "challenge" && isText(v):
			challenge = string(unquoted(v))
		}
	})
	if !asks {
		return ""
	}
	return challenge
}

// batch writes the records of a body as a batch of the protocol.
func (h Hook) batch(body []byte, source string, zone *time.Location) ([]byte, error) {
	if h.Records != "" {
		if body = find(body, h.Records); body == nil {
			return nil, badBody("records", "no_records", text.Text{
				EN: "there is nothing at {path}", ZH: "请求中没有 {path}"}.With("path", cut(h.Records, 100)))
		}
	}
	out, n := []byte(`{"batch":[`), 0
	var err error
	add := func(r []byte) {
		if err == nil && !isObject(r) {
			err = badBody(fmt.Sprintf("records[%d]", n), "not_an_object", text.Text{EN: "a record is a JSON object", ZH: "记录应为 JSON 对象"})
		}
		if n++; err != nil || n > mostRecords {
			return
		}
		if n > 1 {
			out = append(out, ',')
		}
		if out = h.message(out, r, source, zone); len(out) > mostWritten {
			err = fault.New(fault.TooLarge, "records_too_large", text.Text{
				EN: "these records, written as events, have more than {most} MB; send fewer at once", ZH: "这些记录写成事件后超过 {most} MB；请减少每次发送的条数"}, "most", (mostWritten+1<<20-1)>>20)
		}
	}
	if isList(body) {
		elements(body, add)
	} else {
		add(body)
	}
	if err == nil && n > mostRecords {
		err = tooMany("records", n)
	}
	return append(out, `]}`...), err
}

// message writes a record as a call.
func (h Hook) message(out, r []byte, source string, zone *time.Location) []byte {
	out = append(out, `{"type":"`+hookType+`","event":`...)
	out = appendQuoted(out, []byte(h.Event))
	member := func(key string, v []byte) {
		if v != nil {
			out = append(append(append(out, `,"`...), key...), `":`...)
			out = append(out, v...)
		}
	}
	if id := at(r, h.ID); isText(id) || isNumber(id) {
		// Two systems may both have a 1001.
		member("messageId", appendQuoted(nil, []byte(source+"/"+h.Event+"/"+plain(id))))
	}
	member("userId", at(r, h.User))
	member("timestamp", instantOf(at(r, h.Time), zone))
	member("properties", r)
	return append(out, '}')
}

// at is find for a path that may be missing.
func at(r []byte, path string) []byte {
	if path == "" {
		return nil
	}
	return find(r, path)
}

// find gives the value at a path; nil when there is none.
func find(v []byte, path string) []byte {
	for step := range strings.SplitSeq(path, ".") {
		var next []byte
		members(v, func(key, inner []byte) {
			if string(key) == step {
				next = inner
			}
		})
		if next == nil {
			return nil
		}
		v = next
	}
	return v
}

// plain gives the text of a text or number.
func plain(v []byte) string {
	if isText(v) {
		return string(unquoted(v))
	}
	return string(v)
}

// hookTimes are the ways, besides RFC 3339, in which programs write times; those
// without an offset are of the workspace's zone.
var hookTimes = []string{"2006-01-02 15:04:05", "2006/01/02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"}

// compact are those without signs between, by their length. As seconds since
// 1970 they would be of its first years, as thousandths of the year 2600.
var compact = map[int]string{8: "20060102", 14: "20060102150405"}

// instantOf writes a time as the protocol has it. Numbers are dates as 20260131
// or times as 20260131080000, where they can be, otherwise seconds since 1970, or
// thousandths or millionths of one when they are that large. What is no time
// stays, to be set aside with the reason.
func instantOf(v []byte, zone *time.Location) []byte {
	if !isText(v) && !isNumber(v) {
		return v
	}
	s := plain(v)
	if at, err := time.ParseInLocation(compact[len(s)], s, zone); err == nil && s != "" {
		return appendQuoted(nil, []byte(at.UTC().Format(time.RFC3339Nano)))
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(n) < 1e17 {
		switch {
		case n < 1e11:
			n *= 1e6
		case n < 1e14:
			n *= 1e3
		}
		return appendQuoted(nil, []byte(time.UnixMicro(int64(math.Round(n))).UTC().Format(time.RFC3339Nano)))
	}
	for _, layout := range hookTimes {
		if at, err := time.ParseInLocation(layout, s, zone); err == nil {
			return appendQuoted(nil, []byte(at.UTC().Format(time.RFC3339Nano)))
		}
	}
	return v
}
