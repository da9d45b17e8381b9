package direct

import (
	"cmp"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Reading tells how a table is read.
type Reading struct {
	Name string // quoted, with its schema
	// Kinds are the columns that the table has, by name, with the type of ours
	// that holds their values; Native is what the engine calls that type.
	Kinds  map[string]expr.Type
	Native map[string]string
	// Local are the columns whose times are what clocks showed, in a zone that is
	// not said.
	Local map[string]bool
	// NoTime, where set, writes what is true of a value of a time column that is
	// none, such as 0000-00-00: it counts as missing.
	NoTime func(x string) string
	// Read writes a column as a value of the type: its name, or what brings it
	// there. changed is set for the latter.
	Read func(name string, t expr.Type) (x string, changed bool)
}

// from writes what to select a dataset's rows from. A table of which no column
// needs anything is read by its name, others by a SELECT over it, which engines
// look through. Times that need something are there as they are kept, too.
// Faults: Unavailable "engine_table_missing", and Invalid "column_missing" and
// "column_type", which name dataset and column.
// mend writes columns, by our names, in another way than they are read.
func (w *Warehouse) from(dataset string, t Table, r Reading, mend map[string]func(x string) string) (string, map[string]warehouse.Kept, error) {
	if len(r.Kinds) == 0 {
		return "", nil, fault.New(fault.Unavailable, "engine_table_missing", text.Text{
			EN: "the dataset {dataset} reads {table}, which {engine} does not have, or does not show this user",
			ZH: "数据集 {dataset} 读取的表 {table} 在 {engine} 中不存在，或该用户无权查看"},
			"dataset", dataset, "table", r.Name, "engine", w.c.Dialect.Name())
	}
	list := make([]string, len(t.Columns))
	kept, alias := map[string]warehouse.Kept{}, w.c.Dialect.Quote("_there")
	changed := false
	for i, col := range t.Columns {
		there := t.there(col.Name)
		kind, ok := r.Kinds[there]
		if !ok {
			return "", nil, fault.New(fault.Invalid, "column_missing", text.Text{
				EN: "the dataset {dataset} has the column {column}, but {table} has none named {there}; mend the name or its source",
				ZH: "数据集 {dataset} 的列 {column} 在表 {table} 中找不到（{there}）；请改正列名或 source"},
				"dataset", dataset, "column", col.Name, "table", r.Name, "there", there)
		}
		if !readable(col.Type, kind) {
			return "", nil, fault.New(fault.Invalid, "column_type", text.Text{
				EN: "the column {column} of the dataset {dataset} is declared {type}, but it is {native} in {table}, which cannot be read as that",
				ZH: "数据集 {dataset} 的列 {column} 声明为 {type}，但在表 {table} 中是 {native}，无法这样读取"},
				"dataset", dataset, "column", col.Name, "type", col.Type, "native", r.Native[there], "table", r.Name)
		}
		x, ch := r.Read(there, col.Type)
		if m := mend[col.Name]; m != nil {
			x, ch = m(x), true
		}
		quoted := w.c.Dialect.Quote(col.Name)
		list[i] = quoted
		if changed = changed || ch || there != col.Name; ch || there != col.Name {
			list[i] = x + " AS " + quoted
		}
		if ch && col.Type.IsTime() {
			k := warehouse.Kept{Column: "_kept" + strconv.Itoa(i)}
			kept[col.Name] = k
			// ClickHouse takes a bare name for the column that is called so here.
			list = append(list, alias+"."+w.c.Dialect.Quote(there)+" AS "+w.c.Dialect.Quote(k.Column))
		}
	}
	if !changed {
		return r.Name, nil, nil
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM " + r.Name + " AS " + alias + ")", kept, nil
}

// there is what a column is called there.
func (t Table) there(column string) string { return cmp.Or(t.Sources[column], column) }

// readable reports whether values of a kind are values of a declared type
// without a change: texts can be made of all.
func readable(declared, kind expr.Type) bool {
	switch declared {
	case kind, expr.String:
		return true
	case expr.Boolean:
		return kind == expr.Integer // engines that have none keep 0 and 1
	case expr.Decimal:
		return kind == expr.Integer
	case expr.Float:
		return kind == expr.Integer || kind == expr.Decimal
	}
	return false
}
