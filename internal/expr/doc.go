// Package expr is the language in which people write filters and formulas:
// SQL-like scalar syntax, parsed once, type-checked when a definition is
// loaded, and printed for one engine at a time. No text that a person wrote
// ever becomes part of a SQL statement: names are resolved to columns, values
// become arguments or checked literals.
//
// Division is always true division and gives NULL when the divisor is 0. Text
// compares by bytes. Nothing turns text into a number by itself.
package expr
