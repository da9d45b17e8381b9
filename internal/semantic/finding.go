package semantic

import (
	"errors"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// problem makes an error finding. Pairs fill {key} in both texts.
func problem(path, rule string, t text.Text, pairs ...any) catalog.Finding {
	return catalog.Finding{Path: path, Rule: rule, Severity: catalog.Error, Text: t.With(pairs...)}
}

// caution makes a warning finding.
func caution(path, rule string, t text.Text, pairs ...any) catalog.Finding {
	f := problem(path, rule, t, pairs...)
	f.Severity = catalog.Warning
	return f
}

// unknown makes a finding for a name that is not among the candidates, with
// the nearest one as a suggestion.
func unknown(path, rule string, t text.Text, name string, candidates []string) catalog.Finding {
	f := problem(path, rule, t, "name", name)
	if near := expr.Didyoumean(name, candidates); near != "" {
		f.Suggestion = near
		f.Text.ZH += "，是不是想写 " + near + "？"
		f.Text.EN += "; did you mean " + near + "?"
	}
	return f
}

// FindingOf turns an error from parsing or checking an expression at a path
// into a finding.
func FindingOf(path string, err error) catalog.Finding { return ofExpr(path, err) }

// ofExpr turns an error from parsing or checking an expression into a finding.
func ofExpr(path string, err error) catalog.Finding {
	var e *expr.Error
	if !errors.As(err, &e) {
		return problem(path, "syntax", text.Same(err.Error()))
	}
	return catalog.Finding{Path: path, Rule: e.Code, Severity: catalog.Error, Text: e.Text,
		Suggestion: e.Suggestion, Offset: e.Offset, End: e.End}
}
