// Package steps is the language in which a dataset is made from others without
// code: a list of steps, each one small change of a table. The package checks a
// list by itself, and types it against the columns that the other datasets
// have: which columns there are after each step, of which type, from which
// column they come, and what tells a row apart. It writes no SQL and touches no
// rows; package prepare does.
package steps
