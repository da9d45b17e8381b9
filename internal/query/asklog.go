package query

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// The log of questions says what people ask and what it costs, so that
// roll-ups can be proposed. It keeps shapes: names of metrics, dimensions and
// columns in conditions, never values, limits, names given to columns, nor who
// asked.

// Keep is where the log lies between two runs of the program.
type Keep interface {
	Get(ctx context.Context, key string) (string, error) // "" when there is nothing
	Set(ctx context.Context, key, value string) error
}

// Bounds of the log.
const (
	logKey     = "query_log"
	mostShapes = 500
	logEvery   = 30 * time.Second
)

// Asked is a shape of question with what it has cost.
type Asked struct {
	Shape  Request   `json:"shape"`
	Count  int64     `json:"count"`
	Millis float64   `json:"millis"` // in all
	LastAt time.Time `json:"lastAt"`
	// Days counts the last month, by day in UTC.
	Days map[string]int64 `json:"days,omitempty"`
}

// keptLog is the log as it is written down, with the use of roll-ups.
type keptLog struct {
	Asked []Asked         `json:"asked"`
	Use   map[string]*Use `json:"use"`
}

// askLog gathers in memory and writes in the background.
type askLog struct {
	e    *Engine
	keep Keep

	mu      sync.Mutex
	loaded  bool
	dirty   bool
	writing bool
	asked   map[string]*Asked

	stop chan struct{}
	work sync.WaitGroup
}

func newAskLog(e *Engine) *askLog {
	return &askLog{e: e, keep: e.c.Keep, asked: map[string]*Asked{}, stop: make(chan struct{})}
}

// note adds an answered question. It never waits for the store.
func (l *askLog) note(q *question, r Request, took time.Duration) {
	if l.keep == nil || len(q.metrics) == 0 {
		return
	}
	shape := q.shape(r)
	key, err := json.Marshal(shape)
	if err != nil {
		l.e.c.Log.Warn("a question was not logged", "error", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.e.c.Now().UTC()
	l.add(string(key), Asked{Shape: shape, Count: 1, Millis: float64(took.Microseconds()) / 1000, LastAt: now,
		Days: map[string]int64{now.Format(time.DateOnly): 1}})
	l.changed()
}

// add puts counts together; when there are too many shapes the one that has
// cost least goes, but not the newcomer.
func (l *askLog) add(key string, a Asked) {
	if have := l.asked[key]; have != nil {
		have.Count += a.Count
		have.Millis += a.Millis
		if a.LastAt.After(have.LastAt) {
			have.LastAt = a.LastAt
		}
		have.addDays(a.Days, have.LastAt)
		return
	}
	if len(l.asked) >= mostShapes {
		least := ""
		for k, have := range l.asked {
			if least == "" || have.Millis < l.asked[least].Millis || have.Millis == l.asked[least].Millis && k < least {
				least = k
			}
		}
		delete(l.asked, least)
	}
	l.asked[key] = &a
}

// touch notes that the use of roll-ups has changed.
func (l *askLog) touch() {
	if l.keep == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed()
}

// changed has the log written before long; the lock is held.
func (l *askLog) changed() {
	l.dirty = true
	if l.writing {
		return
	}
	l.writing = true
	l.work.Add(1)
	go func() {
		defer l.work.Done()
		select {
		case <-l.stop:
		case <-time.After(logEvery):
		}
		l.mu.Lock()
		l.writing = false
		l.mu.Unlock()
		if err := l.write(context.Background()); err != nil {
			l.e.c.Log.Warn("the log of questions was not written", "error", err)
		}
	}()
}

// load reads what an earlier run has written, once.
func (l *askLog) load(ctx context.Context) error {
	if l.keep == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loaded {
		return nil
	}
	src, err := l.keep.Get(ctx, logKey)
	if err != nil {
		return err
	}
	l.loaded = true
	if src == "" {
		return nil
	}
	var old keptLog
	if err := json.Unmarshal([]byte(src), &old); err != nil {
		l.e.c.Log.Warn("the log of questions cannot be read and begins anew", "error", err)
		return nil
	}
	for _, a := range old.Asked {
		key, err := json.Marshal(a.Shape)
		if err != nil {
			return err
		}
		l.add(string(key), a)
	}
	l.e.rollups.addUse(old.Use)
	return nil
}

func (l *askLog) write(ctx context.Context) error {
	if err := l.load(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	if !l.dirty {
		l.mu.Unlock()
		return nil
	}
	l.dirty = false
	out := keptLog{Asked: l.list()}
	l.mu.Unlock()
	out.Use = l.e.rollups.uses()
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if err = l.keep.Set(ctx, logKey, string(b)); err != nil {
		l.mu.Lock()
		l.dirty = true
		l.mu.Unlock()
	}
	return err
}

// list gives the shapes, the costliest first; the lock is held.
func (l *askLog) list() []Asked {
	var out []Asked
	for _, k := range slices.Sorted(maps.Keys(l.asked)) {
		out = append(out, *l.asked[k])
	}
	slices.SortStableFunc(out, func(a, b Asked) int {
		switch {
		case a.Millis > b.Millis:
			return -1
		case a.Millis < b.Millis:
			return 1
		}
		return 0
	})
	return out
}

// close writes what is left.
func (l *askLog) close() {
	close(l.stop)
	l.work.Wait()
}

// shape is a question as the log keeps it: it can be asked again and reads the
// same columns at the same grains, but for the values.
func (q *question) shape(r Request) Request {
	out := Request{By: slices.Clone(r.By), Totals: r.Totals, Compare: r.Compare, Calendar: r.Calendar, Timezone: r.Timezone,
		Where: conditionShape(r.Where)}
	for i := range out.By {
		out.By[i].As = ""
	}
	for _, m := range r.Metrics {
		ref := MetricRef{Metric: m.Metric, Where: conditionShape(m.Where)}
		same := func(o MetricRef) bool { return o.Metric == ref.Metric && o.Where == ref.Where }
		if slices.ContainsFunc(out.Metrics, same) {
			continue
		}
		if slices.ContainsFunc(out.Metrics, func(o MetricRef) bool { return o.Metric == ref.Metric }) {
			ref.As = fmt.Sprintf("%s_%d", ref.Metric, len(out.Metrics)+1)
		}
		out.Metrics = append(out.Metrics, ref)
	}
	out.Time = q.timeShape(r.Time)
	return out
}

// conditionShape keeps the names that a condition reads.
func conditionShape(src string) string {
	n, err := expr.Parse(strings.TrimSpace(src))
	if strings.TrimSpace(src) == "" || err != nil {
		return ""
	}
	var out []string
	for _, name := range expr.Names(n) {
		parts := make([]string, len(name.Parts))
		for i, p := range name.Parts {
			parts[i] = expr.QuoteName(p)
		}
		out = appendOnce(out, strings.Join(parts, ".")+" is not null")
	}
	slices.Sort(out)
	return strings.Join(out, " and ")
}

// timeShape keeps on periods of which grain a range begins and ends.
func (q *question) timeShape(t *TimeRange) *TimeRange {
	r := q.times.current
	if t == nil || r == nil {
		return nil
	}
	for _, g := range []calendar.Grain{calendar.Year, calendar.Quarter, calendar.Month, calendar.Week, calendar.Day} {
		if q.cal.Start(r.From, g).Equal(r.From) && q.cal.Start(r.To, g).Equal(r.To) {
			return &TimeRange{Last: "1 " + string(g), Of: t.Of}
		}
	}
	return &TimeRange{Last: "1 minute", Of: t.Of}
}
