package testserver

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed clickhouse_shim.py
var shim string

// chdb is the package that has ClickHouse's engine, with its version.
const chdb = "chdb-core-26.9.0"

// ClickHouse starts ClickHouse's engine behind a small HTTP server. Tables that
// do not say otherwise are kept in memory.
func ClickHouse(ctx context.Context) (*Server, error) {
	dir, err := tools()
	if err != nil {
		return nil, err
	}
	python := filepath.Join(dir, chdb, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return nil, fmt.Errorf("this needs %s; tools/install-test-tools installs it in %s", chdb, dir)
	}
	s, err := at("ch")
	if err != nil {
		return nil, err
	}
	return s.started(s.startClickHouse(ctx, python))
}

func (s *Server) startClickHouse(ctx context.Context, python string) error {
	script := filepath.Join(s.dir, "shim.py")
	if err := os.WriteFile(script, []byte(shim), 0o600); err != nil {
		return err
	}
	said, errs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = said.Close() }()
	var stderr bytes.Buffer
	cmd := command(nil, s.dir, python, script, filepath.Join(s.dir, "data"))
	cmd.Stdout, cmd.Stderr = errs, &stderr
	ended, err := s.launch(cmd)
	_ = errs.Close()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = said.Close() })
	defer stop()
	port, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("the shim does not start: %w\n%s", <-ended, stderr.String())
	}
	s.DSN = "http://127.0.0.1:" + strings.TrimSpace(port) + "/default?default_table_engine=Memory"
	s.Version = strings.TrimPrefix(chdb, "chdb-core-")
	return nil
}
