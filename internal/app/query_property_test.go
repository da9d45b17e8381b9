package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// trial asks one world in every way that must not change an answer.
type trial struct {
	*testing.T
	b       *queryBench
	w       *world
	seen    tally
	engines []trialEngine
	name    string
}

// trialEngine is one way to ask.
type trialEngine struct {
	name  string
	e     *query.Engine
	keeps bool
}

// newTrial fills the bench with a world and makes roll-ups of it.
func newTrial(t *testing.T, b *queryBench, seed uint64, seen tally) *trial {
	w := newWorld(seed)
	s := &trial{T: t, b: b, w: w, seen: seen, name: fmt.Sprint("seed ", seed)}
	bare := w.resources()
	b.define(bare)
	without := b.model
	b.define(append(bare, w.rollups()...))
	with := b.model
	w.fillBench(b)
	for shape, n := range w.seen {
		seen[shape] += n
	}
	models := []*semantic.Model{without, with}
	if b.db == nil || len(b.places) > 0 { // roll-ups are kept in DuckDB, of what is there
		models = models[:1]
		b.model = without
	}
	for _, m := range models {
		for _, plain := range []bool{false, true} {
			for _, kept := range []int64{-1, 0} {
				name := fmt.Sprintf("roll-ups %v, plain %v, cache %v", m == with, plain, kept == 0)
				s.engines = append(s.engines, trialEngine{name, query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: b,
					Now: func() time.Time { return b.now }, CacheBytes: kept, Plain: plain}), kept == 0})
			}
		}
	}
	for _, r := range b.model.Rollups() {
		if _, err := s.using().RefreshRollup(t.Context(), rollupEditor, r.Name); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// using is the engine that uses roll-ups and keeps nothing.
func (s *trial) using() *query.Engine { return s.engines[4].e }

func (s *trial) close() {
	for _, e := range s.engines {
		e.e.Close()
	}
}

// everyWay is the optimiser on and off, with roll-ups and without, each first
// computed and then from the cache; and one of these with no cache at all.
func (s *trial) everyWay(turn int) []trialEngine {
	out := []trialEngine{s.engines[turn%(len(s.engines)/2)*2]}
	for _, e := range s.engines {
		if e.keeps {
			out = append(out, e)
		}
	}
	return out
}

// ask compares the answers of some of the engines with the oracle's.
func (s *trial) ask(r asked, engines ...trialEngine) {
	s.Helper()
	for i, e := range engines {
		got, err := e.e.Query(s.Context(), asker, r.Request)
		if err != nil {
			s.fail(r, e, strings.SplitN(err.Error(), "\n", 2)[:1])
		}
		whole := got
		if r.Limit > 0 {
			if whole, err = e.e.Query(s.Context(), asker, unlimited(r.Request)); err != nil {
				s.Fatal(err)
			}
		}
		o := s.w.oracle(s.T, s.b, r, whole)
		diff := o.check(whole)
		if r.Limit > 0 && !sameTable(got.Rows, whole.Rows[:min(r.Limit, len(whole.Rows))]) {
			diff = append(diff, fmt.Sprintf("limit: %v of %v", got.Rows, whole.Rows))
		}
		if len(diff) > 0 {
			s.fail(r, e, diff)
		}
		if i == 0 {
			o.note(s.seen, whole)
		}
		if e.keeps {
			s.askAgain(r, e, got)
		}
	}
}

// askAgain wants the same answer from the cache.
func (s *trial) askAgain(r asked, e trialEngine, got *query.Result) {
	s.Helper()
	again, err := e.e.Query(s.Context(), asker, r.Request)
	if err != nil {
		s.Fatal(err)
	}
	s.seen.add("from the cache", again.Cached)
	if !again.Cached || fmt.Sprint(again.Rows, again.Totals, again.Others) != fmt.Sprint(got.Rows, got.Totals, got.Others) {
		s.fail(r, e, []string{fmt.Sprintf("again, cached %v: %v, was %v", again.Cached, again.Rows, got.Rows)})
	}
}

func unlimited(r query.Request) query.Request {
	r.Limit = 0
	return r
}

func (s *trial) fail(r asked, e trialEngine, diff []string) {
	s.Helper()
	plan, err := e.e.Plan(s.Context(), asker, r.Request)
	sql := fmt.Sprintln(err)
	if plan != nil {
		for _, st := range plan.Statements {
			sql += st.Part + ": " + st.SQL + fmt.Sprint(st.Args) + "\n"
		}
	}
	for _, ref := range r.Metrics {
		s.w.any(s.w.named(ref.Metric), func(m *worldMetric) bool {
			spec, _ := json.Marshal(m.spec(s.w))
			sql += m.name + ": " + string(spec) + "\n"
			return false
		})
	}
	s.Fatalf("%s, %s, %s:\n%s\n%s\n%s", s.name, s.w.zone, e.name, describeRequest(r.Request), strings.Join(diff[:min(len(diff), 12)], "\n"), sql)
}

// oracle is made for a question whose ranges the answer tells.
func (w *world) oracle(t *testing.T, b *queryBench, r asked, got *query.Result) *oracle {
	t.Helper()
	o := &oracle{w: w, ask: r, cal: b.model.Calendar(), cur: got.Range, prev: got.PreviousRange}
	var err error
	if o.cal.Zone, err = time.LoadLocation(got.Timezone); err != nil {
		t.Fatal(err)
	}
	return o
}

func (w *world) factsAsked(r asked) []*worldSet {
	var ms []*worldMetric
	for _, ref := range r.Metrics {
		ms = append(ms, w.named(ref.Metric))
	}
	return w.facts(ms...)
}

// shapes must all come up in a trial of some length; a generator that stops to
// make one would otherwise go unnoticed.
var shapes = strings.Split(`fan-out, chasm, fact on a fact, two roles, key of two columns, time along a path, two hops or more,
NULL key, key that leads nowhere, NULL member, group without a value, answer without rows, no group,
type simple, type ratio, type derived, type cumulative, offset, window, period to date, re-read by the first day, balance, balance by group,
aggregate sum, aggregate count, aggregate count_distinct, aggregate min, aggregate max, aggregate avg, aggregate median, aggregate percentile,
aggregate weighted_avg, empty: said, filter of a metric, filter of an input, filter of a reference, where, having, order, limit, fill, totals,
top with others, by hour, by day, by week, by month, by quarter, by year,
compare previous_period, compare previous_week, compare previous_month, compare previous_year, compare by weekday,
clocks change in the range, clocks change between the ranges, leap day in the range, leap day in one of two ranges, month ends of different days,
zone UTC, zone America/New_York, zone Europe/Berlin, zone Australia/Lord_Howe, zone Asia/Shanghai, from the cache, from a roll-up`, ",")

func (t tally) check(into *testing.T) {
	into.Helper()
	for _, s := range shapes {
		if s = strings.TrimSpace(s); t[s] == 0 {
			into.Errorf("no question was an example of %q", s)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(t)) {
		into.Logf("%6d %s", t[s], s)
	}
}

// TestQueryAgainstOracle asks made-up worlds made-up questions and compares
// every answer with the oracle's. The long form asks each question in every way;
// the short form takes turns.
func TestQueryAgainstOracle(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	worlds, asks, first := 40, 12, 0
	if testing.Short() {
		worlds = 8
	}
	long := soaking() && t.Name() == "TestQueryAgainstOracle"
	if long {
		worlds, asks = 160, 32
		first = soakSeed() * 1_000_000
	}
	seen := tally{}
	for seed := range worlds {
		s := newTrial(t, b, uint64(first+seed), seen)
		for i := range asks {
			r := s.w.request(s.w.rng.pick(append(worldZones, "", "", "")...))
			seen["questions"]++
			if long {
				s.ask(r, s.everyWay(i)...)
			} else if t.Name() != "TestQueryAgainstOracle" { // on another engine, without roll-ups
				s.ask(r, s.engines[0], s.engines[2])
			} else {
				s.ask(r, s.engines[i%8], s.engines[(i+3)%8])
			}
		}
		s.rollupsUsed()
		s.close()
		if t.Failed() {
			return
		}
		if long && seed%10 == 9 {
			t.Logf("%d questions", seen["questions"])
		}
	}
	if t.Name() == "TestQueryAgainstOracle" && !testing.Short() {
		seen.check(t)
	}
}

// rollupsUsed counts hits, and checks what roll-ups keep.
func (s *trial) rollupsUsed() {
	s.Helper()
	if s.b.db == nil {
		return
	}
	for _, e := range s.engines {
		list, err := e.e.Rollups(context.WithoutCancel(s.Context()), asker)
		if err != nil {
			s.Fatal(err)
		}
		for _, r := range list {
			s.seen["from a roll-up"] += int(r.Hits)
		}
	}
	if len(s.b.model.Rollups()) > 0 {
		checkRollups(s.T, s.b, s.using())
	}
}

func soakSeed() int {
	n, err := strconv.Atoi(os.Getenv("LODESTAR_SEED"))
	if err != nil {
		return 1
	}
	return n
}
