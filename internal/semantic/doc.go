// Package semantic holds the definitions that give rows a meaning (datasets,
// their relationships, metrics, the workspace's calendar) and compiles a
// snapshot of them into one immutable Model in which every name is resolved
// and every expression typed. Queries, trees and explanations read only the
// Model; it is swapped as a whole when definitions change.
package semantic
