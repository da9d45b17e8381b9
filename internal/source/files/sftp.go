package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// SFTPConfig says where the server is and who we are.
type SFTPConfig struct {
	Host     string
	Port     int // 0 for 22
	User     string
	Password string
	Key      string // PEM of a private key, instead of or beside a password
	HostKey  string // the server's own key, as in a known_hosts file without the name
	Folder   string // the top; empty for where a session begins
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

const sftpTime = 20 * time.Second

type sftpStore struct {
	ssh  *ssh.Client
	sftp *sftp.Client
	top  string
}

// SFTP connects. The server's key must be the one named.
func SFTP(ctx context.Context, c SFTPConfig) (Store, error) {
	config, err := c.client()
	if err != nil {
		return nil, err
	}
	if c.Port == 0 {
		c.Port = 22
	}
	address := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	conn, err := c.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, sftpFault(ctx, err)
	}
	// The handshake knows no context.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(sftpTime)); err != nil {
		return nil, err
	}
	inner, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		_ = conn.Close()
		return nil, sftpFault(ctx, err)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, errors.Join(err, inner.Close())
	}
	client := ssh.NewClient(inner, channels, requests)
	s, err := sftp.NewClient(client)
	if err != nil {
		return nil, errors.Join(sftpFault(ctx, err), client.Close())
	}
	top := c.Folder
	if top == "" {
		top = "."
	}
	return &sftpStore{client, s, top}, nil
}

// client checks what is needed to be sure of each other.
func (c SFTPConfig) client() (*ssh.ClientConfig, error) {
	known, _, _, _, err := ssh.ParseAuthorizedKey([]byte(c.HostKey))
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad_host_key", text.Text{
			EN: "the server's own key is needed, so that nobody can stand in its place: hostKey, as ssh-keyscan {host} prints it without the name, such as ssh-ed25519 AAAA…",
			ZH: "需要服务器的公钥，以防有人冒充：请填写 hostKey，即 ssh-keyscan {host} 输出中主机名之后的部分，例如 ssh-ed25519 AAAA…"}, "host", c.Host).Wrap(err)
	}
	out := &ssh.ClientConfig{User: c.User, Timeout: sftpTime, HostKeyAlgorithms: algorithms(known.Type()),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if string(key.Marshal()) == string(known.Marshal()) {
				return nil
			}
			return fault.New(fault.Unavailable, "host_key_changed", text.Text{
				EN: "the server shows another key than hostKey, {key}; if that is right, correct the connection, otherwise somebody stands in its place",
				ZH: "服务器出示的公钥 {key} 与 hostKey 不同；若确认无误请更正连接，否则可能有人冒充"}, "key", ssh.FingerprintSHA256(key))
		}}
	if c.Key != "" {
		signer, err := ssh.ParsePrivateKey([]byte(c.Key))
		if err != nil {
			return nil, fault.New(fault.Invalid, "bad_key", text.Text{
				EN: "the private key cannot be read; it has to be a PEM file without a passphrase", ZH: "无法读取私钥；须为不带口令的 PEM 文件"})
		}
		out.Auth = append(out.Auth, ssh.PublicKeys(signer))
	}
	if c.Password != "" {
		out.Auth = append(out.Auth, ssh.Password(c.Password), ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			answers := make([]string, len(questions))
			for i := range answers {
				answers[i] = c.Password
			}
			return answers, nil
		}))
	}
	return out, nil
}

// algorithms are those that a server can show a key by.
func algorithms(key string) []string {
	if key == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{key}
}

// sftpFault says what an error means.
func sftpFault(ctx context.Context, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if stopped := source.Stopped(ctx, err); stopped != nil {
		return stopped
	}
	switch {
	case strings.Contains(err.Error(), "unable to authenticate"):
		return source.Login("SFTP", err)
	case strings.Contains(err.Error(), "no common algorithm for host key"):
		return fault.New(fault.Unavailable, "host_key_changed", text.Text{
			EN: "the server has no key of the kind of hostKey; take another line of what ssh-keyscan prints",
			ZH: "服务器没有与 hostKey 同类型的公钥；请改用 ssh-keyscan 输出的另一行"}).Wrap(err)
	case errors.Is(err, fs.ErrPermission):
		return source.NoRight("SFTP", "chmod", err)
	}
	return source.Unreachable("SFTP", err)
}

// during ends the connection when the context does: the client knows none.
func (s *sftpStore) during(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = s.ssh.Close() })
}

// List lists.
func (s *sftpStore) List(ctx context.Context, below string, each func(Info) error) error {
	defer s.during(ctx)()
	return s.list(ctx, below, each)
}

func (s *sftpStore) list(ctx context.Context, below string, each func(Info) error) error {
	entries, err := s.sftp.ReadDirContext(ctx, path.Join(s.top, below))
	if errors.Is(err, fs.ErrNotExist) && below != "" {
		return nil // gone meanwhile, or not there yet
	}
	if err != nil {
		return sftpFault(ctx, err)
	}
	for _, e := range entries {
		name := path.Join(below, e.Name())
		if e.Mode()&fs.ModeSymlink != 0 {
			if e, err = s.sftp.Stat(path.Join(s.top, name)); err != nil || e.IsDir() {
				continue // leads nowhere, or in a circle
			}
		}
		switch {
		case e.IsDir() && !strings.HasPrefix(e.Name(), "."):
			err = s.list(ctx, name, each)
		case e.Mode().IsRegular():
			err = each(Info{Name: name, Size: e.Size(), Time: e.ModTime()})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Open opens.
func (s *sftpStore) Open(ctx context.Context, f Info) (io.ReadCloser, error) {
	stop := s.during(ctx)
	in, err := s.sftp.Open(path.Join(s.top, f.Name))
	if err != nil {
		stop()
		return nil, sftpFault(ctx, err)
	}
	return &sftpFile{in, stop}, nil
}

type sftpFile struct {
	*sftp.File
	stop func() bool
}

func (f *sftpFile) Close() error {
	f.stop()
	return f.File.Close()
}

// Stat looks at a file.
func (s *sftpStore) Stat(ctx context.Context, name string) (Info, error) {
	defer s.during(ctx)()
	e, err := s.sftp.Stat(path.Join(s.top, name))
	if err != nil {
		return Info{}, sftpFault(ctx, err)
	}
	return Info{Name: name, Size: e.Size(), Time: e.ModTime()}, nil
}

func (s *sftpStore) Close() error {
	err := s.sftp.Close()
	if e := s.ssh.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
		return errors.Join(err, e)
	}
	return nil
}
