package ingest

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// The modes of a load besides those of a file.
const (
	Change = "change" // rows by key that are new, changed or gone
	Retain = "retain" // rows hold keys alone; rows without one of these go
)

// SpoolLoad asks to load a spool.
type SpoolLoad struct {
	Spool   *Spool
	Dataset string
	// Spec is the dataset as it is to be read: with what is needed to read
	// values that are text at the source, and with zone UTC for instants.
	Spec     semantic.DatasetSpec
	Columns  map[string]string // of the table spooled: what the dataset calls a name there
	Mode     string            // replace | append | upsert | change | retain
	Name     string            // of what was read, for the ledger
	Mark     *string           // committed with the rows; nil leaves it
	Optional []string          // columns, as files call them, that a file need not have
	NoExtra  bool              // a file with columns that the dataset does not have is a fault
}

// LoadSpool loads what was spooled, in one commit, and waits for it. The spool
// stays the caller's to close. Loads of spools are told apart from those of
// files by the run of which they are a part: they leave no entry in the trail.
func (s *Service) LoadSpool(ctx context.Context, actor access.Actor, req SpoolLoad) (Load, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Load{}, err
	}
	r := s.unlisted(actor, req.Dataset, req.Mode, req.Name)
	r.load.BytesTotal = req.Spool.Bytes()
	defer close(r.done)
	parts, empty, err := s.spoolPlans(ctx, req)
	if len(empty) > 0 {
		r.warn(noteEmpty(empty))
	}
	for _, p := range parts {
		r.leavesOut(p)
		if len(p.extra) > 0 {
			r.warn(noteExtra(p.extra))
		}
	}
	if err == nil {
		err = s.room(req.Spool.Bytes())
	}
	if err == nil {
		spec := parts[0].spec
		load := warehouse.LoadSpec{ID: r.load.ID, Dataset: req.Dataset, Mode: req.Mode, File: req.Name,
			Actor: actor.Name, At: s.Now().UTC(), Zone: s.location(), Columns: parts[0].stored, Key: spec.PrimaryKey}
		for _, p := range parts {
			p.load = load
		}
		err = s.full(req.Spool.Bytes(), r.carry(ctx, parts, "", req.Mark, func() (string, error) { return "", nil }))
	}
	r.finish(ctx, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.snapshot(), err
}

// Missing looks for the rows of a spool of keys that are not here, though nothing
// was wrong with them, and changes nothing. It counts them, and gives the values,
// as the source writes them, of a further column that the spool has, once each and
// in order, at most so many; none for no column.
func (s *Service) Missing(ctx context.Context, actor access.Actor, req SpoolLoad, column string, most int) (n int64, values []string, err error) {
	if err := actor.Must(access.Editor); err != nil {
		return 0, nil, err
	}
	if err := req.Spool.flush(); err != nil {
		return 0, nil, err
	}
	r := s.unlisted(actor, req.Dataset, Retain, req.Name)
	defer close(r.done)
	req.Mode = Retain
	p, err := s.keyPlan(req, column)
	if err != nil {
		return 0, nil, err
	}
	p.load = warehouse.LoadSpec{ID: r.load.ID, Dataset: req.Dataset, Mode: Retain, Actor: actor.Name, At: s.Now().UTC(), Columns: p.stored, Key: p.spec.PrimaryKey}
	change, outcome, err := r.read(ctx, []*plan{p})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, change.Rollback()) }()
	if outcome.Rejected > 0 {
		return 0, nil, errKeysRejected
	}
	return change.Missing(ctx, column, most)
}

// keyPlan is for keys and one more column, which is read as text.
func (s *Service) keyPlan(req SpoolLoad, column string) (*plan, error) {
	spec := req.Spec
	spec.Columns = slices.DeleteFunc(slices.Clone(spec.Columns), func(c semantic.Column) bool {
		return c.Name != column && !slices.Contains(spec.PrimaryKey, c.Name)
	})
	for i, c := range spec.Columns {
		if c.Name == column && !slices.Contains(spec.PrimaryKey, column) {
			spec.Columns[i] = semantic.Column{Name: column, Source: c.Source, Type: expr.String}
		}
	}
	req.Spec, req.Mode = spec, Upsert // of these columns all
	p, err := s.tablePlan(req)
	if err == nil {
		p.keys = anyKeys
	}
	return p, err
}

// spoolPlans thinks the load of a spool through: one plan for a table, one for
// each file. Files without anything in them, as programs leave that had nothing to
// tell, are named and passed over; but all rows are not replaced by nothing.
func (s *Service) spoolPlans(ctx context.Context, req SpoolLoad) (out []*plan, empty []string, err error) {
	sp := req.Spool
	if err := sp.flush(); err != nil {
		return nil, nil, err
	}
	var nothing error
	for _, f := range sp.files {
		info, err := os.Stat(f.path)
		if err != nil {
			return nil, nil, err
		}
		u := &staged{Upload: Upload{Name: f.name, Bytes: info.Size()}, path: f.path}
		p, err := s.prepare(ctx, LoadRequest{Dataset: req.Dataset, IgnoreExtra: !req.NoExtra, AllowMissing: len(req.Optional) > 0}, u, req.Spec)
		if err == nil {
			err = req.lacks(p)
		}
		if errors.Is(err, errEmpty) {
			empty, nothing = append(empty, f.name), ofFile(f.name, err)
			continue
		}
		if err != nil {
			return nil, nil, ofFile(f.name, err)
		}
		p.name = f.name
		if (req.Mode == Change || req.Mode == Upsert) && len(req.Spec.PrimaryKey) > 0 {
			p.keys = foldKeys // what a later file says counts
		}
		out = append(out, p)
	}
	switch {
	case len(out) > 0:
		return out, empty, nil
	case nothing != nil && req.Mode == Replace:
		return nil, nil, nothing
	}
	p, err := s.tablePlan(req)
	if err != nil {
		return nil, nil, err
	}
	p.empty = p.empty || nothing != nil
	return []*plan{p}, empty, nil
}

// lacks is the fault for columns that a file must have and has not.
func (req SpoolLoad) lacks(p *plan) error {
	missing := slices.DeleteFunc(slices.Clone(p.missing), func(name string) bool { return slices.Contains(req.Optional, name) })
	if len(missing) == 0 {
		return nil
	}
	return errMissing(strings.Join(missing, ", "))
}

// Others looks into the files of a spool, as into those that are uploaded, for
// columns that the dataset has not and that have values, and proposes how to read
// them.
func (s *Service) Others(ctx context.Context, actor access.Actor, req SpoolLoad) ([]semantic.Column, error) {
	if err := actor.Must(access.Editor); err != nil {
		return nil, err
	}
	if err := req.Spool.flush(); err != nil {
		return nil, err
	}
	var out []semantic.Column
	for _, f := range req.Spool.files {
		d, err := s.detect(ctx, &staged{Upload: Upload{Name: f.name}, path: f.path}, DetectRequest{Dataset: req.Dataset})
		if errors.Is(err, errEmpty) {
			continue
		}
		if err != nil {
			return nil, ofFile(f.name, err)
		}
		for _, c := range d.Columns {
			if c.Values == 0 || !slices.Contains(d.Extra, c.Header) {
				continue
			}
			col := c.proposed()
			i := slices.IndexFunc(out, func(o semantic.Column) bool {
				return semantic.Fold(cmp.Or(o.Source, o.Name)) == semantic.Fold(c.Header)
			})
			if i < 0 {
				out = append(out, col)
				continue
			}
			out[i] = either(out[i], col)
		}
	}
	return out, nil
}

// either is a column that takes what two files have under one header.
func either(a, b semantic.Column) semantic.Column {
	switch {
	case a.Type == b.Type && a.Format == b.Format && a.Type != expr.Decimal:
	case a.Type.IsNumber() && b.Type.IsNumber() && a.Format == b.Format:
		if a.Type == expr.Float || b.Type == expr.Float {
			a.Type, a.Precision, a.Scale = expr.Float, 0, 0
			break
		}
		digits := func(c semantic.Column) int { // in front of the point
			if c.Type == expr.Integer {
				return 18
			}
			return c.Precision - c.Scale
		}
		scale := max(a.Scale, b.Scale)
		a.Type, a.Precision, a.Scale = expr.Decimal, min(max(digits(a), digits(b))+scale, 38), scale
	default:
		a.Type, a.Precision, a.Scale, a.Format = expr.String, 0, 0, ""
	}
	return a
}

// ofFile names the file that a fault is about; empty for the only one.
func ofFile(name string, err error) error {
	var f *fault.Error
	if name == "" || !errors.As(err, &f) || f.Kind == fault.Canceled {
		return err
	}
	return fault.New(f.Kind, f.Code, text.Text{EN: "{file}: {why}", ZH: "{file}：{why}"}, "file", name, "why", f.Text).Wrap(err)
}

// tablePlan is for rows as spoolRows writes them.
func (s *Service) tablePlan(req SpoolLoad) (*plan, error) {
	sp, spec := req.Spool, req.Spec
	if req.Mode == Retain {
		spec.Columns = slices.DeleteFunc(slices.Clone(spec.Columns), func(c semantic.Column) bool {
			return !slices.Contains(spec.PrimaryKey, c.Name)
		})
	}
	p := &plan{spec: spec, stored: stored(spec), numbered: sp.numbered, keys: uniqueKeys, table: true}
	switch {
	case req.Mode == Retain:
		p.keys = anyKeys
	case sp.numbered && len(spec.PrimaryKey) > 0 && (req.Mode == Change || req.Mode == Upsert || sp.options.Numbered):
		p.keys = foldKeys
	}
	none := 0
	p.shape = &shape{newline: "\n", headers: slices.Clone(sp.header),
		format: semantic.Format{Type: csvType, Delimiter: ",", Quote: `"`, Encoding: utf8Encoding, Header: &none}}
	if p.empty = sp.disk.n == 0; sp.file != nil {
		p.shape.path = sp.file.Name()
	}
	if sp.numbered {
		p.shape.headers = append([]string{"_row"}, p.shape.headers...)
		p.to = append(p.to, warehouse.Ignored)
	}
	for _, h := range sp.header {
		p.to = append(p.to, slices.IndexFunc(spec.Columns, func(c semantic.Column) bool { return c.Name == req.Columns[h] }))
	}
	var raw strings.Builder
	w := csv.NewWriter(&raw)
	if err := w.Write(p.shape.headers); err != nil {
		return nil, err
	}
	w.Flush()
	p.shape.raw = strings.TrimSuffix(raw.String(), "\n")
	for _, c := range spec.Columns {
		z, err := s.zoneOf(spec, c)
		if err != nil {
			return nil, err
		}
		p.zones = append(p.zones, z)
	}
	return p, nil
}

var errKeysRejected = fault.New(fault.Invalid, "keys_unreadable", text.Text{
	EN: "some keys of the source do not fit the key's columns, so it cannot be said which rows are gone; give the key's columns types that take all of them",
	ZH: "来源中有主键值与主键列的类型不符，无法判断哪些行已被删除；请把主键列改成能容纳全部取值的类型"})
