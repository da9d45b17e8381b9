// Package app puts the program together: it opens the stores and the
// warehouse, builds the services and the doors, and starts and stops them in
// order. It holds wiring, the lock of a data directory, and nothing that a
// feature decides.
package app
