// Command conformance runs a folder of conformance cases: tables, MetricFlow
// manifests, questions and the rows that each must give.
//
//	go run ./tools/conformance -dir DIR [-engine duckdb] [-optimiser on|off]
//
// It prints "ok NAME" or "FAIL NAME: why" for each case and closes with
// "N passed, M failed". The exit status is 1 when a case failed or none ran.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "conformance: "+err.Error())
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	dir, engine, optimiser string
	group, name            string
	write                  string
	verbose                bool
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.StringVar(&o.dir, "dir", "../shared/conformance/metricflow", "folder of cases")
	flags.StringVar(&o.engine, "engine", "duckdb", "engine to run on: "+strings.Join(engineNames(), ", "))
	flags.StringVar(&o.optimiser, "optimiser", "on", "on or off")
	flags.StringVar(&o.group, "group", "", "only this group, such as G01")
	flags.StringVar(&o.name, "case", "", "only cases whose name contains this")
	flags.StringVar(&o.write, "ratchet", "", "write what passes for this engine and setting into the ratchet file")
	flags.BoolVar(&o.verbose, "v", false, "print the question and its statements for cases that fail")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.optimiser != "on" && o.optimiser != "off" {
		return fmt.Errorf("-optimiser is on or off, not %s", o.optimiser)
	}
	s, err := openSuite(o.dir)
	if err != nil {
		return err
	}
	results, err := s.runAll(ctx, o)
	if err != nil {
		return err
	}
	passed, failed, skipped := report(out, results)
	fmt.Fprintf(out, "%d passed, %d failed", passed, failed)
	if skipped > 0 {
		fmt.Fprintf(out, " (%d cannot be run)", skipped)
	}
	fmt.Fprintln(out)
	if o.write != "" {
		if err := raise(o.write, setting(o.engine, o.optimiser), results); err != nil {
			return err
		}
	}
	if failed > 0 || passed == 0 {
		return fmt.Errorf("%d of %d cases passed", passed, passed+failed)
	}
	return nil
}

// setting names an engine with the optimiser on or off.
func setting(engine, optimiser string) string { return engine + " " + optimiser }

// report prints the verdicts and counts them.
func report(out io.Writer, results []result) (passed, failed, skipped int) {
	for _, r := range results {
		switch {
		case r.skipped != "":
			skipped++
			fmt.Fprintf(out, "skip %s: %s\n", r.name, r.skipped)
		case r.err != nil:
			failed++
			fmt.Fprintf(out, "FAIL %s: %s\n", r.name, oneLine(r.err.Error()))
			if r.detail != "" {
				fmt.Fprintln(out, r.detail)
			}
		default:
			passed++
			fmt.Fprintf(out, "ok %s\n", r.name)
		}
	}
	return passed, failed, skipped
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// runAll opens the engine, loads the tables and runs the cases asked for.
func (s *suite) runAll(ctx context.Context, o options) (results []result, err error) {
	i := slices.IndexFunc(engines, func(e engine) bool { return e.name == o.engine })
	if i < 0 {
		return nil, fmt.Errorf("no engine %s; there are %s", o.engine, strings.Join(engineNames(), ", "))
	}
	b, err := engines[i].open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := b.Close(); err == nil {
			err = cerr
		}
	}()
	st := newStage(s, b, o.optimiser == "off")
	if err := st.load(ctx); err != nil {
		return nil, err
	}
	for _, c := range s.cases {
		if o.group != "" && c.Group != o.group || !strings.Contains(c.Name, o.name) {
			continue
		}
		results = append(results, st.run(ctx, c, o.verbose))
	}
	return results, nil
}
