package datasync

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// plan is what is read from where, and what it is called here.
type plan struct {
	spec    semantic.DatasetSpec // as the rows of the source are to be read
	columns map[string]string    // names there to names here
	request source.Request       // but for mark, range and limits
	seen    map[string]expr.Type // all columns there
	drift   []Drift
	first   bool // what the source looks like was not known before
	once    bool // nothing can be read a second time
	ranged  bool // rows can be had by the value of a cursor that is no part of the key
	// zones are those of columns whose times say none there; clock is that of the
	// cursor, nil when its values are moments.
	zones []string
	clock *time.Location
}

// planned matches a dataset to its stream. New columns there are taken in
// first, when the dataset says so.
func (s *Service) planned(ctx context.Context, l *live, spec semantic.DatasetSpec, stream source.Stream) (*plan, error) {
	r := l.run
	s.mu.Lock()
	known, drift := s.memories[r.Dataset].Columns, s.memories[r.Dataset].Drift
	s.mu.Unlock()
	if r.Full {
		known = nil // everything is as it is now
	}
	for _, d := range drift { // a sample need not have what was seen when all was read
		there := slices.ContainsFunc(stream.Columns, func(c source.Column) bool { return c.Name == d.Column })
		if stream.Sampled && !r.Full && !there {
			stream.Columns = append(slices.Clone(stream.Columns), source.Column{Name: d.Column, Type: d.Type, Native: d.Native})
		}
	}
	p, err := s.match(r.Dataset, spec, stream, known)
	if err != nil || len(p.drift) == 0 {
		return s.named(r.Dataset, spec, p), err
	}
	var names []string
	for _, d := range p.drift {
		names = append(names, d.Column)
	}
	switch spec.Source.Sync.Drift {
	case semantic.DriftFail:
		return nil, errDrift(spec.Source.Table, r.Dataset, names)
	case semantic.DriftAdd:
		if err := s.AddColumns(ctx, r.Dataset, columnsOf(spec, stream, p.drift)); err != nil {
			return nil, err
		}
		s.warnAdded(l, spec.Source.Table, names)
		if spec, err = s.synced(r.Dataset); err != nil {
			return nil, err
		}
		p, err = s.match(r.Dataset, spec, stream, known)
		return s.named(r.Dataset, spec, p), err
	}
	s.warnNew(l, spec.Source.Table, names)
	return s.named(r.Dataset, spec, p), nil
}

func (s *Service) named(dataset string, spec semantic.DatasetSpec, p *plan) *plan {
	if p != nil {
		p.request.Reader = s.reader(dataset, spec.Source)
	}
	return p
}

func (s *Service) warn(l *live, code string, t text.Text) {
	s.update(l, func(r *Run) {
		if !slices.ContainsFunc(r.Warnings, func(n ingest.Note) bool { return n.Code == code }) {
			r.Warnings = append(slices.Clone(r.Warnings), ingest.Note{Code: code, Text: t})
		}
	})
}

// match finds each column of the dataset in the stream. A stream that does not
// tell its columns, as files do not, is matched when it is loaded.
func (s *Service) match(dataset string, spec semantic.DatasetSpec, stream source.Stream, known map[string]expr.Type) (*plan, error) {
	sync := spec.Source.Sync
	if len(stream.Modes) > 0 && !slices.Contains(stream.Modes, sync.Mode) {
		return nil, errMode(stream.Name, sync.Mode, stream.Why[sync.Mode])
	}
	p := &plan{spec: spec, first: known == nil, columns: map[string]string{}, seen: map[string]expr.Type{}, once: stream.Once,
		request: source.Request{Stream: spec.Source.Table, Mode: sync.Mode, Lookback: sync.LookbackSpan(), LookbackNumber: sync.LookbackNumber()}}
	p.spec.Columns = slices.Clone(spec.Columns)
	there := map[string]string{} // names here to names there
	var gone []string
	for i := range p.spec.Columns {
		c := &p.spec.Columns[i]
		column, ok := find(stream, *c)
		if !ok {
			gone = append(gone, column.Name)
			continue
		}
		if !stream.Sampled {
			if err := fits(dataset, stream, column, *c, known); err != nil {
				return nil, err
			}
		}
		there[c.Name] = column.Name
		p.columns[column.Name] = c.Name
		switch {
		case stream.Sampled && c.Type == expr.Timestamp:
			column.Zone = s.zoneOf(spec, *c)
			c.Zone = "UTC" // the connector was told that it is one
		case local(column) && c.Type == expr.Timestamp:
			zone := s.zoneOf(spec, *c)
			if p.zones = append(p.zones, zone.String()); c.Name == sync.Cursor {
				p.clock = zone
			}
			c.Format = ""
		case !stream.Sampled && len(stream.Columns) > 0:
			asRead(c, column.Type)
		}
		column.Type, column.Precision, column.Scale = c.Type, c.Precision, c.Scale // what is wanted
		p.request.Columns = append(p.request.Columns, column)
	}
	if len(gone) > 0 {
		return nil, errGone(stream.Name, dataset, gone)
	}
	for _, k := range spec.PrimaryKey {
		p.request.Key = append(p.request.Key, there[k])
	}
	p.request.Cursor = there[sync.Cursor]
	p.ranged = !stream.Sampled && len(stream.Columns) > 0 && !slices.Contains(spec.PrimaryKey, sync.Cursor)
	if stream.Sampled { // what an earlier sample had is known, too
		for name, t := range known {
			p.seen[name] = t
		}
	}
	for _, c := range stream.Columns {
		p.seen[c.Name] = c.Type
		_, here := p.columns[c.Name]
		if _, was := known[c.Name]; known != nil && !was && !here {
			p.drift = append(p.drift, Drift{Column: c.Name, Type: c.Type, Native: c.Native})
		}
	}
	return p, nil
}

// find gives the stream's column for one of the dataset, with the type wanted.
func find(stream source.Stream, c semantic.Column) (source.Column, bool) {
	name := c.Source
	if name == "" {
		name = c.Name
	}
	out := source.Column{Name: name, Type: c.Type, Precision: c.Precision, Scale: c.Scale}
	if len(stream.Columns) == 0 {
		return out, true
	}
	i := slices.IndexFunc(stream.Columns, func(x source.Column) bool { return x.Name == name })
	if i < 0 {
		for k, x := range stream.Columns {
			if semantic.Fold(x.Name) != semantic.Fold(name) {
				continue
			}
			if i >= 0 {
				return out, false // two that differ only in case: the source must be written as it is
			}
			i = k
		}
	}
	if i < 0 {
		return out, stream.Sampled
	}
	return stream.Columns[i], true
}

// fits checks that what a column holds there can be kept here.
func fits(dataset string, stream source.Stream, there source.Column, here semantic.Column, known map[string]expr.Type) error {
	if there.Type == here.Type || there.Type == "" || holds(here.Type, there.Type) || there.Counts && holds(here.Type, expr.Integer) {
		return nil
	}
	if was, ok := known[there.Name]; ok && was != there.Type {
		return errRetyped(stream.Name, dataset, there.Name, string(was), string(there.Type), string(here.Type))
	}
	if there.Type != expr.String && !near(there.Type, here.Type) {
		return errUnfit(stream.Name, dataset, there.Name, string(there.Type), string(here.Type))
	}
	return nil
}

// holds reports whether a type takes every value of another one.
func holds(to, from expr.Type) bool {
	switch {
	case to == expr.String:
		return true
	case from == expr.Integer:
		return to.IsNumber()
	case from == expr.Date:
		return to == expr.Timestamp
	}
	return false
}

// near reports whether some values of a type are values of the other: those
// that are not are set aside one by one.
func near(a, b expr.Type) bool {
	return a.IsNumber() && b.IsNumber() || a.IsTime() && b.IsTime() || a == expr.Integer && b == expr.Boolean
}

// local reports whether times of a column are what clocks showed, which they are
// in the column's zone here.
func local(c source.Column) bool { return c.Local || c.Type == expr.Date }

// zoneOf is the zone of times in a column that say none.
func (s *Service) zoneOf(spec semantic.DatasetSpec, c semantic.Column) *time.Location {
	if zone := cmp.Or(c.Zone, spec.Zone); zone != "" {
		if loc, err := time.LoadLocation(zone); err == nil { // it was checked with the definition
			return loc
		}
	}
	return s.zone()
}

// stamp is how times are written in a spool, and in the range of a run.
const stamp = "2006-01-02 15:04:05.999999"

// bound writes a moment as values of the cursor are written.
func (p *plan) bound(value string) string {
	at, err := time.Parse(stamp, value)
	if p.clock == nil || err != nil {
		return value
	}
	return at.In(p.clock).Format(stamp)
}

// asRead says how a column's text is read: as the source writes it, and by the
// definition's formats only where it is text there.
func asRead(c *semantic.Column, there expr.Type) {
	if there == expr.String && c.Type != expr.String {
		return
	}
	c.Format = ""
	if c.Type == expr.Timestamp {
		c.Zone = "UTC"
	}
}

// columnsOf makes columns for new ones at the source.
func columnsOf(spec semantic.DatasetSpec, stream source.Stream, drift []Drift) []semantic.Column {
	taken := names(spec)
	var out []semantic.Column
	for _, d := range drift {
		i := slices.IndexFunc(stream.Columns, func(c source.Column) bool { return c.Name == d.Column })
		there := stream.Columns[i]
		name := semantic.NameOf(d.Column)
		if name == "" {
			name = "column"
		}
		name = unlike(taken, name)
		c := semantic.Column{Name: name, Type: there.Type}
		if there.Type == expr.Decimal {
			c.Precision, c.Scale = there.Precision, there.Scale
		}
		if name != d.Column {
			c.Source, c.Title = d.Column, semantic.TitleOf(d.Column)
		}
		out = append(out, c)
	}
	return out
}

// names are those that a column may not have, because the dataset has them.
func names(spec semantic.DatasetSpec) map[string]bool {
	taken := map[string]bool{}
	for _, c := range spec.Columns {
		taken[c.Name] = true
	}
	for _, d := range spec.Dimensions {
		taken[d.Name] = true
	}
	return taken
}

// unlike is a name that is not taken yet, and is from then on.
func unlike(taken map[string]bool, base string) string {
	name := base
	for n := 2; taken[name]; n++ {
		name = base + "_" + strconv.Itoa(n)
	}
	taken[name] = true
	return name
}

// learn takes in the columns that rows had while they were read. Those of the
// first read are known from then on, as those of a sample are; later ones are new,
// and the next run does with them what the dataset says.
func (s *Service) learn(l *live, p *plan, others []source.Column) {
	var names []string
	for _, c := range others {
		_, known := p.seen[c.Name]
		_, here := p.columns[c.Name]
		if known || here {
			continue
		}
		p.seen[c.Name] = c.Type
		if !p.first {
			p.drift = append(p.drift, Drift{Column: c.Name, Type: c.Type, Native: c.Native})
			names = append(names, c.Name)
		}
	}
	if len(names) > 0 {
		s.warnNew(l, p.request.Stream, names)
	}
}

func (s *Service) warnNew(l *live, table string, names []string) {
	s.warn(l, "columns_new", text.Text{EN: "{table} has columns that the dataset has not: {columns}",
		ZH: "{table} 有数据集中没有的列：{columns}"}.With("table", table, "columns", strings.Join(names, ", ")))
}

// accept remembers, after a run that was done, what the source looks like.
func (s *Service) accept(ctx context.Context, r Run, p *plan) error {
	return s.memorise(ctx, r.Dataset, func(m *Memory) {
		columns := map[string]expr.Type{}
		for name, t := range p.seen {
			if !slices.ContainsFunc(p.drift, func(d Drift) bool { return d.Column == name }) {
				columns[name] = t
			}
		}
		m.Columns, m.Drift = columns, p.drift
	})
}

// normal checks what is asked, and writes the range as the cursor's text.
func (s *Service) normal(spec semantic.DatasetSpec, req Request) (Request, error) {
	if req.From == "" && req.To == "" {
		return req, nil
	}
	if req.Full {
		return req, errRangeAndFull
	}
	i := slices.IndexFunc(spec.Columns, func(c semantic.Column) bool { return c.Name == spec.Source.Sync.Cursor })
	if spec.Source.Sync.Mode != semantic.SyncIncremental || i < 0 {
		return req, errNoRange
	}
	for _, text := range []*string{&req.From, &req.To} {
		if *text == "" {
			continue
		}
		value, ok := cursorText(*text, spec.Columns[i].Type, s.zone())
		if !ok {
			return req, errRange(*text)
		}
		*text = value
	}
	return req, nil
}

// cursorText writes a bound as texts of the cursor's type are written.
func cursorText(value string, t expr.Type, zone *time.Location) (string, bool) {
	value = strings.TrimSpace(value)
	switch t {
	case expr.Integer:
		n, err := strconv.ParseInt(value, 10, 64)
		return strconv.FormatInt(n, 10), err == nil
	case expr.Date:
		d, err := time.Parse(time.DateOnly, value)
		return d.Format(time.DateOnly), err == nil
	case expr.Timestamp:
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01-02 15:04", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999"} {
			if at, err := time.ParseInLocation(layout, value, zone); err == nil {
				return at.UTC().Format(stamp), true
			}
		}
	}
	return "", false
}
