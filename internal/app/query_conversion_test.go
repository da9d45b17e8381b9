package app_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// visitRow and buyRow are the two sides that conversions are tried on. An
// empty text is NULL.
type visitRow struct {
	id                    int
	at                    time.Time
	who, channel, session string
	bot                   bool
}

type buyRow struct {
	at           time.Time
	who, session string
	amount       int64
	test         bool
}

type conversionRule struct {
	window, calculation, agg, rules string
	constant, filtered              bool
}

func conversionRules() map[string]conversionRule {
	out := map[string]conversionRule{}
	for name, window := range map[string]string{"ever": "", "week": "7 days", "hours": "30 hours", "month": "1 month", "quarter": "1 quarter"} {
		out[name] = conversionRule{window: window, calculation: "rate", agg: "buys"}
		out[name+"_count"] = conversionRule{window: window, calculation: "count", agg: "buys"}
		out[name+"_value"] = conversionRule{window: window, calculation: "count", agg: "spent"}
		out[name+"_buyers"] = conversionRule{window: window, calculation: "rate", agg: "buyers"}
		out[name+"_session"] = conversionRule{window: window, calculation: "count", agg: "buys", constant: true}
		out[name+"_filtered"] = conversionRule{window: window, calculation: "rate", agg: "buys", filtered: true}
		out[name+"_loose"] = conversionRule{window: window, calculation: "count", agg: "buys", rules: "metricflow"}
	}
	return out
}

func conversionResources(zone string, visitTime, buyTime expr.Type) []*catalog.Resource {
	specs := map[string]*semantic.MetricSpec{
		"visits": {Type: "simple", Dataset: "visits", Agg: "count"},
		"buys":   {Type: "simple", Dataset: "buys", Agg: "count"},
		"spent":  {Type: "simple", Dataset: "buys", Agg: "sum", Expr: "amount"},
		"buyers": {Type: "simple", Dataset: "buys", Agg: "count_distinct", Expr: "who"},
	}
	for name, r := range conversionRules() {
		s := &semantic.MetricSpec{Type: "conversion", Base: &semantic.Input{Metric: "visits"}, Conversion: &semantic.Input{Metric: r.agg},
			Entity: &semantic.Entity{Base: "user_id", Other: "who"}, Window: r.window, Calculation: r.calculation, Rules: r.rules}
		if r.constant {
			s.Constant = []semantic.ConstantPair{{Base: "session", Conversion: "session_id"}}
		}
		if r.filtered {
			s.Base.Where, s.Conversion.Where = "not channel.bot", "not test"
		}
		specs["conv_"+name] = s
	}
	for name, r := range retentionRules() {
		specs["ret_"+name] = r
	}
	for name, in := range map[string]semantic.Input{"before": {Metric: "conv_week", Offset: "1 month"}, "spent_before": {Metric: "conv_month_value", Offset: "1 week"}} {
		specs[name] = &semantic.MetricSpec{Type: "derived", Expr: "x", Inputs: map[string]semantic.Input{"x": in}}
	}
	out := []*catalog.Resource{
		{Kind: semantic.KindWorkspace, Metadata: catalog.Metadata{Name: semantic.WorkspaceName}, Spec: &semantic.WorkspaceSpec{Zone: zone}},
		{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: "channels"}, Spec: &semantic.DatasetSpec{PrimaryKey: []string{"name"},
			Columns: []semantic.Column{{Name: "name", Type: expr.String}, {Name: "bot", Type: expr.Boolean}}}},
		{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: "visits"}, Spec: &semantic.DatasetSpec{Time: "at", PrimaryKey: []string{"id"},
			Columns: []semantic.Column{{Name: "id", Type: expr.Integer}, {Name: "at", Type: visitTime}, {Name: "user_id", Type: expr.String},
				{Name: "channel_name", Type: expr.String}, {Name: "session", Type: expr.String}},
			Relationships: []semantic.Relationship{{Name: "channel", To: "channels", Columns: map[string]string{"channel_name": "name"}, Cardinality: "many_to_one"}}}},
		{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: "buys"}, Spec: &semantic.DatasetSpec{Time: "at",
			Columns: []semantic.Column{{Name: "at", Type: buyTime}, {Name: "who", Type: expr.String}, {Name: "session_id", Type: expr.String},
				{Name: "amount", Type: expr.Integer}, {Name: "test", Type: expr.Boolean}}}},
	}
	for name, s := range specs {
		out = append(out, &catalog.Resource{Kind: semantic.KindMetric, Metadata: catalog.Metadata{Name: name}, Spec: s})
	}
	return out
}

// journeyTrial is a filled bench with what an oracle needs to know.
type journeyTrial struct {
	b                  *queryBench
	r                  *rand.Rand
	loc                *time.Location
	visitTime, buyTime expr.Type
	visits             []visitRow
	buys               []buyRow
}

// TestConversions compares conversions with a search of the base row of each
// conversion, one after the other.
func TestConversions(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	asks := 80
	if testing.Short() {
		asks = 20
	}
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 17))
		trial := newJourneyTrial(t, b, r)
		for range asks {
			trial.checkConversion(t)
			if t.Failed() {
				t.Logf("seed %d", seed)
				return
			}
		}
	}
}

func newJourneyTrial(t *testing.T, b *queryBench, r *rand.Rand) *journeyTrial {
	t.Helper()
	zone := []string{"UTC", "Asia/Shanghai", "America/New_York"}[r.IntN(3)]
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	types := []expr.Type{expr.Date, expr.Timestamp}
	j := &journeyTrial{b: b, r: r, loc: loc, visitTime: types[r.IntN(2)], buyTime: types[r.IntN(2)]}
	b.define(conversionResources(zone, j.visitTime, j.buyTime))
	b.fill("channels", [][]string{{"app", "false"}, {"web", "false"}, {"spider", "true"}})
	j.fill()
	return j
}

// stamp gives a random moment in spring 2024, as it is stored and as a wall
// clock. Few hours make for ties.
func (j *journeyTrial) stamp(typ expr.Type) (stored string, at time.Time) {
	at = time.Date(2024, 1, 15+j.r.IntN(90), 6*j.r.IntN(4), 0, 0, 0, j.loc)
	if typ == expr.Date {
		day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, j.loc)
		return day.Format(time.DateOnly), day
	}
	return at.UTC().Format(time.DateTime), at
}

func (j *journeyTrial) fill() {
	r := j.r
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var visits, buys [][]string
	j.visits, j.buys = nil, nil
	for i := range 1 + r.IntN(80) {
		stored, at := j.stamp(j.visitTime)
		v := visitRow{id: (i*37 + 11) % 101, at: at, who: pick("", "a", "b", "c"), channel: pick("", "app", "web", "spider"), session: pick("", "s", "t")}
		v.bot = v.channel == "spider"
		j.visits = append(j.visits, v)
		visits = append(visits, []string{strconv.Itoa(v.id), stored, v.who, v.channel, v.session})
	}
	for range r.IntN(60) {
		stored, at := j.stamp(j.buyTime)
		v := buyRow{at: at, who: pick("", "a", "b", "c", "d"), session: pick("", "s", "t"), amount: int64(r.IntN(90)), test: r.IntN(4) == 0}
		j.buys = append(j.buys, v)
		buys = append(buys, []string{stored, v.who, v.session, strconv.FormatInt(v.amount, 10), strconv.FormatBool(v.test)})
	}
	j.b.fill("visits", visits)
	j.b.fill("buys", buys)
}

// since is the moment that a base row must be after.
func (j *journeyTrial) since(at time.Time, window string) time.Time {
	civil := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	months := 0
	switch window {
	case "":
		return time.Time{}
	case "30 hours":
		if j.visitTime == expr.Timestamp && j.buyTime == expr.Timestamp {
			return at.Add(-30 * time.Hour)
		}
		civil = civil.Add(-30 * time.Hour)
	case "7 days":
		civil = civil.AddDate(0, 0, -7)
	case "1 month":
		months = 1
	case "1 quarter":
		months = 3
	}
	if months > 0 {
		first := time.Date(civil.Year(), civil.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
		day := min(civil.Day(), first.AddDate(0, 1, -1).Day())
		civil = time.Date(first.Year(), first.Month(), day, civil.Hour(), civil.Minute(), 0, 0, time.UTC)
	}
	return time.Date(civil.Year(), civil.Month(), civil.Day(), civil.Hour(), civil.Minute(), 0, 0, j.loc)
}

// matched finds the base row of a conversion among those that take part.
func (j *journeyTrial) matched(b buyRow, rule conversionRule, part func(visitRow) bool) (visitRow, bool) {
	var best visitRow
	found := false
	for _, v := range j.visits {
		switch {
		case !part(v) || v.who == "" || v.who != b.who || v.at.After(b.at):
			continue
		case rule.constant && (v.session == "" || v.session != b.session):
			continue
		}
		if !found || v.at.After(best.at) || v.at.Equal(best.at) && v.id > best.id {
			best, found = v, true
		}
	}
	if !found || rule.window != "" && !best.at.After(j.since(b.at, rule.window)) {
		return visitRow{}, false
	}
	return best, true
}

// conversionAsk is a question about a conversion, with the filter in Go.
type conversionAsk struct {
	rule     conversionRule
	split    bool
	beside   bool // the number of visits is asked, too, so all of them make rows
	grain    calendar.Grain
	from, to time.Time
	keep     func(visitRow) bool
}

func (a conversionAsk) shows(v visitRow) bool {
	return a.keep(v) && (a.from.IsZero() || !v.at.Before(a.from) && v.at.Before(a.to))
}

func (a conversionAsk) key(v visitRow, loc *time.Location) string {
	out := ""
	if a.grain != "" {
		civil := v.at.In(loc)
		day := time.Date(civil.Year(), civil.Month(), civil.Day(), 0, 0, 0, 0, time.UTC)
		out = calendar.New(time.UTC).Floor(day, a.grain).Format(time.DateOnly)
	}
	out += "|"
	if a.split {
		out += v.channel
	}
	return out
}

// want computes the answer from the rows.
func (j *journeyTrial) want(a conversionAsk) map[string]*float64 {
	base := map[string]float64{}
	came := map[string][]buyRow{}
	if !a.split && a.grain == "" {
		base["|"] = 0
	}
	inside := func(v visitRow) bool { return !a.rule.filtered || v.channel != "" && !v.bot }
	part := inside
	if a.rule.rules != "" {
		part = func(v visitRow) bool { return inside(v) && a.shows(v) }
	}
	for _, v := range j.visits {
		if a.shows(v) && (a.beside || inside(v)) {
			base[a.key(v, j.loc)] += 0
		}
		if a.shows(v) && inside(v) {
			base[a.key(v, j.loc)]++
		}
	}
	for _, b := range j.buys {
		if a.rule.filtered && b.test {
			continue
		}
		if v, ok := j.matched(b, a.rule, part); ok && a.shows(v) {
			key := a.key(v, j.loc)
			came[key] = append(came[key], b)
		}
	}
	out := map[string]*float64{}
	for key, n := range base {
		x := aggregateBuys(a.rule.agg, came[key])
		if a.rule.calculation == "rate" && x != nil {
			if n == 0 {
				x = nil
			} else {
				*x /= n
			}
		}
		out[key] = x
	}
	return out
}

func aggregateBuys(agg string, list []buyRow) *float64 {
	x, who := 0.0, map[string]bool{}
	for _, b := range list {
		x += float64(b.amount)
		who[b.who] = true
	}
	switch agg {
	case "buys":
		x = float64(len(list))
	case "buyers":
		x = float64(len(who))
	default:
		if len(list) == 0 {
			return nil
		}
	}
	return &x
}

func (j *journeyTrial) checkConversion(t *testing.T) {
	t.Helper()
	names := sortedNames(conversionRules())
	name := names[j.r.IntN(len(names))]
	req, a := j.ask("conv_" + name)
	a.rule = conversionRules()[name]
	j.compare(t, req, a.grain != "", a.split, j.want(a))
}

// ask makes a random question about a metric.
func (j *journeyTrial) ask(metric string) (query.Request, conversionAsk) {
	r := j.r
	a := conversionAsk{split: r.IntN(2) == 0, keep: func(visitRow) bool { return true }}
	req := query.Request{Metrics: []query.MetricRef{{Metric: metric}}, AsOf: "2025-01-01"}
	if r.IntN(2) == 0 {
		a.grain = []calendar.Grain{calendar.Day, calendar.Week, calendar.Month}[r.IntN(3)]
		req.By = append(req.By, query.By{Time: a.grain})
	}
	if a.split {
		req.By = append(req.By, query.By{Dimension: "channel_name"})
	}
	switch r.IntN(4) {
	case 0:
		req.Where, a.keep = "channel_name = 'app'", func(v visitRow) bool { return v.channel == "app" }
	case 1:
		req.Where, a.keep = "channel.bot or channel.bot is null", func(v visitRow) bool { return v.bot || v.channel == "" }
	}
	if r.IntN(2) == 0 {
		first := time.Date(2024, 1, 10+r.IntN(60), 0, 0, 0, 0, j.loc)
		a.from, a.to = first, first.AddDate(0, 0, 1+r.IntN(40))
		req.Time = &query.TimeRange{From: a.from.Format(time.DateOnly), To: a.to.Format(time.DateOnly)}
	}
	if a.beside = r.IntN(2) == 0; a.beside {
		req.Metrics = append(req.Metrics, query.MetricRef{Metric: "visits", As: "beside"})
	}
	return req, a
}

// compare asks with and without the optimiser.
func (j *journeyTrial) compare(t *testing.T, req query.Request, timed, split bool, want map[string]*float64) {
	t.Helper()
	for _, plain := range []bool{false, true} {
		got, err := j.b.engine(plain).Query(t.Context(), asker, req)
		if err != nil {
			t.Fatalf("%v\n%s", err, describeRequest(req))
		}
		have := map[string]any{}
		for _, row := range got.Rows {
			have[journeyKey(row, timed, split)] = journeyValue(row, timed, split)
		}
		if bad := compareCells(have, want); len(bad) > 0 {
			plan, err := j.b.engine(plain).Plan(t.Context(), asker, req)
			sql := fmt.Sprint(err)
			if err == nil {
				sql = plan.Statements[0].Steps[len(plan.Statements[0].Steps)-1].Text + plan.Statements[0].SQL
			}
			t.Fatalf("%s\nplain %v\n%v\n%s", describeRequest(req), plain, bad, sql)
		}
	}
}

func journeyKey(row []any, timed, split bool) string {
	out, at := "", 0
	if timed {
		out, at = fmt.Sprint(row[0]), 1
	}
	out += "|"
	if s, ok := row[at].(string); split && ok {
		out += s
	}
	return out
}

func journeyValue(row []any, timed, split bool) any {
	at := 0
	for _, key := range []bool{timed, split} {
		if key {
			at++
		}
	}
	v, ok := query.Float(row[at])
	if !ok {
		return nil
	}
	return v
}
