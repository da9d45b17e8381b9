// Package mysql reads rows from MariaDB and MySQL: whole tables and what a
// cursor says is new by queries whose rows stream, and changes by the binary
// log. A reader of the log leaves nothing on the server: how long the log is
// kept is the server's own setting.
package mysql
