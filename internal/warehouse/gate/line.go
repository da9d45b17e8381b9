package gate

import (
	"context"
	"slices"
	"sync"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Stats are figures of what went through a gate.
type Stats struct {
	Places      int   // that there are
	Running     int   // statements now
	Streams     int   // of them, those whose rows go to a reader
	Waiting     int   // in line now
	Started     int64 // since the gate was made, as all below
	Refused     int64 // because the line was full, for all or for one person
	Impatient   int64 // whose place did not come in time
	Canceled    int64 // given up while in line or while running
	TimedOut    int64 // stopped because they ran too long
	WaitSeconds float64
	RunSeconds  float64
}

// line is who runs and who waits.
type line struct {
	c       Config
	streams int // places that streams may take

	mu      sync.Mutex
	s       Stats
	waiters []*waiter // in the order in which they came
	people  map[string]*person
	usual   time.Duration // about how long a statement runs
	quiet   chan struct{} // closed when nothing runs any more; nil when nobody waits for that
}

// person is somebody with statements running or waiting.
type person struct {
	running, waiting int
	served           int64 // when a place came last, counted in places given
}

// waiter stands in line.
type waiter struct {
	asker  warehouse.Asker
	since  time.Time
	called chan struct{} // closed when a place is theirs
}

func newLine(c Config) *line {
	return &line{c: c, streams: max(1, c.Places/2), people: map[string]*person{}, usual: 100 * time.Millisecond,
		s: Stats{Places: c.Places}}
}

func (l *line) stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.s
}

func (l *line) count(f func(*Stats)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.s)
}

// enter gives a place, at once or after waiting for it.
func (l *line) enter(ctx context.Context, asker warehouse.Asker) (*place, error) {
	w := &waiter{asker: asker, since: time.Now(), called: make(chan struct{})}
	if err := l.join(w); err != nil {
		return nil, err
	}
	patience := time.NewTimer(l.c.MaxWait)
	defer patience.Stop()
	select {
	case <-w.called:
		return &place{l: l, asker: asker, since: time.Now()}, nil
	case <-ctx.Done():
		l.quit(w, func(s *Stats) { s.Canceled++ })
		return nil, gaveUp(ctx.Err())
	case <-patience.C:
		after := l.quit(w, func(s *Stats) { s.Impatient++ })
		return nil, queueFull(after)
	}
}

// join puts somebody in line and calls who may come in.
func (l *line) join(w *waiter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.person(w.asker.Name)
	p.waiting++
	l.s.Waiting++
	l.waiters = append(l.waiters, w)
	l.call()
	select {
	case <-w.called:
		return nil
	default:
	}
	after := l.retryAfter()
	switch {
	case l.s.Waiting > l.c.Waiting:
		l.drop(w)
		l.s.Refused++
		return queueFull(after)
	case p.waiting > max(1, l.c.Waiting*3/4):
		l.drop(w)
		l.s.Refused++
		return fault.New(fault.RateLimited, "too_many_questions", text.Text{
			EN: "too many of your questions are waiting for the warehouse; try again in {retryAfter} seconds",
			ZH: "您有太多查询正在排队；请在 {retryAfter} 秒后再试"}, "retryAfter", after)
	}
	return nil
}

func queueFull(after int) error {
	return fault.New(fault.Unavailable, "queue_full", text.Text{
		EN: "the warehouse has more questions than it can take; try again in {retryAfter} seconds",
		ZH: "当前查询过多，数据仓库忙不过来；请在 {retryAfter} 秒后再试"}, "retryAfter", after)
}

// quit takes somebody out of the line. A place that came at the same moment
// goes to the next.
func (l *line) quit(w *waiter, why func(*Stats)) (retryAfter int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	why(&l.s)
	select {
	case <-w.called:
		l.free(w.asker)
	default:
		l.drop(w)
	}
	return l.retryAfter()
}

// call lets in whoever is next, as long as there are places. The caller holds
// l.mu, here and below.
func (l *line) call() {
	for l.s.Running < l.c.Places {
		next := -1
		for i, w := range l.waiters {
			if w.asker.Stream && l.s.Streams >= l.streams {
				continue
			}
			if next < 0 || l.before(w, l.waiters[next]) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := l.waiters[next]
		l.leaveLine(next)
		l.s.Running++
		l.s.Started++
		p := l.people[w.asker.Name]
		p.running++
		p.served = l.s.Started
		l.s.WaitSeconds += time.Since(w.since).Seconds()
		if w.asker.Stream {
			l.s.Streams++
		}
		close(w.called)
	}
}

// before reports whether a comes in before b, who has waited longer.
func (l *line) before(a, b *waiter) bool {
	p, q := l.people[a.asker.Name], l.people[b.asker.Name]
	if p.running != q.running {
		return p.running < q.running
	}
	return p.served < q.served
}

func (l *line) leaveLine(i int) {
	l.people[l.waiters[i].asker.Name].waiting--
	l.s.Waiting--
	l.waiters = slices.Delete(l.waiters, i, i+1)
}

func (l *line) drop(w *waiter) {
	if i := slices.Index(l.waiters, w); i >= 0 {
		l.leaveLine(i)
		l.forget(w.asker.Name)
	}
}

// free gives a place back and calls the next.
func (l *line) free(a warehouse.Asker) {
	l.people[a.Name].running--
	if l.s.Running--; l.s.Running == 0 && l.quiet != nil {
		close(l.quiet)
		l.quiet = nil
	}
	if a.Stream {
		l.s.Streams--
	}
	l.forget(a.Name)
	l.call()
}

// untilQuiet is closed when nothing runs any more; nil when nothing does now.
func (l *line) untilQuiet() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.s.Running == 0 {
		return nil
	}
	if l.quiet == nil {
		l.quiet = make(chan struct{})
	}
	return l.quiet
}

func (l *line) person(name string) *person {
	p := l.people[name]
	if p == nil {
		p = &person{}
		l.people[name] = p
	}
	return p
}

func (l *line) forget(name string) {
	if p := l.people[name]; p.running == 0 && p.waiting == 0 {
		delete(l.people, name)
	}
}

// retryAfter guesses in how many seconds the line will be short.
func (l *line) retryAfter() int {
	wait := l.usual * time.Duration(l.s.Waiting) / time.Duration(l.c.Places)
	return min(max(seconds(wait), 1), 60)
}

// place is what a running statement holds.
type place struct {
	l     *line
	asker warehouse.Asker
	since time.Time
}

// leave gives the place back. It is called once.
func (p *place) leave() {
	took := time.Since(p.since)
	l := p.l
	l.mu.Lock()
	defer l.mu.Unlock()
	l.s.RunSeconds += took.Seconds()
	if !p.asker.Stream {
		l.usual += (took - l.usual) / 8
	}
	l.free(p.asker)
}
