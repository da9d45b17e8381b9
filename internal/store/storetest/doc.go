// Package storetest is the suite that the metadata store passes on every
// database it runs on, and the means to start a throw-away PostgreSQL for it.
package storetest
