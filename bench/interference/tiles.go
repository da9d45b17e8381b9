package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// kind is what tiles have in common.
type kind struct {
	name   string
	often  int     // in a turn over all kinds
	wanted float64 // at most so many times the idle p95
	fixed  bool    // the same questions again and again
	tiles  []string
}

var kinds = []kind{
	{name: "cached", often: 4, wanted: 1.2, fixed: true, tiles: overRows},
	{name: "rolled up", often: 4, wanted: 1.2, tiles: []string{
		`{"metrics": ["revenue"], "by": [{"time": "day"}], "time": {"from": "FROM", "to": "TO"}}`,
		`{"metrics": ["revenue", "units"], "by": ["channel"], "time": {"from": "FROM", "to": "TO"}}`,
	}},
	{name: "uncached", often: 1, wanted: 3, tiles: overRows},
}

// overRows go over the rows themselves, for one store.
var overRows = []string{
	`{"metrics": ["revenue", "orders"], "time": {"from": "FROM", "to": "TO"}, "where": "store.store_id = STORE"}`,
	`{"metrics": ["revenue"], "by": [{"time": "week"}], "time": {"from": "FROM", "to": "TO"}, "where": "store.store_id = STORE"}`,
	`{"metrics": ["revenue", "units"], "by": ["product.category.department"], "time": {"from": "FROM", "to": "TO"}, "where": "store.store_id = STORE"}`,
	`{"metrics": ["orders"], "by": ["customer.level"], "time": {"from": "FROM", "to": "TO"}, "where": "store.store_id = STORE"}`,
}

// tile is the n-th question. Unless the kind is fixed no two of 100,000 are the
// same: they differ in their range of half a year to 17 months, or in the store.
func (k kind) tile(n int) string {
	question := k.tiles[n%len(k.tiles)]
	if n = 1 + n/len(k.tiles); k.fixed {
		n = 0
	}
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n%181)
	last := first.AddDate(0, 0, 180+n*37%331)
	return strings.NewReplacer("FROM", first.Format(time.DateOnly), "TO", last.Format(time.DateOnly),
		"STORE", strconv.Itoa(1+n%400)).Replace(question)
}

// times are how long tiles took, by their kind.
type times map[string][]time.Duration

// ask goes on asking tiles of all kinds, one after the other, with time to
// think between them.
func (m *measuring) ask(ctx context.Context, took times, over <-chan time.Time) error {
	for {
		for _, k := range kinds {
			for range k.often {
				select {
				case <-over:
					return nil
				case <-time.After(think):
				}
				if err := m.askOne(ctx, k, took); err != nil {
					return fmt.Errorf("%s: %w", k.name, err)
				}
			}
		}
	}
}

func (m *measuring) askOne(ctx context.Context, k kind, took times) error {
	question := json.RawMessage(k.tile(m.asked[k.name]))
	m.asked[k.name]++
	var answer struct {
		Cached bool    `json:"cached"`
		Rows   [][]any `json:"rows"`
	}
	begun := time.Now()
	if err := m.p.Do(ctx, "POST", "/query", question, &answer); err != nil {
		return err
	}
	took[k.name] = append(took[k.name], time.Since(begun))
	if len(answer.Rows) == 0 {
		return fmt.Errorf("no rows for %s", question)
	}
	if answer.Cached != k.fixed {
		return fmt.Errorf("cached: %v, for %s", answer.Cached, question)
	}
	return nil
}

// check asks the fixed questions for the first time, and sees to it that those
// which a roll-up is to answer are answered by one.
func (m *measuring) check(ctx context.Context) error {
	for _, k := range kinds {
		for n := range k.tiles {
			question := json.RawMessage(k.tile(n))
			var plan struct {
				Rollups []struct {
					Used bool `json:"used"`
				} `json:"rollups"`
			}
			if err := m.p.Do(ctx, "POST", "/query/plan", question, &plan); err != nil {
				return err
			}
			used := false
			for _, r := range plan.Rollups {
				used = used || r.Used
			}
			if used != (k.name == "rolled up") {
				return fmt.Errorf("%s: answered from a roll-up: %v, for %s", k.name, used, question)
			}
			if !k.fixed {
				continue
			}
			if err := m.p.Do(ctx, "POST", "/query", question, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// load reads the whole file once.
func (m *measuring) load(ctx context.Context) (time.Duration, error) {
	begun := time.Now()
	var run struct {
		ID     string `json:"id"`
		State  string `json:"state"`
		Loaded int64  `json:"loaded"`
		Error  any    `json:"error"`
	}
	if err := m.p.Do(ctx, "POST", "/datasets/arriving/sync", map[string]bool{"full": true}, &run); err != nil {
		return 0, err
	}
	for run.State == "waiting" || run.State == "running" {
		time.Sleep(100 * time.Millisecond)
		if err := m.p.Do(ctx, "GET", "/syncs/"+run.ID, nil, &run); err != nil {
			return 0, err
		}
	}
	if run.State != "done" || run.Loaded != m.lines {
		return 0, fmt.Errorf("load: %s, %d rows of %d: %v", run.State, run.Loaded, m.lines, run.Error)
	}
	return time.Since(begun), nil
}

// loadUntil loads again and again, and tells how long each took that ended
// before tiles were no longer asked.
func (m *measuring) loadUntil(ctx context.Context, stop <-chan struct{}) (took []time.Duration, err error) {
	for {
		one, err := m.load(ctx)
		if err != nil {
			return took, err
		}
		select {
		case <-stop:
			if len(took) == 0 {
				return nil, errors.New("no load ended while tiles were asked: take fewer LINES")
			}
			return took, nil
		default:
			took = append(took, one)
		}
	}
}
