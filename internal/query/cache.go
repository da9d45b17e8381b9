package query

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"sync"
	"time"

	"lodestar/internal/calendar"
)

// cacheKey tells questions with different answers apart: the resolved request,
// the calendar, the ranges, the versions of the data, the model and policies.
func (q *question) cacheKey(r Request) string {
	h := sha256.New()
	r.Time, r.AsOf, r.Timezone = nil, "", ""
	for _, f := range q.where {
		fmt.Fprintf(h, "%s\x00", f.Text)
	}
	r.Where = ""
	if err := json.NewEncoder(h).Encode(r); err != nil {
		panic("query: a request that is not JSON: " + err.Error())
	}
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00%d\x00%d\x00", q.model.Revision, policyFingerprint, q.timeOf,
		q.cal.Zone, q.cal.WeekStart, q.cal.YearStart)
	for _, r := range []*calendar.Range{q.times.whole, q.times.current, q.times.previous} {
		hashRange(h, r)
	}
	fmt.Fprintf(h, "%s\x00", q.times.align)
	fmt.Fprintf(h, "%s\x00", q.times.cutsText())
	if q.fill {
		hashTime(h, q.times.fillTo)
	}
	names := make([]string, 0, len(q.states))
	for name := range q.states {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(h, "%s\x00%d\x00", name, q.states[name].Version)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func hashRange(h hash.Hash, r *calendar.Range) {
	if r == nil {
		h.Write([]byte{0})
		return
	}
	hashTime(h, r.From)
	hashTime(h, r.To)
}

func hashTime(h hash.Hash, t time.Time) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(t.UnixNano()))
	h.Write(b[:])
}

// cache keeps the answers used last, up to a number of bytes.
type cache struct {
	mu    sync.Mutex
	most  int64
	used  int64
	byKey map[string]*list.Element
	order *list.List // newest first
}

type cached struct {
	key  string
	body *body
	size int64
}

func newCache(most int64) *cache {
	return &cache{most: most, byKey: map[string]*list.Element{}, order: list.New()}
}

func (c *cache) get(key string) (*body, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byKey[key]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(el)
	return el.Value.(*cached).body, true
}

func (c *cache) put(key string, b *body) {
	size := b.size() + int64(len(key))
	c.mu.Lock()
	defer c.mu.Unlock()
	if size > c.most/4 { // one answer must not push out all others
		return
	}
	if _, ok := c.byKey[key]; ok {
		return
	}
	c.byKey[key] = c.order.PushFront(&cached{key, b, size})
	c.used += size
	for c.used > c.most {
		el := c.order.Back()
		old := el.Value.(*cached)
		c.order.Remove(el)
		delete(c.byKey, old.key)
		c.used -= old.size
	}
}

// size is about how many bytes a body takes.
func (b *body) size() int64 {
	const cell, row = 24, 32
	n := int64(256)
	for _, part := range [][][]any{b.rows, b.totals, b.others} {
		for _, r := range part {
			n += row + cell*int64(len(r))
			for _, v := range r {
				if s, ok := v.(string); ok {
					n += int64(len(s))
				}
			}
		}
	}
	return n
}

// flight lets equal questions asked at the same time share one answer. Work
// goes on while anybody waits for it and is cancelled when all have gone.
type flight struct {
	mu    sync.Mutex
	going map[string]*going
}

type going struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	body    *body
	err     error
}

func (f *flight) do(ctx context.Context, key string, work func(context.Context) (*body, error)) (*body, error) {
	f.mu.Lock()
	if f.going == nil {
		f.going = map[string]*going{}
	}
	g, ok := f.going[key]
	if !ok {
		inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
		g = &going{done: make(chan struct{}), cancel: cancel}
		f.going[key] = g
		go func() {
			g.body, g.err = work(inner)
			f.mu.Lock()
			if f.going[key] == g {
				delete(f.going, key)
			}
			f.mu.Unlock()
			close(g.done)
			cancel()
		}()
	}
	g.waiting++
	f.mu.Unlock()
	select {
	case <-g.done:
		return g.body, g.err
	case <-ctx.Done():
	}
	f.mu.Lock()
	g.waiting--
	if g.waiting == 0 {
		g.cancel()
		if f.going[key] == g {
			delete(f.going, key)
		}
	}
	f.mu.Unlock()
	return nil, gaveUp(ctx)
}
