package mqtt

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lodestar/internal/source"
	"lodestar/internal/source/record"
	"lodestar/internal/text"
)

// Read takes the messages that the broker has kept. It cannot be asked how many
// there are, so a read ends when it has been quiet for a while.
func (r *reader) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	if q.Mode != source.Changes {
		return source.Result{}, source.NotPossible(text.Text{EN: "a broker gives each message once; use mode: changes", ZH: "代理只发送一次消息；请用 mode: changes"})
	}
	if err := q.Check(); err != nil {
		return source.Result{}, err
	}
	if err := topic(q.Stream); err != nil {
		return source.Result{}, err
	}
	known, err := readMark(q.Mark)
	if err != nil {
		return source.Result{}, err
	}
	result, err := r.read(ctx, q, known, out)
	if err != nil {
		r.leave() // what was taken comes again
	}
	return result, err
}

func (r *reader) read(ctx context.Context, q source.Request, known map[uint64]bool, out source.Spool) (source.Result, error) {
	for _, m := range r.unacked {
		if !known[number(m)] { // it was taken and not stored: let it come again
			r.leave()
			break
		}
	}
	quiet := r.config.Quiet / 4
	if r.client == nil || r.of != name+q.Reader || !r.client.IsConnectionOpen() || len(r.in.lost) > 0 {
		quiet = r.config.Quiet
		if err := r.join(ctx, q); err != nil {
			return source.Result{}, err
		}
	}
	to, err := out.Rows(q.Names())
	if err != nil {
		return source.Result{}, err
	}
	w := writer{q: q, to: to, now: r.config.Now}
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	var asked mqtt.Token
	var answer <-chan struct{}
	for {
		select {
		case m := <-r.in.messages:
			if answer == nil {
				asked = nil
			}
			if n := number(m); m.Duplicate() && known[n] || r.repeated(m) {
				m.Ack() // stored, and the acknowledgement was lost; or on its way to be stored
			} else {
				if err := w.put(m); err != nil {
					return source.Result{}, err
				}
				w.numbers = append(w.numbers, n)
				r.unacked = append(r.unacked, m)
			}
			if w.full() {
				return w.end(known, q, r.heard)
			}
			if answer == nil {
				timer.Reset(r.config.Quiet / 4)
			}
		case err := <-r.in.lost:
			return source.Result{}, r.fault(ctx, err)
		case <-ctx.Done():
			return source.Result{}, source.Stopped(ctx, ctx.Err())
		case <-timer.C:
			switch {
			case asked == nil: // one that says nothing may be gone; it answers behind what it sends
				asked = r.ask()
				answer = asked.Done()
				timer.Reset(patience)
			case answer == nil:
				return w.end(known, q, r.heard)
			default:
				return source.Result{}, r.fault(ctx, errNoAnswer)
			}
		case <-answer:
			if err := asked.Error(); err != nil {
				return source.Result{}, r.fault(ctx, err)
			}
			answer = nil
			timer.Reset(r.config.Quiet / 4) // for what came before it, and is on its way to here
		}
	}
}

// join enters the reader's session, or begins it. One of which nothing was stored
// yet may have no subscription: whoever began it may have been cut off before.
func (r *reader) join(ctx context.Context, q source.Request) error {
	r.leave()
	in := newInbox()
	client, err := r.connect(context.WithoutCancel(ctx), session(q), false, in)
	if err != nil {
		return err
	}
	r.client, r.of, r.in, r.retained = client, name+q.Reader, in, map[[sha256.Size]byte]bool{}
	if !in.fresh && q.Mark != "" {
		return nil // to subscribe again would bring what is retained once more
	}
	if err = r.subscribe(ctx, client, q.Stream, 1); err != nil && in.fresh && q.Mark != "" {
		// A session that has just begun must not stay: it would be found, and keep
		// nothing. An older one may keep messages. What the broker says to that does
		// not matter, there was another error before.
		_ = r.Forget(context.WithoutCancel(ctx), q)
	}
	return err
}

// repeated reports whether a message is one that the broker retains and gave on
// this connection before: it does so for every subscription.
func (r *reader) repeated(m mqtt.Message) bool {
	if !m.Retained() {
		return false
	}
	n := sha256.Sum256([]byte(m.Topic() + "\x00" + string(m.Payload())))
	known := r.retained[n]
	r.retained[n] = true
	return known
}

func (r *reader) subscribe(ctx context.Context, client mqtt.Client, filter string, quality byte) error {
	t := client.Subscribe(filter, quality, nil)
	if err := wait(ctx, t); err != nil {
		return r.fault(ctx, err)
	}
	if s, ok := t.(*mqtt.SubscribeToken); ok && s.Result()[filter] > 2 {
		return source.NoRight(name, "subscribe "+filter, nil)
	}
	return nil
}

// parse reads what a message has; nil when that is no JSON.
func parse(m mqtt.Message) any {
	v, err := record.Parse(m.Payload())
	if err != nil {
		return nil
	}
	return v
}

// writer puts messages into the spool.
type writer struct {
	q       source.Request
	to      source.Rows
	now     func() time.Time
	numbers []uint64
	bytes   int64
}

func (w *writer) full() bool {
	n := int64(len(w.numbers))
	return n >= mostRows || w.q.Rows > 0 && n >= w.q.Rows || w.q.Bytes > 0 && w.bytes >= w.q.Bytes
}

// end gives the mark: what was read, and what was read before unless the broker
// has heard of that.
func (w *writer) end(known map[uint64]bool, q source.Request, heard source.Mark) (source.Result, error) {
	if len(w.numbers) == 0 {
		return source.Result{Mark: q.Mark}, nil
	}
	numbers := w.numbers
	if heard == "" || heard != q.Mark {
		numbers = slices.AppendSeq(slices.Clone(numbers), maps.Keys(known))
	}
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	out, err := json.Marshal(mark{base64.StdEncoding.EncodeToString(b)})
	// A broker sends no more than so many before they are acknowledged.
	return source.Result{Mark: source.Mark(out), Rows: int64(len(w.numbers)), More: true}, err
}

// put writes a message. One that is no object has the columns of its own alone.
func (w *writer) put(m mqtt.Message) error {
	v := parse(m)
	now := w.now()
	values := make([][]byte, len(w.q.Columns))
	for i, c := range w.q.Columns {
		switch c.Name {
		case "_topic":
			values[i] = []byte(m.Topic())
		case "_received":
			values[i] = []byte(now.UTC().Format(record.Stamp))
		case "_id":
			values[i] = fmt.Appendf(nil, "%016x%016x%04x", now.UnixNano(), number(m), len(w.numbers)&0xffff)
		case "_value":
			values[i] = append([]byte{}, m.Payload()...)
		default:
			var err error
			if values[i], err = record.Value(v, c); err != nil {
				return err
			}
		}
		w.bytes += int64(len(values[i])) + 1
	}
	return w.to.Put(values)
}
