package expr

import "strings"

// Didyoumean gives the candidate nearest to the name, or "" when none is near.
// Near means: at most a third of the characters differ (one character for
// names of one to three), letter case aside; among equals the first wins.
func Didyoumean(name string, candidates []string) string {
	const longest = 100 // names are short; longer ones are not worth comparing
	want := []rune(strings.ToLower(name))
	if len(want) == 0 || len(want) > longest {
		return ""
	}
	best, least := "", max(1, len(want)/3)+1
	for _, c := range candidates {
		have := []rune(strings.ToLower(c))
		if len(have) == 0 || len(have) > longest || c == name {
			continue
		}
		d := Distance(want, have)
		if d >= len(want) && d >= len(have) {
			continue // nothing in common
		}
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// Distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func Distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
