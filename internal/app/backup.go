package app

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse/duckdb"
)

// notKept are the parts of a data directory that a backup leaves out: secrets do
// not go where backups go.
func notKept() []string { return []string{"lock", "staging", "tmp", secretsDir, vaultKey} }

// Backup writes a data directory into one compressed file. It needs the
// directory for itself, so that what it copies is all of one moment. The file
// appears only when it is complete.
func Backup(ctx context.Context, dataDir, file string) (err error) {
	if _, err := os.Stat(dataDir); errors.Is(err, fs.ErrNotExist) {
		return noDataDir(dataDir)
	}
	l, err := lockDir(dataDir, Version)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	tmp, err := os.CreateTemp(filepath.Dir(file), ".lodestar-backup-*")
	if err != nil {
		return fault.New(fault.Unavailable, "cannot_write", text.Text{
			EN: "the backup cannot be written to {path}: {why}", ZH: "备份无法写入 {path}：{why}"}, "path", file, "why", errors.Unwrap(err)).Wrap(err)
	}
	defer os.Remove(tmp.Name())
	z := gzip.NewWriter(tmp)
	t := tar.NewWriter(z)
	err = addAll(ctx, t, dataDir)
	if err = errors.Join(err, t.Close(), z.Close(), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}

// Compact gives back the room that rows left behind in the database of a data
// directory, and tells how many bytes the database took and takes. It needs the
// directory for itself.
func Compact(ctx context.Context, dataDir string) (before, after int64, err error) {
	if _, err := os.Stat(filepath.Join(dataDir, "warehouse.duckdb")); errors.Is(err, fs.ErrNotExist) {
		return 0, 0, noDataDir(dataDir)
	}
	l, err := lockDir(dataDir, Version)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	before, after, err = duckdb.Compact(ctx, dataDir)
	if errors.Is(err, syscall.ENOSPC) {
		err = dirFault(dataDir, err)
	}
	return before, after, err
}

func noDataDir(dir string) error {
	return fault.New(fault.NotFound, "no_data_dir", text.Text{
		EN: "there is no data directory {dir}", ZH: "数据目录 {dir} 不存在"}, "dir", dir)
}

func addAll(ctx context.Context, t *tar.Writer, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == "." {
			return err
		}
		if top, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); slices.Contains(notKept(), top) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		return addFile(t, path, filepath.ToSlash(rel))
	})
}

func addFile(t *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// Restore makes a data directory of a backup. The directory must be new or
// empty; it appears only when the whole backup was read.
func Restore(ctx context.Context, file, dataDir string) error {
	if entries, err := os.ReadDir(dataDir); err == nil && len(entries) > 0 {
		return fault.New(fault.Conflict, "dir_not_empty", text.Text{
			EN: "{dir} is not empty; restore into a new folder with --data DIR",
			ZH: "{dir} 不是空文件夹，请用 --data 指定新的文件夹"}, "dir", dataDir)
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "no_such_file", text.Text{
			EN: "there is no file {path}", ZH: "文件 {path} 不存在"}, "path", file)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	parent := filepath.Dir(filepath.Clean(dataDir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, ".lodestar-restore-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := extract(ctx, f, tmp); err != nil {
		return fault.New(fault.Invalid, "bad_backup", text.Text{
			EN: "{path} is not a complete backup of this program", ZH: "{path} 不是完整的备份文件"}, "path", file).Wrap(err)
	}
	if err := os.Remove(dataDir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(tmp, dataDir)
}

func extract(ctx context.Context, r io.Reader, dir string) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	t := tar.NewReader(z)
	n := 0
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || !fs.ValidPath(h.Name) {
			return fmt.Errorf("unexpected entry %q", h.Name)
		}
		if err := writeFile(root, h.Name, t); err != nil {
			return err
		}
		n++
	}
}

// writeFile writes below root, whatever the name says.
func writeFile(root *os.Root, name string, r io.Reader) error {
	if dir := filepath.Dir(name); dir != "." {
		if err := root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
