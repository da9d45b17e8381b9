// Package mqtt reads messages of JSON from an MQTT broker. The reader has a
// session there that keeps what comes while nobody reads; a message is
// acknowledged when it is stored. What the broker sends a second time, because
// the acknowledgement was lost, is known by its number and content in the mark.
// Beside the fields of the messages there are the columns _topic, _received, _id
// and _value, the message as it is.
package mqtt

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/record"
	"lodestar/internal/text"
)

// Config says where the broker is.
type Config struct {
	Host     string
	Port     int // 0 for 1883, with TLS 8883
	User     string
	Password string
	TLS      *tls.Config // nil for none
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Now      func() time.Time
	Quiet    time.Duration // after which the broker has no more to give; 0 for two seconds
}

const (
	name     = "MQTT"
	patience = 15 * time.Second
	mostRows = 20_000 // read at a time when nobody says: none is acknowledged before they are stored
)

type reader struct {
	config Config
	// The session that was read last: its messages are acknowledged on it.
	client  mqtt.Client
	of      string
	in      *inbox
	unacked []mqtt.Message
	heard   source.Mark // the last one that the broker knows to be stored
	// retained are messages that the broker gave because it retains them.
	retained map[[sha256.Size]byte]bool
}

// inbox takes what a session gives.
type inbox struct {
	messages chan mqtt.Message
	lost     chan error
	left     chan struct{} // closed when nobody reads any more
	fresh    bool          // the broker knew no such session
}

func newInbox() *inbox {
	return &inbox{messages: make(chan mqtt.Message, 1024), lost: make(chan error, 1), left: make(chan struct{})}
}

var _ source.Source = (*reader)(nil)

// Open connects, to see whether the broker answers.
func Open(ctx context.Context, c Config) (source.Source, error) {
	if c.Quiet == 0 {
		c.Quiet = 2 * time.Second
	}
	if c.Port == 0 {
		if c.Port = 1883; c.TLS != nil {
			c.Port = 8883
		}
	}
	r := &reader{config: c}
	client, err := r.connect(ctx, r.nobody(), true, nil)
	if err != nil {
		return nil, err
	}
	client.Disconnect(0)
	return r, nil
}

// nobody is a session that is not kept.
func (r *reader) nobody() string {
	return "lodestar" + strconv.FormatInt(r.config.Now().UnixNano(), 36)
}

// connect opens a session; a clean one forgets what was before, and itself.
func (r *reader) connect(ctx context.Context, session string, clean bool, in *inbox) (mqtt.Client, error) {
	c := r.config
	address := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	o := mqtt.NewClientOptions().AddBroker("tcp://" + address).SetClientID(session).SetCleanSession(clean).SetUsername(c.User).SetPassword(c.Password).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(patience).SetAutoAckDisabled(true).SetOrderMatters(true).SetKeepAlive(30 * time.Second)
	o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) {
		conn, err := c.Dial(ctx, "tcp", address)
		if err != nil || c.TLS == nil {
			return conn, err
		}
		secure := tls.Client(conn, c.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return secure, nil
	})
	if in != nil {
		o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			select {
			case in.messages <- m:
			case <-in.left:
			}
		})
		o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { in.lost <- err })
	}
	client := mqtt.NewClient(o)
	token := client.Connect()
	if err := wait(ctx, token); err != nil {
		return nil, r.fault(ctx, err)
	}
	if t, ok := token.(*mqtt.ConnectToken); in != nil && ok && !t.SessionPresent() {
		in.fresh = true
	}
	return client, nil
}

var errNoAnswer = errors.New("no answer")

// wait waits for an answer of the broker.
func wait(ctx context.Context, t mqtt.Token) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return errNoAnswer
	}
}

func (r *reader) fault(ctx context.Context, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if stopped := source.Stopped(ctx, err); stopped != nil {
		return stopped
	}
	if errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword) || errors.Is(err, packets.ErrorRefusedNotAuthorised) {
		return source.Login(name, err)
	}
	return source.Unreachable(name, err)
}

func (r *reader) Close() error {
	r.leave()
	return nil
}

// leave ends the connection; what was not acknowledged is sent again.
func (r *reader) leave() {
	if r.client != nil {
		close(r.in.left)
		r.client.Disconnect(50)
	}
	r.client, r.unacked, r.heard = nil, nil, ""
}

// Discover lists nothing: a broker does not tell its topics.
func (r *reader) Discover(ctx context.Context) ([]source.Stream, error) {
	client, err := r.connect(ctx, r.nobody(), true, nil)
	if err != nil {
		return nil, err
	}
	client.Disconnect(0)
	return []source.Stream{}, nil
}

// own are the columns that every message has.
var own = []source.Column{{Name: "_topic", Type: expr.String}, {Name: "_received", Type: expr.Timestamp}, {Name: "_id", Type: expr.String, Required: true}, {Name: "_value", Type: expr.String}}

// Describe tells the columns that are known without a message.
func (r *reader) Describe(_ context.Context, stream string) (source.Stream, error) {
	why := text.Text{EN: "a broker gives each message once; use mode: changes", ZH: "代理只发送一次消息；请用 mode: changes"}
	return source.Stream{Name: stream, Columns: own, Sampled: true, Once: true, Key: []string{"_id"}, Modes: []string{source.Changes},
		Why: map[string]text.Text{source.Full: why, source.Incremental: why}}, topic(stream)
}

var _ source.Peeker = (*reader)(nil)

// mostPeek bounds what a sample waits for.
const mostPeek = 50

// Peek listens for a while, in a session that is not kept. What the broker
// retains comes at once.
func (r *reader) Peek(ctx context.Context, stream string) (source.Glimpse, error) {
	out, err := r.Describe(ctx, stream)
	if err != nil {
		return source.Glimpse{}, err
	}
	in := newInbox()
	client, err := r.connect(ctx, r.nobody(), true, in)
	if err != nil {
		return source.Glimpse{}, err
	}
	defer func() {
		close(in.left)
		client.Disconnect(0)
	}()
	if err := r.subscribe(ctx, client, stream, 0); err != nil {
		return source.Glimpse{}, err
	}
	var objects, seen []any
	end := time.NewTimer(3 * r.config.Quiet)
	defer end.Stop()
	for listening := true; listening && len(seen) < mostPeek; {
		select {
		case m := <-in.messages:
			shown := map[string]any{}
			if object, ok := parse(m).(map[string]any); ok {
				objects = append(objects, object)
				maps.Copy(shown, object)
			}
			shown["_topic"], shown["_value"] = m.Topic(), string(m.Payload())
			seen = append(seen, shown)
		case err := <-in.lost:
			return source.Glimpse{}, r.fault(ctx, err)
		case <-ctx.Done():
			return source.Glimpse{}, source.Stopped(ctx, ctx.Err())
		case <-end.C:
			listening = false
		}
	}
	out.Columns = record.Messages(objects, own)
	return source.Glimpse{Stream: out, Records: seen}, nil
}

// topic checks a filter of topics.
func topic(filter string) error {
	parts := strings.Split(filter, "/")
	for i, p := range parts {
		if strings.ContainsAny(p, "+#") && len(p) > 1 || p == "#" && i < len(parts)-1 || filter == "" {
			return fault.New(fault.Invalid, "bad_topic", text.Text{
				EN: "{topic} is no topic; write one such as plant/+/temperature or plant/#", ZH: "{topic} 不是可用的主题；请写成 plant/+/temperature 或 plant/# 的样子"}, "topic", filter)
		}
	}
	return nil
}

// mark has what was read, and may come once more because nobody knows whether
// the broker heard that it is stored. They are numbers of 64 bits.
type mark struct {
	Last string `json:"last"`
}

func readMark(m source.Mark) (map[uint64]bool, error) {
	out := map[uint64]bool{}
	if m == "" {
		return out, nil
	}
	var w mark
	if err := json.Unmarshal([]byte(m), &w); err != nil {
		return nil, source.BadMark(err)
	}
	b, err := base64.StdEncoding.DecodeString(w.Last)
	if err != nil || len(b)%8 != 0 {
		return nil, source.BadMark(err)
	}
	for ; len(b) > 0; b = b[8:] {
		out[binary.BigEndian.Uint64(b)] = true
	}
	return out, nil
}

// number stands for a message as the broker sent it, also when it comes again.
func number(m mqtt.Message) uint64 {
	h := sha256.New()
	_ = binary.Write(h, binary.BigEndian, m.MessageID())
	_, _ = h.Write([]byte(m.Topic() + "\x00"))
	_, _ = h.Write(m.Payload())
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// Acknowledge tells the broker that messages are stored, and waits until it has
// heard. Those of another connection come again, and are known.
func (r *reader) Acknowledge(ctx context.Context, q source.Request, m source.Mark) error {
	if r.client == nil || r.of != name+q.Reader {
		return nil
	}
	stored, err := readMark(m)
	if err != nil {
		return err
	}
	left := r.unacked[:0]
	for _, m := range r.unacked {
		if stored[number(m)] {
			m.Ack()
		} else {
			left = append(left, m)
		}
	}
	r.unacked = left
	if err := wait(ctx, r.ask()); err != nil {
		r.leave()
		return r.fault(ctx, err)
	}
	r.heard = m
	return nil
}

// ask wants any answer. The broker gives them in order: what it is asked for
// does not matter.
func (r *reader) ask() mqtt.Token { return r.client.Unsubscribe("lodestar/heard") }

// session is what the broker calls the reader.
func session(q source.Request) string { return "lodestar_" + q.Reader }

// Forget ends the session, and what the broker keeps for it.
func (r *reader) Forget(ctx context.Context, q source.Request) error {
	r.leave()
	client, err := r.connect(ctx, session(q), true, nil)
	if err == nil {
		client.Disconnect(100)
	}
	return err
}
