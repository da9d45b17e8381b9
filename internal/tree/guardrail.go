package tree

import (
	"context"
	"math"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// guardrails judges every guardrail. Those that compare with something else
// than the period before need one question for each such comparison.
func (e *evaluation) guardrails(ctx context.Context) ([]GuardrailState, error) {
	out := []GuardrailState{}
	others := map[string]compared{}
	for _, g := range e.spec.Guardrails {
		if e.model.Metric(g.Metric) == nil {
			continue
		}
		if g.Compare != "" && g.Compare != "previous_period" {
			if _, done := others[g.Compare]; !done {
				c, err := e.compare(ctx, g.Compare)
				if err != nil {
					return nil, err
				}
				others[g.Compare] = c
			}
		}
		out = append(out, e.guardrail(g, others[g.Compare]))
	}
	return out, nil
}

// compared holds, per number of the board and period back, the value of
// another earlier time.
type compared map[int][]float64

// compare asks for the newest periods of all guardrails' metrics, and of the
// root, next to the time compared with. A failure leaves the values out.
func (e *evaluation) compare(ctx context.Context, to string) (compared, error) {
	out := compared{}
	back := 1
	wanted := []int{e.board.nodes[e.graph.nodes[0]]}
	for _, g := range e.spec.Guardrails {
		if g.Compare == to && e.model.Metric(g.Metric) != nil {
			back = max(back, g.Periods)
			wanted = append(wanted, e.board.add(g.Metric, ""))
		}
	}
	var refs []query.MetricRef
	seen := map[int]bool{}
	for _, i := range wanted {
		if !seen[i] && e.board.failures[i] == nil {
			refs = append(refs, e.board.refs[i])
		}
		seen[i] = true
	}
	if len(refs) == 0 {
		return out, nil
	}
	for b := range min(back, len(e.starts)) {
		period := e.calendar.Period(e.starts[len(e.starts)-1-b], e.spec.Period)
		if b == 0 {
			period = e.now
		}
		r, err := e.service.c.Query.Query(ctx, e.actor, query.Request{Metrics: refs, AsOf: e.options.AsOf,
			Time:    &query.TimeRange{From: period.From.Format(time.RFC3339), To: period.To.Format(time.RFC3339)},
			Compare: &query.Compare{To: to, Align: alignOf(e.spec.Period)}})
		if err != nil {
			if ends(err) {
				return nil, err
			}
			f := fault.Of(err)
			e.warnings = append(e.warnings, query.Warning{Code: f.Code, Params: f.Params, Text: f.Text})
			return out, nil
		}
		for i := range seen {
			v := math.NaN()
			if c := columnOf(r, e.board.refs[i].As+"__previous"); c >= 0 && len(r.Rows) > 0 {
				v = number(r.Rows[0][c])
			}
			out[i] = append(out[i], v)
		}
	}
	return out, nil
}

// alignOf lets weekdays face each other for periods made of weeks or days.
func alignOf(g calendar.Grain) string {
	if g == calendar.Day || g == calendar.Week {
		return "weekday"
	}
	return ""
}

// figuresFor gives the figures of a number with the comparison of a guardrail.
func (e *evaluation) figuresFor(i, back int, other compared) figures {
	f := e.board.figures(i, back)
	if other == nil {
		return f
	}
	f.previous = math.NaN()
	if p := other[i]; back < len(p) {
		f.previous = p[back]
	}
	return f
}

// guardrail judges one guardrail.
func (e *evaluation) guardrail(g Guardrail, other compared) GuardrailState {
	m := e.model.Metric(g.Metric)
	i := e.board.add(g.Metric, "")
	root := e.board.nodes[e.graph.nodes[0]]
	f := e.figuresFor(i, 0, other)
	against := againstWords(g.Compare, e.spec.Period)
	out := GuardrailState{Metric: m.Name, Title: m.Title, Unit: m.Unit, Format: m.Format, Direction: m.Spec.Direction,
		Rule: g.Rule, Words: ruleWords(g, m.Title, e.title(e.spec.Root), m.Unit, m.Format, against),
		Value: pointer(f.value), Previous: pointer(f.previous), ChangeRate: pointer(f.changeRate()),
		State: "unknown", Series: e.series(i, nil)}
	numbers := figureWords(out, f, against)
	rule, when, err := parseBoth(g)
	if err != nil {
		out.Evidence = text.Text{ZH: "规则有误，无法判断", EN: "the rule has an error, so it cannot be judged"}
		return out
	}
	if w := e.board.failure(i); w != nil {
		out.Evidence = w.Text
		return out
	}
	if e.board.short(e, i) || usesRoot(rule, when) && e.board.short(e, root) {
		out.State, out.Late = "unknown", true
		out.Evidence = text.Text{ZH: "{n}；数据晚到，暂时无法判断", EN: "{n}; the data are late, so it cannot be judged yet"}.With("n", numbers)
		return out
	}
	wanted := max(1, g.Periods)
	broken := 0
	for back := range wanted {
		own, rootNow := e.figuresFor(i, back, other), e.figuresFor(root, back, other)
		applies, ok, known := judge(rule, when, own, rootNow)
		if back == 0 && !known {
			out.Evidence = text.Text{ZH: "{n}；缺数，无法判断", EN: "{n}; a number is missing, so it cannot be judged"}.With("n", numbers)
			return out
		}
		if back == 0 && !applies {
			out.State = "ok"
			out.Evidence = text.Text{ZH: "{n}；当前不适用这条规则", EN: "{n}; the rule does not apply now"}.With("n", numbers)
			return out
		}
		if !known || !applies || ok {
			break
		}
		broken++
	}
	out.State, out.Evidence = verdictOf(g, broken, wanted, numbers)
	return out
}

func parseBoth(g Guardrail) (rule, when *expr.Typed, err error) {
	if rule, err = parseRule(g.Rule); err == nil && g.When != "" {
		when, err = parseRule(g.When)
	}
	return rule, when, err
}

// usesRoot reports whether a rule or its condition is about the root as well.
func usesRoot(rules ...*expr.Typed) bool {
	for _, r := range rules {
		if r == nil {
			continue
		}
		for _, s := range r.Symbols() {
			if name, _ := s.Ref.(string); strings.HasPrefix(name, "root.") {
				return true
			}
		}
	}
	return false
}

// judge evaluates rule and condition for one period.
func judge(rule, when *expr.Typed, own, root figures) (applies, ok, known bool) {
	if when != nil {
		if applies, known = holds(when, own, root); !known || !applies {
			return applies, false, known
		}
	}
	ok, known = holds(rule, own, root)
	return true, ok, known
}

func verdictOf(g Guardrail, broken, wanted int, numbers text.Text) (string, text.Text) {
	switch {
	case broken == 0:
		return "ok", text.Text{ZH: "{n}，守住了", EN: "{n}: it holds"}.With("n", numbers)
	case broken < wanted:
		return "ok", text.Text{ZH: "{n}，已破线 {b} 期，连续 {w} 期才算", EN: "{n}: broken for {b} of the {w} periods in a row that count"}.
			With("n", numbers, "b", broken, "w", wanted)
	case wanted > 1:
		return g.Then, text.Text{ZH: "{n}，已连续 {w} 期破线", EN: "{n}: broken {w} periods in a row"}.With("n", numbers, "w", wanted)
	}
	return g.Then, text.Text{ZH: "{n}，已破线", EN: "{n}: it is broken"}.With("n", numbers)
}

// figureWords writes value and change of a guardrail's metric.
func figureWords(g GuardrailState, f figures, against text.Text) text.Text {
	t := text.Text{ZH: "{metric} {value}", EN: "{metric} {value}"}
	if !math.IsNaN(f.change()) {
		t = text.Text{ZH: "{metric} {value}，比{against} {change}", EN: "{metric} {value}, {change} on {against}"}
	}
	change := both(func(l text.Lang) string {
		if g.Unit == "percent" || g.ChangeRate == nil {
			return text.FormatChange(f.change(), g.Unit, g.Format, l)
		}
		return text.FormatRate(*g.ChangeRate, l)
	})
	return t.With("metric", g.Title, "against", against, "change", change,
		"value", both(func(l text.Lang) string { return text.FormatValue(g.Value, g.Unit, g.Format, l) }))
}

// againstWords names what a guardrail compares with.
func againstWords(compare string, g calendar.Grain) text.Text {
	switch compare {
	case "previous_year":
		return text.Text{ZH: "去年同期", EN: "the same period last year"}
	case "previous_month":
		return text.Text{ZH: "上月同期", EN: "the same time last month"}
	case "previous_week":
		return text.Text{ZH: "上周同期", EN: "the same time last week"}
	}
	return calendar.Before(g)
}
