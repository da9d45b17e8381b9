package mqtt_test

import (
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/mqtt"
	"lodestar/internal/source/sourcetest"
)

// TestBegunAndCutOff has a session that somebody began, and was killed before
// there was a subscription.
func TestBegunAndCutOff(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	q := request()
	killed := paho.NewClient(paho.NewClientOptions().AddBroker(fmt.Sprintf("tcp://127.0.0.1:%d", p.config.Port)).SetClientID("lodestar_" + q.Reader).
		SetCleanSession(false).SetUsername("reader").SetPassword(p.config.Password))
	if c := killed.Connect(); c.Wait() && c.Error() != nil {
		t.Fatal(c.Error())
	}
	killed.Disconnect(50)
	drain(t, p.connect(), &q)
	p.send("plant/a/t", "one")
	if got := drain(t, p.connect(), &q); !slices.Equal(got, []string{"one"}) {
		t.Errorf("got %q", got)
	}
}

// TestRetained has messages that the broker retains: each comes once, also when
// what was read is dropped, or its reader killed.
func TestRetained(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, topic := range []string{"plant/a/t", "plant/b/t"} {
		if sent := p.owner.Publish(topic, 1, true, "kept"); sent.Wait() && sent.Error() != nil {
			t.Fatal(sent.Error())
		}
	}
	s, q := p.connect(), request()
	for round := range 3 { // read, and not stored
		if got, _ := read(t, s, q); !slices.Equal(got, []string{"kept", "kept"}) {
			t.Errorf("round %d: %q", round, got)
		}
		_ = s.Close()
		s = p.connect()
	}
	if got := drain(t, s, &q); len(got) != 2 {
		t.Errorf("stored: %q", got)
	}
	p.send("plant/a/t", "kept", "kept") // the same words, said anew
	if got := drain(t, p.connect(), &q); len(got) != 2 {
		t.Errorf("then: %q", got)
	}
}

// TestSubscriptionRefused has a broker that lets nobody subscribe, until its
// administrator allows it: from then on messages come.
func TestSubscriptionRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var allowed, subscribed, session atomic.Bool
	serve := func(c net.Conn) {
		defer func() { _ = c.Close() }()
		for {
			p, err := packets.ReadPacket(c)
			if err != nil {
				return
			}
			var answer packets.ControlPacket
			switch p := p.(type) {
			case *packets.ConnectPacket:
				if p.CleanSession {
					session.Store(false)
					subscribed.Store(false)
				}
				a := packets.NewControlPacket(packets.Connack).(*packets.ConnackPacket)
				a.SessionPresent = session.Swap(!p.CleanSession)
				answer = a
			case *packets.SubscribePacket:
				a := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
				a.MessageID, a.ReturnCodes = p.MessageID, []byte{0x80}
				if allowed.Load() {
					a.ReturnCodes[0] = 1
					subscribed.Store(true)
				}
				answer = a
			case *packets.UnsubscribePacket:
				a := packets.NewControlPacket(packets.Unsuback).(*packets.UnsubackPacket)
				a.MessageID, answer = p.MessageID, a
			case *packets.PingreqPacket:
				answer = packets.NewControlPacket(packets.Pingresp)
			}
			if answer != nil && answer.Write(c) != nil {
				return
			}
		}
	}
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			go serve(c)
		}
	}()
	s, err := mqtt.Open(t.Context(), mqtt.Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Dial: (&net.Dialer{}).DialContext, Now: time.Now, Quiet: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	q := request()
	for _, q.Mark = range []source.Mark{"", `{"last":"AAAAAAAAAAA="}`} { // also of a reader whose session the broker has lost
		allowed.Store(false)
		_, err = s.Read(t.Context(), q, &sourcetest.Spool{})
		sourcetest.Fault(t, err, fault.Unavailable)
		allowed.Store(true)
		if got, _ := read(t, s, q); len(got) > 0 || !subscribed.Load() {
			t.Errorf("mark %q: got %q, subscribed %v", q.Mark, got, subscribed.Load())
		}
		if err := s.Forget(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}
