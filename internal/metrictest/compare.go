package metrictest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Diff shows the rows of an answer against those expected.
type Diff struct {
	Part    string   `json:"part"` // expect | totals | others
	Columns []string `json:"columns"`
	Lines   []Line   `json:"lines"`
	numbers []bool
}

// Line is a row: "-" expected and not there, "+" there and not expected, " "
// both.
type Line struct {
	Mark  string   `json:"mark"`
	Cells []string `json:"cells"`
}

// part is a list of expected rows and the rows of the answer that they are
// compared with.
type rowsPart struct {
	name     string
	expected []map[string]any
	asked    bool
	got      [][]any
}

func (c *Case) parts() []rowsPart {
	return []rowsPart{{name: "expect", expected: c.Expect, asked: c.Error == ""},
		{name: "totals", expected: c.Totals, asked: len(c.Totals) > 0}, {name: "others", expected: c.Others, asked: len(c.Others) > 0}}
}

// judge compares an answer with what is expected of it.
func (c *Case) judge(o Outcome, r *catalog.Resource, path string, res *query.Result) (Outcome, error) {
	fail := func(where, rule string, t text.Text) (Outcome, error) {
		o.Rule, o.Text, o.Path, o.At = rule, t, "spec."+path+"."+where, at(r, path+"."+where)
		return o, nil
	}
	for _, p := range c.parts() {
		p.got = map[string][][]any{"expect": res.Rows, "totals": res.Totals, "others": res.Others}[p.name]
		// A test of totals alone need not list the rows.
		if !p.asked || p.name == "expect" && len(c.Expect) == 0 && len(c.Totals)+len(c.Others) > 0 {
			continue
		}
		cols, unknown := chosen(p.expected, res.Columns)
		if unknown != "" {
			var names []string
			for _, col := range res.Columns {
				names = append(names, col.Name)
			}
			t := text.Text{ZH: "结果中没有 {name} 列，只有 {all}", EN: "the answer has no column {name}, only {all}"}.
				With("name", unknown, "all", strings.Join(names, ", "))
			if near := expr.Didyoumean(unknown, names); near != "" {
				t.ZH, t.EN = t.ZH+"；是不是想写 "+near+"？", t.EN+"; did you mean "+near+"?"
			}
			return fail(p.name, "unknown_column", t)
		}
		if d := c.compare(p, res.Columns, cols); d != nil {
			o.Diff = d
			return fail(p.name, "rows_differ", text.Text{ZH: "结果与期望不同", EN: "the answer is not the one expected"})
		}
	}
	o.OK = true
	return o, nil
}

// chosen lists the columns of the answer that the expected rows name; all of
// them when no row is expected. Dimensions that are not named would make rows
// look alike: that is for the writer to decide.
func chosen(expected []map[string]any, columns []query.Column) (out []int, unknown string) {
	if len(expected) == 0 {
		for i := range columns {
			out = append(out, i)
		}
		return out, ""
	}
	for i, col := range columns {
		if _, ok := expected[0][col.Name]; ok {
			out = append(out, i)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(expected[0])) {
		if !slices.ContainsFunc(columns, func(c query.Column) bool { return c.Name == name }) {
			return nil, name
		}
	}
	return out, ""
}

// compare gives nil when the rows are those expected.
func (c *Case) compare(p rowsPart, columns []query.Column, cols []int) *Diff {
	d := &Diff{Part: p.name}
	for _, i := range cols {
		d.Columns = append(d.Columns, columns[i].Name)
		d.numbers = append(d.numbers, columns[i].Metric != "")
	}
	equal := func(want map[string]any, got []any, keysOnly bool) bool {
		for _, i := range cols {
			if keysOnly && columns[i].Metric != "" {
				continue
			}
			if !c.equal(want[columns[i].Name], got[i], columns[i]) {
				return false
			}
		}
		return true
	}
	// partner[i] is the expected row that row i is, or -1.
	partner := make([]int, len(p.got))
	used := make([]bool, len(p.expected))
	good := len(p.got) == len(p.expected)
	for i, got := range p.got {
		partner[i] = -1
		for j, want := range p.expected {
			if !used[j] && (!c.Ordered || i == j) && equal(want, got, false) {
				partner[i], used[j] = j, true
				break
			}
		}
		good = good && partner[i] >= 0
	}
	if good {
		return nil
	}
	wanted := func(j int) {
		var cells []string
		for _, i := range cols {
			cells = append(cells, shown(p.expected[j][columns[i].Name]))
		}
		d.Lines = append(d.Lines, Line{"-", cells})
		used[j] = true
	}
	for i, got := range p.got {
		mark := " "
		if partner[i] < 0 {
			mark = "+"
			for j, want := range p.expected { // the row that was meant stands above it
				if !used[j] && (c.Ordered && i == j || !c.Ordered && equal(want, got, true)) {
					wanted(j)
					break
				}
			}
		}
		var cells []string
		for _, k := range cols {
			cells = append(cells, shown(got[k]))
		}
		d.Lines = append(d.Lines, Line{mark, cells})
	}
	for j := range p.expected {
		if !used[j] {
			wanted(j)
		}
	}
	return d
}

// equal compares an expected value with one of the answer: numbers within the
// tolerance, times also when only their beginning is written.
func (c *Case) equal(want, got any, col query.Column) bool {
	w, some := plain(want)
	g, there := plain(got)
	if !some || !there {
		return some == there
	}
	if w == g {
		return true
	}
	if expr.Type(col.Type).IsTime() || col.Grain != "" {
		rest, ok := strings.CutPrefix(strings.Replace(g, " ", "T", 1), strings.Replace(w, " ", "T", 1))
		return ok && startOf(rest)
	}
	a, errA := strconv.ParseFloat(w, 64)
	b, errB := strconv.ParseFloat(g, 64)
	if errA != nil || errB != nil || col.Type == string(expr.String) {
		return false
	}
	return math.Abs(a-b) <= max(c.Tolerance, 1e-9*math.Abs(a))
}

// startOf reports whether what was left out of a time is its beginning: 2026-01
// is 2026-01-01, which is 2026-01-01T00:00:00+08:00.
func startOf(rest string) bool {
	if i := strings.LastIndexAny(rest, "+Z"); i >= 0 {
		rest = rest[:i]
	} else if i := strings.LastIndexByte(rest, '-'); i > 0 && strings.Contains(rest[:i], ":") {
		rest = rest[:i]
	}
	for _, whole := range []string{"-01-01T00:00:00", "-01T00:00:00", "T00:00:00", ":00:00", ":00", "-01-01", "-01", ""} {
		if rest == whole {
			return true
		}
	}
	return false
}

func shown(v any) string {
	if d, ok := v.(warehouse.Decimal); ok {
		if s := d.String(); strings.Contains(s, ".") {
			return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
		}
	}
	s, some := plain(v)
	if !some {
		return "null"
	}
	return s
}

// Table writes the rows for people: expected ones after -, those that came
// after +.
func (d *Diff) Table(l text.Lang) string {
	var b strings.Builder
	legend := text.Text{ZH: "（- 期望，+ 实际）", EN: "(- expected, + answered)"}.In(l)
	if d.Part != "expect" {
		legend = d.Part + " " + legend
	}
	b.WriteString("    " + legend + "\n")
	widths := make([]int, len(d.Columns))
	lines := append([]Line{{" ", d.Columns}}, d.Lines...)
	for _, line := range lines {
		for i, cell := range line.Cells {
			widths[i] = max(widths[i], span(cell))
		}
	}
	for _, line := range lines {
		text := "  " + line.Mark + " "
		for i, cell := range line.Cells {
			pad := strings.Repeat(" ", widths[i]-span(cell))
			if i < len(d.numbers) && d.numbers[i] {
				text += pad + cell
			} else {
				text += cell + pad
			}
			text += "  "
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	if len(d.Lines) == 0 {
		fmt.Fprintln(&b, "    "+text.Text{ZH: "没有数据行", EN: "no rows"}.In(l))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// span is how many columns of a terminal the text needs.
func span(s string) int {
	n := 0
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
		n, s = n+1, s[size:]
	}
	return n
}
