// Package eventlog is an append-only log on disk that what comes in is written
// to before it is acknowledged. Many writers share one flush of the disk. A
// record that was acknowledged is there after a crash, whole; what a crash left
// unfinished at the end is cut off when the log is opened. Readers follow, and
// say from where on the log is still needed.
package eventlog
