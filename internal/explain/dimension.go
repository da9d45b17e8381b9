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
		if zeroWithoutRows(e.formula.Leaves[i].Metric) {
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
