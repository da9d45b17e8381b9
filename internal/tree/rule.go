package tree

import (
	"errors"
	"math"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// maxRun bounds how many periods in a row a guardrail may ask for.
const maxRun = 12

// ruleNames are what rules and conditions are about.
func ruleNames() []string {
	return []string{"value", "previous", "change", "change_rate",
		"root.value", "root.previous", "root.change", "root.change_rate"}
}

// ruleScope knows ruleNames; all are numbers.
type ruleScope struct{}

func (ruleScope) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	for _, known := range ruleNames() {
		if known == name {
			return expr.Symbol{Ref: name, Type: expr.Float}, nil
		}
	}
	return expr.Symbol{}, expr.UnknownName(name, ruleNames())
}

// parseRule reads a rule or condition; the error is an *expr.Error.
func parseRule(src string) (*expr.Typed, error) {
	n, err := expr.Parse(src)
	if err != nil {
		return nil, err
	}
	return expr.CheckBool(n, ruleScope{})
}

// figures are the numbers that a rule can use; NaN for none.
type figures struct{ value, previous float64 }

func (f figures) change() float64 { return f.value - f.previous }

// changeRate is none when the value before is none, 0 or negative.
func (f figures) changeRate() float64 {
	if !(f.previous > 0) {
		return math.NaN()
	}
	return f.change() / f.previous
}

func (f figures) get(name string) float64 {
	switch name {
	case "value":
		return f.value
	case "previous":
		return f.previous
	case "change":
		return f.change()
	}
	return f.changeRate()
}

// holds evaluates a rule: true, false, or unknown when a number is missing.
func holds(rule *expr.Typed, own, root figures) (yes, known bool) {
	v, err := rule.Eval(func(ref any) any {
		name := ref.(string)
		x := own.get(name)
		if rest, ok := strings.CutPrefix(name, "root."); ok {
			x = root.get(rest)
		}
		if math.IsNaN(x) {
			return nil
		}
		return x
	})
	yes, known = v.(bool)
	return yes, known && err == nil
}

// lagError says what is wrong with a lag.
type lagError struct{ text text.Text }

func (e *lagError) Error() string { return e.text.In(text.EN) }

// lagPeriods reads a lag such as "1 week" as a number of the tree's periods.
func lagPeriods(lag string, period calendar.Grain) (int, *lagError) {
	if lag == "" {
		return 0, nil
	}
	n, g, err := calendar.ParseSpan(lag)
	if err != nil || n < 0 || n > 52 {
		return 0, &lagError{text.Text{ZH: "“{lag}”不是时间长度，应写成 1 {period} 这样", EN: "“{lag}” is no length of time; write it like 1 {period}"}.
			With("lag", lag, "period", string(period))}
	}
	if g == period {
		return n, nil
	}
	return 0, &lagError{text.Text{ZH: "滞后“{lag}”须以树的周期 {period} 为单位", EN: "the lag “{lag}” must be in the tree's period, {period}"}.
		With("lag", lag, "period", string(period))}
}

// ruleWords says a rule in words; rules of other shapes are shown as written.
func ruleWords(g Guardrail, title, root text.Text, unit, format string, against text.Text) text.Text {
	n, err := expr.Parse(g.Rule)
	if err != nil {
		return text.Same(g.Rule)
	}
	words, err := conditionWords(n, title, unit, format, against)
	if err != nil {
		words = text.Text{ZH: "{metric}须满足 {rule}", EN: "{metric} must satisfy {rule}"}.With("metric", title, "rule", g.Rule)
	}
	if g.When == "" {
		return words
	}
	return whenWords(g.When, title, root, words)
}

func whenWords(when string, title, root, words text.Text) text.Text {
	n, err := expr.Parse(when)
	if err != nil {
		return words
	}
	cond := text.Text{ZH: "当 {when} 时，", EN: " while {when}"}.With("when", when)
	if name, op, v, ok := comparison(n); ok && v == 0 && (op == ">" || op == "<") {
		subject := title
		if strings.HasPrefix(name, "root.") {
			subject = root
		}
		kind := strings.TrimPrefix(name, "root.")
		switch {
		case (kind == "change" || kind == "change_rate") && op == ">":
			cond = text.Text{ZH: "{what}增长时，", EN: " while {what} grows"}.With("what", subject)
		case kind == "change" || kind == "change_rate":
			cond = text.Text{ZH: "{what}下降时，", EN: " while {what} falls"}.With("what", subject)
		}
	}
	return text.Text{ZH: "{when}{words}", EN: "{words}{when}"}.With("when", cond, "words", words)
}

var errShape = errors.New("no words for this shape of rule")

// conditionWords puts comparisons of one figure with a number into words, and
// several of them joined by and.
func conditionWords(n expr.Node, title text.Text, unit, format string, against text.Text) (text.Text, error) {
	if b, ok := n.(*expr.Binary); ok && b.Op == "and" {
		l, err := conditionWords(b.L, title, unit, format, against)
		if err != nil {
			return l, err
		}
		r, err := conditionWords(b.R, title, unit, format, against)
		return text.Text{ZH: "{l}，且{r}", EN: "{l}, and {r}"}.With("l", l, "r", r), err
	}
	name, op, v, ok := comparison(n)
	if !ok {
		return text.Text{}, errShape
	}
	number := func(v float64) text.Text {
		return both(func(l text.Lang) string { return text.FormatNumber(v, unit, format, l) })
	}
	rate := func(v float64) string {
		return strings.Replace(text.FormatNumber(v, "percent", "", text.EN), ".0%", "%", 1)
	}
	size := func(v float64) text.Text {
		t := both(func(l text.Lang) string { return text.FormatChange(v, unit, format, l) })
		return text.Text{ZH: strings.TrimLeft(t.ZH, "+-"), EN: strings.TrimLeft(t.EN, "+-")}
	}
	limit := op == "<" || op == "<="
	var t text.Text
	switch {
	case name == "value" && limit:
		t = text.Text{ZH: "{metric}不高于 {v}", EN: "{metric} is at most {v}"}.With("v", number(v))
	case name == "value":
		t = text.Text{ZH: "{metric}不低于 {v}", EN: "{metric} is at least {v}"}.With("v", number(v))
	case name == "change_rate" && limit && v > 0:
		t = text.Text{ZH: "{metric}比{against}升幅不超过 {v}", EN: "{metric} rises by at most {v} on {against}"}.With("v", rate(v))
	case name == "change_rate" && !limit && v < 0:
		t = text.Text{ZH: "{metric}比{against}降幅不超过 {v}", EN: "{metric} falls by at most {v} on {against}"}.With("v", rate(-v))
	case name == "change" && limit && v > 0:
		t = text.Text{ZH: "{metric}比{against}上升不超过 {v}", EN: "{metric} rises by at most {v} on {against}"}.With("v", size(v))
	case name == "change" && !limit && v < 0:
		t = text.Text{ZH: "{metric}比{against}下降不超过 {v}", EN: "{metric} falls by at most {v} on {against}"}.With("v", size(v))
	case (name == "change_rate" || name == "change") && v == 0 && limit:
		t = text.Text{ZH: "{metric}不比{against}上升", EN: "{metric} does not rise on {against}"}
	case (name == "change_rate" || name == "change") && v == 0:
		t = text.Text{ZH: "{metric}不比{against}下降", EN: "{metric} does not fall on {against}"}
	case name == "change_rate" && !limit:
		t = text.Text{ZH: "{metric}比{against}至少上升 {v}", EN: "{metric} rises by at least {v} on {against}"}.With("v", rate(v))
	case name == "change_rate":
		t = text.Text{ZH: "{metric}比{against}至少下降 {v}", EN: "{metric} falls by at least {v} on {against}"}.With("v", rate(-v))
	default:
		return text.Text{}, errShape
	}
	return t.With("metric", title, "against", against), nil
}

// comparison reads "name op number", either way round, with op one of < <= > >=.
func comparison(n expr.Node) (name, op string, v float64, ok bool) {
	b, isBinary := n.(*expr.Binary)
	if !isBinary || !strings.Contains("< <= > >=", b.Op) {
		return "", "", 0, false
	}
	left, right, op := b.L, b.R, b.Op
	if _, isName := left.(*expr.Name); !isName {
		left, right = right, left
		op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
	}
	x, isName := left.(*expr.Name)
	typed, err := expr.Check(right, ruleScope{})
	if !isName || err != nil || len(typed.Symbols()) > 0 {
		return "", "", 0, false
	}
	value, err := typed.Eval(func(any) any { return nil })
	if err != nil {
		return "", "", 0, false
	}
	v = number(value)
	return strings.Join(x.Parts, "."), op, v, !math.IsNaN(v)
}

func both(f func(text.Lang) string) text.Text { return text.Text{ZH: f(text.ZH), EN: f(text.EN)} }

// number reads a value of an answer; NaN for none.
func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	case interface{ Float64() float64 }: // a decimal, also as a literal is read
		return v.Float64()
	}
	return math.NaN()
}
