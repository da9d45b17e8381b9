// Command start measures the time from starting the program to its first
// answer over the generated rows.
package main

import (
	"context"
	"errors"
	"time"

	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/program"
)

const (
	rounds = 5
	limit  = 1000 // ms
)

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) error {
	dir, token, err := program.Prepare(ctx)
	if err != nil {
		return err
	}
	var times []time.Duration
	for range rounds {
		start := time.Now()
		p, err := program.Serve(dir, token)
		if err != nil {
			return err
		}
		err = p.FirstAnswer(ctx)
		times = append(times, time.Since(start))
		if err := errors.Join(err, p.Stop()); err != nil {
			return err
		}
	}
	figure.Against("start", "start to first answer, median", figure.Millis(figure.Quantile(times, 0.5)), "ms", limit)
	figure.Against("start", "start to first answer, worst", figure.Millis(figure.Quantile(times, 1)), "ms", limit)
	return nil
}
