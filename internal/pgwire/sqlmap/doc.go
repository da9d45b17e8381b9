// Package sqlmap turns a SELECT over the tables that the SQL door shows into
// the one query object, and the answer into the columns that were selected.
// It never makes SQL: filters become expressions of the product's language,
// and what has no counterpart in the query object is refused, with its place.
package sqlmap
