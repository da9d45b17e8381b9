package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	namedTest   = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`(?: \\(`([a-z]+\\.txt)`: ([^)]+)\\))? in `([^`]+)`")
	numberedRow = regexp.MustCompile(`(?m)^\| (\d+) \|.*$`)
	issueOf     = regexp.MustCompile(`[\w.-]+/[\w.-]+#\d+`)
)

// TestComplaintsAreTested reads docs/complaints.md: the complaints 1 to 25 are
// there, each with a source, and each names a test that is in its file; where a
// question of a script is named, that is there, too.
func TestComplaintsAreTested(t *testing.T) {
	page, err := os.ReadFile("../../docs/complaints.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, row := range numberedRow.FindAllStringSubmatch(string(page), -1) {
		n, err := strconv.Atoi(row[1])
		if err != nil || seen[n] {
			t.Errorf("number %s: twice, or %v", row[1], err)
		}
		seen[n] = true
		if cells := strings.Count(row[0], "|"); cells != 6 {
			t.Errorf("complaint %d has %d bars, want 6", n, cells)
		}
		if !issueOf.MatchString(row[0]) {
			t.Errorf("complaint %d has no source", n)
		}
		named := namedTest.FindStringSubmatch(row[0])
		if named == nil {
			t.Errorf("complaint %d names no test", n)
			continue
		}
		mustContain(t, n, named[4], "func "+named[1]+"(t *testing.T)")
		if named[2] != "" {
			mustContain(t, n, "internal/query/testdata/"+named[2], "-- ask "+named[3]+" --")
		}
	}
	for n := range 25 {
		if !seen[n+1] {
			t.Errorf("complaint %d is missing", n+1)
		}
	}
}

func mustContain(t *testing.T, n int, file, text string) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(file)))
	if err != nil || !strings.Contains(string(src), text) {
		t.Errorf("complaint %d: %s has no %q (%v)", n, file, text, err)
	}
}
