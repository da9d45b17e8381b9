package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
)

// ratchet says for each case on which settings it passes. It only ever grows.
type ratchet map[string][]string

func readRatchet(path string) (ratchet, error) {
	r := ratchet{}
	err := readJSON(path, &r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	return r, err
}

// raise adds what passes now to the file.
func raise(path, setting string, results []result) error {
	r, err := readRatchet(path)
	if err != nil {
		return err
	}
	for _, res := range results {
		if res.err == nil && res.skipped == "" && !slices.Contains(r[res.name], setting) {
			r[res.name] = append(r[res.name], setting)
			slices.Sort(r[res.name])
		}
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// slipped lists the cases that passed once and do not any more.
func (r ratchet) slipped(setting string, results []result) []result {
	var out []result
	for _, res := range results {
		if (res.err != nil || res.skipped != "") && slices.Contains(r[res.name], setting) {
			out = append(out, res)
		}
	}
	return out
}
