package quality

import (
	"context"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/semantic"
)

// mostDays is how many days a history has.
const mostDays = 90

// DayScore is a score as it was at the end of a day, or is now.
type DayScore struct {
	Day   string  `json:"day" format:"date"` // where the workspace is
	Score float64 `json:"score"`             // in [0,1]
	// Errors says how many rules of severity error were broken.
	Errors int `json:"errors"`
}

// History is how the score of a metric went.
type History struct {
	Score Score      `json:"score"` // now
	Days  []DayScore `json:"days" nullable:"false"`
}

// History tells the score of a metric at the end of each of the newest 90 days,
// as far back as runs of its datasets are kept: what the runs found then, of the
// rules that there were, on the columns that the metric reads now. A day without
// a run has the score of the day before.
func (s *Service) History(ctx context.Context, who access.Actor, metric string) (History, error) {
	out := History{Days: []DayScore{}}
	if err := who.Must(access.Viewer); err != nil {
		return out, err
	}
	model := s.Model()
	m := model.Metric(metric)
	if m == nil {
		return out, semantic.UnknownMetric(metric)
	}
	out.Score = s.MetricScore(m)
	uses := semantic.Uses(m)
	var runs []Run
	var since time.Time // before that, runs of some are forgotten
	for _, use := range uses {
		list, err := s.Store.Runs(ctx, use.Dataset.Name, s.Keep)
		if err != nil {
			return out, err
		}
		if runs = append(runs, list...); len(list) == s.Keep && list[len(list)-1].At.After(since) {
			since = list[len(list)-1].At
		}
	}
	slices.SortStableFunc(runs, func(a, b Run) int { return a.At.Compare(b.At) })
	out.Days = scoresByDay(runs, uses, model.Calendar(), since, s.Now())
	return out, nil
}

// scoresByDay goes through runs from the oldest on; days are those from since to
// today.
func scoresByDay(runs []Run, uses []semantic.Use, cal calendar.Calendar, since, now time.Time) []DayScore {
	days := []DayScore{}
	if len(runs) == 0 {
		return days
	}
	newest := map[string]Run{}
	for day := cal.Start(runs[0].At, calendar.Day); !day.After(now); {
		next := cal.Next(day, calendar.Day)
		for ; len(runs) > 0 && runs[0].At.Before(next); runs = runs[1:] {
			newest[runs[0].Dataset] = runs[0]
		}
		if score := scoreThen(newest, uses); score.Value != nil && next.After(since) {
			days = append(days, DayScore{day.In(cal.Zone).Format(time.DateOnly), *score.Value, score.Errors})
		}
		day = next
	}
	return days[max(0, len(days)-mostDays):]
}

// scoreThen counts what the runs found on the columns that are used.
func scoreThen(newest map[string]Run, uses []semantic.Use) Score {
	var all []standing
	for _, use := range uses {
		for _, x := range newest[use.Dataset.Name].Results {
			if bears(x.Columns, use.Columns) {
				all = append(all, standing{Result: x})
			}
		}
	}
	return scoreOf(all)
}

// bears reports whether a rule on columns, none for the rows as such, is about
// something that is read; nil reads everything.
func bears(rule, read []string) bool {
	return read == nil || len(rule) == 0 || slices.ContainsFunc(rule, func(c string) bool { return slices.Contains(read, c) })
}
