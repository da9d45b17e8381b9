// Package metrictest is the kind Test: a few rows, a question and the answer
// that people expect. A test runs against the definitions on a throw-away
// engine, so it says what a metric means whatever the real data are.
//
// The command line runs tests of files; the program runs those that a change
// of definitions can affect and refuses a change that breaks one.
package metrictest
