package app_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// retentionRules are visitors who buy some periods after a period with visits.
func retentionRules() map[string]*semantic.MetricSpec {
	out := map[string]*semantic.MetricSpec{}
	for _, period := range []calendar.Grain{calendar.Day, calendar.Week, calendar.Month} {
		for _, after := range []int{1, 2, 5} {
			for _, bounded := range []bool{false, true} {
				for _, calculation := range []string{"rate", "count"} {
					s := &semantic.MetricSpec{Type: "retention", Base: &semantic.Input{Metric: "visits"}, Return: &semantic.Input{Metric: "buys"},
						Entity: &semantic.Entity{Base: "user_id", Other: "who"}, Period: period, After: after, Bounded: bounded, Calculation: calculation}
					if after == 2 {
						s.Base.Where, s.Return.Where = "not channel.bot", "not test"
					}
					out[fmt.Sprintf("%s_%d_%t_%s", period, after, bounded, calculation)] = s
				}
			}
		}
	}
	return out
}

// TestRetention compares retention with a look at each entity of each cohort.
func TestRetention(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	asks := 80
	if testing.Short() {
		asks = 20
	}
	for seed := range uint64(8) {
		trial := newJourneyTrial(t, b, rand.New(rand.NewPCG(seed, 29)))
		for range asks {
			trial.checkRetention(t)
			if t.Failed() {
				t.Logf("seed %d", seed)
				return
			}
		}
	}
}

// retentionAsk is a question about a retention.
type retentionAsk struct {
	conversionAsk
	spec *semantic.MetricSpec
	asOf time.Time // a civil day
}

func (j *journeyTrial) civil(at time.Time) time.Time {
	at = at.In(j.loc)
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
}

// known is the first period of which it is not known yet who came back.
func (j *journeyTrial) known(a retentionAsk) time.Time {
	end, last := a.asOf, time.Time{}
	for _, b := range j.buys {
		if day := j.civil(b.at); day.After(last) {
			last = day
		}
	}
	if next := last.AddDate(0, 0, 1); !last.IsZero() && next.Before(end) {
		end = next
	}
	return calendar.New(time.UTC).Floor(end, a.spec.Period)
}

// cameBack looks for a return of the entity.
func (j *journeyTrial) cameBack(a retentionAsk, who string, target, known time.Time) bool {
	cal := calendar.New(time.UTC)
	for _, b := range j.buys {
		if b.who != who || a.spec.Return.Where != "" && b.test {
			continue
		}
		period := cal.Floor(j.civil(b.at), a.spec.Period)
		if period.Equal(target) || !a.spec.Bounded && period.After(target) && period.Before(known) {
			return true
		}
	}
	return false
}

func (j *journeyTrial) wantRetention(a retentionAsk) map[string]*float64 {
	cal := calendar.New(time.UTC)
	known := j.known(a)
	type member struct{ key, who, cohort string }
	seen := map[member]bool{}
	out, size := map[string]*float64{}, map[string]float64{}
	if !a.split && a.grain == "" {
		out["|"] = nil
	}
	for _, v := range j.visits {
		key := a.key(v, j.loc)
		inside := a.spec.Base.Where == "" || v.channel != "" && !v.bot
		if _, some := out[key]; a.shows(v) && !some && (a.beside || inside && v.who != "") {
			out[key] = nil
		}
		if !a.shows(v) || !inside || v.who == "" {
			continue
		}
		cohort := cal.Floor(j.civil(v.at), a.spec.Period)
		target := cal.Step(cohort, a.spec.Period, a.spec.After)
		m := member{key, v.who, cohort.String()}
		if seen[m] || !target.Before(known) {
			continue
		}
		seen[m] = true
		size[key]++
		if out[key] == nil {
			out[key] = new(float64)
		}
		if j.cameBack(a, v.who, target, known) {
			*out[key]++
		}
	}
	for key, n := range size {
		if a.spec.Calculation == "rate" {
			*out[key] /= n
		}
	}
	return out
}

func (j *journeyTrial) checkRetention(t *testing.T) {
	t.Helper()
	r := j.r
	names := sortedNames(retentionRules())
	name := names[r.IntN(len(names))]
	req, ask := j.ask("ret_" + name)
	a := retentionAsk{conversionAsk: ask, spec: retentionRules()[name]}
	a.asOf = time.Date(2024, time.Month(2+r.IntN(4)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	req.AsOf = a.asOf.Format(time.DateOnly)
	j.compare(t, req, a.grain != "", a.split, j.wantRetention(a))
}

// TestRetentionOfNewestCohorts looks at a cohort whose period is not over.
func TestRetentionOfNewestCohorts(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	b.define(conversionResources("UTC", expr.Date, expr.Date))
	b.fill("channels", [][]string{{"app", "false"}})
	b.fill("visits", [][]string{{"1", "2024-01-03", "a", "app", ""}, {"2", "2024-01-04", "b", "app", ""}, {"3", "2024-02-05", "a", "web", ""},
		{"4", "2024-03-06", "c", "web", ""}})
	b.fill("buys", [][]string{{"2024-02-09", "a", "", "1", "false"}, {"2024-03-15", "a", "", "1", "false"}, {"2024-03-20", "c", "", "1", "false"}})
	req := query.Request{Metrics: []query.MetricRef{{Metric: "ret_month_1_true_rate"}, {Metric: "ret_month_1_true_count"}},
		By: []query.By{{Time: calendar.Month}}, Totals: true}
	for asOf, want := range map[string]string{
		"2024-03-31": "[[2024-01-01 0.5 1] [2024-02-01 <nil> <nil>] [2024-03-01 <nil> <nil>]] [[<nil> 0.5 1]]",
		"2024-04-01": "[[2024-01-01 0.5 1] [2024-02-01 <nil> <nil>] [2024-03-01 <nil> <nil>]] [[<nil> 0.5 1]]", // the data end on 20 March
		"2024-02-29": "[[2024-01-01 <nil> <nil>] [2024-02-01 <nil> <nil>] [2024-03-01 <nil> <nil>]] [[<nil> <nil> <nil>]]",
	} {
		req.AsOf = asOf
		got, err := b.engine(false).Query(t.Context(), asker, req)
		if err != nil {
			t.Fatal(err)
		}
		if have := fmt.Sprint(got.Rows, got.Totals); have != want {
			t.Errorf("as of %s: %s, want %s", asOf, have, want)
		}
	}
}
