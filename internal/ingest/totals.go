package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// totals are rows among the data that look like totals, by the first value that
// they have.
type totals struct {
	column int   // of the file, where the first of them has that value
	line   int64 // of the first; 0 for not known
	n      int64
	words  []string // once each
}

func (t *totals) add(column int, word string, line, n int64) {
	if t.n == 0 {
		t.column, t.line = column, line
	}
	t.n += n
	if column == t.column && !slices.Contains(t.words, word) && len(t.words) < 10 {
		t.words = append(t.words, word)
	}
}

// filter is the step that leaves them out.
func (t *totals) filter(column string) string {
	quoted := make([]string, len(t.words))
	for i, w := range t.words {
		quoted[i] = "'" + strings.ReplaceAll(w, "'", "''") + "'"
	}
	return fmt.Sprintf("%[1]s is null or %[1]s not in (%[2]s)", column, strings.Join(quoted, ", "))
}

// noteTotals says what the rows are and how they are left out; dataset is empty
// for one that is not there yet.
func noteTotals(t *totals, column, dataset string) Note {
	where := text.Text{}
	if t.line > 0 {
		where = text.Text{EN: ", the first in line {line}", ZH: "，第一条在第 {line} 行"}.With("line", t.line)
	}
	from := text.Text{EN: "this dataset", ZH: "本数据集"}
	if dataset != "" {
		from = text.Same(dataset)
	}
	return Note{"totals_inside", text.Text{
		EN: "{n} records among the data look like totals ({words}){where}, and their amounts count twice. Take them out of the file, or make a prepared dataset from {dataset} with the step - filter: \"{filter}\"",
		ZH: "数据中间有 {n} 条记录像是小计或合计（{words}）{where}，金额会重复计算。请从文件中去掉，或由 {dataset} 建一个加工数据集，步骤写 - filter: \"{filter}\""}.
		With("n", t.n, "words", strings.Join(t.words, ", "), "where", where, "dataset", from, "filter", t.filter(column))}
}

// mostFirst is in how many columns of a file the first value of a row is looked for.
const mostFirst = 8

// totalsInside looks for totals among the rows that a load of files has brought.
func (r *run) totalsInside(ctx context.Context, p *plan, state warehouse.State) error {
	if p.table || p.shape.format.Type == parquetType || state.Rows == 0 {
		return nil
	}
	d := r.service.Warehouse.Dialect()
	var names, first, is []string
	words := false // is there a column whose value could be a word?
	where := []string{fmt.Sprintf("_load = %d", state.Version)}
	for _, to := range p.to {
		if to < 0 || len(names) == mostFirst {
			continue
		}
		c := p.spec.Columns[to]
		x := d.Quote(c.Name)
		names = append(names, c.Name)
		present := x + " IS NOT NULL"
		if c.Type == expr.String {
			words = true
			present = "trim(" + x + ") <> ''"
			first = append(first, fmt.Sprintf("WHEN %s THEN %s", present, x))
		} else {
			first = append(first, fmt.Sprintf("WHEN %s THEN ''", present))
			if !words { // rows with a value there are passed over without a look
				where = append(where, x+" IS NULL")
			}
		}
		is = append(is, fmt.Sprintf("WHEN %s THEN %d", present, len(names)-1))
	}
	if !words {
		return nil
	}
	var t totals
	err := r.service.each(ctx, expr.SQL{Text: fmt.Sprintf(`SELECT CASE %s END AS at, CASE %s END AS word, count(*) AS n FROM %s WHERE %s
		AND length(word) < 40 AND (contains(word, '计') OR contains(lower(word), 'total') OR contains(lower(word), 'sum')) GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2 LIMIT 1000`,
		strings.Join(is, " "), strings.Join(first, " "), state.Table, strings.Join(where, " AND "))}, func(v []any) error {
		at, _ := v[0].(int64)
		n, _ := v[2].(int64)
		if isTotal(word(v[1])) {
			t.add(int(at), word(v[1]), 0, n)
		}
		return nil
	})
	if err == nil && t.n > 0 {
		r.warn(noteTotals(&t, names[t.column], r.load.Dataset))
	}
	return err
}

// named gives the columns of a file the names that they have in the dataset.
func named(spec semantic.DatasetSpec, to []int, names []string) []string {
	out := slices.Clone(names)
	for i, at := range to {
		if at >= 0 {
			out[i] = spec.Columns[at].Name
		}
	}
	return out
}
