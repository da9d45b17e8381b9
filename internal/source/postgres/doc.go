// Package postgres reads rows from PostgreSQL: whole tables and what a cursor
// says is new by COPY, whose text goes to the spool with no value touched, and
// changes by logical replication. A reader that follows changes has a
// publication and a replication slot there, both named after it; the slot keeps
// what the reader has not acknowledged.
package postgres
