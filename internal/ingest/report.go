package ingest

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Preview gives some rows of a dataset, at most limit (1000 at most).
func (s *Service) Preview(ctx context.Context, actor access.Actor, dataset string, limit int) (Table, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return Table{}, err
	}
	state, columns, err := s.loaded(ctx, dataset)
	if err != nil {
		return Table{}, err
	}
	out := Table{Total: state.Rows, Rows: [][]any{}}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = s.Warehouse.Dialect().Quote(c.Name)
		out.Columns = append(out.Columns, TableColumn{c.Name, c.Type})
	}
	text := fmt.Sprintf("SELECT %s FROM %s LIMIT %d", strings.Join(names, ", "), state.Table, min(max(limit, 1), 1000))
	err = s.each(ctx, expr.SQL{Text: text}, func(values []any) error {
		row := make([]any, len(values))
		for i, v := range values {
			row[i] = display(v, columns[i].Type)
		}
		out.Rows = append(out.Rows, row)
		return nil
	})
	return out, err
}

// display turns times into text.
func display(v any, t expr.Type) any {
	at, ok := v.(time.Time)
	switch {
	case !ok:
		return v
	case t == expr.Date:
		return at.Format(time.DateOnly)
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// loaded gives a dataset's state and stored columns; fault.NotFound without rows.
func (s *Service) loaded(ctx context.Context, dataset string) (warehouse.State, []warehouse.StoredColumn, error) {
	state, ok, err := s.Warehouse.State(ctx, dataset)
	if err != nil {
		return state, nil, err
	}
	if !ok {
		return state, nil, errNoRows(dataset)
	}
	list, err := s.Warehouse.Ledger(ctx, dataset, 1)
	if err != nil {
		return state, nil, err
	}
	return state, list[0].Columns, nil
}

// each runs a query and hands on every row; the values are good until the next.
func (s *Service) each(ctx context.Context, q expr.SQL, do func(values []any) error) error {
	rows, err := s.Warehouse.Query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows.Values()); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rejectsBack is how many loads of a sync are looked at for rejects.
const rejectsBack = 500

// rejectLoad names the load whose rejects are kept, or "" when there are none.
func (s *Service) rejectLoad(ctx context.Context, dataset string) (string, error) {
	load, _, err := s.rejected(ctx, dataset)
	return load, err
}

// rejected names the load with the rejects that are shown, and counts them:
// those of the last load, or, of a sync, those of the last piece that had any
// since everything was read.
func (s *Service) rejected(ctx context.Context, dataset string) (load string, n int64, err error) {
	list, err := s.Warehouse.Ledger(ctx, dataset, rejectsBack)
	if err != nil {
		return "", 0, err
	}
	for _, e := range list {
		if e.Rejected > 0 {
			return e.Load, e.Rejected, nil
		}
		if !e.Synced || e.Mode != Change && e.Mode != Upsert && e.Mode != Retain {
			break
		}
	}
	return "", 0, nil
}

// Rejects gives the rejects of the last load with n above after, at most limit.
func (s *Service) Rejects(ctx context.Context, actor access.Actor, dataset string, after int64, limit int) (Rejects, error) {
	out := Rejects{Items: []Reject{}, ByWhy: []RejectCount{}}
	if err := actor.Must(access.Viewer); err != nil {
		return out, err
	}
	load, err := s.rejectLoad(ctx, dataset)
	if err != nil || load == "" {
		return out, err
	}
	limit = min(max(limit, 1), 1000)
	table := s.Warehouse.RejectTable(load)
	err = s.each(ctx, expr.SQL{Text: fmt.Sprintf(`SELECT n, line, col, reason, value, raw FROM %s
		WHERE n > %d ORDER BY n LIMIT %d`, table, after, limit)}, func(v []any) error {
		r := Reject{Column: word(v[2]), Reason: word(v[3]), Value: word(v[4]), Raw: word(v[5])}
		r.N, _ = v[0].(int64)
		r.Line, _ = v[1].(int64)
		r.Text = reasonText(r.Reason, r.Value)
		out.Items = append(out.Items, r)
		return nil
	})
	if err != nil {
		return out, err
	}
	err = s.each(ctx, expr.SQL{Text: "SELECT reason, coalesce(col, ''), count(*) FROM " + table +
		" WHERE n > 0 GROUP BY ALL ORDER BY count(*) DESC, reason, 2"}, func(v []any) error {
		c := RejectCount{Reason: word(v[0]), Column: word(v[1])}
		c.Count, _ = v[2].(int64)
		c.Text = reasonText(c.Reason, "…")
		out.Total += c.Count
		out.ByWhy = append(out.ByWhy, c)
		return nil
	})
	if n := len(out.Items); n == limit && out.Items[n-1].N < out.Total {
		out.Next = out.Items[n-1].N
	}
	return out, err
}

// RejectsFile writes the last load's rejects as they stood in the file, under
// its header, to be mended and loaded again.
func (s *Service) RejectsFile(ctx context.Context, actor access.Actor, dataset string, w io.Writer) error {
	if err := actor.Must(access.Viewer); err != nil {
		return err
	}
	load, err := s.rejectLoad(ctx, dataset)
	if err != nil || load == "" {
		return err
	}
	return s.each(ctx, expr.SQL{Text: "SELECT raw FROM " + s.Warehouse.RejectTable(load) + " WHERE raw <> '' OR n > 0 ORDER BY n"},
		func(v []any) error {
			_, err := io.WriteString(w, word(v[0])+"\n")
			return err
		})
}

func word(v any) string {
	s, _ := v.(string)
	return s
}

// RejectsCSV writes the last load's rejects as CSV with the reasons in front:
// line, column, reason, value, raw. A cell that a spreadsheet would take for a
// formula gets an apostrophe; RejectsFile gives the records as they were.
func (s *Service) RejectsCSV(ctx context.Context, actor access.Actor, dataset string, w io.Writer) error {
	if err := actor.Must(access.Viewer); err != nil {
		return err
	}
	load, err := s.rejectLoad(ctx, dataset)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{"line", "column", "reason", "value", "raw"}); err != nil {
		return err
	}
	if load != "" {
		err = s.each(ctx, expr.SQL{Text: "SELECT line, col, reason, value, raw FROM " + s.Warehouse.RejectTable(load) +
			" WHERE n > 0 ORDER BY n"}, func(v []any) error {
			line, _ := v[0].(int64)
			return out.Write([]string{strconv.FormatInt(line, 10), harmless(word(v[1])), word(v[2]),
				harmless(word(v[3])), harmless(word(v[4]))})
		})
	}
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

// harmless keeps spreadsheets from running text as a formula.
func harmless(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}
