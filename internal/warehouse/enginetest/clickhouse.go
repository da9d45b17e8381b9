package enginetest

import (
	"bufio"
	"bytes"
	_ "embed"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed clickhouse_shim.py
var shim string

// chdb is the package that has ClickHouse's engine, with its version.
const chdb = "chdb-core-26.9.0"

// Tools is the folder of test tools that tools/install-test-tools fills.
func Tools(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("LODESTAR_TEST_TOOLS"); dir != "" {
		return dir
	}
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(home, "lodestar-test-tools")
}

// ClickHouse starts ClickHouse's engine behind a small HTTP server and gives
// its address and a way to run statements that give nothing. Without the
// engine the test fails and says how to install it.
func ClickHouse(t *testing.T) (dsn string, exec func(statement string)) {
	t.Helper()
	python := filepath.Join(Tools(t), chdb, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		t.Fatalf("this test needs %s; tools/install-test-tools installs it in %s", chdb, Tools(t))
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "shim.py")
	if err := os.WriteFile(script, []byte(shim), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := command(nil, dir, python, script, filepath.Join(dir, "data"))
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, cmd) })
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the shim does not start: %v\n%s", err, stderr.String())
	}
	address := "http://127.0.0.1:" + strings.TrimSpace(port)
	exec = func(statement string) {
		t.Helper()
		resp, err := http.Post(address+"/?default_table_engine=Memory", "text/plain", strings.NewReader(statement))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%.300s: %d %s %v", statement, resp.StatusCode, body, err)
		}
	}
	return address + "/default", exec
}

// stop ends a server that a test started; how it ends does not matter.
func stop(t *testing.T, cmd *exec.Cmd) {
	if err := cmd.Process.Kill(); err != nil {
		t.Logf("stop %s: %v", cmd.Path, err)
	}
	_ = cmd.Wait()
}
