// Package duckdb keeps rows in an embedded DuckDB database: one file in the
// data directory, opened so that no statement can reach the rest of the host.
//
// Tables live in schema "data" and carry their version in their name; the
// newest row of ledger.loads says which table a dataset is today. A load
// writes its rows and its ledger row in one transaction, so that a crash
// leaves either the old version or the new one.
//
// The package runs only SQL that this program wrote.
package duckdb
