package metricflow

import (
	"strings"
	"testing"
)

// clinic has two joins in a row, a key that is unique but not primary, a
// metric by the hour, and one that is a percentile among the values.
const clinic = `
semantic_models:
  - name: visits
    model: ref('visits')
    defaults: {agg_time_dimension: at}
    primary_entity: visit
    entities:
      - {name: ticket, type: unique, expr: ticket_no}
      - {name: doctor, type: foreign, expr: doctor_no}
    dimensions:
      - {name: at, type: time, type_params: {time_granularity: hour}}
      - {name: urgent, type: categorical}
    measures:
      - {name: visits, agg: count, expr: 1, create_metric: true}
      - {name: patients, agg: count_distinct, expr: patient_no, create_metric: true}
      - {name: wait, agg: percentile, expr: minutes, agg_params: {percentile: 0.9, use_discrete_percentile: true}, create_metric: true}
  - name: doctors
    model: ref('doctors')
    entities:
      - {name: doctor, type: primary, expr: no}
      - {name: ward, type: foreign, expr: ward_no}
    dimensions:
      - {name: grade, type: categorical}
  - name: wards
    model: ref('wards')
    defaults: {agg_time_dimension: opened}
    entities:
      - {name: ward, type: primary, expr: no}
    dimensions:
      - {name: floor, type: categorical}
      - {name: opened, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: wards, agg: count, expr: 1, create_metric: true}
metrics:
  - {name: hourly, type: simple, time_granularity: hour, type_params: {measure: visits}}
  - {name: twice, type: derived, type_params: {expr: hourly * 2, metrics: [{name: hourly}]}}
`

func TestDefaultGrain(t *testing.T) {
	im, _ := build(t, nil, clinic)
	for _, c := range []struct{ metrics, want string }{
		{"hourly", "metric_time__hour"}, {"visits", "metric_time__day"}, {"twice", "metric_time__day"},
		{"hourly visits", "metric_time__day"}, {"hourly wards", "metric_time__day"},
	} {
		got, err := im.Translate(Query{Metrics: strings.Fields(c.metrics), GroupBy: []string{"metric_time"}})
		if err != nil || got.Columns[0] != c.want {
			t.Errorf("%s: %v %v, want %s", c.metrics, got.Columns, err, c.want)
		}
	}
}

// TestUniquePrefix names own dimensions by a key that is not the primary one.
func TestUniquePrefix(t *testing.T) {
	im, _ := build(t, nil, clinic)
	got, err := im.Translate(Query{Metrics: []string{"visits"}, GroupBy: []string{"ticket__urgent", "visit__urgent", "ticket__at"}})
	if err != nil || strings.Join(got.Columns, " ") != "ticket__urgent visit__urgent ticket__at__hour visits" {
		t.Error(got.Columns, err)
	}
}

// TestMetricByPath finds the key of a metric in a filter by its path as the
// metric sees it, or as the rows do that are filtered.
func TestMetricByPath(t *testing.T) {
	im, _ := build(t, nil, clinic)
	for _, c := range []struct{ of, filter, want string }{
		{"wards", "{{ Metric('visits', ['doctor__ward']) }} > 1", "visits_by_ward > 1"},
		{"visits", "{{ Metric('wards', ['doctor__ward']) }} > 1", "doctor.wards_by_ward > 1"},
		{"visits", "{{ Metric('patients', group_by=['visit__doctor']) }} > 1", "patients_by_doctor > 1"},
	} {
		got, err := im.Translate(Query{Metrics: []string{c.of}, Where: []string{c.filter}})
		if err != nil || got.Request.Where != c.want {
			t.Errorf("%s: %q, %v", c.filter, got.Request.Where, err)
		}
	}
}

// TestSharedPair reads what is asked of a model in between from the pair that
// leads through it, and from the model itself when there is none.
func TestSharedPair(t *testing.T) {
	im, _ := build(t, nil, clinic)
	ask := func(by ...string) string {
		got, err := im.Translate(Query{Metrics: []string{"visits"}, GroupBy: by})
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, b := range got.Request.By {
			list = append(list, b.Dimension)
		}
		return strings.Join(list, " ")
	}
	if got := ask("doctor__grade", "doctor__ward__floor"); got != "doctor_to_ward.grade doctor_to_ward.ward.floor" {
		t.Error(got)
	}
	if got := ask("doctor__grade"); got != "doctor.grade" {
		t.Error(got)
	}
}

func TestDiscretePercentile(t *testing.T) {
	im, _ := build(t, nil, clinic)
	if s := spec(t, im, "wait"); !s.Discrete || s.Percentile != 0.9 || s.Agg != "percentile" {
		t.Errorf("%+v", s)
	}
	if s := spec(t, im, "patients"); s.Empty != "null" {
		t.Errorf("a distinct count over no rows of a group is %q", s.Empty)
	}
}

// TestCompiledAggregation reads metrics as MetricFlow compiles them: what is
// aggregated is said beside metric_aggregation_params, and a filter of the
// measure has become one of the metric.
func TestCompiledAggregation(t *testing.T) {
	im, _ := build(t, nil, `{"semantic_models": [{"name": "visits", "node_relation": {"alias": "visits", "relation_name": "visits"},
		"defaults": {"agg_time_dimension": "at"}, "primary_entity": "visit", "entities": [], "measures": [],
		"dimensions": [{"name": "at", "type": "time", "datatype": null, "type_params": {"time_granularity": "day"}},
			{"name": "urgent", "type": "categorical", "datatype": null}]}],
		"metrics": [{"name": "long", "type": "simple", "datatype": null, "type_params": {"expr": "CASE WHEN minutes > 60 THEN 1 ELSE 0 END",
			"measure": {"name": "long", "filter": {"where_filters": [{"where_sql_template": "{{ Dimension('visit__urgent') }}"}]}},
			"metric_aggregation_params": {"semantic_model": "visits", "agg": "sum", "agg_params": null}},
			"filter": {"where_filters": [{"where_sql_template": "{{ Dimension('visit__urgent') }}"}]}}],
		"project_configuration": {"time_spines": []}, "saved_queries": []}`)
	if s := spec(t, im, "long"); s.Expr != "case when minutes > 60 then 1 else 0 end" || s.Where != "urgent" {
		t.Errorf("%+v", s)
	}
}
