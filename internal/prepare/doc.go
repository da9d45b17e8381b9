// Package prepare makes datasets from others by steps: it prints typed steps as
// one SELECT of the embedded engine, shows what the table is like after any
// step, and keeps the rows up to date when those that they are made of change,
// working out only what is new where the steps allow it. Every value that a
// definition holds becomes an argument or a checked literal.
// See docs/adr/0013-prepared-datasets.md.
package prepare
