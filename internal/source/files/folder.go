package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// folder is a folder of this machine. Links that lead out of it are not
// followed.
type folder struct{ root *os.Root }

// Folder opens a folder of this machine, which has to be one of those allowed,
// or in one. Invalid "folder_refused".
func Folder(name string, allowed []string) (Store, error) {
	refused := fault.New(fault.Invalid, "folder_refused", text.Text{
		EN: "{folder} is not a folder that may be read; the administrator of this program can allow it: start it with LODESTAR_FOLDERS={folder}",
		ZH: "不允许读取文件夹 {folder}；本程序的管理员可以放行：启动时设置 LODESTAR_FOLDERS={folder}"}, "folder", name)
	if !filepath.IsAbs(name) {
		return nil, refused
	}
	for _, top := range allowed {
		rel, err := filepath.Rel(top, filepath.Clean(name))
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		outer, err := os.OpenRoot(top)
		if err != nil {
			return nil, missing(name, err)
		}
		root, err := outer.OpenRoot(rel) // not out of it by a link
		if err = errors.Join(err, outer.Close()); err != nil {
			return nil, missing(name, err)
		}
		return folder{root}, nil
	}
	return nil, refused
}

func missing(name string, err error) error {
	return fault.New(fault.Unavailable, "source_unreachable", text.Text{
		EN: "the folder {folder} cannot be opened; check that it is there and may be read by this program",
		ZH: "无法打开文件夹 {folder}；请检查它是否存在，以及本程序是否有权读取"}, "folder", name).Wrap(err)
}

// List lists.
func (d folder) List(ctx context.Context, below string, each func(Info) error) error {
	if below == "" {
		below = "."
	}
	err := fs.WalkDir(d.root.FS(), below, func(name string, e fs.DirEntry, err error) error {
		if err := source.Stopped(ctx, ctx.Err()); err != nil {
			return err
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile, or not there yet
		}
		if err != nil {
			return missing(path.Join(d.root.Name(), name), err)
		}
		if e.IsDir() {
			if name != "." && strings.HasPrefix(path.Base(name), ".") {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.root.Stat(name) // follows links that stay inside
		if err != nil || !info.Mode().IsRegular() {
			return nil // gone, leading outside, or no file
		}
		return each(Info{Name: name, Size: info.Size(), Time: info.ModTime()})
	})
	return err
}

// Open opens.
func (d folder) Open(_ context.Context, f Info) (io.ReadCloser, error) {
	in, err := d.root.Open(f.Name)
	if err != nil {
		return nil, missing(path.Join(d.root.Name(), f.Name), err)
	}
	return in, nil
}

// Stat looks at a file.
func (d folder) Stat(_ context.Context, name string) (Info, error) {
	info, err := d.root.Stat(name)
	if err != nil {
		return Info{}, err
	}
	return Info{Name: name, Size: info.Size(), Time: info.ModTime()}, nil
}

func (d folder) Close() error { return d.root.Close() }
