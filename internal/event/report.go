package event

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Report tells how events of the last days kept the plan.
type Report struct {
	From     string   `json:"from"` // first day, in the workspace's zone
	To       string   `json:"to"`   // last day: today
	Progress Progress `json:"progress"`
	Events   []Health `json:"events" nullable:"false"` // those of the plan and the calls, then what is not in the plan
	Chains   []Chain  `json:"chains" nullable:"false"`
}

// Health tells of one event.
type Health struct {
	Name       string      `json:"name"`
	Title      text.Text   `json:"title"`
	Planned    bool        `json:"planned"`
	System     bool        `json:"system"` // a call, such as identify
	Key        bool        `json:"key"`
	Owner      string      `json:"owner"`
	Received   int64       `json:"received"` // without duplicates
	Stored     int64       `json:"stored"`
	Set        int64       `json:"quarantined"` // set aside when they came
	Open       int64       `json:"open"`        // of all times, in quarantine now
	Duplicates int64       `json:"duplicates"`
	Violations []Violation `json:"violations" nullable:"false"`
	Days       []DayReport `json:"days" nullable:"false"`
	Last       *time.Time  `json:"last,omitempty"` // when one was received last
	// Usual is the median of the same weekday in the weeks before the last whole
	// day; Change compares that day with it.
	Usual   float64       `json:"usual"`
	Change  *float64      `json:"change,omitempty"`
	State   string        `json:"state"` // ok | watch | bad
	Why     []StateReason `json:"why" nullable:"false"`
	Metrics []string      `json:"metrics" nullable:"false"` // that rest on it
	Targets []string      `json:"targets" nullable:"false"` // that rest on those
}

// StateReason says what is wrong with an event.
type StateReason struct {
	Code string    `json:"code"` // silent | dropped | violations | unplanned | open
	Text text.Text `json:"text"`
}

// Violation counts one kind of breaking the plan.
type Violation struct {
	Kind     string `json:"kind"`
	Property string `json:"property"`
	N        int64  `json:"n"`
}

// DayReport counts one day.
type DayReport struct {
	Day      string `json:"day"`
	Received int64  `json:"received"`
	Stored   int64  `json:"stored"`
	Set      int64  `json:"quarantined"`
}

// Limits of the report.
const (
	mostDays     = 366
	fewEvents    = 10   // a day: below it, fewer say nothing
	dropShare    = 0.5  // of what is usual
	someShare    = 0.01 // of what was received
	manyShare    = 0.1
	weeksOfUsual = 4
	mostOthers   = 200 // names that are not in the plan; the others are one
)

// restName stands for names that are not in the plan beyond the most frequent:
// whoever has a key that sites show can make up any number of them.
const restName = "…"

// Report tells how the events of the last days kept the plan.
func (s *Service) Report(ctx context.Context, who access.Actor, days int) (Report, error) {
	if err := who.Must(access.Viewer); err != nil {
		return Report{}, err
	}
	m := s.Model()
	from, today, days := s.lastDays(m, days)
	out := Report{From: from.Format(time.DateOnly), To: today.Format(time.DateOnly), Progress: s.Progress()}
	var err error
	if out.Events, err = s.healths(ctx, m, from, today); err != nil {
		return Report{}, err
	}
	out.Chains, err = s.chains(ctx, m, s.Now().UTC().AddDate(0, 0, -days))
	return out, err
}

// Healths is the part of Report that tells of each event by itself.
func (s *Service) Healths(ctx context.Context, who access.Actor, days int) ([]Health, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	m := s.Model()
	from, today, _ := s.lastDays(m, days)
	return s.healths(ctx, m, from, today)
}

// lastDays bounds a number of days up to today, as the workspace's zone has them.
func (s *Service) lastDays(m *semantic.Model, n int) (from, today time.Time, days int) {
	days = min(max(n, 1), mostDays)
	y, mo, d := s.Now().In(newPlan(m).zone).Date()
	today = time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
	return today.AddDate(0, 0, 1-days), today, days
}

// healths reads more days than are shown, so that what is usual is known.
func (s *Service) healths(ctx context.Context, m *semantic.Model, from, today time.Time) ([]Health, error) {
	first := today.AddDate(0, 0, -7*weeksOfUsual-1)
	if from.Before(first) {
		first = from
	}
	list, err := s.Warehouse.Tallies(ctx, first, today.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	open, err := s.Warehouse.OpenMessages(ctx)
	if err != nil {
		return nil, err
	}
	by, rest := map[string]*gathered{}, beyond(m, list, open)
	at := func(name string) *gathered {
		if rest[name] {
			name = restName
		}
		if by[name] == nil {
			by[name] = newGathered(m, name, from, today)
		}
		return by[name]
	}
	for _, e := range m.Events() {
		at(e.Name)
	}
	for _, t := range list {
		at(t.Event).add(t)
	}
	for name, n := range open {
		at(name).report.Open += n
	}
	if g := by[restName]; g != nil && len(rest) > 0 {
		g.report.Title = text.Text{EN: "{n} more names that are not in the plan", ZH: "另有 {n} 个不在计划中的名称"}.With("n", len(rest))
	}
	snap := s.Catalog()
	others, err := s.lastOthers(ctx)
	if err != nil {
		return nil, err
	}
	out := []Health{}
	for name, g := range by {
		if err := s.lastOf(ctx, name, others, &g.report); err != nil {
			return nil, err
		}
		g.finish(today)
		g.report.Metrics, g.report.Targets = impact(m, snap, name)
		out = append(out, g.report)
	}
	slices.SortFunc(out, func(a, b Health) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

// beyond gives the names that are not in the plan but for the most frequent ones.
func beyond(m *semantic.Model, list []warehouse.Tally, open map[string]int64) map[string]bool {
	n := map[string]int64{}
	add := func(name string, more int64) {
		if m.Event(name) == nil && !slices.Contains(semantic.SystemDatasets(), name) {
			n[name] += more
		}
	}
	for _, t := range list {
		if t.What == Received {
			add(t.Event, t.N)
		}
	}
	for name := range open {
		add(name, 0)
	}
	names := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
	rest := map[string]bool{}
	for _, name := range names[min(len(names), mostOthers):] {
		rest[name] = true
	}
	return rest
}

// rank puts the plan first, what is not in it last.
func rank(e Health) int {
	switch {
	case e.Key:
		return 0
	case e.Planned:
		return 1
	case e.System:
		return 3
	}
	return 2
}

// gathered is a report in the making.
type gathered struct {
	report      Health
	from, today time.Time
	received    map[time.Time]int64
	days        map[time.Time]*DayReport
	violations  map[Violation]int64
}

func newGathered(m *semantic.Model, name string, from, today time.Time) *gathered {
	g := &gathered{from: from, today: today, received: map[time.Time]int64{}, days: map[time.Time]*DayReport{}, violations: map[Violation]int64{}}
	g.report = Health{Name: name, Title: text.Same(name), System: slices.Contains(semantic.SystemDatasets(), name), Violations: []Violation{}, Days: []DayReport{}, Why: []StateReason{}}
	if d := m.Dataset(name); d != nil {
		g.report.Title = d.Title
	}
	if e := m.Event(name); e != nil {
		g.report.Planned, g.report.Key, g.report.Owner = true, e.Spec.Key, e.Meta.Owner
	}
	for day := from; !day.After(today); day = day.AddDate(0, 0, 1) {
		g.days[day] = &DayReport{Day: day.Format(time.DateOnly)}
	}
	return g
}

func (g *gathered) add(t warehouse.Tally) {
	if t.What == Received {
		g.received[t.Day] += t.N
	}
	day := g.days[t.Day]
	if day == nil {
		return
	}
	switch t.What {
	case Received:
		g.report.Received += t.N
		day.Received += t.N
	case Stored:
		g.report.Stored += t.N
		day.Stored += t.N
	case Quarantined:
		g.report.Set += t.N
		day.Set += t.N
	case Duplicate:
		g.report.Duplicates += t.N
	default:
		g.violations[Violation{Kind: t.What, Property: t.Property}] += t.N
	}
}

func (g *gathered) finish(today time.Time) {
	r := &g.report
	for v, n := range g.violations {
		v.N = n
		r.Violations = append(r.Violations, v)
	}
	slices.SortFunc(r.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Property, b.Property))
	})
	for day := g.from; !day.After(today); day = day.AddDate(0, 0, 1) {
		r.Days = append(r.Days, *g.days[day])
	}
	g.compare(today)
	g.judge()
}

// compare holds the last whole day against the same weekday of the weeks before.
// Weeks before the first event do not count.
func (g *gathered) compare(today time.Time) {
	var first time.Time
	for day, n := range g.received {
		if n > 0 && (first.IsZero() || day.Before(first)) {
			first = day
		}
	}
	last := today.AddDate(0, 0, -1)
	var earlier []int64
	for week := 1; week <= weeksOfUsual; week++ {
		if day := last.AddDate(0, 0, -7*week); !first.IsZero() && !day.Before(first) {
			earlier = append(earlier, g.received[day])
		}
	}
	if len(earlier) == 0 {
		return
	}
	slices.Sort(earlier)
	n := len(earlier)
	g.report.Usual = float64(earlier[(n-1)/2]+earlier[n/2]) / 2
	if g.report.Usual > 0 {
		change := float64(g.received[last])/g.report.Usual - 1
		g.report.Change = &change
	}
}

func (g *gathered) judge() {
	r := &g.report
	r.State = "ok"
	because := func(state, code string, t text.Text, pairs ...any) {
		r.Why = append(r.Why, StateReason{code, t.With(pairs...)})
		if r.State != "bad" {
			r.State = state
		}
	}
	if r.Change != nil && r.Usual >= fewEvents {
		switch {
		case *r.Change <= -1:
			because("bad", "silent", text.Text{EN: "nothing came yesterday; about {usual} messages are usual on that weekday", ZH: "昨天没有上报，往常同一星期几约 {usual} 条"}, "usual", math.Round(r.Usual))
		case *r.Change < -dropShare:
			because("watch", "dropped", text.Text{EN: "{percent}% fewer than usual on that weekday came yesterday", ZH: "昨天比往常同一星期几少 {percent}%"}, "percent", int(-100**r.Change))
		}
	}
	broken := int64(0)
	for _, v := range r.Violations {
		broken = max(broken, v.N)
	}
	if share := float64(max(broken, r.Set)) / float64(max(r.Received, 1)); r.Received > 0 && broken > 0 {
		state := ""
		if share >= manyShare {
			state = "bad"
		} else if share >= someShare {
			state = "watch"
		}
		if state != "" {
			because(state, "violations", text.Text{EN: "{percent}% of the messages break the plan", ZH: "{percent}% 的消息违反计划"}, "percent", int(100*share))
		}
	}
	if !r.Planned && !r.System && r.Received > 0 {
		because("watch", "unplanned", text.Text{EN: "it is not in the plan", ZH: "不在埋点计划中"})
	}
	if r.Open > 0 {
		because("watch", "open", text.Text{EN: "{n} messages wait in quarantine", ZH: "隔离区有 {n} 条待处理"}, "n", r.Open)
	}
}

// lastOf finds when an event was received last.
func (s *Service) lastOf(ctx context.Context, name string, others map[string]time.Time, r *Health) error {
	st, _, err := s.Warehouse.State(ctx, name)
	at := st.Newest[semantic.EventReceivedAt]
	if !r.Planned && !r.System {
		at = others[name]
	}
	if !at.IsZero() {
		r.Last = &at
	}
	return err
}

// lastOthers finds when each event that is not in the plan was received last.
func (s *Service) lastOthers(ctx context.Context) (map[string]time.Time, error) {
	st, ok, err := s.Warehouse.State(ctx, semantic.OtherEvents)
	if err != nil || !ok {
		return nil, err
	}
	out := map[string]time.Time{}
	return out, s.each(ctx, "SELECT event, max(received_at) FROM "+st.Table+" GROUP BY 1", func(v []any) {
		at, _ := v[1].(time.Time)
		out[cut(v[0].(string), 100)] = at
	})
}

// impact names the metrics that rest on an event, and the targets of those.
func impact(m *semantic.Model, snap catalog.Snapshot, event string) (metrics, targets []string) {
	metrics, targets = []string{}, []string{}
	for _, metric := range m.Metrics() {
		if !slices.ContainsFunc(metric.Datasets, func(d *semantic.Dataset) bool { return d.Name == event }) {
			continue
		}
		metrics = append(metrics, metric.Name)
		for _, ref := range snap.UsedBy(semantic.KindMetric, metric.Name) {
			if ref.Kind == "Target" && !slices.Contains(targets, ref.Name) {
				targets = append(targets, ref.Name)
			}
		}
	}
	slices.SortFunc(targets, strings.Compare)
	return metrics, targets
}
