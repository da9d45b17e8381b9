package tree

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

func at(list string, i int, field string) string { return fmt.Sprintf("%s[%d].%s", list, i, field) }

// findings collects what Validate says.
type findings []catalog.Finding

func (f *findings) add(path, rule, suggestion string, t text.Text) {
	*f = append(*f, catalog.Finding{Path: path, Rule: rule, Severity: catalog.Error, Text: t, Suggestion: suggestion})
}

// word checks that a value is one of the known words; the empty text passes.
func (f *findings) word(path, value string, known ...string) {
	if value == "" || slices.Contains(known, value) {
		return
	}
	f.add(path, "unknown_word", expr.Didyoumean(value, known), text.Text{
		ZH: "“{value}”不认识，可写：{known}", EN: "“{value}” is not known; write one of {known}",
	}.With("value", value, "known", text.Text{ZH: strings.Join(known, "、"), EN: strings.Join(known, ", ")}))
}

func (f *findings) need(path, value string, t text.Text) {
	if value == "" {
		f.add(path, "missing", "", t)
	}
}

// Validate checks the tree by itself: words, lags, guardrail expressions, and
// that influences without lag form no loop. Whether the metrics exist is for
// Check.
func (s *Spec) Validate(catalog.Metadata) []catalog.Finding {
	var f findings
	f.need("root", s.Root, text.Text{ZH: "请写明树根是哪个指标", EN: "say which metric is the root"})
	f.need("period", string(s.Period), text.Text{ZH: "请写明周期，例如 week", EN: "say the period, such as week"})
	f.word("period", string(s.Period), periods()...)
	seen := map[string]bool{}
	for i, n := range s.Nodes {
		path := at("nodes", i, "metric")
		f.need(path, n.Metric, text.Text{ZH: "请写明指标", EN: "say which metric"})
		if seen[n.Metric] {
			f.add(path, "duplicate_node", "", text.Text{ZH: "{metric} 已经写过", EN: "{metric} is listed twice"}.With("metric", n.Metric))
		}
		seen[n.Metric] = true
	}
	s.validateInfluences(&f)
	for i, g := range s.Guardrails {
		g.validate(&f, i)
	}
	return f
}

func periods() []string {
	return []string{string(calendar.Day), string(calendar.Week), string(calendar.Month), string(calendar.Quarter), string(calendar.Year)}
}

func (s *Spec) validateInfluences(f *findings) {
	pairs := map[[2]string]bool{}
	for i, in := range s.Influences {
		f.need(at("influences", i, "from"), in.From, text.Text{ZH: "请写明起因指标", EN: "say which metric influences"})
		f.need(at("influences", i, "to"), in.To, text.Text{ZH: "请写明受影响的指标", EN: "say which metric is influenced"})
		f.word(at("influences", i, "sign"), in.Sign, signs()...)
		if in.From != "" && in.From == in.To {
			f.add(at("influences", i, "to"), "self_influence", "", text.Text{
				ZH: "指标不能影响自己", EN: "a metric cannot influence itself"})
		}
		pair := [2]string{in.From, in.To}
		if pairs[pair] {
			f.add(at("influences", i, "from"), "duplicate_influence", "", text.Text{
				ZH: "{from} 对 {to} 的影响已经写过", EN: "the influence of {from} on {to} is listed twice",
			}.With("from", in.From, "to", in.To))
		}
		pairs[pair] = true
		if _, err := lagPeriods(in.Lag, s.Period); err != nil {
			f.add(at("influences", i, "lag"), "bad_lag", "1 "+string(s.Period), err.text)
		}
	}
}

// compares lists what a guardrail can compare with.
func compares() []string {
	return []string{"previous_period", "previous_week", "previous_month", "previous_year"}
}

func signs() []string { return []string{"+", "-"} }

func thens() []string { return []string{"watch", "unhealthy"} }

// Choices lists the words that fields take, by type and key.
func Choices() map[string][]string {
	return map[string][]string{"tree.Spec.period": periods(), "tree.Influence.sign": signs(),
		"tree.Guardrail.compare": compares(), "tree.Guardrail.then": thens()}
}

func (g Guardrail) validate(f *findings, i int) {
	f.need(at("guardrails", i, "metric"), g.Metric, text.Text{ZH: "请写明指标", EN: "say which metric"})
	f.need(at("guardrails", i, "rule"), g.Rule, text.Text{
		ZH: "请写明规则，例如 change_rate <= 0.05", EN: "write the rule, such as change_rate <= 0.05"})
	f.need(at("guardrails", i, "then"), g.Then, text.Text{
		ZH: "请写明破线后的状态：watch 或 unhealthy", EN: "say what a broken rule means: watch or unhealthy"})
	f.word(at("guardrails", i, "then"), g.Then, thens()...)
	f.word(at("guardrails", i, "compare"), g.Compare, compares()...)
	if g.Periods < 0 || g.Periods > maxRun {
		f.add(at("guardrails", i, "periods"), "bad_periods", "1", text.Text{
			ZH: "连续期数须在 1 到 {max} 之间", EN: "the periods in a row are 1 to {max}"}.With("max", maxRun))
	}
	for _, part := range []struct{ field, src string }{{"rule", g.Rule}, {"when", g.When}} {
		if part.src == "" {
			continue
		}
		if _, err := parseRule(part.src); err != nil {
			out := catalog.Finding{Path: at("guardrails", i, part.field), Rule: "bad_rule", Severity: catalog.Error, Text: text.Same(err.Error())}
			var bad *expr.Error
			if errors.As(err, &bad) {
				out.Text, out.Rule, out.Offset, out.Suggestion = bad.Text, bad.Code, bad.Offset, bad.Suggestion
			}
			*f = append(*f, out)
		}
	}
}
