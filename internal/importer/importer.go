package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// File is a text to import.
type File struct {
	Name string // for findings
	Data []byte
}

// Column is a column of a table in the warehouse that a model stands on.
type Column struct {
	Name string
	Type expr.Type
}

// Schema looks up the columns of a table by its name as the format writes it;
// ok is false when nothing is known of it. A nil Schema knows nothing: types
// are then guessed from use.
type Schema func(table string) (columns []Column, ok bool)

// Loss says what of an object did not come over as it was.
type Loss struct {
	catalog.Position
	Object string    `json:"object"` // kind and name at the origin: "metric revenue"
	Rule   string    `json:"rule"`   // stable snake_case word
	Text   text.Text `json:"text"`
}

// Report collects what an import has to say.
type Report struct {
	Findings []catalog.Finding
	Losses   []Loss
	Objects  []string // every object read, also those without loss
}

// Object notes that an object was read.
func (r *Report) Object(name string) { r.Objects = append(r.Objects, name) }

// Lose notes a loss, once.
func (r *Report) Lose(at catalog.Position, object, rule string, t text.Text, pairs ...any) {
	l := Loss{Position: at, Object: object, Rule: rule, Text: t.With(pairs...)}
	if !slices.Contains(r.Losses, l) {
		r.Losses = append(r.Losses, l)
	}
}

// Fail notes an error that keeps an object out.
func (r *Report) Fail(at catalog.Position, kind, name, rule string, t text.Text, pairs ...any) {
	r.Findings = append(r.Findings, catalog.Finding{Position: at, Kind: kind, Name: name, Rule: rule,
		Severity: catalog.Error, Text: t.With(pairs...)})
}

// HasErrors reports whether something could not be imported.
func (r *Report) HasErrors() bool {
	return slices.ContainsFunc(r.Findings, func(f catalog.Finding) bool { return f.Severity == catalog.Error })
}

// Markdown writes the loss report: each object with what it lost, then those
// that came over whole.
func (r *Report) Markdown(l text.Lang) string {
	var b strings.Builder
	say := func(t text.Text, pairs ...any) string { return t.With(pairs...).In(l) }
	by := map[string][]Loss{}
	for _, loss := range r.Losses {
		by[loss.Object] = append(by[loss.Object], loss)
	}
	objects := slices.Clone(r.Objects)
	for o := range by {
		if !slices.Contains(objects, o) {
			objects = append(objects, o)
		}
	}
	slices.Sort(objects)
	objects = slices.Compact(objects)
	b.WriteString("# " + say(text.Text{ZH: "导入报告", EN: "Import report"}) + "\n\n")
	b.WriteString(say(text.Text{ZH: "共 {n} 个对象，其中 {m} 个有损失，{e} 处错误。", EN: "{n} objects, {m} of them with losses, {e} errors."},
		"n", len(objects), "m", len(by), "e", len(r.Findings)) + "\n")
	if len(r.Findings) > 0 {
		b.WriteString("\n## " + say(text.Text{ZH: "错误", EN: "Errors"}) + "\n\n")
		for _, f := range r.Findings {
			b.WriteString("- " + f.In(l) + "\n")
		}
	}
	var whole []string
	for _, o := range objects {
		losses := by[o]
		if len(losses) == 0 {
			whole = append(whole, o)
			continue
		}
		slices.SortStableFunc(losses, func(a, b Loss) int { return cmp.Compare(a.Line, b.Line) })
		b.WriteString("\n## " + o + "\n\n")
		for _, loss := range losses {
			where := ""
			if loss.File != "" {
				where = fmt.Sprintf(" (%s:%d)", loss.File, loss.Line)
			}
			b.WriteString("- " + loss.Text.In(l) + where + " [" + loss.Rule + "]\n")
		}
	}
	if len(whole) > 0 {
		b.WriteString("\n## " + say(text.Text{ZH: "完整导入", EN: "Came over whole"}) + "\n\n" + strings.Join(whole, ", ") + "\n")
	}
	return b.String()
}
