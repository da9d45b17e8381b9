package steps

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

func at(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// problem makes a finding. Pairs fill {key} in both texts.
func problem(path, rule string, t text.Text, pairs ...any) catalog.Finding {
	return catalog.Finding{Path: path, Rule: rule, Severity: catalog.Error, Text: t.With(pairs...)}
}

// unknown makes a finding for a name that is not among the candidates.
func unknown(path, rule string, t text.Text, name string, candidates []string) catalog.Finding {
	f := problem(path, rule, t, "name", name)
	if near := expr.Didyoumean(name, candidates); near != "" {
		f.Suggestion = near
		f.Text.ZH += "，是不是想写 " + near + "？"
		f.Text.EN += "; did you mean " + near + "?"
	}
	return f
}

func oneOf(path, value string, allowed []string) []catalog.Finding {
	if slices.Contains(allowed, value) {
		return nil
	}
	return []catalog.Finding{unknown(path, "bad_value", text.Text{
		ZH: "{name} 不是可用的值，可用：{all}", EN: "{name} is not allowed; use one of {all}"}.With("all", strings.Join(allowed, ", ")), value, allowed)}
}

func optional(path, value string, allowed []string) []catalog.Finding {
	if value == "" {
		return nil
	}
	return oneOf(path, value, allowed)
}

func required(path string, t text.Text) []catalog.Finding {
	return []catalog.Finding{problem(path, "required", t)}
}

// ofExpr turns an error from parsing or checking an expression into a finding.
func ofExpr(path string, err error) catalog.Finding {
	var e *expr.Error
	if !errors.As(err, &e) {
		return problem(path, "syntax", text.Same(err.Error()))
	}
	return catalog.Finding{Path: path, Rule: e.Code, Severity: catalog.Error, Text: e.Text,
		Suggestion: e.Suggestion, Offset: e.Offset, End: e.End}
}
