package cube

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/importer/sqltext"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

var aggregates = map[string]string{"count": "count", "count_distinct": "count_distinct", "count_distinct_approx": "count_distinct",
	"sum": "sum", "avg": "avg", "min": "min", "max": "max"}

// nameMeasures gives every measure its name here before any refers to another.
// One that several cubes have gets the cube's name in front.
func (m *reader) nameMeasures(c *cube) {
	for _, d := range c.parts["measures"] {
		name := at(d, "name").Text()
		shared := false
		for _, other := range m.order {
			for _, o := range other.parts["measures"] {
				shared = shared || other != c && at(o, "name").Text() == name
			}
		}
		if shared || name == "count" {
			name = c.name + "_" + name
		}
		c.metrics[at(d, "name").Text()] = m.names.Take(name)
	}
}

func (m *reader) measures(c *cube) {
	for _, d := range c.parts["measures"] {
		there := at(d, "name").Text()
		object := "measure " + c.name + "." + there
		m.report.Object(object)
		m.strict(d, "measure", c.name+"."+there, measureKeys)
		m.hidden(d, object, there)
		for _, key := range []string{"drill_members", "drill_member_references", "drill_filters", "mask", "meta", "order_by"} {
			if v := at(d, key); !v.IsZero() {
				m.lose(v, object, key, text.Text{EN: "{key} is not kept", ZH: "{key} 没有保留"}, "key", key)
			}
		}
		spec, err := m.measure(c, d)
		if err != nil {
			m.lose(d, object, "sql", text.Text{EN: "it is not taken over: {why}", ZH: "没有导入：{why}"}, "why", err)
			continue
		}
		switch format := at(d, "format"); format.Text() {
		case "percent":
			spec.Unit = "percent"
		case "currency":
			spec.Unit = at(d, "currency").Text()
			if spec.Unit == "" {
				m.lose(format, object, "format", text.Text{EN: "it is an amount of money that does not say of which currency", ZH: "金额没有写明币种"})
			}
		case "":
		default:
			m.lose(format, object, "format", text.Text{EN: "the format {f} is not kept", ZH: "格式 {f} 没有保留"}, "f", format.Text())
		}
		m.put(c, there, d, spec)
	}
}

func (m *reader) put(c *cube, there string, d catalog.Document, spec *semantic.MetricSpec) {
	meta := catalog.Metadata{Name: c.metrics[there], Title: text.Same(at(d, "title").Text()), Description: text.Same(at(d, "description").Text()), Domain: c.meta.Domain}
	m.out = append(m.out, &catalog.Resource{Kind: semantic.KindMetric, Metadata: meta, Spec: spec, State: catalog.Published,
		Positions: map[string]catalog.Position{"": d.Position()}})
}

// helper puts a metric that the measure is made of.
func (m *reader) helper(c *cube, there, word string, d catalog.Document, spec *semantic.MetricSpec) string {
	name := m.names.Take(c.metrics[there] + "_" + word)
	m.out = append(m.out, &catalog.Resource{Kind: semantic.KindMetric, Spec: spec, State: catalog.Published,
		Metadata:  catalog.Metadata{Name: name, Title: text.Text{EN: "Part of {of}", ZH: "{of} 的组成部分"}.With("of", there)},
		Positions: map[string]catalog.Position{"": d.Position()}})
	return name
}

func (m *reader) measure(c *cube, d catalog.Document) (*semantic.MetricSpec, error) {
	typ, there := at(d, "type").Text(), at(d, "name").Text()
	for _, key := range []string{"group_by", "reduce_by", "add_group_by", "grain", "filter", "case"} {
		if !at(d, key).IsZero() {
			return nil, fmt.Errorf("%s has no counterpart", key)
		}
	}
	if shifts := list(d, "time_shift"); len(shifts) > 0 {
		return m.shifted(c, d, shifts)
	}
	agg, simple := aggregates[snake(typ)]
	if typ == "running_total" {
		agg, simple = "sum", true
	}
	switch {
	case simple:
		spec, err := m.simple(c, d, agg)
		if err != nil {
			return nil, err
		}
		spec.Approximate = snake(typ) == "count_distinct_approx"
		if roll := at(d, "rolling_window"); !roll.IsZero() {
			return m.rolling(c, d, roll, spec)
		}
		if typ == "running_total" || at(d, "cumulative").Text() == "true" {
			return &semantic.MetricSpec{Type: "cumulative", Metric: m.helper(c, there, "base", d, spec)}, nil
		}
		return spec, nil
	case typ == "number" || typ == "number_agg":
		return m.number(c, d)
	}
	return nil, fmt.Errorf("measures of type %q have no counterpart", typ)
}

func (m *reader) simple(c *cube, d catalog.Document, agg string) (*semantic.MetricSpec, error) {
	spec := &semantic.MetricSpec{Type: "simple", Dataset: c.dataset, Agg: agg}
	if sql := at(d, "sql"); !sql.IsZero() && !(agg == "count" && strings.TrimSpace(sql.Text()) == "*") {
		src, err := m.row(c, sql.Text())
		if err != nil {
			return nil, err
		}
		spec.Expr = src
		if agg == "sum" || agg == "avg" {
			numeric(c, src)
		}
	} else if agg != "count" {
		return nil, errors.New("it has no sql")
	}
	var all []string
	for _, f := range list(d, "filters") {
		m.strict(f, "measure", c.name+"."+at(d, "name").Text(), filterKeys)
		src, err := m.row(c, at(f, "sql").Text())
		if err != nil {
			return nil, fmt.Errorf("a filter: %w", err)
		}
		all = append(all, src)
	}
	if len(all) > 1 {
		for i := range all {
			all[i] = "(" + all[i] + ")"
		}
	}
	spec.Where = strings.Join(all, " and ")
	return spec, nil
}

// rolling makes a window, or a period to date, over the plain metric.
func (m *reader) rolling(c *cube, d, roll catalog.Document, base *semantic.MetricSpec) (*semantic.MetricSpec, error) {
	m.strict(roll, "measure", c.name+"."+at(d, "name").Text(), rollingKeys)
	spec := &semantic.MetricSpec{Type: "cumulative"}
	typ := at(roll, "type").Text()
	grain := at(roll, "granularity").Text()
	if to, ok := strings.CutSuffix(typ, "_to_date"); ok {
		grain, typ = to, "to_date"
	}
	switch trailing, leading, offset := at(roll, "trailing").Text(), at(roll, "leading").Text(), at(roll, "offset").Text(); {
	case typ == "to_date":
		g, err := calendar.ParseGrain(grain)
		if err != nil {
			return nil, err
		}
		spec.ToDate = g
	case leading != "" || offset != "" && offset != "end":
		return nil, errors.New("a window that leads or begins at the start of the period has no counterpart")
	case trailing == "unbounded":
	default:
		if _, _, err := calendar.ParseSpan(trailing); err != nil {
			return nil, err
		}
		spec.Window = trailing
	}
	spec.Metric = m.helper(c, at(d, "name").Text(), "base", d, base)
	return spec, nil
}

// shifted is a measure at an earlier time.
func (m *reader) shifted(c *cube, d catalog.Document, shifts []catalog.Document) (*semantic.MetricSpec, error) {
	s := shifts[0]
	m.strict(s, "measure", c.name+"."+at(d, "name").Text(), shiftKeys)
	if len(shifts) > 1 || at(s, "type").Text() != "prior" || at(s, "interval").IsZero() {
		return nil, errors.New("only a shift to a prior time by one interval has a counterpart")
	}
	if _, _, err := calendar.ParseSpan(at(s, "interval").Text()); err != nil {
		return nil, err
	}
	p := member.FindStringSubmatch(at(d, "sql").Text())
	if p == nil || strings.TrimSpace(at(d, "sql").Text()) != p[0] {
		return nil, errors.New("only a shift of one measure has a counterpart")
	}
	metric, err := m.measureName(c, p[1])
	if err != nil {
		return nil, err
	}
	return &semantic.MetricSpec{Type: "derived", Expr: "earlier", Inputs: map[string]semantic.Input{
		"earlier": {Metric: metric, Offset: at(s, "interval").Text()}}}, nil
}

func (m *reader) measureName(c *cube, ref string) (string, error) {
	of, name := c, ref
	if first, rest, dotted := strings.Cut(ref, "."); dotted {
		name = rest
		if first != "CUBE" {
			of = m.cubes[first]
		}
	}
	if of != nil {
		if metric, ok := of.metrics[name]; ok {
			return metric, nil
		}
	}
	return "", fmt.Errorf("%s is no measure", ref)
}

// number is a formula of other measures and of aggregates of its own.
func (m *reader) number(c *cube, d catalog.Document) (*semantic.MetricSpec, error) {
	if len(list(d, "filters")) > 0 || !at(d, "rolling_window").IsZero() {
		return nil, errors.New("a formula with filters or a window of its own has no counterpart")
	}
	src, err := marked(at(d, "sql").Text(), m.cubes)
	if err != nil {
		return nil, err
	}
	rest, aggs, err := sqltext.Aggregates(src, func(i int) string { return "part_" + strconv.Itoa(i+1) })
	if err != nil {
		return nil, err
	}
	var specs []*semantic.MetricSpec
	for _, a := range aggs {
		spec := &semantic.MetricSpec{Type: "simple", Dataset: c.dataset, Agg: a.Func}
		if a.Arg != "" {
			if spec.Expr, err = sqltext.MapNames(a.Arg, func(p []string) ([]string, error) { return m.name(c, p) }); err != nil {
				return nil, err
			}
			if a.Func == "sum" || a.Func == "avg" {
				numeric(c, spec.Expr)
			}
		}
		specs = append(specs, spec)
	}
	inputs := map[string]semantic.Input{}
	formula, err := sqltext.MapNames(rest, func(p []string) ([]string, error) {
		if ref, ok := strings.CutPrefix(p[0], memberMark); ok && len(p) == 1 {
			metric, err := m.measureName(c, ref)
			return []string{metric}, err
		}
		if n, ok := strings.CutPrefix(p[0], "part_"); ok && len(p) == 1 {
			if i, err := strconv.Atoi(n); err == nil && i >= 1 && i <= len(specs) {
				inputs[p[0]] = semantic.Input{}
				return p, nil
			}
		}
		return nil, fmt.Errorf("%s stands outside of an aggregate", strings.Join(p, "."))
	})
	if err != nil {
		return nil, err
	}
	for i, spec := range specs {
		key := "part_" + strconv.Itoa(i+1)
		inputs[key] = semantic.Input{Metric: m.helper(c, at(d, "name").Text(), strconv.Itoa(i+1), d, spec)}
	}
	out := &semantic.MetricSpec{Type: "derived", Expr: formula}
	if len(inputs) > 0 {
		out.Inputs = inputs
	}
	return out, nil
}
