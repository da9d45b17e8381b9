package testserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// MariaDB starts a server. The DSN is to be completed with the name of a
// database.
func MariaDB(ctx context.Context) (*Server, error) { return startMariaDB(ctx) }

// LoggingMariaDB starts a server that logs changed rows for readers.
func LoggingMariaDB(ctx context.Context) (*Server, error) {
	return startMariaDB(ctx, "--log-bin=binlog", "--binlog-format=ROW", "--server-id=1", "--sync-binlog=0")
}

func startMariaDB(ctx context.Context, more ...string) (*Server, error) {
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		server, err = exec.LookPath("/usr/sbin/mariadbd")
	}
	install, err2 := exec.LookPath("mariadb-install-db")
	if err != nil || err2 != nil {
		return nil, errors.New("this needs MariaDB's server programs; on Debian: apt-get install mariadb-server")
	}
	s, err := at("my")
	if err != nil {
		return nil, err
	}
	return s.started(s.startMariaDB(ctx, server, install, more))
}

func (s *Server) startMariaDB(ctx context.Context, server, install string, more []string) error {
	as, err := s.unprivileged("mysql", "nobody")
	if err != nil {
		return err
	}
	data, socket, log := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "s"), filepath.Join(s.dir, "log")
	err = run(ctx, command(as, s.dir, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-log-bin"))
	if err != nil {
		return err
	}
	args := append([]string{"--no-defaults", "--datadir=" + data, "--socket=" + socket, "--skip-networking", "--log-error=" + log,
		"--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--pid-file=" + filepath.Join(s.dir, "pid")}, more...)
	ended, err := s.launch(command(as, s.dir, server, args...))
	if err != nil {
		return err
	}
	for start := time.Now(); ; {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		select {
		case err := <-ended:
			return fmt.Errorf("mariadbd ended: %w\n%s", err, tail(log))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if time.Since(start) > time.Minute {
			return fmt.Errorf("mariadbd does not start\n%s", tail(log))
		}
	}
	out, err := exec.Command(server, "--version").Output()
	if err != nil {
		return err
	}
	_, version, _ := strings.Cut(string(out), "Ver ")
	s.Version, _, _ = strings.Cut(version, " ")
	s.DSN = "root@unix(" + socket + ")/"
	return nil
}
