package cube

import (
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// The keys that the format has, by where they stand.
var (
	rootKeys = words("cubes views")
	cubeKeys = words(`name sql sql_table sql_alias extends data_source title description public shown meta calendar refresh_key
		rewrite_queries joins measures dimensions segments hierarchies pre_aggregations access_policy`)
	joinKeys    = words("name sql relationship")
	measureKeys = words(`name type sql filters rolling_window multi_stage group_by reduce_by add_group_by grain filter time_shift order_by
		case format currency drill_members drill_member_references drill_filters mask aliases title description public shown visible meta cumulative`)
	dimensionKeys = words(`name type sql primary_key sub_query propagate_filters_to_sub_query case latitude longitude granularities time_shift
		multi_stage add_group_by values order format currency mask suggest_filter_values title description public shown meta aliases
		field_type values_as_segments enable_suggestions`)
	segmentKeys = words("name sql title description public shown meta aliases")
	filterKeys  = words("sql")
	rollingKeys = words("type trailing leading offset granularity")
	shiftKeys   = words("time_dimension interval type name")
	caseKeys    = words("when else switch")
	whenKeys    = words("sql label value")
	labelKeys   = words("label sql")
	viewKeys    = words(`name extends title description public shown meta view_group view_groups cubes measures dimensions segments includes
		excludes folders default_filters access_policy`)
	viewCubeKeys = words("join_path includes excludes prefix alias split")
	rollupKeys   = words(`name type measures dimensions segments time_dimension granularity time_dimensions partition_granularity refresh_key
		build_range_start build_range_end refresh_range_start refresh_range_end indexes union_with_source_data rollups unique_key_columns
		scheduled_refresh external allow_non_strict_date_range_match output_column_types stream_offset read_only sql_alias
		max_pre_aggregations use_original_sql_pre_aggregations sql measure_references dimension_references time_dimension_reference
		segment_references rollup_references`)
)

func words(s string) []string { return strings.Fields(s) }

// snake writes a camel case key as one of the present.
func snake(key string) string {
	var b strings.Builder
	for i, r := range key {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// at gives the value of a key in either spelling.
func at(d catalog.Document, key string) catalog.Document {
	if v := d.At(key); !v.IsZero() {
		return v
	}
	for _, k := range d.Keys() {
		if snake(k) == key {
			return d.At(k)
		}
	}
	return catalog.Document{}
}

// strict names every key that the format does not have.
func (m *reader) strict(d catalog.Document, kind, name string, known []string) {
	for _, k := range d.Keys() {
		s := snake(k)
		found := false
		for _, w := range known {
			found = found || w == s
		}
		if found {
			continue
		}
		f := catalog.Finding{Position: d.At(k).Position(), Kind: kind, Name: name, Path: k, Rule: "unknown_key", Severity: catalog.Error,
			Text:       text.Text{EN: `the key "{key}" is not known here`, ZH: `这里没有 "{key}" 这个键`}.With("key", k),
			Suggestion: expr.Didyoumean(s, known)}
		m.report.Findings = append(m.report.Findings, f)
	}
}

// list gives the items under a key; mappings that stand for lists in the
// JavaScript form are refused, as YAML has none.
func list(d catalog.Document, key string) []catalog.Document { return at(d, key).Items() }

// texts gives a list of texts, or the one text.
func texts(d catalog.Document) []string {
	if !d.IsList() {
		if d.Text() == "" {
			return nil
		}
		return []string{d.Text()}
	}
	var out []string
	for _, i := range d.Items() {
		out = append(out, i.Text())
	}
	return out
}
