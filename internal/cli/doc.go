// Package cli is the command line. Every command that touches a workspace
// speaks HTTP with the same API as the page: over the network with --server,
// else with a server inside this process that nobody else can reach. Commands
// on files alone (validate, init) need neither.
//
// Standard output carries data only; messages go to standard error, in the
// language of --lang or of the environment. The exit status is 0 for success,
// 1 for failure and 2 for wrong use.
package cli
