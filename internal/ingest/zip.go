package ingest

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// isArchive reports whether a file that begins as archives do is one, and not a
// spreadsheet, which is an archive too.
func isArchive(name string) (bool, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return false, errBroken("ZIP").Wrap(err)
	}
	for _, f := range z.File {
		if f.Name == "[Content_Types].xml" || strings.HasPrefix(f.Name, "xl/") {
			return false, z.Close()
		}
	}
	return true, z.Close()
}

// openMember opens the one file of an archive.
func openMember(f io.ReaderAt, size int64) (io.ReadCloser, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, errBroken("ZIP").Wrap(err)
	}
	var one *zip.File
	for _, m := range z.File {
		if hidden(m) {
			continue
		}
		if one != nil {
			return nil, errManyMembers
		}
		one = m
	}
	switch {
	case one == nil:
		return nil, errEmpty
	case one.Flags&1 != 0:
		return nil, errLocked
	}
	r, err := one.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, fault.New(fault.Invalid, "unknown_packing", text.Text{
			EN: "the archive is packed in a way that cannot be read here; unpack it, or pack it again as a common ZIP or gzip",
			ZH: "压缩包的压缩方式无法读取；请先解压，或重新压缩为普通 ZIP 或 gzip"}).Wrap(err)
	}
	if err != nil {
		return nil, errBroken("ZIP").Wrap(err)
	}
	return r, nil
}

// hidden reports whether nobody means a member: folders, and what systems add.
func hidden(m *zip.File) bool {
	name := path.Clean(strings.ReplaceAll(m.Name, `\`, "/"))
	return m.FileInfo().IsDir() || strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), ".")
}

var (
	errManyMembers = fault.New(fault.Invalid, "many_members", text.Text{
		EN: "the archive holds several files; unpack it and load the ones you need, or put one file in each archive",
		ZH: "压缩包内有多个文件；请解压后分别导入，或每个压缩包只放一个文件"})
	errLocked = fault.New(fault.Invalid, "locked_archive", text.Text{
		EN: "the archive has a password; unpack it and load the file in it",
		ZH: "压缩包已加密；请解压后导入其中的文件"})
	errPackedInside = fault.New(fault.Invalid, "packed_inside", text.Text{
		EN: "what is packed in the file is no text; unpack it and load what is in it",
		ZH: "压缩包内不是文本文件；请解压后导入其中的文件"})
)
