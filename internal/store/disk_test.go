package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/store"
)

// TestFullDisk: when the file cannot grow, changes are refused with words
// about it, and what is there can be read.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := store.Freeze(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	a := access.Account{User: access.User{Name: "mei", Title: strings.Repeat("x", 1<<20)}}
	if err := db.Users().Create(t.Context(), a, access.Event{}); fault.Of(err).Code != "disk_full" {
		t.Error(err)
	}
	if n, err := db.Users().Count(t.Context()); err != nil || n != 0 {
		t.Errorf("%d people, %v", n, err)
	}
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), path, store.Options{}); fault.Of(err).Code != "metadata_damaged" {
		t.Error(err)
	}
}
