// Package datasync copies rows from connections into the warehouse and keeps
// them up to date there: when a dataset's schedule says so, when rows that it
// follows are new, or when somebody asks.
//
// A run reads into a spool, loads it in one commit that also keeps the mark
// from which to read next, and then tells the source; piece by piece, until it
// has caught up. So a crash at any point neither loses nor doubles a row. See
// docs/adr/0011-spool-then-load.md.
package datasync
