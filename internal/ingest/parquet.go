package ingest

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"strings"
	"unicode/utf8"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// readable makes bytes fit to be stored as text.
func readable(b []byte) []byte {
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, []byte("␀"))
	}
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("�"))
	}
	return b
}

// parquetColumns lists the columns of a Parquet file; they are its headers.
func (s *Service) parquetColumns(ctx context.Context, shape *shape) ([]warehouse.FileColumn, error) {
	columns, _, err := s.Warehouse.DescribeParquet(ctx, shape.path)
	if err == nil && len(columns) > mostColumns {
		err = errColumns
	}
	for _, c := range columns {
		shape.headers = append(shape.headers, c.Name)
	}
	return columns, err
}

// parquetFast loads a Parquet file by itself, when the file's types hold
// nothing that the columns do not.
func (r *run) parquetFast(ctx context.Context, p *plan, change warehouse.Change) (records int64, ok bool, err error) {
	from := make([]string, len(p.stored))
	zones := make([][]warehouse.LocalStep, len(p.stored))
	for i, to := range p.to {
		if to < 0 {
			continue
		}
		if !fits(p.file[i], p.stored[to]) || len(p.spec.Columns[to].Nulls) > 0 || p.spec.Columns[to].Format != "" {
			return 0, false, nil
		}
		from[to] = p.file[i].Name
		if p.stored[to].Type == expr.Timestamp && !p.file[i].Zoned {
			if z := p.zones[to]; z != nil && len(z.odd) > 0 {
				return 0, false, nil // odd times are counted on the way
			}
			zones[to] = p.zones[to].localSteps()
		}
	}
	rows, err := change.ReadParquet(ctx, p.shape.path, from, zones)
	return rows, err == nil, err
}

func fits(from warehouse.FileColumn, to warehouse.StoredColumn) bool {
	if !from.Exact {
		return false
	}
	switch {
	case from.Type == expr.Decimal && to.Type == expr.Decimal:
		return from.Scale <= to.Scale && from.Precision-from.Scale <= to.Precision-to.Scale
	case from.Type == expr.Float && to.Type == expr.Float:
		return false // NaN and infinities are set aside one by one
	}
	return from.Type == to.Type
}

// parquetRecords reads a Parquet file value by value; lines count its rows.
func (s *Service) parquetRecords(ctx context.Context, p *plan) (*closing, error) {
	rows, err := s.Warehouse.ParquetText(ctx, p.shape.path, p.shape.headers)
	if err != nil {
		return nil, err
	}
	return &closing{reader: &parquetReader{rows: rows}, closers: []io.Closer{rows}}, nil
}

type parquetReader struct {
	rows warehouse.Rows
	line int64
	raw  strings.Builder
}

func (r *parquetReader) next(out *record) error {
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	r.line++
	*out = record{line: r.line, cells: out.cells[:0]}
	values := r.rows.Values()
	texts := make([]string, len(values))
	for i, v := range values {
		text, ok := v.(string)
		texts[i] = text
		out.cells = append(out.cells, cell{text: []byte(text), quoted: true, null: !ok})
	}
	r.raw.Reset()
	w := csv.NewWriter(&r.raw)
	if err := w.Write(texts); err != nil {
		return err
	}
	w.Flush()
	out.raw = []byte(strings.TrimSuffix(r.raw.String(), "\n"))
	check(out)
	return nil
}
