// Package engines is the warehouse of a workspace whose datasets may be on
// several engines: the one that keeps the rows here, and connections to those
// that have rows of their own. Connections are opened when they are first asked
// and follow their definitions.
package engines
