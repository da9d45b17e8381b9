package ingest

import (
	"context"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/semantic"
)

// Span is a time from From to before To.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Kept tells when the promise of freshness of a dataset, as it is now, was not
// kept.
type Kept struct {
	// Since is from when on it is known: the first load or the oldest that is
	// remembered, after the last one of which it is not known how fresh its rows were.
	Since time.Time
	To    time.Time // now
	Late  []Span    // between the two, in order
}

// mostRemembered is how many loads are looked through.
const mostRemembered = 5000

// Kept finds when a dataset was late since a time, from its ledger: at each
// moment its rows were those of the load before. ok is false without a promise,
// without loads, when all rows are of the future, for rows that stay on a connection, and where time is held
// (asOf), because then nobody can be late.
func (s *Service) Kept(ctx context.Context, actor access.Actor, dataset string, since time.Time) (out Kept, ok bool, err error) {
	if err := actor.Must(access.Viewer); err != nil {
		return out, false, err
	}
	spec, found := s.Dataset(dataset)
	if !found {
		return out, false, errNoDataset(dataset)
	}
	connection, _ := spec.Direct()
	if asOf := s.Workspace().AsOf; spec.Freshness == nil || connection != "" || asOf != "" && asOf != "now" {
		return out, false, nil
	}
	ledger, err := s.Warehouse.Ledger(ctx, dataset, mostRemembered)
	if err != nil || len(ledger) == 0 {
		return out, false, err
	}
	cal := calendar.New(s.location())
	steps := make([]due, 0, len(ledger))
	for _, e := range slices.Backward(ledger) {
		fresh, known := spec.Fresh(semantic.Times{Max: e.MaxTime, Newest: e.Newest, Loaded: e.At}, cal)
		if !known {
			steps = steps[:0] // from the next load on it is known again
			continue
		}
		until, err := spec.Freshness.Until(fresh, cal)
		if err != nil {
			return out, false, nil // validation reports the promise itself
		}
		steps = append(steps, due{e.At, until})
	}
	if len(steps) == 0 {
		return out, false, nil
	}
	out.To = s.Now().UTC()
	out.Since = steps[0].at
	if since.After(out.Since) {
		out.Since = since
	}
	out.Late = lateSpans(steps, out.Since, out.To)
	return out, out.Since.Before(out.To), nil
}

// due says until when the rows of a load are fresh.
type due struct{ at, until time.Time }

// lateSpans finds the times between from and to at which the rows of the newest
// load were no longer fresh; steps come in the order of their time.
func lateSpans(steps []due, from, to time.Time) []Span {
	out := []Span{}
	for i, step := range steps {
		end := to
		if i+1 < len(steps) && steps[i+1].at.Before(to) {
			end = steps[i+1].at
		}
		begin := step.at
		for _, t := range []time.Time{step.until, from} {
			if t.After(begin) {
				begin = t
			}
		}
		if !begin.Before(end) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].To.Equal(begin) {
			out[n-1].To = end // a load that did not help
			continue
		}
		out = append(out, Span{begin, end})
	}
	return out
}
