// Package explaintest is a small exact query engine over rows in memory, for
// tests of features that ask questions. It follows the definitions row by row
// with maps, knows no SQL and shares nothing with the engine of package query.
package explaintest
