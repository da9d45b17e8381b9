package metricflow

import (
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// distinct translates a question without metrics: the members of what it names,
// read from the table that needs the fewest joins to reach all of it.
func (im *Import) distinct(q Query) (Translation, error) {
	out := Translation{Request: query.Request{Limit: query.MaxLimit, Rules: semantic.MetricFlowRules, Extent: q.MinMax}}
	if err := im.origin(q); err != nil {
		return out, err
	}
	defer func() { im.from, im.fulls = nil, nil }()
	if im.from != nil {
		out.Request.From = im.from.name
	}
	if q.KeepRows {
		distinct := false
		out.Request.Distinct = &distinct
	}
	var items []item
	for _, g := range q.GroupBy {
		it, err := im.understand(g, "", "", nil)
		if err != nil {
			return out, err
		}
		if !slices.Contains(out.Columns, it.output) {
			out.Columns = append(out.Columns, it.output)
			out.Request.By = append(out.Request.By, it.by(len(items)))
			items = append(items, it)
		}
	}
	var err error
	if out.Request.Where, err = im.where(nil, q.Where); err != nil {
		return out, err
	}
	if q.From != "" || q.To != "" {
		if out.Request.Time, err = im.widened(q, items, nil); err != nil {
			return out, err
		}
	}
	if out.Request.Order, err = im.order(q, out, nil); err != nil {
		return out, err
	}
	if q.Limit > 0 {
		out.Request.Limit = q.Limit
	}
	if q.MinMax && len(out.Columns) == 1 {
		out.Columns = []string{out.Columns[0] + "__min", out.Columns[0] + "__max"}
	}
	return out, nil
}

// origin finds the table to read from: im.from, nil when only metric_time is
// named, with im.fulls, what the names mean in full.
func (im *Import) origin(q Query) error {
	names, err := namesOf(q)
	if err != nil {
		return err
	}
	im.fulls = map[string]string{}
	var wanted []string
	for _, n := range names {
		full, written := im.fullest(n)
		switch {
		case written == metricTime:
		case full == "":
			im.fulls = nil
			return lost("there is no {name}", "没有 {name}", "name", n)
		default:
			im.fulls[written] = full
			if !slices.Contains(wanted, full) {
				wanted = append(wanted, full)
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	fewest, size := 0, 0
	for _, t := range im.tables {
		joins, ok := im.joinsFor(t, wanted)
		have := len(t.model.dimensions) + len(t.model.entities)
		if ok && (im.from == nil || joins < fewest || joins == fewest && have < size) {
			im.from, fewest, size = t, joins, have
		}
	}
	if im.from == nil {
		im.fulls = nil
		return lost("no model leads to all of {names}", "没有一个模型能到达 {names}", "names", strings.Join(wanted, ", "))
	}
	return nil
}

// namesOf lists what a question names, in the group-by and in filters.
func namesOf(q Query) ([]string, error) {
	out := lowerAll(q.GroupBy)
	for _, f := range q.Where {
		sql, refs, err := references(f)
		if err != nil {
			return nil, err
		}
		n, err := parseSQL(sql)
		if err != nil {
			return nil, err
		}
		for _, name := range expr.Names(n) {
			if word := strings.ToLower(strings.Join(name.Parts, ".")); !strings.HasPrefix(word, "hole__") {
				out = append(out, word)
			}
		}
		for _, ref := range refs {
			if ref.kind == "Metric" {
				out = append(out, ref.by...)
			} else {
				out = append(out, ref.name)
			}
		}
	}
	return out, nil
}

// fullest finds the shortest name in full that a name may mean in any table,
// with the name itself, without a grain or part.
func (im *Import) fullest(dunder string) (full, written string) {
	tries := []string{dunder}
	if head, tail, ok := cutLast(dunder); ok && (strings.HasPrefix(tail, "extract_") || slices.Contains(grains, tail) || im.custom(tail) != nil) {
		tries = append(tries, head)
	}
	for _, n := range tries {
		if n == metricTime {
			return "", metricTime
		}
		var best *element
		for _, t := range im.tables {
			for _, e := range im.elements(t) {
				if im.fits(t, e, n) && (best == nil || len(e.path) < len(best.path)) {
					best = e
				}
			}
		}
		if best != nil {
			return best.full(), n
		}
	}
	return "", dunder
}

// joinsFor counts the joins by which a table reaches all names.
func (im *Import) joinsFor(t *table, wanted []string) (int, bool) {
	paths := map[string]bool{}
	for _, full := range wanted {
		i := slices.IndexFunc(im.elements(t), func(e *element) bool { return e.full() == full })
		if i < 0 {
			return 0, false
		}
		path := ""
		for _, h := range im.elements(t)[i].hops {
			path += h.entity + ">" + h.to.name + " "
			paths[path] = true
		}
	}
	return len(paths), true
}
