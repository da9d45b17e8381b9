package catalog

import (
	"fmt"
	"strings"
)

// edit is one line of a comparison: kept (' '), taken away ('-') or added ('+').
type edit struct {
	op   byte
	line string
}

// editLimit bounds the work of a comparison; texts that differ in more lines
// are shown as replaced whole.
const editLimit = 2000

// diffLines gives a shortest way from a to b (Myers' greedy algorithm).
func diffLines(a, b []string) []edit {
	pre := 0
	for pre < len(a) && pre < len(b) && a[pre] == b[pre] {
		pre++
	}
	post := 0
	for post < len(a)-pre && post < len(b)-pre && a[len(a)-1-post] == b[len(b)-1-post] {
		post++
	}
	var out []edit
	for _, l := range a[:pre] {
		out = append(out, edit{' ', l})
	}
	out = append(out, myers(a[pre:len(a)-post], b[pre:len(b)-post])...)
	for _, l := range a[len(a)-post:] {
		out = append(out, edit{' ', l})
	}
	return out
}

// myers keeps, for every number of edits d, how far down each diagonal one
// gets, then walks back from the end.
func myers(a, b []string) []edit {
	n, m := len(a), len(b)
	limit := min(n+m, editLimit)
	far := make([]int, 2*limit+3)
	off := limit + 1
	var trace [][]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, append([]int(nil), far[off-d-1:off+d+2]...))
		for k := -d; k <= d; k += 2 {
			x := 0
			if k == -d || k != d && far[off+k-1] < far[off+k+1] {
				x = far[off+k+1]
			} else {
				x = far[off+k-1] + 1
			}
			y := x - k
			for x < n && y < m && a[x] == b[y] {
				x, y = x+1, y+1
			}
			far[off+k] = x
			if x >= n && y >= m {
				return walkBack(a, b, trace, d)
			}
		}
	}
	return replaced(a, b)
}

func walkBack(a, b []string, trace [][]int, d int) []edit {
	var back []edit
	x, y := len(a), len(b)
	for ; d > 0; d-- {
		far := trace[d] // far[i] is diagonal i-d-1
		at := func(k int) int { return far[k+d+1] }
		k := x - y
		prev := k - 1
		if k == -d || k != d && at(k-1) < at(k+1) {
			prev = k + 1
		}
		px := at(prev)
		py := px - prev
		for x > px && y > py {
			x, y = x-1, y-1
			back = append(back, edit{' ', a[x]})
		}
		if prev == k-1 {
			x--
			back = append(back, edit{'-', a[x]})
		} else {
			y--
			back = append(back, edit{'+', b[y]})
		}
	}
	for x > 0 {
		x--
		back = append(back, edit{' ', a[x]})
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back
}

func replaced(a, b []string) []edit {
	var out []edit
	for _, l := range a {
		out = append(out, edit{'-', l})
	}
	for _, l := range b {
		out = append(out, edit{'+', l})
	}
	return out
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

const around = 3

// unified gives the usual text form of a comparison with three lines around
// each change; "" when the texts are the same. An empty name is /dev/null.
func unified(nameA, nameB, a, b string) string {
	if a == b {
		return ""
	}
	edits := diffLines(splitLines(a), splitLines(b))
	var out strings.Builder
	for i, n := range []string{nameA, nameB} {
		if n == "" {
			n = "/dev/null"
		}
		out.WriteString([]string{"--- ", "+++ "}[i] + n + "\n")
	}
	lineA, lineB := 1, 1
	for i := 0; i < len(edits); {
		from, to, ok := hunk(edits, i)
		if !ok {
			break
		}
		for _, e := range edits[i:from] {
			lineA, lineB = advance(e, lineA, lineB)
		}
		endA, endB := lineA, lineB
		var body strings.Builder
		for _, e := range edits[from:to] {
			endA, endB = advance(e, endA, endB)
			body.WriteByte(e.op)
			body.WriteString(e.line + "\n")
		}
		fmt.Fprintf(&out, "@@ -%s +%s @@\n%s", span(lineA, endA), span(lineB, endB), body.String())
		lineA, lineB, i = endA, endB, to
	}
	return out.String()
}

func advance(e edit, a, b int) (int, int) {
	if e.op != '+' {
		a++
	}
	if e.op != '-' {
		b++
	}
	return a, b
}

func span(from, end int) string {
	if end == from {
		return fmt.Sprintf("%d,0", from-1)
	}
	return fmt.Sprintf("%d,%d", from, end-from)
}

// hunk finds the next run of changes at or after i, with its context; runs with
// no more than twice the context between them are one.
func hunk(edits []edit, i int) (from, to int, ok bool) {
	first := i
	for first < len(edits) && edits[first].op == ' ' {
		first++
	}
	if first == len(edits) {
		return 0, 0, false
	}
	last := first
	for j := first; j < len(edits) && j-last <= 2*around; j++ {
		if edits[j].op != ' ' {
			last = j
		}
	}
	return max(i, first-around), min(len(edits), last+1+around), true
}
