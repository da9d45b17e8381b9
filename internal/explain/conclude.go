package explain

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"lodestar/internal/query"
	"lodestar/internal/text"
)

const (
	defaultLimit = 8 // members shown per dimension
	maxFindings  = 8
	overallTests = 20 // a metric is looked at week after week: as sure as after this many looks
)

// answer fills in what is known before any dimension is read: values, change,
// score and the split along the formula.
func (e *explainer) answer() *Explanation {
	m := e.formula.Metric
	out := &Explanation{Metric: m.Name, Title: m.Title, Unit: m.Unit, Format: m.Format, Direction: m.Spec.Direction,
		From: e.window.from, To: e.window.to, Dimensions: []DimensionSplit{}, Findings: []Finding{}, Warnings: []query.Warning{}}
	before, now := e.window.before(), e.window.now()
	a, b := e.value(before), e.value(now)
	out.ValueFrom, out.ValueTo, out.Change = pointer(a), pointer(b), pointer(b-a)
	if out.Change != nil && a > 0 {
		out.ChangeRate = pointer((b - a) / a)
	}
	if e.whole.info != nil {
		out.Warnings = append(out.Warnings, e.whole.info.Warnings...)
	}
	out.Score = e.overallScore()
	out.Unusual = unusual(out.Score, overallTests)
	if m.Whole() || out.Change == nil {
		return out
	}
	from, to := e.total(before), e.total(now)
	if split, ok := e.formula.FormulaSplit(from, to); ok {
		out.Formula = split
		out.Formula.Residual += *out.Change - (e.formula.Eval(to) - e.formula.Eval(from))
	} else {
		e.warn(query.Warning{Code: "formula_not_split", Text: text.Text{
			ZH: "公式中途没有值（例如除以 0），变化无法沿公式拆开",
			EN: "the formula has no value on the way (it divides by 0, say), so the change cannot be split along it"}})
	}
	return out
}

// value is the metric over all rows in a period, as the engine gives it.
func (e *explainer) value(period int) float64 {
	if len(e.whole.rows) == 0 || e.whole.rows[0][period] == nil {
		return e.formula.Eval(e.total(period))
	}
	return e.whole.own(e.ask, 0, period)
}

// overallScore scores the whole change against earlier ones, from the period
// compared with and from the usual level.
func (e *explainer) overallScore() float64 {
	if e.window.grain == "" {
		return 0
	}
	n := e.window.count()
	values := make([]float64, n)
	for t := range values {
		values[t] = e.value(t)
	}
	changes := differences(values, e.window.lag, func(t int) float64 { return values[t-e.window.lag] })
	levels := differences(values, levelPeriods, func(t int) float64 { return average(values[t-levelPeriods : t]) })
	best := evidence{}
	for _, d := range [][]float64{changes, levels} {
		if len(d) > 0 {
			s := score(d[len(d)-1], d[:len(d)-1], 0)
			best = stronger(best, evidence{own: s, pure: s})
		}
	}
	return best.pure
}

// differences gives the change of every period from the first against its
// base, leaving out those without value; nil when the newest has none.
func differences(values []float64, first int, base func(t int) float64) []float64 {
	var out []float64
	for t := first; t < len(values); t++ {
		d := values[t] - base(t)
		if math.IsNaN(d) {
			if t == len(values)-1 {
				return nil
			}
			continue
		}
		out = append(out, d)
	}
	return out
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

// noChange says why there is nothing to explain.
func (e *explainer) noChange(out *Explanation) {
	side := text.Text{ZH: "本期", EN: "the later period"}
	if out.ValueFrom == nil {
		side = text.Text{ZH: "对比期", EN: "the earlier period"}
	}
	out.Sentence = text.Text{
		ZH: "{metric}在{side}没有数据，无法比较。", EN: "{metric} has no value in {side}, so there is nothing to compare.",
	}.With("metric", out.Title, "side", side)
	out.Warnings = append(out.Warnings, query.Warning{Code: "no_value", Text: out.Sentence})
}

// candidate is a member that may be the answer.
type candidate struct {
	m    *members
	i    int
	rank float64
}

// ranked orders the members of all dimensions, best explanation first: how
// surprising the member's part is beyond what the rest did, less what the
// number of members tried makes likely by chance, and a little for the share
// of the change that it accounts for beyond its share of the whole: the largest
// member has the largest part of any change, and that explains nothing. Without
// history this share alone decides.
func (e *explainer) ranked(found []*members) []candidate {
	change := math.Abs(e.value(e.window.now()) - e.value(e.window.before()))
	var out []candidate
	for _, m := range found {
		for i := range m.grid.values {
			if m.skipped || m.now.parts[i] == 0 {
				continue
			}
			out = append(out, candidate{m, i, rank(m.scores[i].pure, e.beyond(m, i), change, len(m.grid.values))})
		}
	}
	best := func(a, b candidate) int { return cmp.Compare(b.rank, a.rank) }
	slices.SortStableFunc(out, best)
	preferFiner(out)
	slices.SortStableFunc(out, best)
	return out
}

// beyond is a member's part less what falls to it by its size alone; where
// parts do not add up, the part itself.
func (e *explainer) beyond(m *members, i int) float64 {
	if e.plan.method == byMembers {
		return m.now.parts[i]
	}
	return m.now.parts[i] - m.now.fair(i)
}

// clearlyMore is how much of a change a member must account for beyond its size
// to be named as where it comes from.
const clearlyMore = 0.2

// standsOut reports whether a member moved with the whole, and clearly more
// than its size makes it.
func (e *explainer) standsOut(c candidate, change float64) bool {
	size := 0.0
	for _, p := range c.m.now.parts {
		size += math.Abs(p)
	}
	beyond := e.beyond(c.m, c.i)
	return c.m.now.parts[c.i]*change > 0 && beyond*change > 0 &&
		math.Abs(beyond) >= clearlyMore*math.Max(math.Abs(change), size)
}

// What preferFiner looks at.
const (
	coarseLooked = 16 // best candidates that may hide a finer one
	finerScore   = 3  // least score of a finer member to be taken for the reason
)

// preferFiner puts a member before the groups that contain its dimension when
// it moved at least as much as they did: a new product lifts its category, and
// what is to be named is the product. The score alone cannot tell, as noise is
// known better of what has long been there.
func preferFiner(all []candidate) {
	for i := range all {
		b := &all[i]
		if math.Abs(b.m.scores[b.i].pure) < finerScore {
			continue
		}
		for _, a := range all[:min(coarseLooked, len(all))] {
			part, group := b.m.now.parts[b.i], a.m.now.parts[a.i]
			if contains(a.m.info.Name, b.m.info.Name) && part*group > 0 && math.Abs(part) >= math.Abs(group) {
				b.rank = math.Max(b.rank, math.Nextafter(a.rank, math.Inf(1)))
			}
		}
	}
}

// contains reports whether one dimension groups what another tells apart: it
// lies further along the same path.
func contains(coarse, fine string) bool {
	return len(pathOf(coarse)) > len(pathOf(fine)) && strings.HasPrefix(coarse, pathOf(fine)) && pathOf(fine) != ""
}

// leastShare is the share of a change below which smaller parts rank alike.
const leastShare = 0.01

func rank(pure, part, change float64, tried int) float64 {
	share := 1.0
	if change > 0 {
		share = math.Min(1, math.Max(leastShare, math.Abs(part)/change))
	}
	return pure*pure/2 - math.Log(float64(max(1, tried))) + math.Log(share)
}

// conclude ranks what was found and says it.
func (e *explainer) conclude(ctx context.Context, out *Explanation, found []*members, late []gap) {
	tests := 0
	for _, m := range found {
		tests += 2 * len(m.grid.values)
	}
	formula := e.formulaEvidence(out)
	tests += 2 * len(formula)
	out.Findings = append(out.Findings, dataFindings(out.Warnings)...)
	for _, x := range late {
		if x.dimension == "" { // with days missing nothing can be called unusual
			out.Unusual, tests = false, neverUnusual
		}
		f := e.lateFinding(x)
		out.Findings = append(out.Findings, f)
		out.Warnings = append(out.Warnings, e.lateWarning(f, x))
	}
	for _, m := range found {
		out.Dimensions = append(out.Dimensions, e.show(m, *out.Change, tests))
	}
	slices.SortStableFunc(out.Dimensions, func(a, b DimensionSplit) int { return cmp.Compare(b.Score, a.Score) })
	members := e.single(e.ranked(found))
	out.Findings = append(out.Findings, e.findings(out, members, formula, tests)...)
	out.Findings = out.Findings[:min(len(out.Findings), maxFindings)]
	out.Unusual = out.Unusual || hasUnusual(out.Findings)
	if f := firstDimension(out.Findings); f != nil && f.Unusual {
		e.within = e.drill(ctx, e.candidateOf(members, *f), found)
		detail := e.within.words()
		f.Text.ZH, f.Text.EN = f.Text.ZH+detail.ZH, f.Text.EN+detail.EN
	}
	out.Sentence = e.sentence(out, members, late)
	e.warnMu.Lock()
	defer e.warnMu.Unlock()
	out.Warnings = append(out.Warnings, e.warnings...)
}

// single keeps one of candidates that stand for the same rows, such as a city
// and its only store: the one on the shorter path, then of the finer dimension.
func (e *explainer) single(all []candidate) []candidate {
	var out []candidate
	for _, c := range all {
		i := slices.IndexFunc(out, func(o candidate) bool { return e.sameRows(o, c) })
		switch {
		case i < 0:
			out = append(out, c)
		case finer(c, out[i]):
			out[i] = c
		}
		if len(out) > 4*maxFindings {
			break
		}
	}
	return out
}

func (e *explainer) sameRows(a, b candidate) bool {
	if a.m == b.m || !alike(a.m.now.parts[a.i], b.m.now.parts[b.i]) {
		return false
	}
	a0, a1 := e.at(a.m.grid)
	b0, b1 := e.at(b.m.grid)
	return alike(a.m.grid.own(e.ask, a.i, a0), b.m.grid.own(e.ask, b.i, b0)) &&
		alike(a.m.grid.own(e.ask, a.i, a1), b.m.grid.own(e.ask, b.i, b1))
}

func alike(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b))
}

func finer(a, b candidate) bool {
	if d := len(pathOf(a.m.info.Name)) - len(pathOf(b.m.info.Name)); d != 0 {
		return d < 0
	}
	return len(a.m.grid.values) > len(b.m.grid.values)
}

// formulaPart is a direct operand of the formula with how unusual its part is.
type formulaPart struct {
	FormulaPart
	evidence
}

// formulaEvidence scores the direct operands against history, as members of a
// dimension are.
func (e *explainer) formulaEvidence(out *Explanation) []formulaPart {
	if out.Formula == nil {
		return nil
	}
	parts := make([]formulaPart, len(out.Formula.Parts))
	groups := make([][]int, len(parts))
	for i, o := range e.formula.root.operands() {
		parts[i].FormulaPart, groups[i] = out.Formula.Parts[i], o.n.occurrences()
	}
	if e.window.grain == "" {
		return parts
	}
	n := e.window.count()
	totals := make([][]float64, n)
	for t := range totals {
		totals[t] = e.total(t)
	}
	for _, h := range []partHistory{
		operandHistory(groups, totals, e.changeSlopes, e.window.lag, func(t int) []float64 { return totals[t-e.window.lag] }),
		operandHistory(groups, totals, e.levelSlopes, levelPeriods, func(t int) []float64 {
			all := make([]cells, levelPeriods)
			for k := range all {
				all[k].total = totals[t-levelPeriods+k]
			}
			return mean(all, len(e.ask.column)).total
		}),
	} {
		for i, s := range h.scores(make([]float64, len(parts))) {
			parts[i].evidence = stronger(parts[i].evidence, s)
		}
	}
	return parts
}

// operandHistory is how the operands' parts came out in every period.
func operandHistory(groups [][]int, totals, slopes [][]float64, first int, base func(t int) []float64) partHistory {
	h := newHistory(len(groups))
	for t := first; t < len(totals); t++ {
		if slopes[t] == nil {
			if t == len(totals)-1 {
				return partHistory{}
			}
			continue
		}
		from := base(t)
		now := make([]float64, len(groups))
		for i, g := range groups {
			for _, leaf := range g {
				now[i] += slopes[t][leaf] * (totals[t][leaf] - from[leaf])
			}
		}
		h.add(now, make([]float64, len(groups)), t == len(totals)-1)
	}
	return h
}

// findings puts operands and members in one ranked list: at most two members
// of a dimension.
func (e *explainer) findings(out *Explanation, members []candidate, formula []formulaPart, tests int) []Finding {
	type ranked struct {
		Finding
		rank float64
	}
	var all []ranked
	change := *out.Change
	for _, p := range formula {
		if p.Contribution == 0 {
			continue
		}
		all = append(all, ranked{Finding{Kind: "formula", Metric: p.Metric, Contribution: p.Contribution, Share: p.Share,
			Score: p.pure, Unusual: unusual(p.pure, tests), Text: e.formulaText(out, p)},
			rank(p.pure, p.Contribution, math.Abs(change), len(formula))})
	}
	shown := map[string]int{}
	for _, c := range members {
		name := c.m.info.Name
		if shown[name]++; shown[name] > 2 {
			continue
		}
		part := c.m.now.parts[c.i]
		ofChange := share(part, change)
		if e.plan.method == byMembers {
			ofChange = nil
		}
		f := Finding{Kind: "dimension", Metric: out.Metric, Dimension: name, Value: c.m.grid.values[c.i],
			Contribution: part, Share: ofChange, Score: c.m.scores[c.i].pure,
			Unusual: unusual(c.m.scores[c.i].pure, tests), Text: e.memberText(out, c)}
		f.Where = filter(name, f.Value)
		all = append(all, ranked{f, c.rank})
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.rank, a.rank) })
	findings := make([]Finding, len(all))
	for i, r := range all {
		findings[i] = r.Finding
	}
	return findings
}

// show lays a dimension out for people: the largest parts, the rest summed.
func (e *explainer) show(m *members, change float64, tests int) DimensionSplit {
	d := DimensionSplit{Dimension: m.info.Name, Title: m.info.Title, Method: e.plan.method, Adds: e.plan.method != byMembers && !m.skipped,
		Members: []Member{}, Count: len(m.grid.values)}
	if m.skipped {
		d.Method = byMembers
		return d
	}
	d.Overlap = m.now.overlap
	order := make([]int, len(m.grid.values))
	for i := range order {
		order[i] = i
		d.Score = math.Max(d.Score, math.Abs(m.scores[i].pure))
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(math.Abs(m.now.parts[b]), math.Abs(m.now.parts[a]))
	})
	limit := e.request.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, len(order))
	for _, i := range order[:limit] {
		d.Members = append(d.Members, e.member(m, i, change, tests))
	}
	if rest := order[limit:]; len(rest) > 0 {
		d.Others = e.others(m, rest, change)
	}
	return d
}

func (e *explainer) member(m *members, i int, change float64, tests int) Member {
	before, now := e.at(m.grid)
	out := Member{Value: m.grid.values[i], Contribution: m.now.parts[i],
		From: pointer(e.memberValue(m.grid, i, before)), To: pointer(e.memberValue(m.grid, i, now)),
		Score: m.scores[i].pure, Unusual: unusual(m.scores[i].pure, tests), Filter: filter(m.info.Name, m.grid.values[i])}
	if e.plan.method != byMembers {
		out.Share = share(out.Contribution, change)
	}
	if m.now.mix != nil {
		out.Mix, out.Rate = pointer(m.now.mix[i]), pointer(m.now.rate[i])
	}
	return out
}

// memberValue is a member's own value; a member without rows has that of no
// rows.
func (e *explainer) memberValue(g *grid, i, period int) float64 {
	if g.rows[i][period] == nil && zeroWithoutRows(e.formula.Metric) {
		return 0
	}
	return g.own(e.ask, i, period)
}

func (e *explainer) others(m *members, rest []int, change float64) *Member {
	out := &Member{Count: len(rest)}
	mix, rate := 0.0, 0.0
	for _, i := range rest {
		out.Contribution += m.now.parts[i]
		if m.now.mix != nil {
			mix, rate = mix+m.now.mix[i], rate+m.now.rate[i]
		}
	}
	if m.now.mix != nil {
		out.Mix, out.Rate = &mix, &rate
	}
	if e.plan.method == byMembers {
		out.Contribution = 0
		return out
	}
	out.Share = share(out.Contribution, change)
	if e.plan.method == bySum {
		before, now := e.at(m.grid)
		from, to := 0.0, 0.0
		for _, i := range rest {
			from += e.plan.over.at(orZero(m.grid.leaves(e.ask, i, before), len(e.ask.column)))
			to += e.plan.over.at(orZero(m.grid.leaves(e.ask, i, now), len(e.ask.column)))
		}
		out.From, out.To = &from, &to
	}
	return out
}

// firstDimension is the best finding when it is about a member.
func firstDimension(findings []Finding) *Finding {
	for i := range findings {
		if findings[i].Kind == "dimension" {
			return &findings[i]
		}
		if !findings[i].aboutData() {
			break
		}
	}
	return nil
}
