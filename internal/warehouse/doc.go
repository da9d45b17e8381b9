// Package warehouse is the contract with an engine that holds the rows and
// answers SQL: how to run a statement, what comes back, and the few things in
// which engines differ. Each engine is a sub-package; one conformance suite
// (warehousetest) exercises them all.
package warehouse
