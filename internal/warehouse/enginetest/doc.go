// Package enginetest starts the servers of query engines for tests. They
// listen on loopback or on a socket in a temporary directory, and end with the
// test.
package enginetest
