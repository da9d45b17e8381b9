package testserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// Server is a server that runs until it is stopped.
type Server struct {
	DSN     string // for an administrator
	Version string
	dir     string
	stops   []func() error
}

// at makes a directory for a server.
func at(name string) (*Server, error) {
	// Sockets have short names: the directory is not deep.
	dir, err := os.MkdirTemp("", "lodestar-"+name)
	return &Server{dir: dir}, err
}

// Stop ends the server and removes its data.
func (s *Server) Stop() error {
	var err error
	for _, stop := range slices.Backward(s.stops) {
		err = errors.Join(err, stop())
	}
	s.stops = nil
	return errors.Join(err, os.RemoveAll(s.dir))
}

// started gives the server, or ends what there is of it.
func (s *Server) started(err error) (*Server, error) {
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// launch starts a process that ends with the server. The channel gives how it
// ended.
func (s *Server) launch(cmd *exec.Cmd) (<-chan error, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended, gone := make(chan error, 1), make(chan struct{})
	go func() { ended <- cmd.Wait(); close(gone) }()
	s.stops = append(s.stops, func() error {
		err := cmd.Process.Kill()
		<-gone
		if errors.Is(err, os.ErrProcessDone) {
			return nil
		}
		return err
	})
	return ended, nil
}

// run runs a program to its end.
func run(ctx context.Context, cmd *exec.Cmd) error {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, out.Bytes())
	}
	return nil
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

// unprivileged lets a server run that refuses to as root, and gives the
// directory to the first of the users that there is.
func (s *Server) unprivileged(users ...string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
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
		if err := os.Chown(s.dir, int(uid), int(gid)); err != nil {
			return nil, err
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, fmt.Errorf("there is none of the users %v to run the server as", users)
}

// tools is the folder of test tools that tools/install-test-tools fills.
func tools() (string, error) {
	if dir := os.Getenv("LODESTAR_TEST_TOOLS"); dir != "" {
		return dir, nil
	}
	home, err := os.UserCacheDir()
	return filepath.Join(home, "lodestar-test-tools"), err
}

// Dir is the server's directory, where its socket is, for those that have one.
func (s *Server) Dir() string { return s.dir }
