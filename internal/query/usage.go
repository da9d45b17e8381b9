package query

import (
	"context"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/semantic"
)

// recentDays is for how many days the log knows how often a question was asked.
const recentDays = 31

// Usage is how often things were asked for.
type Usage struct {
	Metrics  map[string]int64 // asked for, or part of one that was
	Datasets map[string]int64 // read
}

// Usage counts the questions since a day, from the log. The log forgets the
// cheapest shapes of questions when there are too many: the counts are at least
// so high. Counts of definitions that are gone are left out.
func (e *Engine) Usage(ctx context.Context, who access.Actor, since time.Time) (Usage, error) {
	out := Usage{Metrics: map[string]int64{}, Datasets: map[string]int64{}}
	if err := who.Must(access.Viewer); err != nil {
		return out, err
	}
	if err := e.log.load(ctx); err != nil {
		return out, err
	}
	e.log.mu.Lock()
	list := e.log.list()
	counts := make([]int64, len(list))
	for i, a := range list {
		counts[i] = a.since(since)
	}
	e.log.mu.Unlock()
	m := e.c.Model()
	for i, a := range list {
		metrics, datasets := map[string]bool{}, map[string]bool{}
		for _, ref := range a.Shape.Metrics {
			if metric := m.Metric(ref.Metric); metric != nil {
				within(metric, metrics)
				for _, use := range semantic.Uses(metric) {
					datasets[use.Dataset.Name] = true
				}
			}
		}
		for name := range metrics {
			if m.Metric(name) != nil {
				out.Metrics[name] += counts[i]
			}
		}
		for name := range datasets {
			out.Datasets[name] += counts[i]
		}
	}
	return out, nil
}

// within notes a metric and those that it is made of.
func within(m *semantic.Metric, seen map[string]bool) {
	if seen[m.Name] {
		return
	}
	seen[m.Name] = true
	if m.Formula != nil {
		for _, o := range m.Formula.Operands {
			within(o.Metric, seen)
		}
	}
}

func (a Asked) since(t time.Time) int64 {
	n := int64(0)
	from := t.UTC().Format(time.DateOnly)
	for day, count := range a.Days {
		if day >= from {
			n += count
		}
	}
	return n
}

// addDays puts counts by day together and forgets what is long ago.
func (a *Asked) addDays(b map[string]int64, newest time.Time) {
	days := make(map[string]int64, len(a.Days)+len(b)) // copies of a may be under way
	oldest := newest.UTC().AddDate(0, 0, -recentDays).Format(time.DateOnly)
	for _, m := range []map[string]int64{a.Days, b} {
		for day, n := range m {
			if day >= oldest {
				days[day] += n
			}
		}
	}
	a.Days = days
}
