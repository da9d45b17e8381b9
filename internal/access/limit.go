package access

import (
	"math"
	"sync"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// limiter allows a number of failures per key in a sliding window. It holds a
// bounded number of keys; the one that was used longest ago goes first.
type limiter struct {
	mu     sync.Mutex
	max    int
	window time.Duration
	keys   int
	tries  map[string]*tries
}

type tries struct {
	at   []time.Time // ascending, at most max
	last time.Time
}

func newLimiter(max, keys int, window time.Duration) *limiter {
	return &limiter{max: max, window: window, keys: keys, tries: map[string]*tries{}}
}

// wait says how long the key has to wait before it may try; 0 for not at all.
// A try that may go on is counted at once, so that many at the same moment do
// not all pass; succeed takes it back.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tries[key]
	if t == nil {
		l.evict()
		t = &tries{}
		l.tries[key] = t
	}
	for len(t.at) > 0 && !now.Before(t.at[0].Add(l.window)) {
		t.at = t.at[1:]
	}
	t.last = now
	if len(t.at) >= l.max {
		return t.at[0].Add(l.window).Sub(now)
	}
	t.at = append(t.at, now)
	return 0
}

// undo takes back the last try of the key.
func (l *limiter) undo(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.tries[key]; t != nil && len(t.at) > 0 {
		t.at = t.at[:len(t.at)-1]
	}
}

// succeed forgets the key.
func (l *limiter) succeed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, key)
}

func (l *limiter) evict() {
	if len(l.tries) < l.keys {
		return
	}
	oldest, at := "", time.Time{}
	for k, t := range l.tries {
		if oldest == "" || t.last.Before(at) {
			oldest, at = k, t.last
		}
	}
	delete(l.tries, oldest)
}

func tooMany(wait time.Duration) error {
	seconds := int(math.Ceil(wait.Seconds()))
	return fault.New(fault.RateLimited, "too_many_tries", text.Text{
		EN: "too many failed tries; wait {seconds} seconds",
		ZH: "尝试次数过多，请等待 {seconds} 秒后再试"}, "seconds", seconds)
}
