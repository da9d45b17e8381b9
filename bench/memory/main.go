// Command memory measures the program's resident memory a minute after its
// first answer, and again some minutes after the twenty questions.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"time"

	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/program"
)

func main() {
	first := flag.Duration("first", time.Minute, "wait after the first answer")
	after := flag.Duration("after", 5*time.Minute, "wait after the questions")
	flag.Parse()
	if err := run(context.Background(), *first, *after); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context, first, after time.Duration) (err error) {
	dir, token, err := program.Prepare(ctx)
	if err != nil {
		return err
	}
	p, err := program.Serve(dir, token)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	if err := p.FirstAnswer(ctx); err != nil {
		return err
	}
	if err := rest(p, first, "after one question", 250); err != nil {
		return err
	}
	if err := askAll(ctx, p); err != nil {
		return err
	}
	return rest(p, after, "after the query set", 1000)
}

func rest(p *program.Program, wait time.Duration, name string, limit float64) error {
	figure.Say("waiting %s", wait)
	time.Sleep(wait)
	mb, err := p.RSS()
	if err != nil {
		return err
	}
	figure.Against("memory", name+", "+wait.String()+" later", mb, "MB", limit)
	return nil
}

func askAll(ctx context.Context, p *program.Program) error {
	questions, err := filepath.Glob("bench/query/questions/*.json")
	if err != nil {
		return err
	}
	if len(questions) == 0 {
		return errors.New("no questions found; run from the root of the repository")
	}
	for _, name := range questions {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := p.Do(ctx, "POST", "/query", json.RawMessage(b), nil); err != nil {
			return err
		}
	}
	return nil
}
