package source

import (
	"fmt"
	"regexp"
	"slices"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

var readerName = regexp.MustCompile(`^[a-z0-9_]{1,50}$`)

// Check finds what every connector would refuse in a request. Keys and cursor
// must be among the columns: rows are told apart by what is read.
func (r Request) Check() error {
	if !readerName.MatchString(r.Reader) {
		return fmt.Errorf("a reader cannot be called %q", r.Reader)
	}
	if len(r.Columns) == 0 {
		return fault.New(fault.Invalid, "no_columns", text.Text{EN: "no column is asked for", ZH: "没有要读取的列"})
	}
	if r.Mode == Full {
		return nil
	}
	if len(r.Key) == 0 {
		return NotPossible(text.Text{
			EN: "a key is needed to read by cursor or by changes: say primaryKey",
			ZH: "按游标或变更读取需要主键：请填写 primaryKey"})
	}
	for _, k := range r.Key {
		if r.Index(k) < 0 {
			return NoColumn(r.Stream, k)
		}
	}
	if r.Mode == Incremental && r.Index(r.Cursor) < 0 {
		return NoColumn(r.Stream, r.Cursor)
	}
	return nil
}

// Index gives the place of a wanted column, -1 when it is not wanted.
func (r Request) Index(column string) int {
	return slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == column })
}

// Names lists the wanted columns.
func (r Request) Names() []string {
	out := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		out[i] = c.Name
	}
	return out
}
