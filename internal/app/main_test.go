package app_test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"lodestar/internal/app"
)

// TestMain lets scripts run this very program as the command lodestar.
func TestMain(m *testing.M) {
	if dir := os.Getenv(syncChild); dir != "" {
		syncUntilKilled(dir)
		return
	}
	testscript.Main(m, map[string]func(){"lodestar": func() { os.Exit(app.Main("")) }})
}
