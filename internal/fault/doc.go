// Package fault is the one way this program says that something went wrong.
//
// An Error has a kind (what sort of trouble, which each door maps to its own
// status in one table), a code (a stable word for programs), a message in both
// languages that is safe to show and says what to do, and a cause that is only
// logged. An error that is not a fault is Internal and its text is never shown.
package fault
