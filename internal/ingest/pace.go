package ingest

import (
	"os"
	"sync/atomic"
	"time"
)

// pace lets questions go first: after each piece of work it waits while any
// runs, at most three times as long as the piece took. So a load that shares the
// machine with questions without end keeps a quarter of its speed.
type pace struct {
	giveWay func(most time.Duration) // nil: never
	since   time.Time                // when the piece began
}

func (s *Service) pace() pace { return pace{giveWay: s.GiveWay} }

// longestRest bounds a rest after a piece that took long for other reasons, such
// as a source that is slow.
const longestRest = 100 * time.Millisecond

// rest ends a piece.
func (p *pace) rest() {
	if p.giveWay == nil {
		return
	}
	if now := time.Now(); !p.since.IsZero() {
		p.giveWay(min(3*now.Sub(p.since), longestRest))
	}
	p.since = time.Now()
}

// progress counts what was read of a file, at a pace.
type progress struct {
	n atomic.Int64
	pace
}

// counting adds what is read to a progress.
type counting struct {
	in *os.File
	*progress
}

func (c counting) Read(p []byte) (int, error) {
	c.rest()
	n, err := c.in.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (c counting) ReadAt(p []byte, from int64) (int, error) {
	c.rest()
	n, err := c.in.ReadAt(p, from)
	c.n.Add(int64(n))
	return n, err
}
