package catalog

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A comparison turns one text into the other, and is no longer than the
// longest common part allows.
func TestDiffLines(t *testing.T) {
	t.Parallel()
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		a, b := lines.Draw(t, "a"), lines.Draw(t, "b")
		var left, right []string
		kept := 0
		for _, e := range diffLines(a, b) {
			if e.op != '+' {
				left = append(left, e.line)
			}
			if e.op != '-' {
				right = append(right, e.line)
			}
			if e.op == ' ' {
				kept++
			}
		}
		if !slices.Equal(left, a) && len(a)+len(left) > 0 || !slices.Equal(right, b) && len(b)+len(right) > 0 {
			t.Fatalf("%v %v", left, right)
		}
		if want := common(a, b); kept != want {
			t.Fatalf("kept %d lines, %d are common", kept, want)
		}
	})
}

// common is the length of the longest common subsequence, by definition.
func common(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	row := make([]int, len(b)+1)
	for _, x := range a {
		diag := 0
		for j, y := range b {
			up := row[j+1]
			if x == y {
				row[j+1] = diag + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			diag = up
		}
	}
	return row[len(b)]
}

func TestUnified(t *testing.T) {
	t.Parallel()
	a := "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n"
	b := strings.Replace(strings.Replace(a, "2\n", "two\n", 1), "15\n", "", 1)
	want := "--- a\n+++ b\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -12,5 +12,4 @@\n 12\n 13\n 14\n-15\n 16\n"
	if got := unified("a", "b", a, b); got != want {
		t.Errorf("%s", got)
	}
	if unified("a", "b", a, a) != "" {
		t.Error("a difference between the same")
	}
	many := strings.Repeat("x\n", 3000)
	if got := unified("", "b", many, strings.Repeat("y\n", 3000)); strings.Count(got, "\n-x") != 3000 || !strings.HasPrefix(got, "--- /dev/null\n") {
		t.Error("a big difference is not whole")
	}
}
