//go:build !unix

package ingest

import "math"

// makePipe reports that there are no named pipes: feed writes a file first.
func makePipe(string) (bool, error) { return false, nil }

func drain(string) (func() error, error) { return func() error { return nil }, nil }

// freeBytes is not known here; the load then finds out by itself.
func freeBytes(string) (int64, error) { return math.MaxInt64, nil }
