// Package metricflow imports MetricFlow and dbt semantic models: legacy YAML,
// the latest YAML below models:, and semantic_manifest.json. It makes datasets
// and metrics of them and translates MetricFlow's way of asking, with names
// such as listing__country and {{ Dimension('x') }}, to the query object.
//
// The way of an import: read makes a manifest of the files, with MetricFlow's
// own rewrites applied (measures folded into metrics, defaults filled in);
// links finds what each model reaches along entities; generate writes
// definitions. Names are resolved by MetricFlow's rules and written out in
// full, because names here are strict.
package metricflow
