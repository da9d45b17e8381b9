package kafka_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/kafka"
	"lodestar/internal/source/sourcetest"
)

// place is a cluster with topics of three partitions.
type place struct {
	t     *testing.T
	hosts []string
	owner *kgo.Client
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
}

func newPlace(t *testing.T, topics ...string) *place {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	owner, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(owner.Close)
	return &place{t, c.ListenAddrs(), owner, (&net.Dialer{}).DialContext}
}

func (p *place) open() source.Source {
	p.t.Helper()
	s, err := kafka.Open(p.t.Context(), kafka.Config{Hosts: p.hosts, Dial: p.dial})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.Close() })
	return s
}

// send puts a message; a nil value says that the key is gone.
func (p *place) send(topic, key string, value []byte) {
	p.t.Helper()
	if err := p.owner.ProduceSync(p.t.Context(), &kgo.Record{Topic: topic, Key: []byte(key), Value: value}).FirstErr(); err != nil {
		p.t.Error(err)
	}
}

func request(topic string) source.Request {
	return source.Request{Stream: topic, Reader: "ld", Mode: source.Changes, Key: []string{"id"},
		Columns: []source.Column{{Name: "id", Type: expr.Integer}, {Name: "word", Type: expr.String}, {Name: "in.n", Type: expr.Decimal}}}
}

// drain reads until there is no more.
func drain(t *testing.T, s source.Source, q *source.Request, into sourcetest.Table) {
	t.Helper()
	for {
		var spool sourcetest.Spool
		result, err := s.Read(t.Context(), *q, &spool)
		if err != nil {
			t.Fatal(err)
		}
		if err := into.Load(*q, result, &spool); err != nil {
			t.Fatal(err)
		}
		q.Mark = result.Mark
		if !result.More {
			return
		}
	}
}

// TestLine tries what happens to connections.
func TestLine(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "whole", "followed")
	n := 0
	fill := func(topic string) func(testing.TB) []string {
		return func(testing.TB) (out []string) {
			for range 300 {
				n++
				out = append(out, fmt.Sprintf("the word that has number %d", n))
				p.send(topic, "", fmt.Appendf(nil, `{"id": %d, "word": %q}`, n, out[len(out)-1]))
			}
			return out
		}
	}
	for topic, l := range map[string]sourcetest.Line{"whole": {}, "followed": {Fill: fill("followed")}} {
		l.Request, l.Value = request(topic), "word"
		if topic == "whole" {
			l.Request.Mode = source.Full
			for range 10 {
				fill(topic)(t) // which comes in few pieces, each longer on its way than a topic is waited for
			}
		}
		l.Open = func(ctx context.Context, dial source.Dial) (source.Source, error) {
			return kafka.Open(ctx, kafka.Config{Hosts: p.hosts, Dial: dial, Quiet: 400 * time.Millisecond})
		}
		t.Run(topic, func(t *testing.T) { t.Parallel(); sourcetest.TestLine(t, l) })
	}
}

// TestBytesThatAreNoText come as they are, for the loader to set aside.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "odd")
	p.send("odd", "", []byte("{\"id\": 1, \"word\": \"caf\xe9\"}"))
	p.send("odd", "", []byte("{\"id\": 2, \"word\": \"北辰\"}"))
	q := request("odd")
	q.Mode = source.Full
	var spool sourcetest.Spool
	if _, err := p.open().Read(t.Context(), q, &spool); err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for _, op := range spool.Ops {
		words[string(op.Values[0])] = string(op.Values[1])
	}
	if diff := cmp.Diff(map[string]string{"1": "caf\xff", "2": "北辰"}, words); diff != "" {
		t.Error(diff)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "orders")
	q, got := request("orders"), sourcetest.Table{}
	s := p.open()
	drain(t, s, &q, got) // nothing yet
	p.send("orders", "1", []byte(`{"id": 1, "word": "a \"b\"\n北辰", "in": {"n": 1.5}}`))
	p.send("orders", "2", []byte(`{"id": 2, "word": ""}`))
	p.send("orders", "3", []byte(`{"id": 3, "word": "gone"}`))
	p.send("orders", "3", nil)
	p.send("orders", `"4"`, []byte(`{"id": 4}`))
	p.send("orders", `{"id": 4}`, nil) // another partition may come first: the row may stay
	p.send("orders", "1", []byte(`{"id": 1, "word": "new", "in": {"n": 2}}`))
	drain(t, p.open(), &q, got)
	delete(got, `"4"`)
	want := sourcetest.Table{`"1"`: {`"1"`, `"new"`, `"2"`}, `"2"`: {`"2"`, `""`, "null"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	mark := q.Mark
	drain(t, s, &q, got)
	if q.Mark != mark {
		t.Errorf("no news moved the mark from %s to %s", mark, q.Mark)
	}
	d, err := s.Describe(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range d.Columns {
		names = append(names, c.Name+" "+string(c.Type))
	}
	if want := "id integer,in.n decimal,word string,_partition integer,_offset integer,_key string,_timestamp timestamp,_value string"; strings.Join(names, ",") != want {
		t.Errorf("columns %s", names)
	}
	if got, err := s.(source.Peeker).Peek(t.Context(), "orders"); err != nil || len(got.Records) != 7 || len(got.Stream.Columns) != len(names) {
		t.Errorf("%+v, %v", got, err)
	}
	streams, err := s.Discover(t.Context())
	if err != nil || !slices.ContainsFunc(streams, func(s source.Stream) bool { return s.Name == "orders" }) {
		t.Errorf("%v, %v", streams, err)
	}
	_, err = s.Describe(t.Context(), "nothing")
	sourcetest.Fault(t, err, fault.NotFound)
	q.Mark = `{"0": 1000}`
	if _, err := s.Read(t.Context(), q, &sourcetest.Spool{}); !source.IsStartOver(err) {
		t.Errorf("an offset beyond the end gives %v", err)
	}
	q.Mode = source.Incremental
	_, err = s.Read(t.Context(), q, &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
}

// TestLog keeps every message as a row, also those that are no JSON.
func TestLog(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "events")
	for _, v := range []string{`{"a": 1}`, "no JSON", `[1]`, ""} {
		p.send("events", "k", []byte(v))
	}
	p.send("events", "k", nil)
	q := source.Request{Stream: "events", Reader: "ld", Mode: source.Changes, Key: []string{"_partition", "_offset"},
		Columns: []source.Column{{Name: "_partition"}, {Name: "_offset"}, {Name: "_key"}, {Name: "_timestamp", Type: expr.Timestamp}, {Name: "_value"}, {Name: "a"}}}
	got := sourcetest.Table{}
	drain(t, p.open(), &q, got)
	var values []string
	for _, row := range got {
		values = append(values, row[4]+row[5])
	}
	slices.Sort(values)
	if want := []string{`""null`, `"[1]"null`, `"no JSON"null`, `"{\"a\": 1}""1"`, "nullnull"}; !slices.Equal(values, want) {
		t.Errorf("got %v", values)
	}
	q.Mode = source.Full
	var spool sourcetest.Spool
	if result, err := p.open().Read(t.Context(), q, &spool); err != nil || !result.Whole || result.Rows != 5 {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestWorkload reads while others write, with limits, lost reads and new
// connections, and ends with the newest message of each key.
func TestWorkload(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "busy")
	var writers sync.WaitGroup
	want, mu := sourcetest.Table{}, sync.Mutex{}
	for w := range 3 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			for n := range 400 {
				id := w*100 + r.IntN(50)
				key := fmt.Sprintf("%q", fmt.Sprint(id))
				if r.IntN(5) == 0 {
					p.send("busy", fmt.Sprint(id), nil)
					mu.Lock()
					delete(want, key)
				} else {
					p.send("busy", fmt.Sprint(id), fmt.Appendf(nil, `{"id": %d, "word": "w%d", "in": {"n": %d}}`, id, n, n))
					mu.Lock()
					want[key] = []string{key, fmt.Sprintf("%q", fmt.Sprint("w", n)), fmt.Sprintf("%q", fmt.Sprint(n))}
				}
				mu.Unlock()
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	q, got, r := request("busy"), sourcetest.Table{}, rand.New(rand.NewPCG(7, 7))
	s := p.open()
	for ended := false; ; {
		select {
		case <-done:
			ended = true
		default:
		}
		q.Rows = int64(1 + r.IntN(60))
		var spool sourcetest.Spool
		result, err := s.Read(t.Context(), q, &spool)
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(5) == 0 { // as if it crashed before the commit
			_ = s.Close()
			s = p.open()
			continue
		}
		if err := got.Load(q, result, &spool); err != nil {
			t.Fatal(err)
		}
		if q.Mark = result.Mark; ended && !result.More {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%.3000s", diff)
	}
}

// TestRemoved has messages that were removed before they were read.
func TestRemoved(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "short")
	q, s := request("short"), p.open()
	p.send("short", "1", []byte(`{"id": 1}`))
	drain(t, s, &q, sourcetest.Table{})
	for range 5 {
		p.send("short", "1", []byte(`{"id": 1}`))
	}
	admin := kadm.NewClient(p.owner)
	ends, err := admin.ListEndOffsets(t.Context(), "short")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.DeleteRecords(t.Context(), ends.Offsets()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context(), q, &sourcetest.Spool{}); !source.IsStartOver(err) {
		t.Errorf("removed messages give %v", err)
	}
	q.Mark = ""
	drain(t, s, &q, sourcetest.Table{})
}

func TestWho(t *testing.T) {
	t.Parallel()
	secret := sourcetest.Secrets[sourcetest.Reader]
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "reader", secret), kfake.Superuser("PLAIN", "plain", secret))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	config := kafka.Config{Hosts: c.ListenAddrs(), User: "reader", Password: secret, Mechanism: "scram-sha-256", Dial: (&net.Dialer{}).DialContext}
	for _, user := range []string{"reader", "plain"} {
		right := config
		if right.User = user; user == "plain" {
			right.Mechanism = "plain"
		}
		s, err := kafka.Open(t.Context(), right)
		if err != nil {
			t.Fatalf("%s: %v", user, err)
		}
		_ = s.Close()
		right.Password = sourcetest.Secrets[sourcetest.Wrong]
		_, err = kafka.Open(t.Context(), right)
		if said := sourcetest.Fault(t, err, fault.Unavailable); !strings.Contains(said, "password") {
			t.Errorf("%s: it says %q: %v", user, said, err)
		}
	}
	config.Hosts = []string{"127.0.0.1:1"}
	_, err = kafka.Open(t.Context(), config)
	sourcetest.Fault(t, err, fault.Unavailable)
}

// TestCancel gives up in the middle.
func TestCancel(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "cancelled")
	for i := range 50 {
		p.send("cancelled", fmt.Sprint(i), fmt.Appendf(nil, `{"id": %d}`, i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	_, err := p.open().Read(ctx, request("cancelled"), &sourcetest.Spool{Each: func() error {
		if n++; n == 10 {
			cancel()
		}
		return ctx.Err()
	}})
	if n != 10 || err == nil {
		t.Errorf("%d rows, %v", n, err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = p.open().Read(ctx, request("cancelled"), &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Canceled)
}

// TestTopicMadeAnew has a topic that was deleted and made anew, and has more
// messages than were read of the one before: its first ones are not passed over.
func TestTopicMadeAnew(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "orders")
	fill := func(from, to int) {
		for i := from; i <= to; i++ {
			p.send("orders", fmt.Sprint(i), fmt.Appendf(nil, `{"id": %d, "word": "w"}`, i))
		}
	}
	fill(1, 60)
	s, q, got := p.open(), request("orders"), sourcetest.Table{}
	drain(t, s, &q, got)
	old := kafka.OffsetsOf(t, q.Mark)
	admin := kadm.NewClient(p.owner)
	if _, err := admin.DeleteTopic(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.CreateTopic(t.Context(), 3, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	p.owner.PurgeTopicsFromClient("orders")
	fill(101, 260)
	for _, s := range []source.Source{s, p.open()} {
		_, err := s.Read(t.Context(), q, &sourcetest.Spool{})
		if !source.IsStartOver(err) || !strings.Contains(err.Error(), "made anew") {
			t.Errorf("%v", err)
		}
	}
	q.Mark, got = "", sourcetest.Table{}
	drain(t, s, &q, got)
	if len(got) != 160 {
		t.Errorf("%d rows of the new topic", len(got))
	}
	// A mark of when marks had offsets alone is read on from.
	q.Mark = old
	for range 2 {
		drain(t, s, &q, got)
	}
	if !strings.Contains(string(q.Mark), "topic") {
		t.Errorf("mark %s", q.Mark)
	}
}
