package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/metrictest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

type testCmd struct {
	File []string `short:"f" required:"" help:"${help_test_file}" placeholder:"PATH"`
	Only string   `name:"run" help:"${help_test_run}" placeholder:"NAME"`
}

// isTestFile reports whether a file in a folder of definitions is for
// "lodestar test" alone.
func isTestFile(name string) bool {
	ext := filepath.Ext(name)
	return strings.HasSuffix(strings.TrimSuffix(name, ext), "_test")
}

// Run runs tests on the definitions of the same files.
func (c *testCmd) Run(r *run) error {
	paths, chosen := c.paths()
	files, err := r.yamlFiles(paths, func(string) bool { return true })
	if err != nil {
		return err
	}
	rs, findings, err := catalog.Judged(r.ctx, catalog.Config{Kinds: kinds.All(), Checker: catalog.CheckerFunc(kinds.Check),
		Now: r.rt.Now, Log: r.log}, files, readTestFiles)
	if err != nil {
		return err
	}
	r.tellFindings(findings)
	var good []*catalog.Resource
	for _, d := range rs {
		if d.State == catalog.Published {
			good = append(good, d)
		}
	}
	model, _ := semantic.Compile(good)
	outcomes, err := c.run(r, model, good, chosen)
	if err != nil {
		return err
	}
	if err := r.tellOutcomes(outcomes); err != nil {
		return err
	}
	passed, failed := metrictest.Count(outcomes)
	r.note(text.Text{EN: "{n} passed, {m} failed", ZH: "通过 {n} 个，失败 {m} 个"}, "n", passed, "m", failed)
	switch {
	case failed > 0 || hasErrors(findings):
		return errReported
	case passed == 0:
		r.note(text.Text{EN: "there is no test in {path}", ZH: "{path} 中没有测试"}, "path", strings.Join(c.File, " "))
		return errReported
	}
	return nil
}

// paths gives what to read. A file of tests brings the definitions of its
// folder; only its own tests run then.
func (c *testCmd) paths() (paths []string, chosen map[string]bool) {
	for _, p := range c.File {
		info, err := os.Stat(p)
		if err != nil || info.IsDir() || !isTestFile(filepath.Base(p)) {
			paths = append(paths, p)
			continue
		}
		if chosen == nil {
			chosen = map[string]bool{}
		}
		chosen[filepath.Clean(p)] = true
	}
	alone := len(paths) == 0 // else the definitions are named apart
	for _, file := range slices.Sorted(maps.Keys(chosen)) {
		if alone {
			file = filepath.Dir(file)
		}
		if !slices.Contains(paths, file) {
			paths = append(paths, file)
		}
	}
	return paths, chosen
}

func (c *testCmd) run(r *run, m *semantic.Model, rs []*catalog.Resource, chosen map[string]bool) (out []metrictest.Outcome, err error) {
	bench, err := r.rt.Bench(r.ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	for _, t := range rs {
		if t.Kind != metrictest.KindTest || !strings.Contains(t.Metadata.Name, c.Only) ||
			len(chosen) > 0 && !chosen[filepath.Clean(t.Positions[""].File)] {
			continue
		}
		outcomes, err := metrictest.Run(r.ctx, bench, m, t)
		if err != nil {
			return nil, err
		}
		out = append(out, outcomes...)
	}
	return out, nil
}

// readTestFiles reads the CSV files that tests name. Those lie beside the file
// of the test or below.
func readTestFiles(rs []*catalog.Resource) []catalog.Finding {
	var out []catalog.Finding
	for _, r := range rs {
		spec, ok := r.Spec.(*metrictest.Spec)
		if !ok || !isTestFile(filepath.Base(r.Positions[""].File)) {
			continue
		}
		for dataset, name := range spec.Files {
			data, err := readBeside(r.Positions[""].File, name)
			if err != nil {
				path := "spec.files." + dataset
				out = append(out, catalog.Finding{Position: r.Positions[path], Kind: r.Kind, Name: r.Metadata.Name, Path: path,
					Rule: "no_such_file", Severity: catalog.Error, Text: text.Text{
						EN: "the file {file} cannot be read; it must lie beside this file or below: {why}",
						ZH: "无法读取文件 {file}，它须与本文件在同一文件夹或其下级：{why}"}.With("file", name, "why", err)})
				continue
			}
			if spec.CSV == nil {
				spec.CSV = map[string]string{}
			}
			spec.CSV[dataset] = string(data)
		}
		spec.Files = nil
	}
	return out
}

func readBeside(file, name string) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, os.ErrPermission
	}
	return os.ReadFile(filepath.Join(filepath.Dir(file), filepath.FromSlash(name)))
}

// tellOutcomes prints a line for each case, and for one that fails why.
func (r *run) tellOutcomes(outcomes []metrictest.Outcome) error {
	if r.flags.Output == "json" {
		passed, failed := metrictest.Count(outcomes)
		if outcomes == nil {
			outcomes = []metrictest.Outcome{}
		}
		return r.printJSON(map[string]any{"passed": passed, "failed": failed, "cases": outcomes})
	}
	if r.flags.Output == "csv" {
		g := grid{head: []string{"test", "case", "name", "ok", "why"}}
		for _, o := range outcomes {
			g.rows = append(g.rows, []any{o.Test, o.Case, o.Name, o.OK, o.Text.In(r.lang)})
		}
		return r.print(g, nil)
	}
	for _, o := range outcomes {
		line := "ok    " + o.Label()
		if !o.OK {
			line = "FAIL  " + o.Label()
			if o.At.File != "" {
				line += fmt.Sprintf("  (%s:%d)", o.At.File, o.At.Line)
			}
			line += "\n      " + strings.ReplaceAll(o.Words(r.lang), "\n", "\n      ")
		}
		if _, err := fmt.Fprintln(r.rt.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}
