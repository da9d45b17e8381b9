// Package pgcat answers what PostgreSQL clients ask about a server: a small
// catalogue in memory (pg_catalog and information_schema, made from the
// definitions) and an evaluator for the SELECTs that psql, JDBC and ORMs send
// to look at it. Nothing here reaches the warehouse or sees a person's rows.
package pgcat
