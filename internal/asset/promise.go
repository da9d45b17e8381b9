package asset

import (
	"context"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Promise tells how well promises of freshness were kept: of a dataset its own,
// of a metric those of all datasets that flow into it.
type Promise struct {
	Of    string    `json:"of"`
	Since time.Time `json:"since,omitzero"` // from when on all of them are known; none when none is
	To    time.Time `json:"to,omitzero"`
	// Kept is the share of that time in which all rows were as fresh as promised.
	Kept    *float64      `json:"kept"`
	Late    []ingest.Span `json:"late" nullable:"false"` // when they were not, in order
	Days    []DayKept     `json:"days" nullable:"false"` // the same by the days of the workspace, the last one until now
	Sources []SourceKept  `json:"sources" nullable:"false"`
}

// DayKept is the share of a day in which all promises were kept.
type DayKept struct {
	Day  string  `json:"day"`
	Kept float64 `json:"kept"`
}

// SourceKept is how well a dataset kept its promise.
type SourceKept struct {
	Kind   string    `json:"kind"` // Dataset | Event
	Name   string    `json:"name"`
	Title  text.Text `json:"title"`
	Within string    `json:"within"` // as promised; empty for none
	Kept   *float64  `json:"kept"`   // null when it cannot be told: no promise, no loads yet, rows on a connection, time held by asOf
	Since  time.Time `json:"since,omitzero"`
	Times  int       `json:"times"` // how often it was late
	Late   bool      `json:"late"`  // it is now
}

// mostPromiseDays is how far back promises are looked at.
const mostPromiseDays = 90

// Promise tells how well the promises of freshness under a metric, or of a
// dataset, were kept in the last days, by when rows were loaded and how new
// they were; of is Kind/name. Faults: NotFound.
func (s *Service) Promise(ctx context.Context, who access.Actor, of string, days int) (Promise, error) {
	up, err := s.Lineage(ctx, who, of, "up")
	if err != nil {
		return Promise{}, err
	}
	out := Promise{Of: up.Of, Late: []ingest.Span{}, Days: []DayKept{}, Sources: []SourceKept{}}
	days = min(max(days, 1), mostPromiseDays)
	cal := s.Model().Calendar()
	from := cal.Add(cal.Start(s.Now(), calendar.Day), calendar.Day, 1-days)
	for _, n := range up.Nodes {
		if n.Kind != semantic.KindDataset && n.Kind != semantic.KindEvent {
			continue
		}
		status, err := s.Ingest.Status(ctx, who, n.Name)
		if fault.Is(err, fault.NotFound) {
			continue // its definition has a fault, which support tells
		}
		if err != nil {
			return out, err
		}
		one := SourceKept{Kind: n.Kind, Name: n.Name, Title: n.Title, Within: status.Promise, Late: status.Freshness == "late"}
		kept, ok, err := s.Ingest.Kept(ctx, who, n.Name, from)
		if err != nil {
			return out, err
		}
		if ok {
			share := keptShare(kept.Late, kept.Since, kept.To)
			one.Kept, one.Times, one.Since = &share, len(kept.Late), kept.Since
			out.Since, out.To = calendar.Latest(out.Since, kept.Since), kept.To
			out.Late = append(out.Late, kept.Late...)
		}
		out.Sources = append(out.Sources, one)
	}
	if out.Since.IsZero() {
		return out, nil
	}
	out.Late = union(out.Late, out.Since)
	share := keptShare(out.Late, out.Since, out.To)
	out.Kept = &share
	for day := cal.Start(out.Since, calendar.Day); day.Before(out.To); day = cal.Next(day, calendar.Day) {
		begin, end := calendar.Latest(day, out.Since), cal.Next(day, calendar.Day)
		if end.After(out.To) {
			end = out.To
		}
		out.Days = append(out.Days, DayKept{Day: day.Format(time.DateOnly), Kept: keptShare(out.Late, begin, end)})
	}
	return out, nil
}

// union puts spans in order and together where they meet; what lies before a
// time is left out.
func union(spans []ingest.Span, since time.Time) []ingest.Span {
	slices.SortFunc(spans, func(a, b ingest.Span) int { return a.From.Compare(b.From) })
	out := []ingest.Span{}
	for _, s := range spans {
		if s.From = calendar.Latest(s.From, since); !s.From.Before(s.To) {
			continue
		}
		if n := len(out); n > 0 && !s.From.After(out[n-1].To) {
			out[n-1].To = calendar.Latest(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// keptShare is the share of a time that no span covers; spans do not overlap.
func keptShare(late []ingest.Span, from, to time.Time) float64 {
	var lost time.Duration
	for _, s := range late {
		end := s.To
		if to.Before(end) {
			end = to
		}
		lost += max(0, end.Sub(calendar.Latest(s.From, from)))
	}
	return 1 - float64(lost)/float64(to.Sub(from))
}
