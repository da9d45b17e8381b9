package enginetest

import (
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// MariaDB starts a server and gives the address of its administrator, to be
// completed with the name of a database. Without MariaDB's programs the test
// fails and says how to install them.
func MariaDB(t *testing.T) (dsn, version string) {
	t.Helper()
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		server, err = exec.LookPath("/usr/sbin/mariadbd")
	}
	install, err2 := exec.LookPath("mariadb-install-db")
	if err != nil || err2 != nil {
		t.Fatal("this test needs MariaDB's server programs; on Debian: apt-get install mariadb-server")
	}
	// Sockets have short names: t.TempDir may be too deep for one.
	dir, err := os.MkdirTemp("", "lodestar-my")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove %s: %v", dir, err)
		}
	})
	as := unprivileged(t, dir, "mysql", "nobody")
	data, socket, log := filepath.Join(dir, "data"), filepath.Join(dir, "s"), filepath.Join(dir, "log")
	made := command(as, dir, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-log-bin")
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	run := command(as, dir, server, "--no-defaults", "--datadir="+data, "--socket="+socket, "--skip-networking", "--log-error="+log,
		"--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--pid-file="+filepath.Join(dir, "pid"))
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	t.Cleanup(func() {
		if err := run.Process.Signal(syscall.SIGKILL); err == nil {
			<-ended
		}
	})
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("mariadbd ended: %v\n%s", err, tail(log))
		default:
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("mariadbd does not start\n%s", tail(log))
		}
	}
	out, err := exec.Command(server, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, version, _ = strings.Cut(string(out), "Ver ")
	version, _, _ = strings.Cut(version, " ")
	return "root@unix(" + socket + ")/", version
}

func command(as *syscall.SysProcAttr, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr, cmd.Dir = as, dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + dir, "TMPDIR=" + dir}
	return cmd
}

func tail(file string) []byte {
	b, err := os.ReadFile(file)
	if err != nil {
		return []byte(err.Error())
	}
	if lines := bytes.Split(b, []byte("\n")); len(lines) > 30 {
		return bytes.Join(lines[len(lines)-30:], []byte("\n"))
	}
	return b
}

// unprivileged lets a server run that refuses to when the tests run as root,
// and gives the directory to the first of the users that there is.
func unprivileged(t *testing.T, dir string, users ...string) *syscall.SysProcAttr {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range users {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 != nil || err2 != nil {
			continue
		}
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	t.Fatalf("there is none of the users %v to run the server as", users)
	return nil
}
