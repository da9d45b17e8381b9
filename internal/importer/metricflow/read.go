package metricflow

import (
	"path/filepath"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer"
	"lodestar/internal/text"
)

// reader makes a manifest of files.
type reader struct {
	report *importer.Report
	out    *manifest
}

// read reads all files together; what is wrong is in the report.
func read(files []importer.File, report *importer.Report) *manifest {
	r := &reader{report: report, out: &manifest{}}
	for _, f := range files {
		if strings.EqualFold(filepath.Ext(f.Name), ".json") {
			doc, findings := catalog.ReadJSON(f.Name, f.Data)
			report.Findings = append(report.Findings, findings...)
			if len(findings) == 0 {
				r.document(doc)
			}
			continue
		}
		docs, findings := catalog.ReadYAML(f.Name, f.Data)
		report.Findings = append(report.Findings, findings...)
		for _, d := range docs {
			r.document(d)
		}
	}
	r.unique()
	r.rewrite()
	return r.out
}

// notOurs are the keys of dbt's files that say nothing about metrics.
var notOurs = []string{"version", "sources", "seeds", "macros", "snapshots", "exposures", "groups", "unit_tests", "data_tests",
	"tests", "functions", "analyses", "anchors"}

var known = []string{"semantic_model", "metric", "saved_query", "project_configuration", "semantic_models", "metrics",
	"saved_queries", "models"}

// document reads one document: one object under its key, or lists of them.
func (r *reader) document(d catalog.Document) {
	if !d.IsMapping() {
		r.report.Findings = append(r.report.Findings, d.Wrong("", "", "", text.Text{
			EN: "a mapping such as semantic_model: or metric:", ZH: "以 semantic_model: 或 metric: 等开头的键值对"}))
		return
	}
	for _, key := range d.Keys() {
		v := d.At(key)
		switch key {
		case "semantic_model":
			r.semanticModel(v)
		case "metric":
			r.metric(v, nil)
		case "saved_query":
			r.savedQuery(v)
		case "project_configuration":
			r.configuration(v)
		case "semantic_models":
			r.each(v, r.semanticModel)
		case "metrics":
			r.each(v, func(m catalog.Document) { r.metric(m, nil) })
		case "saved_queries":
			r.each(v, r.savedQuery)
		case "models":
			r.each(v, r.latestModel)
		default:
			if !slices.Contains(notOurs, key) {
				r.unknownKey(v, key)
			}
		}
	}
}

func (r *reader) unknownKey(at catalog.Document, key string) {
	r.report.Findings = append(r.report.Findings, catalog.Finding{Position: at.Position(), Path: key, Rule: "unknown_key",
		Severity: catalog.Error, Suggestion: expr.Didyoumean(key, known),
		Text: text.Text{EN: `the key "{key}" is not known here`, ZH: `这里没有 "{key}" 这个键`}.With("key", key)})
}

// each reads the items of a list.
func (r *reader) each(list catalog.Document, one func(catalog.Document)) {
	if list.IsZero() {
		return
	}
	if !list.IsList() {
		r.report.Findings = append(r.report.Findings, list.Wrong("", "", "", text.Text{EN: "a list", ZH: "列表"}))
		return
	}
	for _, d := range list.Items() {
		one(d)
	}
}

// into decodes strictly; false means that the object cannot be read.
func (r *reader) into(d catalog.Document, v any, kind, name string) bool {
	findings := d.Into(v, kind, name, "")
	r.report.Findings = append(r.report.Findings, findings...)
	return len(findings) == 0
}

func (r *reader) fail(at catalog.Position, kind, name, rule string, t text.Text, pairs ...any) {
	r.report.Fail(at, kind, name, rule, t, pairs...)
}

// unique drops objects whose name is taken.
func (r *reader) unique() {
	seen := map[string]catalog.Position{}
	taken := func(kind, name string, at catalog.Position) bool {
		id := kind + " " + name
		if first, twice := seen[id]; twice {
			r.fail(at, kind, name, "defined_twice", text.Text{
				EN: "{name} is defined already in {file}, line {line}", ZH: "{name} 已在 {file} 第 {line} 行定义"},
				"name", name, "file", first.File, "line", first.Line)
			return true
		}
		seen[id] = at
		return false
	}
	m := r.out
	m.models = slices.DeleteFunc(m.models, func(x *model) bool { return taken("semantic_model", x.name, x.at) })
	m.metrics = slices.DeleteFunc(m.metrics, func(x *metric) bool { return taken("metric", x.name, x.at) })
	m.saved = slices.DeleteFunc(m.saved, func(x *savedQuery) bool { return taken("saved_query", x.name, x.at) })
}

// span writes a length of time without the plural: "7 days" is "7 day".
func span(s string) string {
	fields := strings.Fields(strings.ToLower(s))
	if len(fields) != 2 {
		return strings.TrimSpace(s)
	}
	for _, g := range grains {
		if fields[1] == g+"s" {
			fields[1] = g
		}
	}
	return strings.Join(fields, " ")
}

// grains from fine to coarse, as MetricFlow knows them.
var grains = []string{"nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"}

// parts of dates that MetricFlow knows.
var dateParts = []string{"year", "quarter", "month", "day", "dow", "doy"}

// coarser gives the coarser of two grains; one that is no standard grain
// counts as the finest.
func coarser(a, b string) string {
	if slices.Index(grains, a) >= slices.Index(grains, b) {
		return a
	}
	return b
}
