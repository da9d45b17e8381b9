package catalog

import (
	"fmt"
	"strings"

	"lodestar/internal/text"
)

// String gives the finding in English; see In.
func (f Finding) String() string { return f.In(text.EN) }

// In gives the finding as one line,
//
//	file:line:col: error: Metric revenue: spec.expr: no column … (unknown_column); did you mean "amount"?
//
// with the parts that are not known left out.
func (f Finding) In(l text.Lang) string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", f.Line, f.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	severity := text.Text{EN: "error", ZH: "错误"}
	if f.Severity == Warning {
		severity = text.Text{EN: "warning", ZH: "警告"}
	}
	b.WriteString(severity.In(l) + ": ")
	if f.Kind != "" || f.Name != "" {
		b.WriteString(strings.TrimSpace(f.Kind+" "+f.Name) + ": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	fmt.Fprintf(&b, "%s (%s)", f.Text.In(l), f.Rule)
	if f.Suggestion != "" {
		ask := text.Text{EN: `; did you mean "{s}"?`, ZH: `；是不是想写 "{s}"？`}
		b.WriteString(ask.With("s", f.Suggestion).In(l))
	}
	return b.String()
}
