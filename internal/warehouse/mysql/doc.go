// Package mysql asks a MariaDB (10.6 or later) or MySQL (8.0.17 or later)
// server where the data are: a dialect, and a warehouse over a mapping of
// datasets to tables.
//
// Sessions are read-only, in UTC, and bounded by a statement timeout; a
// cancelled context kills the statement on the server. Text compares by bytes:
// columns of another collation are read with a binary one that does not pad.
package mysql
