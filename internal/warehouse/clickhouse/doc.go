// Package clickhouse asks a ClickHouse server (24.3 or later) where the data
// are, over HTTP: a dialect, and a warehouse over a mapping of datasets to
// tables.
//
// Sessions are read-only, joins give NULL for rows that are not there, and a
// statement ends when its request does. Sums of integers have 64 bits and wrap
// around, as ClickHouse computes them.
package clickhouse
