package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// detectRecords is how many records detection looks at.
const detectRecords = 20_000

// Detect looks at an upload and says how it is written and what its columns
// hold. Nothing is changed.
func (s *Service) Detect(ctx context.Context, actor access.Actor, req DetectRequest) (Detection, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Detection{}, err
	}
	u, release, err := s.use(req.Upload)
	if err != nil {
		return Detection{}, err
	}
	defer release()
	return s.detect(ctx, u, req)
}

// DetectSpooled looks at the file that fill writes, as Detect does at an
// upload. Nothing of it is kept.
func (s *Service) DetectSpooled(ctx context.Context, actor access.Actor, format semantic.Format, fill func(source.Spool) error) (d Detection, err error) {
	if err := actor.Must(access.Editor); err != nil {
		return Detection{}, err
	}
	sp, err := s.NewSpool(SpoolOptions{})
	if err != nil {
		return Detection{}, err
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	if err := fill(sp); err != nil {
		return Detection{}, err
	}
	if len(sp.files) != 1 {
		return Detection{}, fmt.Errorf("detect: %d files were spooled", len(sp.files))
	}
	f := sp.files[0]
	return s.detect(ctx, &staged{Upload: Upload{Name: f.name}, path: f.path}, DetectRequest{Format: format})
}

func (s *Service) detect(ctx context.Context, u *staged, req DetectRequest) (Detection, error) {
	spec, known := s.Dataset(req.Dataset)
	if req.Dataset != "" && !known {
		return Detection{}, errNoDataset(req.Dataset)
	}
	format := req.Format
	if spec.Source != nil && spec.Source.Format != nil {
		format = overlay(*spec.Source.Format, format)
	}
	shape, err := sniff(u.path, s.Warehouse.Staging(), format, spec.Columns)
	if err != nil {
		return Detection{}, err
	}
	d := Detection{Format: shape.format, Sheets: shape.sheets, Skipped: shape.skipped, Footer: shape.footer,
		Dataset: req.Dataset, Name: semantic.DatasetNameOf(u.Name), Sample: [][]*string{}, Columns: []DetectedColumn{}, Key: []KeyCandidate{}}
	looks, told, inside, err := s.look(ctx, shape, &d)
	if err != nil {
		return Detection{}, err
	}
	names := semantic.NamesOf(shape.headers)
	for i, l := range looks {
		l.dates = i < len(shape.dates) && shape.dates[i]
		c := l.conclude(shape.format.Type == xlsxType)
		c.Name = names[i]
		if c.Header != c.Name {
			c.Title = semantic.TitleOf(c.Header)
		}
		d.Columns = append(d.Columns, c)
	}
	for _, c := range d.Columns {
		if c.dayFirstToo() {
			d.Warnings = append(d.Warnings, noteDayOrMonth(c.Header))
		}
	}
	if format.Sheet == "" && len(d.Sheets) > 1 {
		d.Warnings = append(d.Warnings, noteSheets(shape.format.Sheet, d.Sheets))
	}
	quotedMeansText(looks, d.Columns)
	d.Key = keyCandidates(looks, d.Columns, told)
	d.Time = timeColumn(d.Columns)
	if known {
		to, extra, missing, err := match(spec, shape.headers)
		if err != nil {
			return Detection{}, err
		}
		d.Spec, d.Extra, d.Missing = &spec, extra, missing
		judgeDeclared(spec, to, shape.format, looks, d.Columns)
		names = named(spec, to, names)
	} else {
		d.Spec = proposal(&d, format.SkipFooter)
	}
	if inside.n > 0 {
		d.Warnings = append(d.Warnings, noteTotals(&inside, names[inside.column], req.Dataset))
	}
	return d, s.loadedBefore(ctx, u, req.Dataset, &d)
}

// look reads the first records and collects what is in the columns; told is how
// many records tell of them, inside which of them look like totals.
func (s *Service) look(ctx context.Context, shape *shape, d *Detection) (looks []*look, told int, inside totals, err error) {
	var in *closing
	if shape.format.Type == parquetType {
		p := &plan{shape: shape}
		if p.file, err = s.parquetColumns(ctx, shape); err != nil {
			return nil, 0, inside, err
		}
		in, err = s.parquetRecords(ctx, p)
		if err != nil {
			return nil, 0, inside, err
		}
		for _, c := range p.file {
			looks = append(looks, newLook(c.Name, shape.format.Nulls, c.Type, c.Precision, c.Scale))
		}
	} else {
		if in, err = shape.open(nil); err != nil {
			return nil, 0, inside, err
		}
		for _, h := range shape.headers {
			looks = append(looks, newLook(h, shape.format.Nulls, "", 0, 0))
		}
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	room := keepTotal
	for _, l := range looks {
		l.room = &room
	}
	var rec record
	ragged, blank := 0, 0
	for d.Sampled < detectRecords {
		err := in.next(&rec)
		if errors.Is(err, io.EOF) {
			d.Complete = true
			break
		}
		if err != nil {
			return nil, 0, inside, err
		}
		d.Sampled++
		if rec.reason != "" || len(rec.cells) != len(looks) {
			ragged++
			continue
		}
		first := rec.first()
		if first == "" && shape.format.Type == csvType {
			blank++
			continue // it has no key either, and says nothing about types
		}
		if isTotal(first) {
			at := slices.IndexFunc(rec.cells, func(c cell) bool { return len(bytes.TrimSpace(c.text)) > 0 })
			inside.add(at, strings.TrimSpace(first), rec.line, 1)
		}
		for i, l := range looks {
			l.add(rec.line, rec.cells[i])
		}
		if len(d.Sample) < 50 {
			d.Sample = append(d.Sample, texts(looks, rec.cells))
		}
	}
	if ragged > 0 {
		d.Warnings = append(d.Warnings, noteRagged(ragged, d.Sampled))
	}
	if blank > 0 {
		d.Warnings = append(d.Warnings, noteBlank(blank, d.Sampled))
	}
	return looks, d.Sampled - ragged - blank, inside, nil
}

func texts(looks []*look, cells []cell) []*string {
	out := make([]*string, len(cells))
	for i, c := range cells {
		if !looks[i].missing(c) {
			s := string(readable(text.Clip(c.text, 500)))
			out[i] = &s
		}
	}
	return out
}

// quotedMeansText keeps whole numbers as text where the writer put quotes around
// them but not around other numbers: they are names, not quantities. Amounts
// such as "1,234.50" are quoted only for the comma in them.
func quotedMeansText(looks []*look, columns []DetectedColumn) {
	bare := slices.ContainsFunc(looks, func(l *look) bool { return l.values > 0 && l.quoted == 0 })
	if !bare {
		return
	}
	for i, l := range looks {
		if l.values > 0 && l.quoted == l.values && columns[i].Type == expr.Integer && columns[i].Format == "" {
			columns[i].Type, columns[i].Format, columns[i].Rescued = expr.String, "", 0
			columns[i].Precision, columns[i].Scale = 0, 0
			columns[i].Bad, columns[i].BadCells = 0, nil
		}
	}
}

// judgeDeclared replaces what was guessed by what the dataset declares, with
// the values that do not fit it.
func judgeDeclared(spec semantic.DatasetSpec, to []int, format semantic.Format, looks []*look, columns []DetectedColumn) {
	kept := stored(spec)
	for i, t := range to {
		if t < 0 {
			continue
		}
		c := spec.Columns[t]
		c.Precision, c.Scale = kept[t].Precision, kept[t].Scale
		conv := newColumn(c, t, format.Nulls, nil)
		conv.serial = format.Type == xlsxType
		d := &columns[i]
		d.Name, d.Type, d.Precision, d.Scale, d.Format, d.Title, d.Rescued =
			c.Name, c.Type, c.Precision, c.Scale, c.Format, c.Title, 0
		d.Bad, d.BadCells = looks[i].misfits(conv)
	}
}

// keyCandidates proposes single columns without gaps or repeats, then pairs.
func keyCandidates(looks []*look, columns []DetectedColumn, records int) []KeyCandidate {
	out := []KeyCandidate{}
	if records < 2 {
		return out
	}
	for i, l := range looks {
		if l.unique() && l.missed == 0 && l.values == records && columns[i].Bad == 0 && columns[i].Type != expr.Float &&
			columns[i].Type != expr.Decimal {
			out = append(out, KeyCandidate{Columns: []string{columns[i].Name}, Rows: records})
		}
	}
	slices.SortStableFunc(out, func(a, b KeyCandidate) int { return keyRank(a, columns) - keyRank(b, columns) })
	return out
}

// keyRank puts names that say "id" first and times last.
func keyRank(k KeyCandidate, columns []DetectedColumn) int {
	for _, c := range columns {
		if c.Name != k.Columns[0] {
			continue
		}
		name := strings.ToLower(c.Header + " " + c.Name)
		switch {
		case c.Type.IsTime():
			return 3
		case strings.Contains(name, "id") || strings.Contains(name, "编号") || strings.Contains(name, "单号") || strings.Contains(name, "key"):
			return 0
		}
		return 1
	}
	return 2
}

func timeColumn(columns []DetectedColumn) string {
	best, bestScore := "", 0
	for _, c := range columns {
		if !c.Type.IsTime() || c.Values == 0 {
			continue
		}
		score := 2
		name := strings.ToLower(c.Header + " " + c.Name)
		for _, w := range []string{"order", "transaction", "下单", "交易", "发生", "event", "created", "日期", "date", "时间"} {
			if strings.Contains(name, w) {
				score++
			}
		}
		if c.Type == expr.Timestamp {
			score++
		}
		if c.Missing > 0 {
			score -= 2
		}
		if score > bestScore {
			best, bestScore = c.Name, score
		}
	}
	return best
}

// proposal writes the dataset that the detection suggests; said is how many rows
// at the end somebody said are no data.
func proposal(d *Detection, said int) *semantic.DatasetSpec {
	spec := &semantic.DatasetSpec{Time: d.Time}
	for _, c := range d.Columns {
		spec.Columns = append(spec.Columns, c.proposed())
	}
	if len(d.Key) > 0 && keyRank(d.Key[0], d.Columns) == 0 {
		spec.PrimaryKey = d.Key[0].Columns
	}
	format := d.Format
	format.SkipFooter = said // what was found is of this file, the next may have none
	spec.Source = &semantic.Source{Format: &format}
	return spec
}

// proposed is the column of a dataset that takes what the file has.
func (c DetectedColumn) proposed() semantic.Column {
	out := semantic.Column{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale, Format: c.Format, Nulls: c.Nulls, Title: c.Title}
	if c.Header != c.Name {
		out.Source = c.Header
	}
	return out
}

// loadedBefore notes when this very file was loaded already.
func (s *Service) loadedBefore(ctx context.Context, u *staged, dataset string, d *Detection) error {
	if u.Hash == "" {
		return nil // an adopted file: the load itself will tell
	}
	list, err := s.Warehouse.Ledger(ctx, dataset, 1000)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Hash == u.Hash && e.Mode != "recast" {
			at := e.At
			d.LoadedAt = &at
			d.Warnings = append(d.Warnings, noteSameFile(at))
			return nil
		}
	}
	return nil
}
