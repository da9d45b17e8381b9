// Package warehousetest is the conformance suite of the warehouse contract:
// what every engine's dialect has to agree on, whatever the engine.
package warehousetest
