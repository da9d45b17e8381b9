// Package pgwire is the SQL door: a server that PostgreSQL clients connect to.
// It finds out who asks, lets sqlmap turn a SELECT into the query object and
// asks the engine, which checks the rights; questions about the server itself
// are answered by pgcat. No SQL of a client reaches a warehouse.
package pgwire
