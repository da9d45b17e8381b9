// Package store keeps the metadata: definitions with their revisions, people,
// sessions, tokens, the audit trail and jobs. SQLite is the default,
// PostgreSQL the alternative; both run the same SQL texts and pass the same
// suite (package storetest).
//
// There is one small type per feature, each satisfying that feature's own
// Store interface. An exported method is one transaction; steps that compose
// transactions take a tx. Times are stored as microseconds since 1970 in UTC,
// flags as 0 and 1, documents as JSON text.
//
// There is exactly one writer: one connection, and one process per database.
// On SQLite the lock on the data directory guards that, on PostgreSQL an
// advisory lock that the writing connection holds. This is no high
// availability: a second process is refused, not balanced.
package store
