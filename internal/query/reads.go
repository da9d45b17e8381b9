package query

import (
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// readsOf lists the facts that a metric is made of, with their times.
func readsOf(m *semantic.Metric) []semantic.Read {
	var out []semantic.Read
	for _, leaf := range m.Leaves {
		out = append(out, leaf.Simple.Reads()...)
	}
	return out
}

// factReads lists the facts that the question reads.
func (q *question) factReads() []semantic.Read {
	var out []semantic.Read
	for _, l := range q.leaves {
		out = append(out, l.agg().Reads()...)
	}
	return out
}

// allFacts lists the datasets that the question can be asked by, then those
// that conversions and returns come from.
func (q *question) allFacts() []*semantic.Dataset {
	out := slices.Clone(q.facts)
	for _, r := range q.factReads() {
		if !slices.Contains(out, r.Dataset) {
			out = append(out, r.Dataset)
		}
	}
	return out
}

// late reports whether a fact's rows are older than is promised of them.
func (q *question) late(r semantic.Read) bool {
	s, ok := q.states[r.Dataset.Name]
	promise := r.Dataset.Spec.Freshness
	if !ok || promise == nil {
		return false
	}
	fresh, ok := r.Dataset.Spec.Fresh(semantic.Times{Max: s.MaxTime, Newest: s.Newest, Loaded: s.LoadedAt}, q.model.Calendar())
	if !ok {
		return false
	}
	until, err := promise.Until(fresh, q.model.Calendar())
	return err == nil && q.times.freshAt.After(until) // validation reports the promise itself
}

// openWarnings says of which conversions more are still to come, because the
// window of the newest rows is not over.
func (q *question) openWarnings() []Warning {
	var out []Warning
	for _, m := range q.metrics {
		for _, leaf := range m.metric.Leaves {
			j := leaf.Simple.Journey
			if j == nil || j.Window.N == 0 || q.times.current == nil || q.timeOf != "" {
				continue
			}
			known := q.times.asOf
			if end := q.times.dataEnd; !end.IsZero() && end.Before(known) {
				known = end
			}
			if due := q.cal.Add(q.times.current.To, j.Window.Grain, j.Window.N); due.After(known) {
				out = append(out, warn("window_open", text.Text{
					ZH: "“{title}”的转化窗口（{window}）还没有走完，范围末尾的数字还会上升",
					EN: "the window of {title} ({window}) is still open at the end of the range, so the numbers there may rise"},
					"metric", m.name, "title", leaf.Title, "window", leaf.Spec.Window,
					"until", due.In(q.cal.Zone).Format(time.DateOnly)))
			}
		}
	}
	return out
}

// cohortLabel writes a period for people who tune.
func (j *journey) cohortLabel() string {
	if j.of.Return.Period == calendar.Month {
		return j.before.Format("2006-01")
	}
	return j.before.Format(time.DateOnly)
}
