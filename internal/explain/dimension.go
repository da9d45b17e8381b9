package explain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Bounds on the search, so that an answer stays fast.
const (
	maxDimensions = 20   // dimensions tried when none are named
	maxMembers    = 1000 // members a dimension may have to be tried by itself
	maxNamed      = 20000
	parallel      = 4
)

// candidates lists the dimensions to try: those named, or all that fit and
// stand for a grouping people think in. Keys of the metric's own rows, foreign
// keys (the dimensions they lead to are there), numbers and times are passed
// over.
func (e *explainer) candidates() ([]semantic.DimensionInfo, error) {
	all := e.model.Dimensions([]string{e.request.Metric})
	if len(e.request.By) > 0 {
		var out []semantic.DimensionInfo
		for _, name := range e.request.By {
			i := slices.IndexFunc(all, func(d semantic.DimensionInfo) bool { return d.Name == name })
			if i < 0 || !all[i].Fits {
				return nil, misfit(all, i, name)
			}
			out = append(out, all[i])
		}
		return out, nil
	}
	known, named := map[string]bool{}, map[string]bool{}
	for _, d := range all {
		known[d.Name] = d.Fits
	}
	var out []semantic.DimensionInfo
	for _, d := range all {
		if d.Fits && !e.pinned(d.Name) && !e.detour(d.Name, known) && !twin(d.Name, known) && e.role(d) != neither {
			out = append(out, d)
			named[pathOf(d.Name)] = named[pathOf(d.Name)] || e.role(d) == groups && looksLikeName(d.Name)
		}
	}
	out = slices.DeleteFunc(out, func(d semantic.DimensionInfo) bool { return e.role(d) == names && named[pathOf(d.Name)] })
	slices.SortStableFunc(out, func(a, b semantic.DimensionInfo) int {
		if d := strings.Count(a.Name, ".") - strings.Count(b.Name, "."); d != 0 {
			return d
		}
		return int(e.role(a)) - int(e.role(b))
	})
	return out[:min(len(out), maxDimensions)], nil
}

// detour reports whether a path only leads round to something nearer:
// order.store.name when there is store.name.
func (e *explainer) detour(name string, known map[string]bool) bool {
	home := e.formula.Metric.Datasets[0]
	far, err := home.Field(name)
	if err != nil {
		return false
	}
	for rest := name; ; {
		var ok bool
		if _, rest, ok = strings.Cut(rest, "."); !ok {
			return false
		}
		if near, err := home.Field(rest); known[rest] && err == nil && near.End() == far.End() {
			return true
		}
	}
}

// twin reports whether a column is another column in a second language.
func twin(name string, known map[string]bool) bool {
	for _, end := range []string{"_en", "_zh", "_cn"} {
		if stem, ok := strings.CutSuffix(name, end); ok && known[stem] {
			return true
		}
	}
	return false
}

func misfit(all []semantic.DimensionInfo, i int, name string) error {
	if i >= 0 {
		return fault.New(fault.Invalid, "dimension_does_not_fit", all[i].Reason, "name", name)
	}
	var known []string
	for _, d := range all {
		known = append(known, d.Name)
	}
	return fault.New(fault.Invalid, "unknown_dimension", text.Text{
		ZH: "没有名为 {name} 的维度", EN: "there is no dimension named {name}"},
		"name", name, "guess", expr.Didyoumean(name, known))
}

// pinned reports whether the request's condition already holds the dimension
// at one value.
func (e *explainer) pinned(dimension string) bool {
	if e.request.Where == "" {
		return false
	}
	n, err := expr.Parse(e.request.Where)
	return err == nil && pins(n, dimension)
}

func pins(n expr.Node, dimension string) bool {
	switch n := n.(type) {
	case *expr.Binary:
		if n.Op == "and" {
			return pins(n.L, dimension) || pins(n.R, dimension)
		}
		if n.Op == "=" {
			l, lok := n.L.(*expr.Name)
			r, rok := n.R.(*expr.Name)
			return lok && !rok && strings.Join(l.Parts, ".") == dimension ||
				rok && !lok && strings.Join(r.Parts, ".") == dimension
		}
	case *expr.IsNull:
		name, ok := n.X.(*expr.Name)
		return ok && !n.Not && strings.Join(name.Parts, ".") == dimension
	}
	return false
}

// role says what a dimension is to a person who asks why.
type role int

const (
	neither role = iota
	groups       // a grouping: region, channel, big order
	names        // the key of something related: used when it has no better name
)

func (e *explainer) role(d semantic.DimensionInfo) role {
	dataset := e.model.Dataset(d.Dataset)
	if dataset == nil {
		return neither
	}
	own := !strings.Contains(d.Name, ".")
	column := d.Name[strings.LastIndexByte(d.Name, '.')+1:]
	key := len(dataset.Spec.PrimaryKey) == 1 && dataset.Spec.PrimaryKey[0] == column
	for _, r := range dataset.Relations() {
		if len(r.Pairs) == 1 && r.Pairs[0][0] == column {
			return neither
		}
	}
	switch {
	case key && own:
		return neither
	case key:
		return names
	case d.Type == expr.String || d.Type == expr.Boolean:
		return groups
	case d.Type == expr.Integer && looksLikeKey(column):
		return groups
	}
	return neither
}

// looksLikeName tells a column by which people call something, so that its key
// need not be shown.
func looksLikeName(column string) bool {
	return strings.HasSuffix(column, "name") || strings.HasSuffix(column, "title")
}

// looksLikeKey tells numbers that name things from numbers that count.
func looksLikeKey(column string) bool {
	for _, end := range []string{"id", "key", "code", "type", "group", "level", "status", "category"} {
		if column == end || strings.HasSuffix(column, "_"+end) {
			return true
		}
	}
	return false
}

// members is a dimension read over the window and split.
type members struct {
	info    semantic.DimensionInfo
	grid    *grid
	now     shares
	scores  []evidence // per member
	skipped bool
}

// dimensions reads and splits every candidate. A dimension that the engine
// refuses is left out with a warning; only a canceled or timed-out request
// ends the whole.
func (e *explainer) dimensions(ctx context.Context) ([]*members, error) {
	infos, err := e.candidates()
	if err != nil {
		return nil, err
	}
	counts, err := e.sizes(ctx, infos)
	if err != nil {
		return nil, err
	}
	infos, counts = e.worthwhile(infos, counts)
	found := make([]*members, len(infos))
	err = e.each(ctx, infos, func(ctx context.Context, i int) (err error) {
		found[i], err = e.dimension(ctx, infos[i], counts[i] > maxMembers)
		return err
	})
	return e.distinct(found), err
}

// each does the same for every dimension, some at a time.
func (e *explainer) each(ctx context.Context, infos []semantic.DimensionInfo, do func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, info := range infos {
		g.Go(func() error {
			err := do(ctx, i)
			if err == nil || ends(err) {
				return err
			}
			e.warn(query.Warning{Code: "dimension_failed", Params: map[string]any{"dimension": info.Name},
				Text: text.Text{ZH: "维度“{d}”没能拆解：{why}", EN: "could not split by {d}: {why}"}.
					With("d", info.Title, "why", fault.Of(err).Text)})
			return nil
		})
	}
	return g.Wait()
}

// ends reports whether an error ends the whole request.
func ends(err error) bool {
	return fault.Is(err, fault.Canceled) || fault.Is(err, fault.Timeout) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// sizes tells how many members each dimension has, as far as it matters: more
// than maxMembers or not. A relationship that leads to few rows settles all
// that lies beyond it with one question.
func (e *explainer) sizes(ctx context.Context, infos []semantic.DimensionInfo) ([]int, error) {
	var first []semantic.DimensionInfo // the key at the end of each first step
	steps := map[string]int{}
	for _, info := range infos {
		step, rest, ok := strings.Cut(info.Name, ".")
		if _, seen := steps[step]; !ok || seen || rest == "" {
			continue
		}
		key, ok := e.keyOf(step)
		if !ok {
			continue
		}
		steps[step] = len(first)
		first = append(first, semantic.DimensionInfo{Name: step + "." + key, Title: info.Title})
	}
	stepCounts := make([]int, len(first))
	err := e.each(ctx, first, func(ctx context.Context, i int) (err error) {
		stepCounts[i], err = e.countMembers(ctx, first[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(infos))
	err = e.each(ctx, infos, func(ctx context.Context, i int) (err error) {
		step, _, beyond := strings.Cut(infos[i].Name, ".")
		if k, ok := steps[step]; beyond && ok && stepCounts[k] > 0 && stepCounts[k] <= maxMembers || infos[i].Type == expr.Boolean {
			counts[i] = 2 // at least it may have two
			return nil
		}
		counts[i], err = e.countMembers(ctx, infos[i])
		return err
	})
	return counts, err
}

// keyOf is the key column that a relationship of the metric's rows leads to.
func (e *explainer) keyOf(step string) (string, bool) {
	r := e.formula.Metric.Datasets[0].Relation(step)
	if r == nil || len(r.To.Spec.PrimaryKey) != 1 {
		return "", false
	}
	return r.To.Spec.PrimaryKey[0], true
}

// worthwhile keeps the dimensions that can say something: with two members or
// more and not too many. Those that were named in the request all stay.
func (e *explainer) worthwhile(infos []semantic.DimensionInfo, counts []int) ([]semantic.DimensionInfo, []int) {
	if len(e.request.By) > 0 {
		return infos, counts
	}
	var keep []semantic.DimensionInfo
	var n []int
	for i, info := range infos {
		if counts[i] >= 2 && counts[i] <= maxMembers {
			keep, n = append(keep, info), append(n, counts[i])
		}
	}
	return keep, n
}

func pathOf(name string) string { return name[:strings.LastIndexByte(name, '.')+1] }

// dimension reads one dimension, without history when it has many members;
// nil when it turns out to have one member only.
func (e *explainer) dimension(ctx context.Context, info semantic.DimensionInfo, many bool) (*members, error) {
	bare := window{from: e.window.from, to: e.window.to, lag: 1}
	w, limit := e.window, (maxMembers+1)*e.window.count()
	if many || w.grain == "" {
		w, limit = bare, maxNamed
	}
	g, err := e.fetch(ctx, w, info.Name, "", limit)
	if err == nil && g.cut && w.grain != "" { // earlier periods had many more members
		g, err = e.fetch(ctx, bare, info.Name, "", maxNamed)
	}
	if err != nil {
		return nil, err
	}
	if g.cut {
		e.warn(query.Warning{Code: "too_many_members", Params: map[string]any{"dimension": info.Name},
			Text: text.Text{ZH: "“{d}”的维度值太多，只看了一部分", EN: "{d} has too many members; only some were looked at"}.With("d", info.Title)})
	}
	if len(g.values) == 0 || len(g.values) < 2 && len(e.request.By) == 0 {
		return nil, nil
	}
	m := &members{info: info, grid: g}
	e.judge(m)
	return m, nil
}

// countMembers counts members with rows in the time from From to To, up to one
// more than maxMembers.
func (e *explainer) countMembers(ctx context.Context, d semantic.DimensionInfo) (int, error) {
	r := e.question(d.Name, "", timeRange(e.window.both()), maxMembers+1)
	r.Metrics = r.Metrics[:1]
	res, err := e.service.query.Query(ctx, e.actor, r)
	if err != nil {
		return 0, err
	}
	return len(res.Rows), nil
}

// at gives which periods of a grid are compared: those of the window, or the
// only two when it was read without history.
func (e *explainer) at(g *grid) (before, now int) {
	if len(g.rows) > 0 && len(g.rows[0]) == e.window.count() {
		return e.window.before(), e.window.now()
	}
	return 0, 1
}

// cells gives the values of all members in one period of the grid; total is
// the period of the whole that goes with it.
func (e *explainer) cells(g *grid, period, total int) cells {
	c := cells{total: e.total(total), members: make([][]float64, len(g.values)), own: make([]float64, len(g.values))}
	for i := range g.values {
		c.members[i] = g.leaves(e.ask, i, period)
		c.own[i] = g.own(e.ask, i, period)
	}
	return c
}

// total is the whole's leaves in a period; without rows, all are no value.
func (e *explainer) total(period int) []float64 {
	if len(e.whole.rows) > 0 {
		if v := e.whole.leaves(e.ask, 0, period); v != nil {
			return v
		}
	}
	v := make([]float64, len(e.ask.column))
	for i := range v {
		v[i] = math.NaN()
		if e.formula.Leaves[i].Metric.Simple.Zero {
			v[i] = 0
		}
	}
	return v
}

// judge splits the change over the members and scores each against history.
func (e *explainer) judge(m *members) {
	before, now := e.at(m.grid)
	from, to := e.cells(m.grid, before, e.window.before()), e.cells(m.grid, now, e.window.now())
	var ok bool
	if m.now, ok = e.formula.split(e.plan, from, to, nil); !ok {
		m.skipped = true
		return
	}
	m.scores = make([]evidence, len(m.grid.values))
	if e.window.grain == "" || len(m.grid.rows[0]) != e.window.count() || m.sparse() {
		return
	}
	all := make([]cells, e.window.count())
	for t := range all {
		all[t] = e.cells(m.grid, t, t)
	}
	for _, h := range []partHistory{e.changes(all), e.levels(all)} {
		for i, s := range h.scores(m.now.weight) {
			m.scores[i] = stronger(m.scores[i], s)
		}
	}
}

// sparse reports whether the metric rests on members that come and go, such as
// customers: then a member's history does not say what is usual for it, and
// members are ranked by their share alone.
func (m *members) sparse() bool {
	present, weight := 0.0, 0.0
	for i, periods := range m.grid.rows {
		n := 0.0
		for _, row := range periods {
			if row != nil {
				n++
			}
		}
		present += m.now.weight[i] * n / float64(len(periods))
		weight += m.now.weight[i]
	}
	return present < weight/2
}

// partHistory is how each member's part in the change came out in every
// period, the newest last.
type partHistory struct {
	parts  [][]float64 // per member, per period
	weight []float64   // per member: mean weight over the earlier periods
	rest   [][]float64 // per member: what all others did
	beyond [][]float64 // per member: its part beyond what it would be had it moved like all others
}

// history splits the change into every period from the first, where base gives
// what a period is compared with.
func (e *explainer) history(all []cells, first int, slopes [][]float64, base func(period int) cells) partHistory {
	if len(all) <= first {
		return partHistory{}
	}
	n := len(all[0].members)
	h := newHistory(n)
	last := len(all) - 1
	for t := first; t <= last; t++ {
		s, ok := e.formula.split(e.plan, base(t), all[t], slopes[t])
		if !ok {
			if t == last {
				return partHistory{}
			}
			continue
		}
		h.add(s.parts, s.weight, t == last)
	}
	for i := range h.weight {
		h.weight[i] /= math.Max(1, float64(len(h.parts[i])-1))
	}
	return h
}

func newHistory(n int) partHistory {
	return partHistory{parts: make([][]float64, n), rest: make([][]float64, n), beyond: make([][]float64, n), weight: make([]float64, n)}
}

// add takes in one period.
func (h *partHistory) add(parts, weights []float64, last bool) {
	sum, weight := 0.0, 0.0
	for i, p := range parts {
		sum += p
		weight += weights[i]
	}
	for i, p := range parts {
		h.parts[i] = append(h.parts[i], p)
		h.rest[i] = append(h.rest[i], sum-p)
		beyond := p
		if others := weight - weights[i]; others > 0 {
			beyond = p - (sum-p)*weights[i]/others
		}
		h.beyond[i] = append(h.beyond[i], beyond)
		if !last {
			h.weight[i] += weights[i]
		}
	}
}

// changes compares each period with the one the request compares with.
func (e *explainer) changes(all []cells) partHistory {
	return e.history(all, e.window.lag, e.changeSlopes, func(t int) cells { return all[t-e.window.lag] })
}

// levels compares each period with the mean of the periods before it.
func (e *explainer) levels(all []cells) partHistory {
	return e.history(all, levelPeriods, e.levelSlopes, func(t int) cells { return mean(all[t-levelPeriods:t], len(e.ask.column)) })
}

// mean averages periods; members without rows count as 0.
func mean(periods []cells, leaves int) cells {
	out := cells{total: make([]float64, leaves),
		members: make([][]float64, len(periods[0].members)), own: make([]float64, len(periods[0].own))}
	for i := range out.members {
		out.members[i] = make([]float64, leaves)
	}
	share := 1 / float64(len(periods))
	for _, p := range periods {
		for j, v := range p.total {
			out.total[j] += v * share
		}
		for i, m := range p.members {
			for j, v := range m {
				if !math.IsNaN(v) {
					out.members[i][j] += v * share
				}
			}
			out.own[i] += p.own[i] * share
		}
	}
	return out
}

// scores judges the newest part of every member against its earlier ones; now
// is the members' weights in the newest period.
func (h partHistory) scores(now []float64) []evidence {
	out := make([]evidence, len(now))
	if len(h.parts) == 0 || len(h.parts[0]) < minHistory+1 {
		return out
	}
	last := len(h.parts[0]) - 1
	before := func(all [][]float64) [][]float64 {
		out := make([][]float64, len(all))
		for i, p := range all {
			out[i] = p[:last]
		}
		return out
	}
	parts, beyond := before(h.parts), before(h.beyond)
	partRate, beyondRate := pooled(parts, h.weight), pooled(beyond, h.weight)
	for i := range h.parts {
		// A member that is seen now and then carries more when it is seen than
		// on average: its noise comes in lumps of that size.
		weight := math.Max(h.weight[i], now[i])
		out[i] = contrast(
			score(h.parts[i][last], parts[i], partRate*weight),
			score(h.beyond[i][last], beyond[i], beyondRate*weight),
			score(h.rest[i][last], h.rest[i][:last], 0), h.parts[i][last])
	}
	return out
}

// distinct drops what failed and every dimension that groups the rows just as
// one before it does, such as a key beside its name.
func (e *explainer) distinct(found []*members) []*members {
	var out []*members
	for _, m := range found {
		if m == nil || m.skipped && len(e.request.By) == 0 {
			continue
		}
		if len(e.request.By) == 0 && slices.ContainsFunc(out, func(o *members) bool { return o.same(m) }) {
			continue
		}
		out = append(out, m)
	}
	return out
}

// same reports whether two dimensions group the rows alike.
func (m *members) same(o *members) bool {
	if len(m.grid.values) != len(o.grid.values) || m.skipped || o.skipped {
		return false
	}
	a, b := slices.Clone(m.now.parts), slices.Clone(o.now.parts)
	slices.Sort(a)
	slices.Sort(b)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-9*(math.Abs(a[i])+math.Abs(b[i])) {
			return false
		}
	}
	return true
}

// warn adds a warning to the answer.
func (e *explainer) warn(w query.Warning) {
	e.warnMu.Lock()
	defer e.warnMu.Unlock()
	e.warnings = append(e.warnings, w)
}

// filter is the condition that selects a member.
func filter(dimension string, value any) string {
	switch v := value.(type) {
	case nil:
		return dimension + " is null"
	case string:
		return dimension + " = '" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return fmt.Sprintf("%s = %v", dimension, value)
}
