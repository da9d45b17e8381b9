// Package job runs work in the background, durably: a job is a row with a
// kind and a payload, taken under a lease by one worker, tried again with
// growing pauses when it fails, and taken over when its worker vanished.
// A handler may therefore run more than once for one job and must bear it.
//
// It deliberately has no schedules and no priorities.
package job
