package testserver

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// SFTPServer is a server of files, with the keys of both sides.
type SFTPServer struct {
	*Server
	Port    int
	User    string
	Folder  string // its files, on this machine too
	Key     string // PEM of the key that the user signs in by
	HostKey string // the server's own, as in a known_hosts file
}

// SFTP starts OpenSSH's server for the user that the test runs as.
func SFTP(ctx context.Context) (*SFTPServer, error) {
	program, err := exec.LookPath("sshd")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/sshd")
	}
	if err != nil {
		return nil, errors.New("this needs OpenSSH's server; on Debian: apt-get install openssh-server")
	}
	inner, err := at("ssh")
	if err != nil {
		return nil, err
	}
	s := &SFTPServer{Server: inner}
	_, err = inner.started(s.start(ctx, program))
	return s, err
}

func (s *SFTPServer) start(ctx context.Context, program string) (err error) {
	who, err := user.Current()
	if err != nil {
		return err
	}
	s.User, s.Folder = who.Username, filepath.Join(s.dir, "files")
	private, public, err := keys()
	if err != nil {
		return err
	}
	host, hostPublic, err := keys()
	if err != nil {
		return err
	}
	s.Key, s.HostKey = private, strings.TrimSpace(hostPublic)
	if s.Port, err = freePort(); err != nil {
		return err
	}
	config := fmt.Sprintf("ListenAddress 127.0.0.1\nPort %d\nHostKey %[2]s/host\nAuthorizedKeysFile %[2]s/authorized\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\n"+
		"UsePAM no\nStrictModes no\nPermitRootLogin yes\nPidFile none\nSubsystem sftp internal-sftp\n", s.Port, s.dir)
	for name, content := range map[string]string{"host": host, "authorized": public, "config": config, "files/.keep": ""} {
		if err := writeFile(filepath.Join(s.dir, name), content); err != nil {
			return err
		}
	}
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // it insists
			return err
		}
	}
	log := filepath.Join(s.dir, "log")
	ended, err := s.launch(command(nil, s.dir, program, "-D", "-f", filepath.Join(s.dir, "config"), "-E", log))
	if err != nil {
		return err
	}
	for {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port)); err == nil {
			return c.Close()
		}
		select {
		case err := <-ended:
			return fmt.Errorf("sshd ended: %w\n%s", err, tail(log))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// keys makes a pair of keys, as OpenSSH writes them.
func keys() (private, public string, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return "", "", err
	}
	line, err := ssh.NewPublicKey(pub)
	if err != nil {
		return "", "", err
	}
	return string(pem.EncodeToMemory(block)), string(ssh.MarshalAuthorizedKey(line)), nil
}
