package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/bench/internal/figure"
)

// malloy measures Malloy: its compiler, warm, and compiling and running.
func malloy(ctx context.Context, packages, database string, questions []*question) error {
	script, err := filepath.Abs(here)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", script+"/malloy.mjs", database, script+"/model.malloy", script+"/questions.json")
	cmd.Dir = filepath.Join(packages, "malloy")
	var failed bytes.Buffer
	cmd.Stderr = &failed
	answer, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("malloy: %w\n%s", err, failed.String())
	}
	var compiler, whole []float64
	lines := bufio.NewScanner(bytes.NewReader(answer))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var got struct {
			Model   *float64  `json:"model"`
			Name    string    `json:"name"`
			Compile []float64 `json:"compile"` // ms
			Run     float64   `json:"run"`     // ms
			Rows    [][]any   `json:"rows"`
		}
		if !strings.HasPrefix(lines.Text(), "{") {
			continue // what its DuckDB says of extensions
		}
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			return fmt.Errorf("malloy: %w", err)
		}
		if got.Model != nil {
			figure.Print("peers", "Malloy: reading the model, cold", *got.Model, "ms")
			continue
		}
		q := questions[slices.IndexFunc(questions, func(q *question) bool { return q.Name == got.Name })]
		if err := same(q.rows, texts(got.Rows)); err != nil {
			return fmt.Errorf("malloy, %s: %w", q.Name, err)
		}
		slices.Sort(got.Compile)
		warm := got.Compile[len(got.Compile)/2]
		figure.Against("peers", q.Name+": plan, against Malloy's warm compiler", figure.Millis(q.plan), "ms", warm)
		figure.Against("peers", q.Name+": plan and run, against Malloy", figure.Millis(q.run), "ms", got.Run)
		compiler = append(compiler, warm/figure.Millis(q.plan))
		whole = append(whole, got.Run/figure.Millis(q.run))
	}
	for _, q := range questions {
		if q.NoMalloy != "" {
			figure.Say("Malloy is not asked for %s: %s", q.Name, q.NoMalloy)
		}
	}
	if len(compiler) == 0 {
		return fmt.Errorf("malloy answered nothing: %s", failed.String())
	}
	slices.Sort(compiler)
	slices.Sort(whole)
	figure.Against("peers", "planner faster than Malloy's warm compiler, at the median", compiler[len(compiler)/2], "times", wanted)
	figure.Against("peers", "planner faster than Malloy's warm compiler, at worst", compiler[0], "times", wanted)
	figure.Print("peers", "plan and run faster than Malloy, at the median", whole[len(whole)/2], "times")
	return nil
}

// took is what mf says of a query: the time without its start-up.
var took = regexp.MustCompile(`query completed after ([0-9.]+) seconds`)

// metricflow measures mf query as people run it, and what it says a query took
// once it had started.
func metricflow(ctx context.Context, packages, database string, questions []*question) error {
	project := filepath.Join(packages, "metricflow", "project")
	if err := os.RemoveAll(project); err != nil {
		return err
	}
	if err := os.CopyFS(project, os.DirFS(here+"/mf")); err != nil {
		return err
	}
	tool := func(name string, args ...string) (time.Duration, string, error) {
		cmd := exec.CommandContext(ctx, filepath.Join(packages, "metricflow", "bin", name), args...)
		cmd.Dir = project
		cmd.Env = append(os.Environ(), "BENCH_DATABASE="+database, "DBT_PROFILES_DIR=.", "DBT_SEND_ANONYMOUS_USAGE_STATS=false")
		start := time.Now()
		out, err := cmd.CombinedOutput()
		if err != nil {
			return 0, "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
		}
		return time.Since(start), string(out), nil
	}
	if _, _, err := tool("dbt", "parse", "--quiet"); err != nil {
		return err
	}
	var ratios []float64
	var starts []time.Duration
	for _, q := range questions {
		file := filepath.Join(project, "answer.csv")
		all, said, err := tool("mf", append([]string{"query", "--csv", file}, q.MF...)...)
		if err != nil {
			return err
		}
		rows, err := readCSV(file, q.MFColumns)
		if err != nil {
			return fmt.Errorf("mf, %s: %w", q.Name, err)
		}
		if err := same(q.rows, rows); err != nil {
			return fmt.Errorf("mf, %s: %w", q.Name, err)
		}
		m := took.FindStringSubmatch(said)
		if m == nil {
			return fmt.Errorf("mf, %s: it does not say how long it took: %s", q.Name, said)
		}
		seconds, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return err
		}
		figure.Against("peers", q.Name+": plan and run, against mf query without its start-up", figure.Millis(q.run), "ms", seconds*1000)
		starts = append(starts, all-time.Duration(seconds*float64(time.Second)))
		ratios = append(ratios, seconds*1000/figure.Millis(q.run))
	}
	slices.Sort(ratios)
	figure.Print("peers", "mf: start-up", figure.Millis(figure.Quantile(starts, 0.5)), "ms")
	figure.Print("peers", "plan and run faster than mf query without its start-up, at the median", ratios[len(ratios)/2], "times")
	return nil
}

// readCSV gives the named columns of a file.
func readCSV(file string, columns []string) ([]string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	records, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(records) == 0 {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	var rows [][]any
	for _, r := range records[1:] {
		row := make([]any, len(columns))
		for i, c := range columns {
			at := slices.Index(records[0], c)
			if at < 0 {
				return nil, fmt.Errorf("no column %s in %v", c, records[0])
			}
			if r[at] != "" {
				row[i] = r[at]
			}
		}
		rows = append(rows, row)
	}
	return texts(rows), nil
}

// texts writes rows so that those of equal values are equal: numbers to nine
// digits, times by their day, no order.
func texts(rows [][]any) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		cells := make([]string, len(r))
		for j, v := range r {
			s := strings.TrimSpace(fmt.Sprint(v))
			if s == "" || s == "<nil>" {
				s = "null"
			} else if x, err := strconv.ParseFloat(s, 64); err == nil {
				s = strconv.FormatFloat(x, 'g', 9, 64)
			} else if day, err := time.Parse(time.DateOnly, s[:min(len(s), 10)]); err == nil {
				s = day.Format(time.DateOnly)
			}
			cells[j] = s
		}
		out[i] = strings.Join(cells, " | ")
	}
	slices.Sort(out)
	return out
}

func same(want, got []string) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d rows, and %d of ours", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] {
			return fmt.Errorf("a row is %s, and ours %s", got[i], want[i])
		}
	}
	return nil
}
