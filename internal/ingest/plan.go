package ingest

import (
	"context"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// plan is a load that was thought through: what is read from where into what.
type plan struct {
	name   string // of the file, where there may be several
	spec   semantic.DatasetSpec
	shape  *shape
	to     []int // for each column of the file, the column of the dataset, or -1
	stored []warehouse.StoredColumn
	load   warehouse.LoadSpec
	zones  []*zone // for each column of the dataset
	file   []warehouse.FileColumn

	keys     keyRule
	numbered bool // the first value of a record is its number, negative for a row that is gone
	empty    bool // there is no file, and no records
	table    bool // it was read as a table, not as files
	base     int64
	extra    []string // columns of the file that the dataset does not have
	missing  []string // columns of the dataset that the file does not have
}

// keyRule says what is done about rows with one key.
type keyRule int

const (
	uniqueKeys keyRule = iota // they are set aside
	foldKeys                  // the last one counts
	anyKeys                   // nothing
)

// prepare looks at the file and matches it to the dataset.
func (s *Service) prepare(ctx context.Context, req LoadRequest, u *staged, spec semantic.DatasetSpec) (*plan, error) {
	format := req.Format
	if spec.Source != nil && spec.Source.Format != nil {
		format = overlay(*spec.Source.Format, format)
	}
	shape, err := sniff(u.path, s.Warehouse.Staging(), format, spec.Columns)
	if err != nil {
		return nil, err
	}
	p := &plan{spec: spec, shape: shape, stored: stored(spec)}
	if shape.format.Type == parquetType {
		if p.file, err = s.parquetColumns(ctx, shape); err != nil {
			return nil, err
		}
	}
	to, extra, missing, err := match(spec, shape.headers)
	if err != nil {
		return nil, err
	}
	p.to, p.extra, p.missing = to, extra, missing
	if len(extra) > 0 && !req.IgnoreExtra {
		return nil, errExtra(strings.Join(extra, ", "))
	}
	if len(missing) > 0 && !req.AllowMissing || len(missing) == len(spec.Columns) {
		return nil, errMissing(strings.Join(missing, ", "))
	}
	for _, key := range spec.PrimaryKey {
		i := slices.IndexFunc(spec.Columns, func(c semantic.Column) bool { return c.Name == key })
		if !slices.Contains(to, i) {
			return nil, errMissing(key)
		}
	}
	for _, c := range spec.Columns {
		z, err := s.zoneOf(spec, c)
		if err != nil {
			return nil, err
		}
		p.zones = append(p.zones, z)
	}
	return p, nil
}

// overlay puts what is set in b over a.
func overlay(a, b semantic.Format) semantic.Format {
	set := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	set(&a.Type, b.Type)
	set(&a.Delimiter, b.Delimiter)
	set(&a.Quote, b.Quote)
	set(&a.Encoding, strings.ToLower(b.Encoding))
	set(&a.Sheet, b.Sheet)
	if b.Header != nil {
		a.Header = b.Header
	}
	if b.SkipFooter != 0 {
		a.SkipFooter = b.SkipFooter
	}
	if b.Nulls != nil {
		a.Nulls = b.Nulls
	}
	return a
}

func stored(spec semantic.DatasetSpec) []warehouse.StoredColumn {
	out := make([]warehouse.StoredColumn, len(spec.Columns))
	for i, c := range spec.Columns {
		out[i] = warehouse.StoredColumn{Name: c.Name, Type: c.Type}
		if c.Type == expr.Decimal {
			out[i].Precision, out[i].Scale = c.Precision, c.Scale
			if c.Precision == 0 {
				out[i].Precision, out[i].Scale = 18, 6
				if c.Scale != 0 {
					out[i].Scale = c.Scale
				}
			}
		}
	}
	return out
}

// columns makes fresh converters for one pass, nil for columns to ignore.
func (p *plan) columns() []*column {
	out := make([]*column, len(p.to))
	for i, to := range p.to {
		if to < 0 {
			continue
		}
		c := p.spec.Columns[to]
		c.Precision, c.Scale = p.stored[to].Precision, p.stored[to].Scale
		out[i] = newColumn(c, to, p.shape.format.Nulls, p.zones[to])
		out[i].key = slices.Contains(p.spec.PrimaryKey, c.Name)
		out[i].serial = p.shape.format.Type == xlsxType
	}
	return out
}

// fast reports whether the engine may try to read the file by itself.
func (p *plan) fast() bool {
	f := p.shape.format
	if f.Type != csvType || f.Delimiter == "blanks" || f.SkipFooter > 0 || p.shape.multiple || len(p.to) < 2 ||
		p.shape.newline == "\r" {
		return false
	}
	for _, c := range p.columns() {
		if c == nil {
			continue
		}
		if len(c.nulls) > len(f.Nulls) || len(c.patterns) > 0 && (c.typ != expr.Date || p.format(c) == "") {
			return false
		}
	}
	return true
}

// format is the date pattern that the engine reads as this program does.
func (p *plan) format(c *column) string {
	if c.typ == expr.Date && len(c.patterns) == 1 && c.patterns[0] == "%Y%m%d" {
		return c.patterns[0]
	}
	return ""
}

// csv says how the engine reads the file by itself, or what is made of it.
func (p *plan) csv(path string, skip int64) warehouse.CSV {
	l := p.shape.layout()
	out := warehouse.CSV{Path: path, Delimiter: l.delimiter, Quote: l.quote, Newline: p.shape.newline,
		Skip: int(skip), Nulls: p.shape.format.Nulls}
	for i, c := range p.columns() {
		if c == nil {
			to := warehouse.Ignored
			if i == 0 && p.numbered && p.load.Lines {
				to = warehouse.LineColumn
			}
			out.Columns = append(out.Columns, warehouse.CSVColumn{To: to})
			continue
		}
		out.Columns = append(out.Columns, warehouse.CSVColumn{To: c.to, Format: p.format(c), Zone: c.zone.localSteps()})
	}
	return out
}

func (z *zone) localSteps() []warehouse.LocalStep {
	if z == nil {
		return nil
	}
	return z.steps
}
