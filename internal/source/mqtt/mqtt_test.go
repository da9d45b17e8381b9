package mqtt_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/mqtt"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/testserver"
)

// place is a broker, and connections to it that can be cut.
type place struct {
	t      *testing.T
	owner  paho.Client
	config mqtt.Config
	mu     sync.Mutex
	open   []net.Conn
}

func newPlace(t *testing.T) *place {
	t.Helper()
	broker, err := testserver.Mosquitto(t.Context(), map[string]string{"reader": sourcetest.Secrets[sourcetest.Reader], "owner": "o"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Stop() })
	p := &place{t: t, owner: paho.NewClient(paho.NewClientOptions().AddBroker(fmt.Sprintf("tcp://127.0.0.1:%d", broker.Port)).SetClientID("owner").SetUsername("owner").SetPassword("o"))}
	if c := p.owner.Connect(); c.Wait() && c.Error() != nil {
		t.Fatal(c.Error())
	}
	t.Cleanup(func() { p.owner.Disconnect(0) })
	p.config = mqtt.Config{Host: "127.0.0.1", Port: broker.Port, User: "reader", Password: sourcetest.Secrets[sourcetest.Reader], Dial: p.dial, Now: time.Now, Quiet: 400 * time.Millisecond}
	return p
}

func (p *place) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		p.mu.Lock()
		p.open = append(p.open, c)
		p.mu.Unlock()
	}
	return c, err
}

// cut breaks all connections at once.
func (p *place) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.Close()
	}
	p.open = nil
}

func (p *place) connect() source.Source {
	p.t.Helper()
	s, err := mqtt.Open(p.t.Context(), p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.Close() })
	return s
}

func (p *place) send(topic string, payloads ...string) {
	p.t.Helper()
	for _, v := range payloads {
		if sent := p.owner.Publish(topic, 1, false, v); sent.Wait() && sent.Error() != nil {
			p.t.Error(sent.Error())
		}
	}
}

func request() source.Request {
	return source.Request{Stream: "plant/+/t", Reader: "ld", Mode: source.Changes, Key: []string{"_id"}, Columns: []source.Column{{Name: "_id"}, {Name: "_topic"},
		{Name: "_value"}, {Name: "_received", Type: expr.Timestamp}, {Name: "c", Type: expr.Decimal}}}
}

// read reads once, and gives the payloads.
func read(t *testing.T, s source.Source, q source.Request) ([]string, source.Result) {
	t.Helper()
	var spool sourcetest.Spool
	result, err := s.Read(t.Context(), q, &spool)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, op := range spool.Ops {
		out = append(out, string(op.Values[2]))
	}
	return out, result
}

// drain reads, stores and acknowledges until nothing comes.
func drain(t *testing.T, s source.Source, q *source.Request) (out []string) {
	t.Helper()
	for {
		got, result := read(t, s, *q)
		out, q.Mark = append(out, got...), result.Mark
		if err := s.Acknowledge(t.Context(), *q, q.Mark); err != nil {
			t.Fatal(err)
		}
		if !result.More {
			return out
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s, q := p.connect(), request()
	if got := drain(t, s, &q); len(got) > 0 { // the session begins
		t.Errorf("got %q", got)
	}
	p.send("plant/a/t", `{"c": 1.5}`, `{"c": 2}`)
	p.send("plant/b/t", "no JSON")
	p.send("plant/b/other", "not asked")
	var spool sourcetest.Spool
	result, err := s.Read(t.Context(), q, &spool)
	if err != nil || result.Rows != 3 || len(spool.Ops) != 3 {
		t.Fatalf("%+v, %v", result, err)
	}
	if got := sourcetest.Quoted(spool.Ops[0].Values); got[1] != `"plant/a/t"` || got[2] != `"{\"c\": 1.5}"` || got[4] != `"1.5"` {
		t.Errorf("got %v", got)
	}
	if got := sourcetest.Quoted(spool.Ops[2].Values); got[4] != "null" || got[2] != `"no JSON"` {
		t.Errorf("got %v", got)
	}
	// The spool is dropped and read again: the messages come once more.
	if got, _ := read(t, s, q); len(got) != 3 {
		t.Errorf("read again: %q", got)
	}
	// So do they after a crash.
	_ = s.Close()
	s = p.connect()
	got, result := read(t, s, q)
	if len(got) != 3 {
		t.Errorf("after a crash: %q", got)
	}
	// They are stored, and then comes a crash before the acknowledgement.
	q.Mark = result.Mark
	_ = s.Close()
	p.send("plant/c/t", `{"c": 3}`) // while nobody reads
	if got = drain(t, p.connect(), &q); !slices.Equal(got, []string{`{"c": 3}`}) {
		t.Errorf("after storing: %q", got)
	}
	if got = drain(t, p.connect(), &q); len(got) > 0 {
		t.Errorf("no news: %q", got)
	}
	d, err := p.connect().Describe(t.Context(), "plant/#")
	if err != nil || !d.Sampled || !slices.Equal(d.Modes, []string{source.Changes}) {
		t.Errorf("%+v, %v", d, err)
	}
	forgets(t, p, q)
}

// A sample listens, and takes nothing from those who read.
func TestPeek(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s, q := p.connect(), request()
	drain(t, s, &q)
	sampling := p.connect().(source.Peeker)
	if got, err := sampling.Peek(t.Context(), "plant/+/t"); err != nil || len(got.Records) != 0 || len(got.Stream.Columns) != 4 {
		t.Errorf("nothing comes: %+v, %v", got, err)
	}
	stop, sent := make(chan struct{}), make(chan int)
	go func() { // until the sample is there: when the broker knows of it nobody tells
		for n := 0; ; {
			select {
			case <-stop:
				sent <- n
				return
			case <-time.After(20 * time.Millisecond):
				p.send("plant/a/t", fmt.Sprintf(`{"c": %d.5, "at": "2026-03-01T08:00:00Z"}`, n), "no JSON")
				n += 2
			}
		}
	}()
	got, err := sampling.Peek(t.Context(), "plant/+/t")
	close(stop)
	n := <-sent
	if err != nil || len(got.Records) < 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	var names []string
	for _, c := range got.Stream.Columns {
		names = append(names, c.Name+" "+string(c.Type))
	}
	if want := "at timestamp,c decimal,_topic string,_received timestamp,_id string,_value string"; strings.Join(names, ",") != want {
		t.Error(names)
	}
	if got := drain(t, s, &q); len(got) != n {
		t.Errorf("%d messages are left to read, want %d", len(got), n)
	}
	_, err = sampling.Peek(t.Context(), "plant/a+")
	sourcetest.Fault(t, err, fault.Invalid)
}

// forgets ends the session: what comes after is not kept.
func forgets(t *testing.T, p *place, q source.Request) {
	t.Helper()
	for range 2 {
		if err := p.connect().Forget(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	p.send("plant/a/t", "lost")
	if got := drain(t, p.connect(), &q); len(got) > 0 {
		t.Errorf("after forgetting: %q", got)
	}
}

// TestOnce cuts connections at any time, and stores every message once.
func TestOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s, q := p.connect(), request()
	drain(t, s, &q)
	done := make(chan struct{})
	const n = 300
	go func() {
		defer close(done)
		for i := range n {
			p.send("plant/a/t", fmt.Sprintf(`{"c": %d}`, i))
		}
	}()
	var stored []string
	for round, ended := 0, false; ; round++ {
		select {
		case <-done:
			ended = true
		default:
		}
		q.Rows = int64(1 + round*7%50)
		var spool sourcetest.Spool
		if round%3 == 1 {
			spool.Each = func() error {
				if len(spool.Ops) == 5 {
					p.cut()
				}
				return nil
			}
		}
		result, err := s.Read(t.Context(), q, &spool)
		if err != nil {
			sourcetest.Fault(t, err, fault.Unavailable)
			continue
		}
		if round%4 == 2 { // as if it crashed before the commit
			_ = s.Close()
			s = p.connect()
			continue
		}
		for _, op := range spool.Ops {
			stored = append(stored, string(op.Values[2]))
		}
		q.Mark = result.Mark
		if round%5 == 3 { // or before the acknowledgement
			p.cut()
			continue
		}
		if err := s.Acknowledge(t.Context(), q, q.Mark); err != nil {
			sourcetest.Fault(t, err, fault.Unavailable)
			continue
		}
		if ended && result.Rows == 0 {
			break
		}
	}
	slices.Sort(stored)
	if once := slices.Compact(slices.Clone(stored)); len(stored) != n || len(once) != n {
		have := map[string]int{}
		for _, v := range stored {
			have[v]++
		}
		for i := range n {
			if c := have[fmt.Sprintf(`{"c": %d}`, i)]; c != 1 {
				t.Logf("%d: %d times", i, c)
			}
		}
		t.Errorf("%d stored, %d different, want %d", len(stored), len(once), n)
	}
}

// TestLine tries what happens to connections.
func TestLine(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	n := 0
	sourcetest.TestLine(t, sourcetest.Line{Request: request(), Value: "_value",
		Open: func(ctx context.Context, dial source.Dial) (source.Source, error) {
			c := p.config
			c.Dial = dial
			return mqtt.Open(ctx, c)
		},
		Fill: func(testing.TB) (out []string) {
			for range 100 {
				n++
				out = append(out, fmt.Sprintf(`{"c": %d, "what": "a message that is long enough to be cut in two"}`, n))
			}
			p.send("plant/a/t", out...)
			return out
		}})
}

// TestNoNewsOrNobody tells a broker that has nothing from one that is gone, also
// when that happens while it is listened to.
func TestNoNewsOrNobody(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	proxy := sourcetest.NewProxy(t)
	w := source.NewWatch("the broker", time.Second)
	s, err := w.Open(t.Context(), func(ctx context.Context) (source.Source, error) {
		c := p.config
		c.Dial = w.Dial(proxy.Dial)
		return mqtt.Open(ctx, c)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	q := request()
	if got, _ := read(t, s, q); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	p.send("plant/a/t", "one")
	const connected = 4 // bytes by which the broker takes a session up
	proxy.Set(sourcetest.Cut, 0)
	proxy.Set(sourcetest.Mute, connected)
	_, err = s.Read(t.Context(), q, &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Unavailable)
	proxy.Set(sourcetest.Cut, 0)
	proxy.Set(sourcetest.None, 0)
	if got := drain(t, s, &q); !slices.Equal(got, []string{"one"}) {
		t.Errorf("afterwards: %q", got)
	}
}

// TestBytesThatAreNoText come as they are, for the loader to set aside.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s, q := p.connect(), request()
	q.Columns = append(q.Columns, source.Column{Name: "word", Type: expr.String})
	drain(t, s, &q)
	p.send("plant/a/t", "{\"word\": \"caf\xe9\"}", `{"word": "北辰"}`)
	var spool sourcetest.Spool
	if _, err := s.Read(t.Context(), q, &spool); err != nil || len(spool.Ops) != 2 {
		t.Fatalf("%d messages, %v", len(spool.Ops), err)
	}
	for i, want := range []string{"caf\xff", "北辰"} {
		if got := string(spool.Ops[i].Values[5]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWho(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	wrong := p.config
	wrong.Password = sourcetest.Secrets[sourcetest.Wrong]
	_, err := mqtt.Open(t.Context(), wrong)
	if said := sourcetest.Fault(t, err, fault.Unavailable); !strings.Contains(said, "password") {
		t.Errorf("it says %q", said)
	}
	q := request()
	wrong.Port = 1
	_, err = mqtt.Open(t.Context(), wrong)
	sourcetest.Fault(t, err, fault.Unavailable)
	q.Stream = "a/#/b"
	_, err = p.connect().Read(t.Context(), q, &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
	q.Mode = source.Full
	_, err = p.connect().Read(t.Context(), q, &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Invalid)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.connect().Read(ctx, request(), &sourcetest.Spool{})
	sourcetest.Fault(t, err, fault.Canceled)
}
