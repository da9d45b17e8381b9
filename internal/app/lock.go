package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// holder is who has a data directory, as written into its lock file.
type holder struct {
	PID     int    `json:"pid"`
	Addr    string `json:"addr,omitempty"` // of its server; empty for a command
	URL     string `json:"url,omitempty"`
	Version string `json:"version"`
}

// lock is the right to a data directory. The operating system takes it back
// when the process ends, however it ends.
type lock struct {
	file *os.File
	me   holder
}

// lockDir takes the directory, which must exist, for this process. When
// another has it the fault is Unavailable "data_in_use" and says which, where
// it listens, and how to work with it.
func lockDir(dir, version string) (*lock, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if err := flock(f); err != nil {
		defer f.Close()
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("lock data directory: %w", err)
		}
		return nil, inUse(dir, f)
	}
	l := &lock{file: f, me: holder{PID: os.Getpid(), Version: version}}
	if err := l.write(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func inUse(dir string, f *os.File) error {
	var h holder
	if err := json.NewDecoder(f).Decode(&h); err != nil {
		h = holder{}
	}
	if h.URL == "" {
		return fault.New(fault.Unavailable, "data_in_use", text.Text{
			EN: "the data directory {dir} is in use by another lodestar command (process {pid}); wait for it to end",
			ZH: "数据目录 {dir} 正被另一个 lodestar 命令使用（进程 {pid}），请等它结束"}, "dir", dir, "pid", h.PID)
	}
	return fault.New(fault.Unavailable, "data_in_use", text.Text{
		EN: "the data directory {dir} is in use by the lodestar server at {addr} (process {pid}, version {version}); work with it by adding: --server {url} --token TOKEN",
		ZH: "数据目录 {dir} 正被 {addr} 上的 lodestar 服务使用（进程 {pid}，版本 {version}）；请改为连接该服务，加上参数：--server {url} --token 令牌"},
		"dir", dir, "addr", h.Addr, "pid", h.PID, "version", h.Version, "url", h.URL)
}

// serves notes where this process answers, for whoever finds the lock taken.
func (l *lock) serves(addr, url string) error {
	l.me.Addr, l.me.URL = addr, url
	return l.write()
}

func (l *lock) write() error {
	data, err := json.Marshal(l.me)
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(append(data, '\n'), 0)
	return err
}

// release gives the directory back. The file stays: removing it could take it
// from somebody who has just opened it.
func (l *lock) release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
