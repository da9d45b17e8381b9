package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/large"
	"lodestar/internal/app"
	"lodestar/internal/catalog"
)

const (
	reloads     = 40
	limitLoad   = 1000 // ms
	limitReload = 50   // ms
)

// workspace measures the whole program with a data directory of its own: the
// first apply, a start, and applies of one changed file.
func workspace(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "lodestar-workspace")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	open := func() (*app.App, error) {
		return app.New(ctx, app.Config{DataDir: dir, Log: slog.New(slog.DiscardHandler)})
	}
	a, err := open()
	if err != nil {
		return err
	}
	start := time.Now()
	err = apply(ctx, a, large.Files())
	figure.Print("planner", fmt.Sprintf("apply %d metrics to an empty workspace", large.Metrics), figure.Millis(time.Since(start)), "ms")
	if err := errors.Join(err, a.Stop(ctx)); err != nil {
		return err
	}
	start = time.Now()
	if a, err = open(); err != nil {
		return err
	}
	figure.Against("planner", fmt.Sprintf("load a workspace of %d metrics at start", large.Metrics), figure.Millis(time.Since(start)), "ms", limitLoad)
	return errors.Join(reload(ctx, a), a.Stop(ctx))
}

// reload changes one metric of one file each time, and looks that the change
// has arrived.
func reload(ctx context.Context, a *app.App) error {
	var times []time.Duration
	for i := range reloads {
		var b strings.Builder
		at := 40 * (i % 10)
		for j := at; j < at+40; j++ {
			salt := 0
			if j == at+i%7 {
				salt = i + 1
			}
			b.WriteString(large.Definition(j, salt))
		}
		start := time.Now()
		if err := apply(ctx, a, []catalog.File{{Name: "changed.yaml", Text: b.String()}}); err != nil {
			return err
		}
		times = append(times, time.Since(start))
	}
	figure.Against("planner", "reload one changed file of 40 metrics: p50", figure.Millis(figure.Quantile(times, 0.5)), "ms", limitReload)
	figure.Against("planner", "reload one changed file of 40 metrics: p95", figure.Millis(figure.Quantile(times, 0.95)), "ms", limitReload)
	return nil
}

// apply asks the program's own interface, without a network.
func apply(ctx context.Context, a *app.App, files []catalog.File) error {
	body, err := json.Marshal(map[string]any{"files": files})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, "POST", "http://localhost/api/v1/apply", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := a.Transport().RoundTrip(req)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	var rep catalog.Report
	if err := json.Unmarshal(answer, &rep); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("apply: %d %.300s: %w", res.StatusCode, answer, err)
	}
	if !rep.Applied {
		return fmt.Errorf("apply: refused: %+v", rep.Findings[:min(3, len(rep.Findings))])
	}
	return nil
}
