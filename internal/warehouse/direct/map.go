package direct

import (
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Reading tells how a table is read.
type Reading struct {
	Name string // quoted, with its schema
	// Read writes a column as a value of the type: its name, or what brings it
	// there. changed is set for the latter.
	Read func(name string, t expr.Type) (x string, changed bool)
}

// Map fills From and Columns. A table of which no column needs anything is
// read by its name, others by a SELECT over it, which engines look through.
func Map(c *Config, tables map[string]Table, read func(Table) (Reading, error)) error {
	c.From, c.Columns = map[string]string{}, map[string][]warehouse.StoredColumn{}
	for dataset, t := range tables {
		r, err := read(t)
		if err != nil {
			return err
		}
		list := make([]string, len(t.Columns))
		changed := false
		for i, col := range t.Columns {
			quoted := c.Dialect.Quote(col.Name)
			x, ch := r.Read(col.Name, col.Type)
			changed = changed || ch
			list[i] = quoted
			if ch {
				list[i] = x + " AS " + quoted
			}
		}
		c.Columns[dataset], c.From[dataset] = t.Columns, r.Name
		if changed {
			c.From[dataset] = "(SELECT " + strings.Join(list, ", ") + " FROM " + r.Name + ")"
		}
	}
	return nil
}
