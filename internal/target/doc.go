// Package target holds what value is wanted of a metric in which period, and
// how far along one should be by now.
package target
