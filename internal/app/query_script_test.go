package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// A script is a list of sections, each under a line "-- name argument --":
//
//	model         definitions as YAML
//	now           the clock, RFC 3339
//	load DATASET  rows as CSV with a header; an empty cell is NULL
//	ask TITLE     a query object
//	expect        the answer as CSV with a header; "null" is no value
//	totals, others  the same lists of the answer, without header
//	warnings      codes, one a line
//	range         from and to of the answer, then of the earlier range
//	fault         code of the fault, then its paths
//
// An ask runs with and without the optimiser, and must answer the same.
type section struct{ name, arg, body string }

func parseScript(src string) []section {
	var out []section
	for line := range strings.SplitSeq(src, "\n") {
		if head, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(head, " --") {
			name, arg, _ := strings.Cut(strings.TrimSuffix(head, " --"), " ")
			out = append(out, section{name: name, arg: arg})
		} else if len(out) > 0 {
			out[len(out)-1].body += line + "\n"
		}
	}
	return out
}

func TestQueryScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../query/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runScript(t, string(src)) })
	}
}

func runScript(t *testing.T, src string) {
	b := openQueryBench(t)
	sections := parseScript(src)
	for i, s := range sections {
		switch s.name {
		case "model":
			rs, findings := catalog.Decode("model", []byte(s.body), semantic.Kinds())
			for _, f := range findings {
				t.Fatalf("%d: %s: %s", f.Line, f.Path, f.Text.EN)
			}
			b.define(rs)
		case "now":
			now, err := time.Parse(time.RFC3339, strings.TrimSpace(s.body))
			if err != nil {
				t.Fatal(err)
			}
			b.now = now
		case "load":
			b.fill(s.arg, b.byHeader(s.arg, readCSV(t, s.body)))
		case "ask":
			end := i + 1
			for end < len(sections) && sections[end].name != "ask" && sections[end].name != "load" && sections[end].name != "now" {
				end++
			}
			for _, plain := range []bool{false, true} {
				name := s.arg
				if plain {
					name += " (plain)"
				}
				t.Run(name, func(t *testing.T) { checkAsk(t, b, plain, s.body, sections[i+1:end]) })
			}
		}
	}
}

// byHeader puts the cells in the order of the dataset's columns.
func (b *queryBench) byHeader(dataset string, rows [][]string) [][]string {
	b.t.Helper()
	d := b.model.Dataset(dataset)
	var out [][]string
	for _, r := range rows[1:] {
		line := make([]string, len(d.Spec.Columns))
		for i, c := range d.Spec.Columns {
			for j, h := range rows[0] {
				if h == c.Name {
					line[i] = r[j]
				}
			}
		}
		out = append(out, line)
	}
	return out
}

func checkAsk(t *testing.T, b *queryBench, plain bool, ask string, wants []section) {
	r, err := query.Decode([]byte(ask))
	var res *query.Result
	if err == nil {
		res, err = b.engine(plain).Query(t.Context(), asker, r)
	}
	want := map[string]string{}
	for _, w := range wants {
		want[w.name] = strings.TrimSpace(w.body)
	}
	if code, ok := want["fault"]; ok {
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Fatalf("want the fault %s, got %v", code, err)
		}
		got := f.Code
		for _, field := range f.Fields {
			got += " " + field.Path
		}
		if got != code {
			t.Errorf("fault %s, want %s\n%s\n%s", got, code, f.Text.EN, f.Text.ZH)
		}
		return
	}
	if err != nil {
		f := fault.Of(err)
		t.Fatalf("%v (%s)", err, f.Text.EN)
	}
	var names []string
	for _, c := range res.Columns {
		names = append(names, c.Name)
	}
	for name, body := range want {
		var got string
		switch name {
		case "expect":
			got = lines(append([][]any{anyRow(names)}, res.Rows...))
		case "totals":
			got = lines(res.Totals)
		case "others":
			got = lines(res.Others)
		case "warnings":
			for _, w := range res.Warnings {
				got += w.Code + "\n"
			}
		case "range":
			got = showRange(res)
		default:
			t.Fatalf("no section %q", name)
		}
		if diff := cmp.Diff(strings.Split(body, "\n"), strings.Split(strings.TrimSpace(got), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func anyRow(names []string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}

func lines(rows [][]any) string {
	var b strings.Builder
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, v := range r {
			cells[i] = cell(v)
		}
		b.WriteString(strings.Join(cells, ",") + "\n")
	}
	return b.String()
}

func showRange(r *query.Result) string {
	var out []string
	if r.Range != nil {
		out = append(out, r.Range.From.Format(time.RFC3339)+" "+r.Range.To.Format(time.RFC3339))
	}
	if r.PreviousRange != nil {
		out = append(out, r.PreviousRange.From.Format(time.RFC3339)+" "+r.PreviousRange.To.Format(time.RFC3339))
	}
	return strings.Join(out, "\n")
}
