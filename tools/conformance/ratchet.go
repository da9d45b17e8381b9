package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// ratchet is the matrix of what passes: engines, with the optimiser on and
// off, against cases. It only ever grows.
type ratchet struct {
	// Engines are the versions that were tried last.
	Engines map[string]string `json:"engines"`
	// Misses say, by engine and case, why a case cannot pass there.
	Misses map[string]map[string]string `json:"misses"`
	// Cases lists, by case, the settings that it passes on, with commas.
	Cases map[string]string `json:"cases"`
}

func readRatchet(path string) (*ratchet, error) {
	r := &ratchet{Engines: map[string]string{}, Misses: map[string]map[string]string{}, Cases: map[string]string{}}
	err := readJSON(path, r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	return r, err
}

// setting names an engine with the optimiser on or off.
func setting(engine, optimiser string) string { return engine + " " + optimiser }

func (r *ratchet) passes(name, setting string) bool {
	return slices.Contains(strings.Split(r.Cases[name], ", "), setting)
}

// raise adds what passes now to the file.
func raise(path string, o options, version string, results []result) error {
	r, err := readRatchet(path)
	if err != nil {
		return err
	}
	r.Engines[o.engine] = version
	at := setting(o.engine, o.optimiser)
	for _, res := range results {
		if res.err != nil || res.skipped != "" || r.passes(res.name, at) {
			continue
		}
		all := append(strings.Split(r.Cases[res.name], ", "), at)
		all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
		slices.Sort(all)
		r.Cases[res.name] = strings.Join(all, ", ")
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(r); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// slipped lists the cases that passed once and do not any more.
func (r *ratchet) slipped(setting string, results []result) []result {
	var out []result
	for _, res := range results {
		if (res.err != nil || res.skipped != "") && r.passes(res.name, setting) {
			out = append(out, res)
		}
	}
	return out
}

// unexplained lists the cells of the matrix that are empty without a reason,
// and reasons that have become idle.
func (r *ratchet) unexplained(cases []testCase) []string {
	var out []string
	for engine := range r.Engines {
		for _, c := range cases {
			if c.SkipReason != "" {
				continue
			}
			both := r.passes(c.Name, setting(engine, "on")) && r.passes(c.Name, setting(engine, "off"))
			if reason := r.Misses[engine][c.Name]; both == (reason != "") {
				out = append(out, fmt.Sprintf("%s on %s: passes: %v, reason: %q", c.Name, engine, both, reason))
			}
		}
	}
	slices.Sort(out)
	return out
}
