// Package quality checks what datasets promise about their rows: rules are
// counted in as few scans as they need, results are kept over time, and what is
// broken is told to whoever shows a number made of those rows.
package quality
