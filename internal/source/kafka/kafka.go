// Package kafka reads messages of JSON from topics. The mark has the topic's id
// and the next offset of each partition; nothing is kept on the brokers. Beside
// the fields of the messages there are the columns _partition, _offset, _key,
// _timestamp and _value, the message as it is.
package kafka

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/record"
	"lodestar/internal/text"
)

// Config says where the brokers are.
type Config struct {
	Hosts     []string // host:port
	User      string   // empty for nobody
	Password  string
	Mechanism string      // plain, also when empty | scram-sha-256 | scram-sha-512
	TLS       *tls.Config // nil for none
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
	Quiet     time.Duration // after which a topic is asked whether it has more to give; 0 for five seconds
}

const (
	name      = "Kafka"
	patience  = 15 * time.Second // for an answer
	mostBytes = 256 << 20        // read at a time when nobody says
	sample    = 100              // messages of each partition to learn the fields from
)

type reader struct {
	quiet   time.Duration
	options []kgo.Opt
	client  *kgo.Client // for questions
	admin   *kadm.Client
}

var _ source.Source = (*reader)(nil)

// Open connects.
func Open(ctx context.Context, c Config) (source.Source, error) {
	r := &reader{quiet: cmp.Or(c.Quiet, 5*time.Second), options: []kgo.Opt{kgo.SeedBrokers(c.Hosts...), kgo.ClientID("lodestar"), kgo.RetryTimeout(patience), kgo.RequestRetries(4),
		kgo.DialTimeout(patience), kgo.Dialer(c.dial)}}
	switch {
	case c.User == "":
	case c.Mechanism == "scram-sha-256":
		r.options = append(r.options, kgo.SASL(scram.Auth{User: c.User, Pass: c.Password}.AsSha256Mechanism()))
	case c.Mechanism == "scram-sha-512":
		r.options = append(r.options, kgo.SASL(scram.Auth{User: c.User, Pass: c.Password}.AsSha512Mechanism()))
	default:
		r.options = append(r.options, kgo.SASL(plain.Auth{User: c.User, Pass: c.Password}.AsMechanism()))
	}
	var err error
	if r.client, err = kgo.NewClient(r.options...); err != nil {
		return nil, fault.New(fault.Invalid, "bad_hosts", text.Text{
			EN: "the brokers cannot be used; write each as host:port", ZH: "broker 地址不可用；请逐个写成 host:port"}).Wrap(err)
	}
	r.admin = kadm.NewClient(r.client)
	if err := r.ping(ctx); err != nil {
		r.client.Close()
		if c.User != "" && errors.Is(err, io.EOF) {
			err = fault.New(fault.Unavailable, "source_login", text.Text{
				EN: "Kafka hangs up: the user, the password or the mechanism is wrong, or it wants TLS", ZH: "Kafka 断开了连接：用户、密码或 mechanism 有误，或需要 TLS"}).Wrap(err)
		}
		return nil, err
	}
	return r, nil
}

func (c Config) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.Dial(ctx, network, address)
	if err != nil || c.TLS == nil {
		return conn, err
	}
	config := c.TLS.Clone()
	if host, _, err := net.SplitHostPort(address); err == nil {
		config.ServerName = host
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

func (r *reader) ping(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return r.fault(ctx, "", r.client.Ping(limited))
}

func (r *reader) fault(ctx context.Context, topic string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if stopped := source.Stopped(ctx, err); stopped != nil {
		return stopped
	}
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return source.Login(name, err)
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return source.NoRight(name, "kafka-acls --add --allow-principal User:… --operation READ --operation DESCRIBE --topic "+topic, err)
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return source.NoStream(topic)
	}
	return source.Unreachable(name, err)
}

func (r *reader) Close() error {
	r.client.Close()
	return nil
}

// Acknowledge does nothing: the brokers keep messages as long as they are set to.
func (r *reader) Acknowledge(context.Context, source.Request, source.Mark) error { return nil }

// Forget does nothing.
func (r *reader) Forget(context.Context, source.Request) error { return nil }

// Discover lists the topics.
func (r *reader) Discover(ctx context.Context) ([]source.Stream, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	topics, err := r.admin.ListTopics(limited)
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	var out []source.Stream
	for _, t := range topics.Names() {
		out = append(out, source.Stream{Name: t, Modes: []string{}})
	}
	slices.SortFunc(out, func(a, b source.Stream) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// own are the columns that every message has.
var own = []source.Column{{Name: "_partition", Type: expr.Integer, Required: true}, {Name: "_offset", Type: expr.Integer, Required: true},
	{Name: "_key", Type: expr.String}, {Name: "_timestamp", Type: expr.Timestamp}, {Name: "_value", Type: expr.String}}

// Describe looks at the newest messages.
func (r *reader) Describe(ctx context.Context, stream string) (source.Stream, error) {
	s, err := r.Peek(ctx, stream)
	return s.Stream, err
}

var _ source.Peeker = (*reader)(nil)

// Peek gives the newest messages of each partition, as objects with what every
// message has.
func (r *reader) Peek(ctx context.Context, stream string) (source.Glimpse, error) {
	begin, end, err := r.bounds(ctx, stream)
	if err != nil {
		return source.Glimpse{}, err
	}
	from := map[int32]int64{}
	rows := int64(0)
	for p, last := range end {
		from[p] = max(begin[p], last-sample)
		rows += last - begin[p]
	}
	var records, seen []any
	err = r.consume(ctx, stream, from, end, func(m *kgo.Record) (bool, error) {
		shown := map[string]any{}
		if v, ok := parse(m.Value); ok {
			records = append(records, v)
			maps.Copy(shown, v.(map[string]any))
		}
		maps.Copy(shown, map[string]any{"_partition": m.Partition, "_offset": m.Offset, "_key": string(m.Key), "_timestamp": m.Timestamp.UTC().Format(time.RFC3339Nano), "_value": string(m.Value)})
		seen = append(seen, shown)
		return true, nil
	})
	out := source.Stream{Name: stream, Sampled: true, Key: []string{"_partition", "_offset"}, Rows: rows, Modes: []string{source.Full, source.Changes},
		Why: map[string]text.Text{source.Incremental: {EN: "a topic is a log; use mode: changes", ZH: "主题就是日志；请用 mode: changes"}}}
	out.Columns = record.Messages(records, own)
	return source.Glimpse{Stream: out, Records: seen}, err
}

// bounds gives the first offset of each partition and the one behind the last.
func (r *reader) bounds(ctx context.Context, topic string) (begin, end map[int32]int64, err error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	first, err := r.admin.ListStartOffsets(limited, topic)
	if err == nil {
		err = first.Error()
	}
	if err != nil {
		return nil, nil, r.fault(ctx, topic, err)
	}
	last, err := r.admin.ListCommittedOffsets(limited, topic) // not beyond open transactions
	if err == nil {
		err = last.Error()
	}
	if err != nil {
		return nil, nil, r.fault(ctx, topic, err)
	}
	begin, end = map[int32]int64{}, map[int32]int64{}
	first.Each(func(o kadm.ListedOffset) { begin[o.Partition] = o.Offset })
	last.Each(func(o kadm.ListedOffset) { end[o.Partition] = o.Offset })
	if len(end) == 0 {
		return nil, nil, source.NoStream(topic)
	}
	return begin, end, nil
}

// consume reads partitions between offsets. each says whether to go on.
func (r *reader) consume(ctx context.Context, topic string, from, until map[int32]int64, each func(*kgo.Record) (bool, error)) error {
	open := map[int32]kgo.Offset{}
	for p, end := range until {
		if from[p] < end {
			open[p] = kgo.NewOffset().At(from[p])
		}
	}
	if len(open) == 0 {
		return nil
	}
	heard := answers{of: map[int32]int{}}
	client, err := kgo.NewClient(append(slices.Clone(r.options), kgo.WithHooks(&heard), kgo.FetchMaxWait(r.quiet/4), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: open}), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), kgo.FetchMaxBytes(8<<20), kgo.FetchMaxPartitionBytes(4<<20), kgo.MaxConcurrentFetches(1))...)
	if err != nil {
		return err
	}
	defer client.Close()
	for len(open) > 0 {
		before := heard.now()
		limited, cancel := context.WithTimeout(ctx, r.quiet)
		fetches := client.PollFetches(limited)
		cancel()
		if err := source.Stopped(ctx, ctx.Err()); err != nil {
			return err
		}
		for _, e := range fetches.Errors() {
			if !errors.Is(e.Err, context.DeadlineExceeded) {
				return r.fault(ctx, topic, e.Err)
			}
		}
		if fetches.Empty() {
			leaders, err := r.leaders(ctx, topic)
			if err != nil {
				return err
			}
			if heard.since(before, leaders, open) {
				return nil // what is left are offsets without messages
			}
			continue // it is slow
		}
		for records := fetches.RecordIter(); !records.Done(); {
			m := records.Next()
			if _, ok := open[m.Partition]; !ok || m.Offset >= until[m.Partition] {
				continue
			}
			if m.Offset == until[m.Partition]-1 {
				delete(open, m.Partition)
			}
			if on, err := each(m); err != nil || !on {
				return err
			}
		}
	}
	return nil
}

func parse(b []byte) (any, bool) {
	v, err := record.Parse(b)
	if err != nil {
		return nil, false
	}
	_, ok := v.(map[string]any)
	return v, ok
}

// Read reads messages from the mark to where the topic ends now.
func (r *reader) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	if q.Mode == source.Incremental {
		return source.Result{}, source.NotPossible(text.Text{EN: "a topic is a log; use mode: changes", ZH: "主题就是日志；请用 mode: changes"})
	}
	if err := q.Check(); err != nil {
		return source.Result{}, err
	}
	var at mark
	if q.Mark != "" && q.Mode != source.Full {
		var err error
		if at, err = parseMark(q.Mark); err != nil {
			return source.Result{}, source.BadMark(err)
		}
	}
	id, err := r.id(ctx, q.Stream) // before its offsets: should it be made anew meanwhile, the next read finds out
	if err != nil {
		return source.Result{}, err
	}
	if at.Topic != "" && id != at.Topic {
		return source.Result{}, source.StartOver(text.Text{
			EN: "the topic was deleted and made anew", ZH: "主题已被删除并重新创建"}, nil)
	}
	begin, end, err := r.bounds(ctx, q.Stream)
	if err != nil {
		return source.Result{}, err
	}
	next := maps.Clone(begin)
	for p, offset := range at.Next {
		last, ok := end[p]
		if !ok || offset < begin[p] || offset > last {
			return source.Result{}, source.StartOver(text.Text{
				EN: "the topic was made anew, or has removed messages that were not read yet (retention.ms)", ZH: "主题被重新创建，或尚未读取的消息已被清除（retention.ms）"}, nil)
		}
		next[p] = offset
	}
	to, err := out.Rows(q.Names())
	if err != nil {
		return source.Result{}, err
	}
	w := writer{q: q, to: to, next: next}
	if err := r.consume(ctx, q.Stream, maps.Clone(next), end, w.take); err != nil {
		return source.Result{}, err
	}
	if w.full { // else all is read, up to offsets that have no messages
		w.result.More = slices.ContainsFunc(slices.Collect(maps.Keys(end)), func(p int32) bool { return w.next[p] < end[p] })
	}
	if q.Mode == source.Full {
		w.result.Whole = true
		return w.result, nil
	}
	if !w.result.More {
		w.result.Behind = 0
	}
	b, err := json.Marshal(mark{id, w.next})
	w.result.Mark = source.Mark(b)
	return w.result, err
}

// mark is where to read on.
type mark struct {
	Topic string          `json:"topic,omitempty"` // its id; empty from brokers that give topics none
	Next  map[int32]int64 `json:"next"`            // the next offset of each partition
}

// parseMark reads a mark, also one of when there were offsets alone.
func parseMark(m source.Mark) (out mark, err error) {
	if json.Unmarshal([]byte(m), &out.Next) == nil {
		return out, nil
	}
	out = mark{}
	return out, json.Unmarshal([]byte(m), &out)
}

// id tells topics of one name apart: one that is made anew has another.
func (r *reader) id(ctx context.Context, topic string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req := kmsg.NewPtrMetadataRequest() // not by the client for administrators, which remembers topics
	asked := kmsg.NewMetadataRequestTopic()
	asked.Topic = &topic
	req.Topics = append(req.Topics, asked)
	resp, err := req.RequestWith(limited, r.client)
	if err == nil && len(resp.Topics) == 1 {
		err = kerr.ErrorForCode(resp.Topics[0].ErrorCode)
	}
	if err != nil {
		return "", r.fault(ctx, topic, err)
	}
	if len(resp.Topics) != 1 || resp.Topics[0].TopicID == [16]byte{} {
		return "", nil
	}
	return hex.EncodeToString(resp.Topics[0].TopicID[:]), nil
}
