package explain

import (
	"math"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/text"
)

// both writes a text by a function of the language.
func both(f func(text.Lang) string) text.Text { return text.Text{ZH: f(text.ZH), EN: f(text.EN)} }

func changeText(v float64, unit, format string) text.Text {
	return both(func(l text.Lang) string { return text.FormatChange(v, unit, format, l) })
}

// sizeText is a change without its sign: in percentage points for percent.
func sizeText(v float64, unit, format string) text.Text {
	t := changeText(math.Abs(v), unit, format)
	return text.Text{ZH: strings.TrimPrefix(t.ZH, "+"), EN: strings.TrimPrefix(t.EN, "+")}
}

func rateText(v float64) text.Text {
	return both(func(l text.Lang) string { return text.FormatRate(v, l) })
}

// percentText is a share in whole percent.
func percentText(v float64) string { return text.FormatNumber(v, "percent", "0", text.EN) }

// against names what the later period is compared with.
func (e *explainer) against() text.Text {
	w := e.window
	if e.request.Compare == "previous_year" {
		return text.Text{ZH: "去年同期", EN: "the same period last year"}
	}
	if before := calendar.Before(w.grain); w.lag == 1 && !before.IsZero() {
		return before
	}
	return text.Text{ZH: "对比期", EN: "the period compared with"}
}

// movement says whether something rose or fell.
func movement(v float64) text.Text {
	switch {
	case v > 0:
		return text.Text{ZH: "上升", EN: "rose"}
	case v < 0:
		return text.Text{ZH: "下降", EN: "fell"}
	}
	return text.Text{ZH: "持平", EN: "stayed the same"}
}

// isAmount reports whether a metric is an amount, of which there is more or
// less, rather than a rate, which is higher or lower.
func (e *explainer) isAmount() bool {
	return e.plan.method == bySum || e.plan.method == byOverlap
}

// usualScore is the score below which a change is called usual; above it, and
// below what is called unusual, nothing is said of it.
const usualScore = 2

// sentence says the finding in one sentence.
func (e *explainer) sentence(out *Explanation, members []candidate, late []gap) text.Text {
	head := e.headline(out)
	if len(late) > 0 {
		return text.Text{ZH: "{head}。注意：{late}。", EN: "{head}. Mind: {late}."}.With("head", head, "late", e.lateFinding(late[0]).Text)
	}
	if f := firstData(out.Findings); f != nil { // the data are doubted before the business
		return text.Text{ZH: "{head}。注意：{data}。", EN: "{head}. Mind: {data}."}.With("head", head, "data", f.Text)
	}
	if *out.Change == 0 || e.roundsAway(out) {
		return text.Text{ZH: "{head}。", EN: "{head}."}.With("head", head)
	}
	if !out.Unusual && !hasUnusual(out.Findings) && out.Score != 0 && math.Abs(out.Score) < usualScore {
		head = text.Text{ZH: "{head}，在平常的波动范围内", EN: "{head}, within its usual range"}.With("head", head)
	}
	cause := e.cause(out, members)
	if cause.IsZero() {
		return text.Text{ZH: "{head}。", EN: "{head}."}.With("head", head)
	}
	return text.Text{ZH: "{head}，{cause}。", EN: "{head}, {cause}."}.With("head", head, "cause", cause)
}

func hasUnusual(findings []Finding) bool {
	for _, f := range findings {
		if f.Unusual {
			return true
		}
	}
	return false
}

// roundsAway reports whether nothing is left of the change as it is shown.
func (e *explainer) roundsAway(out *Explanation) bool {
	return !strings.ContainsAny(sizeText(*out.Change, out.Unit, out.Format).EN, "123456789")
}

// headline says by how much the metric moved.
func (e *explainer) headline(out *Explanation) text.Text {
	change := *out.Change
	t := text.Text{ZH: "{metric}与{against}持平", EN: "{metric} is the same as {against}"}
	switch amount := e.isAmount(); {
	case change != 0 && e.roundsAway(out):
		return text.Text{ZH: "{metric}与{against}基本持平", EN: "{metric} is about the same as {against}"}.
			With("metric", out.Title, "against", e.against())
	case change > 0 && amount:
		t = text.Text{ZH: "{metric}比{against}多 {size}{rate}", EN: "{metric} is {size} more than {against}{rate}"}
	case change < 0 && amount:
		t = text.Text{ZH: "{metric}比{against}少 {size}{rate}", EN: "{metric} is {size} less than {against}{rate}"}
	case change > 0:
		t = text.Text{ZH: "{metric}比{against}高 {size}{rate}", EN: "{metric} is {size} higher than {against}{rate}"}
	case change < 0:
		t = text.Text{ZH: "{metric}比{against}低 {size}{rate}", EN: "{metric} is {size} lower than {against}{rate}"}
	}
	rate := text.Text{}
	if out.ChangeRate != nil && out.Unit != "percent" && change != 0 {
		rate = text.Text{ZH: "（{rate}）", EN: " ({rate})"}.With("rate", rateText(*out.ChangeRate))
	}
	return t.With("metric", out.Title, "against", e.against(), "size", sizeText(change, out.Unit, out.Format), "rate", rate)
}

// half is the share of a change from which on it comes mostly from somewhere.
const half = 0.5

// reason is the first finding that may be called one: what is unusual, an
// operand that makes half of the change, a member that stands out. A member
// that moved like all others is no reason however large it is.
func (e *explainer) reason(out *Explanation, members []candidate) *Finding {
	for i := range out.Findings {
		f := &out.Findings[i]
		switch {
		case f.aboutData():
		case f.Unusual,
			f.Kind == "formula" && f.Share != nil && *f.Share >= half && *f.Share <= 1.5, // more than that is outweighed by others
			f.Kind == "dimension" && e.plan.method == byMembers,
			f.Kind == "dimension" && f.Value != nil && e.standsOut(e.candidateOf(members, *f), *out.Change):
			return f
		}
	}
	return nil
}

// cause names the reason and, for a member, what in it moved.
func (e *explainer) cause(out *Explanation, members []candidate) text.Text {
	f := e.reason(out, members)
	if f == nil && len(members) > 0 {
		return text.Text{ZH: "各部分的变化大致相同，没有哪一部分特别突出", EN: "and the change is spread evenly: no part stands out"}
	} else if f == nil {
		return text.Text{}
	}
	part := e.partWords(out, f.Contribution, f.Kind == "dimension" && e.isAmount())
	if f.Share != nil && *f.Share > 0 && *f.Share <= 1 { // more says that others went the other way
		part = text.Text{ZH: part.ZH + "，占变化的 {share}", EN: part.EN + ", {share} of the change"}.With("share", percentText(*f.Share))
	}
	if f.Kind == "formula" {
		return text.Text{ZH: "主要因为{what}（{part}）", EN: "mostly because {what} ({part})"}.
			With("what", e.formulaWords(out, *f), "part", part)
	}
	c := e.candidateOf(members, *f)
	t := text.Text{ZH: "主要来自{who}（{part}）", EN: "mostly from {who} ({part})"}
	switch {
	case e.plan.method == byMembers:
		t = text.Text{ZH: "变化最大的是{who}（{part}）", EN: "the largest move is in {who} ({part})"}
		part = changeText(f.Contribution, out.Unit, out.Format)
	case f.Share != nil && *f.Share < 0: // the strongest mover pulled the other way
		t = text.Text{ZH: "最反常的是{who}（{part}）", EN: "the odd one out is {who} ({part})"}
	case f.Share != nil && *f.Share < half:
		t = text.Text{ZH: "最突出的是{who}（{part}）", EN: "what stands out most is {who} ({part})"}
	}
	if inner := e.inside(c); !inner.IsZero() {
		t = text.Text{ZH: t.ZH + "：{inner}", EN: t.EN + ": {inner}"}.With("inner", inner)
	}
	if first := firstDimension(out.Findings); first != nil && first.Dimension == f.Dimension && first.Value == f.Value {
		detail := e.within.words()
		t.ZH, t.EN = t.ZH+detail.ZH, t.EN+detail.EN
	}
	return t.With("who", e.who(c), "part", part)
}

// partWords says a part of the change: members of an amount have more or less
// of it, everything else pulls the metric up or down.
func (e *explainer) partWords(out *Explanation, part float64, amount bool) text.Text {
	verb := "拉高"
	switch {
	case amount && part < 0:
		verb = "减少"
	case amount:
		verb = "增加"
	case part < 0:
		verb = "拉低"
	}
	return text.Text{ZH: verb + " " + sizeText(part, out.Unit, out.Format).ZH, EN: changeText(part, out.Unit, out.Format).EN}
}

func (e *explainer) candidateOf(members []candidate, f Finding) candidate {
	for _, c := range members {
		if c.m.info.Name == f.Dimension && c.m.grid.values[c.i] == f.Value {
			return c
		}
	}
	return members[0]
}

// who names a member with its dimension.
func (e *explainer) who(c candidate) text.Text {
	return text.Text{ZH: "{d}“{v}”", EN: "{d} “{v}”"}.With("d", c.m.info.Title, "v", valueText(c.m.grid.values[c.i]))
}

// inside says which operand moved inside a member, when one made at least half
// of the member's own change; or whether mix or rate did, for ratios.
func (e *explainer) inside(c candidate) text.Text {
	before, now := e.at(c.m.grid)
	n := len(e.ask.column)
	from, to := c.m.grid.leaves(e.ask, c.i, before), c.m.grid.leaves(e.ask, c.i, now)
	switch {
	case e.plan.method != byMembers && from == nil:
		return text.Text{ZH: "对比期还没有", EN: "it was not there before"}
	case e.plan.method != byMembers && to == nil:
		return text.Text{ZH: "本期没有了", EN: "it is gone"}
	case c.m.now.mix != nil:
		part := c.m.now.parts[c.i]
		if rate := c.m.now.rate[c.i]; rate*part > 0 && math.Abs(rate) >= 0.5*math.Abs(part) {
			return text.Text{ZH: "它自己的{metric}{moved}", EN: "its own {metric} {moved}"}.
				With("metric", e.formula.Metric.Title, "moved", movement(rate))
		}
		return text.Text{ZH: "它的占比变了", EN: "its weight changed"}
	case e.formula.single() || e.plan.method == byMembers:
		return text.Text{}
	}
	from, to = orZero(from, n), orZero(to, n)
	leaves, ok := e.formula.Split(from, to)
	if !ok {
		return text.Text{}
	}
	change := e.formula.Eval(to) - e.formula.Eval(from)
	for _, p := range formulaParts(e.formula.root, from, to, leaves, change) {
		if p.Share != nil && *p.Share >= half && p.From != nil && p.To != nil {
			return operandWords(p)
		}
	}
	return text.Text{}
}

// named is the metric that a part of a formula comes down to: the part itself,
// or, where that is only a calculation such as a product of metrics, the
// operand that makes most of it. It stays with the part when none does.
func named(p FormulaPart) FormulaPart {
	if p.Metric != "" || p.Contribution == 0 {
		return p
	}
	for _, q := range p.Parts {
		if q.From != nil && q.To != nil && q.Contribution/p.Contribution >= half {
			if inner := named(q); inner.Metric != "" {
				return inner
			}
		}
	}
	return p
}

// formulaWords says what the operand itself did.
func (e *explainer) formulaWords(out *Explanation, f Finding) text.Text {
	for _, p := range out.Formula.Parts {
		if p.Metric == f.Metric && p.Contribution == f.Contribution {
			return operandWords(p)
		}
	}
	return text.Text{}
}

func operandWords(p FormulaPart) text.Text {
	p = named(p)
	if p.From == nil || p.To == nil {
		return p.Title
	}
	return text.Text{ZH: "{metric}{moved}", EN: "{metric} {moved}"}.With("metric", p.Title, "moved", movement(*p.To-*p.From))
}

// tail adds the share of the change.
func tail(share *float64) text.Text {
	if share == nil || *share < 0 || *share > 1 {
		return text.Text{}
	}
	return text.Text{ZH: "，占变化的 {share}", EN: ", {share} of the change"}.With("share", percentText(*share))
}

func (e *explainer) formulaText(out *Explanation, p formulaPart) text.Text {
	return text.Text{ZH: "{what}，{change}{tail}", EN: "{what}: {change}{tail}"}.
		With("what", operandWords(p.FormulaPart), "change", e.partWords(out, p.Contribution, false), "tail", tail(p.Share))
}

func (e *explainer) memberText(out *Explanation, c candidate) text.Text {
	part := c.m.now.parts[c.i]
	t := text.Text{ZH: "{d}“{v}”{change}{tail}", EN: "{d} “{v}”: {change}{tail}"}
	change := e.partWords(out, part, e.isAmount())
	if e.plan.method == byMembers {
		change = changeText(part, out.Unit, out.Format)
		t = text.Text{ZH: "{d}“{v}”自身变化 {change}", EN: "{d} “{v}” itself moved by {change}"}
	}
	if inner := e.inside(c); !inner.IsZero() {
		t = text.Text{ZH: t.ZH + "（{inner}）", EN: t.EN + " ({inner})"}.With("inner", inner)
	}
	tailing := text.Text{}
	if e.plan.method != byMembers {
		tailing = tail(share(part, *out.Change))
	}
	return t.With("d", c.m.info.Title, "v", valueText(c.m.grid.values[c.i]),
		"change", change, "tail", tailing)
}

// replaceOne makes "1 days are" singular.
func replaceOne(s string) string {
	return strings.Replace(s, "{days} days are missing", "one day is missing", 1)
}
