// Package vault keeps the secrets of connections: encrypted at rest, written by
// admins, used by the program, and never given back to anybody.
package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Entry is what may be told of a secret: everything but what it is.
type Entry struct {
	Name string    `json:"name"`
	By   string    `json:"by"` // who wrote it last
	At   time.Time `json:"at"`
}

// Sealed is an Entry with its encrypted text, as a Store keeps it.
type Sealed struct {
	Entry
	Text []byte // nonce, ciphertext and tag
}

// Store keeps sealed secrets.
type Store interface {
	Put(ctx context.Context, s Sealed) error
	// Get gives fault.NotFound for a name that is not kept.
	Get(ctx context.Context, name string) (Sealed, error)
	List(ctx context.Context) ([]Entry, error) // by name
	// Delete reports whether there was one.
	Delete(ctx context.Context, name string) (bool, error)
}

// Service seals and opens secrets with one key.
type Service struct {
	Config
	aead cipher.AEAD
}

// Config is what a Service needs. Changed may be left out.
type Config struct {
	Key     []byte // 32 bytes
	Store   Store
	Audit   audit.Recorder
	Now     func() time.Time
	Changed func() // called after a secret was given or let go
}

// keyBytes is the size of the key: AES-256.
const keyBytes = 32

// Key reads the key from a file, and makes both when there is none. Nobody else
// may be able to read the file.
func Key(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key of the vault: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != keyBytes {
		return nil, fault.New(fault.Invalid, "bad_key", text.Text{
			EN: "the file {file} holds no key: it should be 32 random bytes in base64; restore it from where it was saved, or move it away to begin with a new key and give all secrets again",
			ZH: "文件 {file} 不是有效的密钥（应为 base64 编码的 32 个随机字节）；请恢复原文件，或移走它以启用新密钥并重新录入所有密码"}, "file", path)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, fmt.Errorf("key of the vault: %w", err)
		}
	}
	return key, nil
}

func makeKey(path string) ([]byte, error) {
	key := make([]byte, keyBytes)
	rand.Read(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("key of the vault: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("key of the vault: %w", err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	return key, errors.Join(err, f.Sync(), f.Close())
}

// New makes a Service.
func New(c Config) (*Service, error) {
	block, err := aes.NewCipher(c.Key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	return &Service{c, aead}, nil
}

// Limits of a secret.
const mostBytes = 64 << 10

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

// IsName reports whether a secret may be called so.
func IsName(name string) bool { return namePattern.MatchString(name) }

// Put keeps a secret under a name, in place of what was there.
func (s *Service) Put(ctx context.Context, who access.Actor, name, value string) (Entry, error) {
	if err := who.Must(access.Admin); err != nil {
		return Entry{}, err
	}
	switch {
	case !IsName(name):
		return Entry{}, fault.New(fault.Invalid, "bad_name", text.Text{
			EN: "a secret's name begins with a small letter, followed by small letters, digits and underscores, at most 60",
			ZH: "密钥名以小写字母开头，只含小写字母、数字和下划线，最长 60 个字符"})
	case value == "":
		return Entry{}, fault.New(fault.Invalid, "empty_secret", text.Text{EN: "the secret is empty", ZH: "密钥内容为空"})
	case len(value) > mostBytes:
		return Entry{}, fault.New(fault.TooLarge, "secret_too_large", text.Text{
			EN: "a secret has at most {n} bytes", ZH: "密钥最长 {n} 字节"}, "n", mostBytes)
	}
	kept := Entry{Name: name, By: who.Name, At: s.Now().UTC()}
	// The name goes into the seal, so that a secret cannot be passed off as another.
	sealed := Sealed{kept, s.aead.Seal(nil, nil, []byte(value), []byte(name))}
	if err := s.Store.Put(ctx, sealed); err != nil {
		return Entry{}, err
	}
	return kept, s.record(ctx, who, "secret.put", name)
}

// List tells which secrets there are.
func (s *Service) List(ctx context.Context, who access.Actor) ([]Entry, error) {
	if err := who.Must(access.Admin); err != nil {
		return nil, err
	}
	return s.Store.List(ctx)
}

// Delete lets go of a secret.
func (s *Service) Delete(ctx context.Context, who access.Actor, name string) error {
	if err := who.Must(access.Admin); err != nil {
		return err
	}
	there, err := s.Store.Delete(ctx, name)
	if err != nil {
		return err
	}
	if !there {
		return missing(name)
	}
	return s.record(ctx, who, "secret.delete", name)
}

func (s *Service) record(ctx context.Context, who access.Actor, action, name string) error {
	s.Changed()
	return s.Audit.Record(ctx, audit.Entry{At: s.Now(), Actor: who.Name, Via: who.Via, Action: action, Kind: "secret", Name: name})
}

// Open gives the secret itself, to the program and to no door.
func (s *Service) Open(ctx context.Context, name string) (string, error) {
	sealed, err := s.Store.Get(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return "", missing(name)
	}
	if err != nil {
		return "", err
	}
	value, err := s.aead.Open(nil, nil, sealed.Text, []byte(name))
	if err != nil {
		return "", fault.New(fault.Unavailable, "secret_unreadable", text.Text{
			EN: "the secret {name} was encrypted with another key: restore the key file of this data directory, or give the secret again",
			ZH: "密钥 {name} 是用另一个主密钥加密的：请恢复数据目录的主密钥文件，或重新录入该密钥"}, "name", name).Wrap(err)
	}
	return string(value), nil
}

func missing(name string) *fault.Error {
	return fault.New(fault.NotFound, "no_secret", text.Text{
		EN: "the vault has no secret {name}: give it under Data, Connections, or with lodestar secret put {name}",
		ZH: "保险箱里没有密钥 {name}：请在“数据 → 连接”中录入，或执行 lodestar secret put {name}"}, "name", name)
}
