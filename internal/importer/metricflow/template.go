package metricflow

import (
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/text"
)

// reference is what stands between {{ and }}.
type reference struct {
	kind  string // Dimension | TimeDimension | Entity | Metric
	name  string // with the entity path in front
	grain string
	part  string
	by    []string // Metric: the group-by
	desc  bool
}

// dunder writes the reference as a group-by name.
func (r reference) dunder() string {
	switch {
	case r.part != "":
		return r.name + "__extract_" + r.part
	case r.grain != "":
		return r.name + "__" + r.grain
	}
	return r.name
}

type templateError struct{ text text.Text }

func (e *templateError) Error() string { return e.text.In(text.EN) }

func badTemplate(t text.Text, pairs ...any) error { return &templateError{t.With(pairs...)} }

// references cuts a filter into text and references. The text has as many
// holes as there are references; holes are names that no model can have.
func references(src string) (sql string, refs []reference, err error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(src, "{{")
		b.WriteString(before)
		if !found {
			return b.String(), refs, nil
		}
		inner, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return "", nil, badTemplate(text.Text{EN: "{{ is not closed", ZH: "{{ 没有闭合"})
		}
		ref, err := parseReference(inner)
		if err != nil {
			return "", nil, err
		}
		b.WriteString(" " + hole(len(refs)) + " ")
		refs = append(refs, ref)
		src = after
	}
}

func hole(i int) string { return fmt.Sprintf("hole__%d__", i) }

// call is one call of a chain: Dimension('x').grain('month').
type call struct {
	name  string
	args  []value
	named map[string]value
}

// value is a literal: a text, a word, or a list.
type value struct {
	text string
	list []string
}

func (v value) all() []string {
	if v.list != nil {
		return v.list
	}
	return []string{v.text}
}

// parseReference reads Dimension('x'), TimeDimension('x', 'month'),
// Entity('x'), Metric('m', ['e']) and the calls that may follow.
func parseReference(src string) (reference, error) {
	calls, err := parseCalls(src)
	if err != nil {
		return reference{}, err
	}
	first := calls[0]
	ref := reference{kind: first.name}
	arg := func(i int, name string) (value, bool) {
		if v, ok := first.named[name]; ok {
			return v, true
		}
		if i >= 0 && i < len(first.args) {
			return first.args[i], true
		}
		return value{}, false
	}
	set := func(to *string, i int, name string) {
		if v, ok := arg(i, name); ok && !strings.EqualFold(v.text, "none") {
			*to = strings.ToLower(v.text)
		}
	}
	path := -1
	switch ref.kind {
	case "Dimension":
		set(&ref.name, 0, "name")
		path = 1
	case "TimeDimension":
		set(&ref.name, 0, "time_dimension_name")
		set(&ref.grain, 1, "time_granularity_name")
		path = 2
		set(&ref.part, 4, "date_part_name")
	case "Entity":
		set(&ref.name, 0, "entity_name")
		path = 1
	case "Metric":
		set(&ref.name, 0, "metric_name")
		if v, ok := arg(1, "group_by"); ok {
			for _, g := range v.all() {
				name, _, err := asName(g)
				if err != nil {
					return ref, err
				}
				ref.by = append(ref.by, name)
			}
		}
	default:
		return ref, badTemplate(text.Text{EN: "{what} is no reference; there are Dimension, TimeDimension, Entity and Metric",
			ZH: "{what} 不是可用的引用，可用的有 Dimension、TimeDimension、Entity、Metric"}, "what", ref.kind)
	}
	if ref.name == "" {
		return ref, badTemplate(text.Text{EN: "{what} names nothing", ZH: "{what} 没有写名称"}, "what", ref.kind)
	}
	if v, ok := arg(path, "entity_path"); ok && ref.kind != "Metric" {
		for _, p := range slices.Backward(v.all()) {
			if p != "" && !strings.EqualFold(p, "none") {
				ref.name = strings.ToLower(p) + "__" + ref.name
			}
		}
	}
	ref.split()
	return ref, ref.follow(calls[1:])
}

// split takes a grain or part that is written into the name out of it.
func (r *reference) split() {
	if r.kind != "Dimension" && r.kind != "TimeDimension" {
		return
	}
	if head, part, ok := cutLast(r.name); ok {
		if p, isPart := strings.CutPrefix(part, "extract_"); isPart && slices.Contains(dateParts, p) {
			r.name, r.part = head, p
		} else if slices.Contains(grains, part) && r.grain == "" {
			r.name, r.grain = head, part
		}
	}
}

func cutLast(name string) (head, tail string, ok bool) {
	i := strings.LastIndex(name, "__")
	if i <= 0 {
		return name, "", false
	}
	return name[:i], name[i+2:], true
}

// follow applies the calls after the first.
func (r *reference) follow(calls []call) error {
	for _, c := range calls {
		arg := ""
		if len(c.args) > 0 {
			arg = strings.ToLower(c.args[0].text)
		}
		switch c.name {
		case "grain":
			r.grain = arg
		case "date_part":
			r.part = arg
		case "descending":
			r.desc = arg == "true" || arg == ""
		default:
			return badTemplate(text.Text{EN: ".{what}() is not known", ZH: "不认识 .{what}()"}, "what", c.name)
		}
	}
	return nil
}

// parseCalls reads name(args).name(args)…
func parseCalls(src string) ([]call, error) {
	p := &callParser{rest: strings.TrimSpace(src)}
	var out []call
	for {
		c, err := p.call()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		if p.rest == "" {
			return out, nil
		}
		if !p.take(".") {
			return nil, p.wrong()
		}
	}
}

type callParser struct{ rest string }

func (p *callParser) wrong() error {
	return badTemplate(text.Text{EN: "this cannot be read: {what}", ZH: "无法识别：{what}"}, "what", p.rest)
}

func (p *callParser) take(s string) bool {
	rest, ok := strings.CutPrefix(p.rest, s)
	if ok {
		p.rest = strings.TrimSpace(rest)
	}
	return ok
}

func (p *callParser) word() string {
	i := 0
	for i < len(p.rest) && (p.rest[i] == '_' || p.rest[i] >= '0' && p.rest[i] <= '9' || p.rest[i]|32 >= 'a' && p.rest[i]|32 <= 'z') {
		i++
	}
	w := p.rest[:i]
	p.rest = strings.TrimSpace(p.rest[i:])
	return w
}

func (p *callParser) call() (call, error) {
	c := call{name: p.word(), named: map[string]value{}}
	if c.name == "" || !p.take("(") {
		return c, p.wrong()
	}
	for !p.take(")") {
		v, err := p.value()
		if err != nil {
			return c, err
		}
		if v.list == nil && p.take("=") {
			named, err := p.value()
			if err != nil {
				return c, err
			}
			c.named[v.text] = named
		} else {
			c.args = append(c.args, v)
		}
		if !p.take(",") && !strings.HasPrefix(p.rest, ")") {
			return c, p.wrong()
		}
	}
	return c, nil
}

func (p *callParser) value() (value, error) {
	if p.take("[") {
		out := value{list: []string{}}
		for !p.take("]") {
			v, err := p.value()
			if err != nil {
				return out, err
			}
			out.list = append(out.list, v.text)
			if !p.take(",") && !strings.HasPrefix(p.rest, "]") {
				return out, p.wrong()
			}
		}
		return out, nil
	}
	for _, quote := range []string{"'", `"`} {
		if rest, ok := strings.CutPrefix(p.rest, quote); ok {
			s, after, closed := strings.Cut(rest, quote)
			if !closed {
				return value{}, p.wrong()
			}
			p.rest = strings.TrimSpace(after)
			return value{text: s}, nil
		}
	}
	// A word, or a reference inside a list: Dimension('x').
	w := p.word()
	if w == "" {
		return value{}, p.wrong()
	}
	if strings.HasPrefix(p.rest, "(") {
		p.rest = w + p.rest
		before := p.rest
		if _, err := p.call(); err != nil {
			return value{}, err
		}
		return value{text: strings.TrimSpace(strings.TrimSuffix(before, p.rest))}, nil
	}
	return value{text: w}, nil
}
