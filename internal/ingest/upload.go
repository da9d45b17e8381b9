package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"lodestar/internal/access"
	"lodestar/internal/behind"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// staged is a file in the staging directory and how it came to be there.
type staged struct {
	Upload
	path  string
	hash  func() (string, error) // waits for the hash of an adopted file
	inUse int
	gone  bool
}

func (u *staged) discard() error {
	u.gone = true
	if u.inUse > 0 {
		return nil
	}
	err := os.Remove(u.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// Upload takes a file. Its name is for display; on disk it gets a random one.
// Faults: TooLarge, Unavailable (disk full).
func (s *Service) Upload(ctx context.Context, actor access.Actor, name string, r io.Reader) (Upload, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Upload{}, err
	}
	u := s.newStaged(name)
	f, err := os.OpenFile(u.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Upload{}, fmt.Errorf("upload: %w", err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(&diskWriter{s: s, to: f}, sum), io.LimitReader(contextual{ctx, r}, s.MaxBytes+1))
	err = errors.Join(err, f.Close())
	switch {
	case err != nil && ctx.Err() != nil:
		err = errCanceled.Wrap(err)
	case err != nil && fault.Of(err).Code == "disk_full":
	case err != nil:
		err = fault.New(fault.Unavailable, "upload_broken", text.Text{
			EN: "the upload broke off; check the connection and the free space on the server, and send it again",
			ZH: "上传中断；请检查网络与服务器剩余空间后重新上传"}).Wrap(err)
	case n > s.MaxBytes:
		err = fault.New(fault.TooLarge, "upload_too_large", text.Text{
			EN: "the file is larger than {limit} MiB; split it, or load it on the server with lodestar load",
			ZH: "文件超过 {limit} MiB；请拆分，或在服务器上用 lodestar load 导入"}, "limit", s.MaxBytes>>20)
	}
	if err != nil {
		return Upload{}, errors.Join(err, os.Remove(u.path))
	}
	u.Bytes, u.Hash = n, hex.EncodeToString(sum.Sum(nil))
	u.hash = func() (string, error) { return u.Upload.Hash, nil }
	return s.keep(u), nil
}

// Adopt takes a file of this machine, linking it where that works, copying it
// otherwise. Only doors inside the process that acts for the machine's own
// user may offer it. The hash is worked out while the file is used.
func (s *Service) Adopt(ctx context.Context, actor access.Actor, path string) (Upload, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Upload{}, err
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return Upload{}, fault.New(fault.NotFound, "no_such_file", text.Text{
			EN: "there is no file {path} that can be read", ZH: "没有可读取的文件 {path}"}, "path", path).Wrap(err)
	}
	u := s.newStaged(filepath.Base(path))
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Upload{}, fmt.Errorf("adopt: %w", err)
	}
	if err := os.Link(real, u.path); err != nil {
		f, err := os.Open(real)
		if err != nil {
			return Upload{}, fault.New(fault.NotFound, "no_such_file", text.Text{
				EN: "there is no file {path} that can be read", ZH: "没有可读取的文件 {path}"}, "path", path).Wrap(err)
		}
		defer f.Close()
		return s.Upload(ctx, actor, filepath.Base(path), f)
	}
	u.Bytes = info.Size()
	u.hash = hashLater(u.path)
	return s.keep(u), nil
}

// hashLater starts to hash a file and gives the function that waits for it.
func hashLater(path string) func() (string, error) {
	type answer struct {
		hash string
		err  error
	}
	done := make(chan answer, 1)
	f, err := os.Open(path)
	if err != nil {
		return func() (string, error) { return "", err }
	}
	go behind.Do(func() {
		sum := sha256.New()
		_, err := io.Copy(sum, f)
		done <- answer{hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Close())}
	})
	return func() (string, error) {
		a := <-done
		done <- a
		return a.hash, a.err
	}
}

// uploadLife is how long a file waits to be loaded.
const uploadLife = 48 * time.Hour

// expire deletes files that nobody came back for.
func (s *Service) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, u := range s.uploads {
		if u.inUse > 0 || s.Now().Sub(u.At) < uploadLife {
			continue
		}
		delete(s.uploads, id)
		if err := u.discard(); err != nil {
			s.Log.Warn("delete a staged file", "error", err)
		}
	}
}

func (s *Service) newStaged(name string) *staged {
	s.expire()
	id := strings.ToLower(rand.Text())
	return &staged{Upload: Upload{ID: id, Name: displayName(name), At: s.Now().UTC()},
		path: filepath.Join(s.Warehouse.Staging(), id+".upload")}
}

func (s *Service) keep(u *staged) Upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads[u.ID] = u
	return u.Upload
}

// displayName keeps what of a file name can be shown.
func displayName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > 200 {
		name = string(runes[:200])
	}
	if name == "" {
		name = "file"
	}
	return name
}

// Discard forgets an upload and deletes its file.
func (s *Service) Discard(_ context.Context, actor access.Actor, id string) error {
	if err := actor.Must(access.Editor); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.uploads[id]
	if !ok {
		return errNoUpload(id)
	}
	delete(s.uploads, id)
	return u.discard()
}

// use keeps an upload's file until done is called.
func (s *Service) use(id string) (u *staged, done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.uploads[id]
	if !ok {
		return nil, nil, errNoUpload(id)
	}
	u.inUse++
	return u, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if u.inUse--; u.gone && u.inUse == 0 {
			if err := u.discard(); err != nil {
				s.Log.Warn("delete a staged file", "error", err)
			}
		}
	}, nil
}

// contextual ends reading when the context is over.
type contextual struct {
	ctx context.Context
	in  io.Reader
}

func (c contextual) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.in.Read(p)
}
