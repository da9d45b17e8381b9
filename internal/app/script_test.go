package app_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the command line as a person would: one process a command.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "../cli/testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "en_US.UTF-8")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"serving": serving, "holds": holds},
	})
}

// serving starts a server on a directory and sets $URL when it answers:
// serving DIR.
func serving(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: serving DIR")
	}
	cmd := exec.Command(program(ts), "--data", ts.MkAbs(args[0]), "serve", "--addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "LANG=en_US.UTF-8")
	errs, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), " is at "); ok {
			ts.Setenv("URL", url)
			go io.Copy(io.Discard, errs) // ends with the server
			return
		}
	}
	ts.Fatalf("the server did not start: %v", lines.Err())
}

// program finds the program among the script's commands.
func program(ts *testscript.TestScript) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		p := filepath.Join(dir, "lodestar")
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	ts.Fatalf("lodestar is not in PATH")
	return ""
}

// holds checks a value in a JSON file: holds FILE PATH TEXT, where a path is
// field names and indexes with dots.
func holds(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: holds FILE PATH TEXT")
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	dec.UseNumber()
	ts.Check(dec.Decode(&v))
	for part := range strings.SplitSeq(args[1], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			var i int
			ts.Check(json.Unmarshal([]byte(part), &i))
			if i >= len(at) {
				ts.Fatalf("%s: only %d items", args[1], len(at))
			}
			v = at[i]
		default:
			ts.Fatalf("%s: nothing below %v", args[1], v)
		}
	}
	got, err := json.Marshal(v)
	ts.Check(err)
	if (strings.Trim(string(got), `"`) == args[2]) == neg {
		ts.Fatalf("%s is %s", args[1], got)
	}
}
