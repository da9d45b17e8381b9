package quality

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// RuleSuggestion is a rule that the rows keep already, with what speaks for it.
type RuleSuggestion struct {
	Rule     semantic.QualityRule `json:"rule"`
	Evidence text.Text            `json:"evidence"`
	YAML     string               `json:"yaml"` // an entry of spec.quality
}

// What makes a rule likely rather than chance.
const (
	fewestRows     = 20
	mostMembers    = 20   // of a closed set
	rowsPerMember  = 20   // on average
	lookedTexts    = 2000 // distinct values that patterns are tried on
	suggestedShare = 0.99
)

// patterns are forms that texts often have.
var patterns = []struct {
	name    text.Text
	pattern string
}{
	{text.Text{ZH: "手机号", EN: "mobile numbers"}, `1[3-9][0-9]{9}`},
	{text.Text{ZH: "邮箱", EN: "e-mail addresses"}, `[^@\s]+@[^@\s]+\.[^@\s]+`},
	{text.Text{ZH: "UUID", EN: "UUIDs"}, `[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}`},
	{text.Text{ZH: "身份证号", EN: "identity numbers"}, `[0-9]{17}[0-9Xx]`},
	{text.Text{ZH: "字母加数字的编号", EN: "codes of letters and digits"}, `[A-Za-z]{1,6}[-_]?[0-9]+`},
	{text.Text{ZH: "纯数字编号", EN: "codes of digits"}, `[0-9]{4,}`},
}

// Suggest proposes rules that the rows of a dataset keep now and that it has
// not: keys, columns that are always filled, closed sets, numbers that are
// never negative, forms of texts, relationships that hold.
func (s *Service) Suggest(ctx context.Context, who access.Actor, dataset string) ([]RuleSuggestion, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	m := s.Model()
	d := m.Dataset(dataset)
	if d == nil {
		return nil, semantic.UnknownDataset(dataset)
	}
	ctx = warehouse.WithAsker(ctx, warehouse.Asker{Name: who.Name})
	p, ok, err := s.placeOf(ctx, m, d)
	if err != nil || !ok {
		return []RuleSuggestion{}, err
	}
	found, err := p.suggestColumns(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range d.Relations() {
		if r.Bridge != nil {
			continue
		}
		there, ok, err := s.placeOf(ctx, m, r.To)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		c := &check{every: 1, rule: &semantic.Rule{QualityRule: semantic.QualityRule{Rule: semantic.RuleForeignKey, Relationship: r.Name}, Dataset: d, To: r}}
		result, err := p.foreign(ctx, c, there)
		if err != nil {
			return nil, err
		}
		if result.Checked >= fewestRows && float64(result.Broken) <= (1-suggestedShare)*float64(result.Checked) {
			q := c.rule.QualityRule
			if result.Broken > 0 {
				q.Allow = 1 - suggestedShare
			}
			found = append(found, suggestion(q, text.Text{ZH: "{n} 行中有 {found} 行在 {to} 找到对应", EN: "{found} of {n} rows find theirs in {to}"},
				"n", result.Checked, "found", result.Checked-result.Broken, "to", r.To.Name))
		}
	}
	out := []RuleSuggestion{}
	for _, x := range found {
		if !slices.ContainsFunc(d.Rules(), func(r *semantic.Rule) bool { return covers(r.QualityRule, x.Rule) }) {
			out = append(out, x)
		}
	}
	return out, nil
}

// covers reports whether a rule there already asks what a suggestion asks.
func covers(have, want semantic.QualityRule) bool {
	if have.Rule != want.Rule || have.Relationship != want.Relationship {
		return false
	}
	if have.Rule == semantic.RuleUnique && len(have.Columns) > 1 {
		return false // several columns together may be unique while none of them is
	}
	return have.Column == want.Column || len(have.Columns) > 0 && slices.Contains(have.Columns, want.Column)
}

func suggestion(q semantic.QualityRule, evidence text.Text, pairs ...any) RuleSuggestion {
	b, err := json.Marshal(q) // JSON is YAML, too
	if err != nil {
		panic(err) // plain texts and numbers
	}
	return RuleSuggestion{Rule: q, Evidence: evidence.With(pairs...), YAML: "- " + string(b)}
}

// suggestColumns looks at all columns in one scan, and at values of texts in
// one more each.
func (p *place) suggestColumns(ctx context.Context) ([]RuleSuggestion, error) {
	list := []expr.SQL{p.count(expr.SQL{})}
	for _, c := range p.dataset.Spec.Columns {
		x := p.column(c.Name)
		filled := expr.Concat(x, " IS NOT NULL")
		if c.Type == expr.String {
			filled = expr.Concat(filled, " AND ", p.d.Call("trim", []expr.SQL{x}), " <> ", p.d.Literal("", expr.String))
		}
		list = append(list, p.count(filled), p.d.Aggregate(warehouse.Aggregate{Func: "count_distinct", Arg: x}))
		if c.Type.IsNumber() {
			list = append(list, p.d.Aggregate(warehouse.Aggregate{Func: "min", Arg: x}), p.d.Aggregate(warehouse.Aggregate{Func: "max", Arg: x}))
		}
	}
	v, err := p.one(ctx, expr.Concat("SELECT ", expr.Join(list, ", "), " FROM ", p.from()))
	if err != nil {
		return nil, err
	}
	rows := whole(v[0])
	if rows < fewestRows {
		return nil, nil
	}
	var out []RuleSuggestion
	at := 1
	for _, c := range p.dataset.Spec.Columns {
		filled, distinct := whole(v[at]), whole(v[at+1])
		at += 2
		if filled == rows {
			out = append(out, suggestion(semantic.QualityRule{Rule: semantic.RuleNotNull, Column: c.Name},
				text.Text{ZH: "{n} 行全部有值", EN: "all {n} rows have a value"}, "n", rows))
		}
		key := distinct == rows && filled == rows && (c.Type == expr.String || c.Type == expr.Integer)
		if key {
			out = append(out, suggestion(semantic.QualityRule{Rule: semantic.RuleUnique, Column: c.Name},
				text.Text{ZH: "{n} 行的取值各不相同", EN: "all {n} rows have a value of their own"}, "n", rows))
		}
		if c.Type.IsNumber() {
			low, high := number(v[at]), number(v[at+1])
			at += 2
			if low != nil && low.Sign() >= 0 && !key {
				out = append(out, suggestion(semantic.QualityRule{Rule: semantic.RuleRange, Column: c.Name, Min: "0"},
					text.Text{ZH: "从未为负，取值在 {low} 到 {high} 之间", EN: "never below zero; values from {low} to {high}"}, "low", decimal(low), "high", decimal(high)))
			}
		}
		if c.Type == expr.String && filled > 0 {
			more, err := p.suggestTexts(ctx, c.Name, filled, distinct)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
	}
	return out, nil
}

// pattern judges a rule by itself.
func (p *place) pattern(ctx context.Context, c *check) (Result, error) {
	found, err := p.countRows(ctx, []*check{c})
	if result, done := found[c]; done || err != nil {
		return result, err
	}
	return p.matchHere(ctx, c)
}

// suggestTexts looks at the values of a column of texts: few that come again
// and again are a closed set, many of one form a pattern.
func (p *place) suggestTexts(ctx context.Context, column string, filled, distinct int64) ([]RuleSuggestion, error) {
	x := p.column(column)
	var values []string
	err := p.ask(ctx, expr.Concat("SELECT ", x, " FROM ", p.from(), where(p.present([]string{column})), " GROUP BY ", x, " ORDER BY ", p.d.Order(x, false), limit(lookedTexts)),
		func(v []any) error {
			if s, ok := v[0].(string); ok {
				values = append(values, s)
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	if distinct > 1 && distinct <= mostMembers && filled >= distinct*rowsPerMember {
		return []RuleSuggestion{suggestion(semantic.QualityRule{Rule: semantic.RuleSet, Column: column, Values: values},
			text.Text{ZH: "{n} 行只有 {k} 种取值：{list}", EN: "{n} rows have only {k} values: {list}"}, "n", filled, "k", distinct, "list", strings.Join(values, ", "))}, nil
	}
	if len(values) < fewestRows {
		return nil, nil
	}
	for _, f := range patterns {
		match := regexp.MustCompile(`\A(?:` + f.pattern + `)\z`)
		fits := 0
		for _, s := range values {
			if match.MatchString(s) {
				fits++
			}
		}
		if float64(fits) < suggestedShare*float64(len(values)) {
			continue
		}
		q := semantic.QualityRule{Rule: semantic.RulePattern, Column: column, Pattern: f.pattern}
		result, err := p.pattern(ctx, &check{every: 1, rule: &semantic.Rule{QualityRule: q, Dataset: p.dataset, Columns: []string{column}, Match: match.String()}})
		if err != nil {
			return nil, err
		}
		if float64(result.Broken) > (1-suggestedShare)*float64(result.Checked) {
			continue // the values looked at were not like the others, or the odd ones are frequent
		}
		if result.Broken > 0 {
			q.Allow = 1 - suggestedShare
		}
		return []RuleSuggestion{suggestion(q, text.Text{ZH: "看过的 {n} 个取值中 {fits} 个是{what}", EN: "{fits} of {n} values looked at are {what}"},
			"n", len(values), "fits", fits, "what", f.name)}, nil
	}
	return nil, nil
}
