package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

type sqliteEngine struct{ path string }

func (sqliteEngine) name() string { return "sqlite" }

func (e sqliteEngine) open() (writer, readers *sql.DB, err error) {
	path, err := filepath.Abs(e.path)
	if err != nil {
		return nil, nil, err
	}
	if err := touch(path); err != nil {
		return nil, nil, fmt.Errorf("open metadata: %w", err)
	}
	const pragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"
	u := url.URL{Scheme: "file", Path: path}
	if writer, err = sql.Open("sqlite", u.String()+"?_txlock=immediate&"+pragmas); err != nil {
		return nil, nil, err
	}
	writer.SetMaxOpenConns(1)
	if readers, err = sql.Open("sqlite", u.String()+"?_pragma=query_only(1)&"+pragmas); err != nil {
		return nil, nil, errors.Join(err, writer.Close())
	}
	readers.SetMaxOpenConns(4)
	return writer, readers, nil
}

// touch makes the file with rights for its owner only: it holds password
// hashes.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (sqliteEngine) rebind(q string) string { return q }

func (e sqliteEngine) translate(err error) error {
	var s *sqlite.Error
	if err == nil || isFault(err) {
		return err
	}
	if errors.As(err, &s) {
		switch s.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return busy(err)
		case sqlite3.SQLITE_FULL:
			return fault.New(fault.Unavailable, "disk_full", text.Text{
				EN: "there is no space left on the server's disk; free some and try again",
				ZH: "服务器磁盘已满，请清理后重试"}).Wrap(err)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR:
			return fault.New(fault.Unavailable, "metadata_unwritable", text.Text{
				EN: "the metadata database cannot be read or written; check the disk and the rights on the data directory",
				ZH: "元数据库无法读写，请检查磁盘和数据目录的权限"}).Wrap(err)
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return fault.New(fault.Unavailable, "metadata_damaged", text.Text{
				EN: "the metadata database is damaged; restore a backup with lodestar restore",
				ZH: "元数据库已损坏，请用 lodestar restore 从备份恢复"}).Wrap(err)
		case sqlite3.SQLITE_INTERRUPT:
			return contextFault(errors.Join(err, context.Canceled))
		}
	}
	return contextFault(err)
}

func (sqliteEngine) unique(err error) bool {
	var s *sqlite.Error
	return errors.As(err, &s) && (s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || s.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// backup writes a compact copy beside the file, numbered when there is one.
func (e sqliteEngine) backup(ctx context.Context, db *sql.DB, from int64) (string, error) {
	base := fmt.Sprintf("%s.schema-%d.bak", e.path, from)
	for i := 0; ; i++ {
		to := base
		if i > 0 {
			to = fmt.Sprintf("%s.%d", base, i)
		}
		if _, err := os.Lstat(to); err == nil {
			continue
		} else if !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		if err := touch(to); err != nil { // VACUUM INTO takes an empty file
			return "", err
		}
		_, err := db.ExecContext(ctx, "VACUUM INTO ?", to)
		return to, err
	}
}
