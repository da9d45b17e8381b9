// Package sqltext takes SQL of simple shape over into the expression language:
// columns, arithmetic, case and the functions that both have, with aggregate
// calls cut out. What it cannot read it refuses; it never guesses.
package sqltext
