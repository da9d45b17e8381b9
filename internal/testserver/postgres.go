package testserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// PostgreSQL starts a server that listens on a socket in its directory only.
func PostgreSQL(ctx context.Context) (*Server, error) { return startPostgreSQL(ctx, "", "") }

func startPostgreSQL(ctx context.Context, hba, more string) (*Server, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	s, err := at("pg")
	if err != nil {
		return nil, err
	}
	return s.started(s.startPostgreSQL(ctx, bin, hba, more))
}

func (s *Server) startPostgreSQL(ctx context.Context, bin, hba, more string) error {
	as, err := s.unprivileged("postgres", "nobody")
	if err != nil {
		return err
	}
	data, log := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "log")
	program := func(name string, args ...string) *exec.Cmd {
		return command(as, s.dir, filepath.Join(bin, name), args...)
	}
	if err := run(ctx, program("initdb", "-D", data, "-U", "lodestar", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")); err != nil {
		return err
	}
	if hba != "" {
		if err := os.WriteFile(filepath.Join(data, "pg_hba.conf"), []byte(hba), 0o600); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("-k %s -c listen_addresses='' -c fsync=off -c jit=off -c shared_buffers=16MB -c max_connections=100 %s", s.dir, more)
	if err := run(ctx, program("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "-t", "60", "start")); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(log))
	}
	s.stops = append(s.stops, func() error {
		return run(context.WithoutCancel(ctx), program("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"))
	})
	out, err := program("postgres", "--version").Output()
	if err != nil {
		return err
	}
	s.Version, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "postgres (PostgreSQL) "), " ")
	s.DSN = fmt.Sprintf("postgres:///postgres?host=%s&user=lodestar", s.dir)
	return nil
}

// postgresBin finds the newest installed server programs.
func postgresBin() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("this needs PostgreSQL's server programs; on Debian: apt-get install postgresql; elsewhere put initdb and pg_ctl on PATH")
	}
	slices.SortFunc(found, func(a, b string) int { return packaged(b) - packaged(a) })
	return filepath.Dir(found[0]), nil
}

// packaged is the version in a path of Debian's packages.
func packaged(path string) int {
	n, err := strconv.Atoi(strings.Split(path, "/")[4])
	if err != nil {
		return 0
	}
	return n
}

// LoggingPostgreSQL starts a server that logs changes for readers, and asks
// everybody but the administrator for a password.
func LoggingPostgreSQL(ctx context.Context) (*Server, error) {
	return startPostgreSQL(ctx, "local all lodestar trust\nlocal all all scram-sha-256\nlocal replication all scram-sha-256\n",
		"-c wal_level=logical -c max_replication_slots=20 -c max_wal_senders=20 -c max_prepared_transactions=10")
}
