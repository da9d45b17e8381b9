package eventlog

import "math"

// freeBytes does not know: a full disk is found when it is written to.
func freeBytes(string) (int64, error) { return math.MaxInt64, nil }
