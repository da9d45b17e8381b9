package app_test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"lodestar/internal/app"
)

// programVar makes this test binary the program itself, for trials that kill it.
const programVar = "LODESTAR_TEST_PROGRAM"

// TestMain lets scripts run this very program as the command lodestar.
func TestMain(m *testing.M) {
	if dir := os.Getenv(syncChild); dir != "" {
		syncUntilKilled(dir)
		return
	}
	if os.Getenv(programVar) != "" {
		os.Exit(app.Main(""))
	}
	testscript.Main(m, map[string]func(){"lodestar": func() { os.Exit(app.Main("")) }})
}
