// Package trino asks a Trino cluster where the data are: a dialect, and a
// warehouse over a mapping of datasets to tables of any of its catalogs.
//
// A cancelled context cancels the query on the cluster. Trino has no exact
// percentile; one is computed from the sorted array of a group's values.
package trino
