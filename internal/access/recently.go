package access

import (
	"sync"
	"time"
)

// notedFor is how precisely the last use of sessions and tokens is kept.
const notedFor = time.Minute

// mostNoted bounds what is remembered.
const mostNoted = 10_000

// recently remembers whose use has just been written down: of many requests at
// once, one writes.
type recently struct {
	mu sync.Mutex
	at map[string]time.Time
}

// note calls write when the use of a key was last written down before now by
// more than a minute, as far as the caller and this memory know.
func (r *recently) note(key string, last, now time.Time, write func() error) error {
	if now.Sub(last) < notedFor || !r.first(key, now) {
		return nil
	}
	err := write()
	if err != nil {
		r.mu.Lock()
		delete(r.at, key)
		r.mu.Unlock()
	}
	return err
}

func (r *recently) first(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, ok := r.at[key]; ok && now.Sub(at) < notedFor && !now.Before(at) {
		return false
	}
	if r.at == nil || len(r.at) >= mostNoted {
		r.at = map[string]time.Time{}
	}
	r.at[key] = now
	return true
}
