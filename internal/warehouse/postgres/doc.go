// Package postgres asks a PostgreSQL server (14 or later) where the data are:
// a dialect, and a warehouse over a mapping of datasets to tables.
//
// Sessions are read-only, in UTC, and bounded by a statement timeout; a
// cancelled context cancels the statement on the server. Text compares by
// bytes, as on every engine: columns whose collation does otherwise are read
// with COLLATE "C".
package postgres
