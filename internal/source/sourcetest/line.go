package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/fault"
	"lodestar/internal/source"
)

// Line is a stream of a place that is reached over a network.
type Line struct {
	// Open opens the place. All its connections are dialled so.
	Open    func(ctx context.Context, dial source.Dial) (source.Source, error)
	Request source.Request
	// Value is the column by which rows are told apart; files are by their name
	// and content.
	Value string
	// Fill makes news and gives their values, for a stream that gives each thing
	// once; nil for one that is read whole, every time.
	Fill func(t testing.TB) []string
}

// brief is for how long a source may say nothing in these tests, and forever
// that it may always.
const (
	brief   = 1500 * time.Millisecond
	forever = time.Hour
)

// trial is one trouble, and what is to come of it.
type trial struct {
	name    string
	trouble Trouble
	half    bool // it begins in the middle
	cancel  bool
	patient time.Duration
	kind    fault.Kind
	code    string
}

var trials = []trial{
	{"refused", Refuse, false, false, forever, fault.Unavailable, ""},
	{"half-open", Mute, false, false, brief, fault.Unavailable, "source_silent"},
	{"half-open and cancelled", Mute, false, true, forever, fault.Canceled, ""},
	{"silent", Mute, true, false, brief, fault.Unavailable, "source_silent"},
	{"silent and cancelled", Mute, true, true, forever, fault.Canceled, ""},
	{"cut", Cut, true, false, forever, fault.Unavailable, ""},
	{"slow", Trickle, false, false, brief, 0, ""},
}

// outcome is what came of a trial.
type outcome struct {
	err, after error // in the trouble, and after it
	got, want  []string
}

// TestLine tries what happens to connections: each trouble ends in a fault that
// says what to do, or in nothing at all when it is only slow, and after it
// everything is there.
func TestLine(t *testing.T, l Line) {
	p := NewProxy(t)
	q := l.Request
	var got []string
	if err := l.run(t.Context(), p, forever, &q, &got); err != nil {
		t.Fatalf("without trouble: %v", err)
	}
	want := got
	if l.Fill != nil {
		p.Set(None, 0) // what news cost
		want, got = l.Fill(t), nil
		if err := l.run(t.Context(), p, forever, &q, &got); err != nil {
			t.Fatalf("without trouble: %v", err)
		}
	}
	if len(want) == 0 {
		t.Fatal("there is nothing to read")
	}
	size := p.Set(None, 0)
	ends := make([]outcome, len(trials))
	var all sync.WaitGroup
	for i, c := range trials {
		if l.Fill != nil { // one after the other: each has its news
			ends[i] = l.try(t.Context(), p, c, size, &q, l.Fill(t))
			continue
		}
		own := NewProxy(t)
		all.Go(func() { ends[i] = l.try(t.Context(), own, c, size, &q, want) })
	}
	all.Wait()
	for i, c := range trials {
		t.Run(c.name, func(t *testing.T) { ends[i].check(t, c) })
	}
}

func (o outcome) check(t *testing.T, c trial) {
	if c.trouble != Trickle {
		Fault(t, o.err, c.kind)
		if f := fault.Of(o.err); c.code != "" && f.Code != c.code {
			t.Errorf("it is %s, want %s", f.Code, c.code)
		}
	} else if o.err != nil {
		t.Errorf("it is alive: %v", o.err)
	}
	if o.after != nil {
		t.Errorf("afterwards: %v", o.after)
	}
	slices.Sort(o.got)
	slices.Sort(o.want)
	if diff := cmp.Diff(o.want, o.got); diff != "" {
		t.Errorf("(-want +got)\n%.2000s", diff)
	}
}

// try reads in trouble, and then once more without.
func (l Line) try(ctx context.Context, p *Proxy, c trial, size int64, q *source.Request, want []string) outcome {
	o := outcome{want: slices.Clone(want)}
	after := int64(0)
	if c.half {
		after = size / 2
	}
	p.begin(c.trouble, after, size)
	in, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.cancel {
		time.AfterFunc(brief/4, cancel) // it waits by then
	}
	done := make(chan error, 1)
	go func() { done <- l.run(in, p, c.patient, q, &o.got) }()
	select {
	case o.err = <-done:
	case <-time.After(3 * time.Minute): // a busy machine is slow, too
		o.err = errors.New("it hangs")
		return o
	}
	p.Set(Cut, 0)
	p.Set(None, 0)
	o.after = l.run(ctx, p, forever, q, &o.got)
	return o
}

// run reads all there is, as a sync does: what was read in one go is stored with
// its mark, and then acknowledged.
func (l Line) run(ctx context.Context, p *Proxy, most time.Duration, q *source.Request, got *[]string) error {
	w := source.NewWatch("the source", most)
	s, err := w.Open(ctx, func(ctx context.Context) (source.Source, error) { return l.Open(ctx, w.Dial(p.Dial)) })
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // in time, whatever it says
	for {
		var spool Spool
		result, err := s.Read(ctx, *q, &spool)
		if err != nil {
			return err
		}
		values, err := l.values(&spool)
		if err != nil {
			return err
		}
		if result.Whole {
			*got = nil
		}
		*got = append(*got, values...)
		if q.Mode == source.Full {
			return nil
		}
		q.Mark = result.Mark
		if err := s.Acknowledge(ctx, *q, q.Mark); err != nil {
			return err
		}
		if !result.More {
			return nil
		}
	}
}

func (l Line) values(s *Spool) (out []string, err error) {
	for _, f := range s.Files {
		out = append(out, f.Name+"="+f.Content.String())
	}
	ops, err := s.All()
	for _, op := range ops {
		out = append(out, string(op.Values[slices.Index(s.Header, l.Value)]))
	}
	return out, err
}

// line is a table that is read whole.
func line(t *testing.T, d Database) {
	d.Make(t, "lined", "id integer", "word text", "n integer")
	d.Exec(t, d.Fill("lined", 3000))
	TestLine(t, Line{Open: d.Through, Request: d.request("lined", source.Full, id, word, num), Value: "word"})
}

// lineOfChanges is a table that is followed.
func lineOfChanges(t *testing.T, d Database) {
	d.Make(t, "followed", "id integer", "word text", "n integer")
	q := d.request("followed", source.Changes, id, word, num)
	t.Cleanup(func() { forget(t, d, q) })
	n := 0
	TestLine(t, Line{Open: d.Through, Request: q, Value: "word", Fill: func(t testing.TB) []string {
		var rows, words []string
		for range 400 {
			n++
			words = append(words, fmt.Sprintf("the word that has number %d", n))
			rows = append(rows, fmt.Sprintf("(%d, '%s', 0)", n, words[len(words)-1]))
		}
		d.Exec(t, "INSERT INTO followed (id, word, n) VALUES "+strings.Join(rows, ", "))
		return words
	}})
}

// lineOfFiles is a folder with files.
func lineOfFiles(t *testing.T, f Folder) {
	for i := range 3 {
		f.Put(t, "lined", fmt.Sprintf("%d.csv", i), strings.Repeat(fmt.Sprintf("line of file %d\n", i), 20_000), time.Hour)
	}
	q := ask("*.csv", source.Full)
	TestLine(t, Line{Request: q, Open: func(ctx context.Context, dial source.Dial) (source.Source, error) {
		return f.Through(ctx, "lined", dial)
	}})
}
