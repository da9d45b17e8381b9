// Package sourcetest is the conformance suite of connectors: what every source
// must do, tried against a real server. A connector's tests say how to reach
// one and how its owner changes the rows there.
package sourcetest
