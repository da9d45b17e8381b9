// Command conformance runs a folder of conformance cases: tables, MetricFlow
// manifests, questions and the rows that each must give.
//
//	go run ./tools/conformance -dir DIR [-engine ENGINE [-dsn DSN]] [-optimiser on|off]
//
// The engine is duckdb, postgres, mysql, clickhouse or trino. Without -dsn a
// server is started and thrown away; with it the tables are made in a schema of
// their own on the server that is there, and dropped at the end.
//
// It prints "ok NAME" or "FAIL NAME: why" for each case and closes with
// "N passed, M failed". The exit status is 1 when a case failed or none ran.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance: "+err.Error())
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	dir, optimiser string
	engine, dsn    string
	group, name    string
	write          string
	verbose        bool
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.StringVar(&o.dir, "dir", "../shared/conformance/metricflow", "folder of cases")
	flags.StringVar(&o.engine, "engine", "duckdb", "engine to run on: "+strings.Join(engineNames(), ", "))
	flags.StringVar(&o.dsn, "dsn", "", "server to run on; without it one is started and thrown away")
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
	st, err := s.open(ctx, o)
	if err != nil {
		return err
	}
	results, version := st.runAll(ctx, o, func(r result) { report(out, r) }), st.bed.Version()
	if err := errors.Join(ctx.Err(), st.close()); err != nil {
		return err
	}
	passed, failed, skipped := count(results)
	fmt.Fprintf(out, "%d passed, %d failed", passed, failed)
	if skipped > 0 {
		fmt.Fprintf(out, " (%d cannot be run)", skipped)
	}
	fmt.Fprintln(out)
	if o.write != "" {
		if err := raise(o.write, o, version, results); err != nil {
			return err
		}
	}
	if failed > 0 || passed == 0 {
		return fmt.Errorf("%d of %d cases passed", passed, passed+failed)
	}
	return nil
}

// report prints a verdict.
func report(out io.Writer, r result) {
	switch {
	case r.skipped != "":
		fmt.Fprintf(out, "skip %s: %s\n", r.name, r.skipped)
	case r.err != nil:
		fmt.Fprintf(out, "FAIL %s: %s\n", r.name, oneLine(r.err.Error()))
		if r.detail != "" {
			fmt.Fprintln(out, r.detail)
		}
	default:
		fmt.Fprintf(out, "ok %s\n", r.name)
	}
}

func count(results []result) (passed, failed, skipped int) {
	for _, r := range results {
		switch {
		case r.skipped != "":
			skipped++
		case r.err != nil:
			failed++
		default:
			passed++
		}
	}
	return passed, failed, skipped
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// open makes the stage.
func (s *suite) open(ctx context.Context, o options) (*stage, error) {
	b, err := openBed(ctx, o.engine, o.dsn)
	if err != nil {
		return nil, err
	}
	return newStage(s, b), nil
}
