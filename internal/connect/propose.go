package connect

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Offer is a dataset that reads a stream, for a person to look over.
type Offer struct {
	Stream source.Stream        `json:"stream"`
	Name   string               `json:"name"` // not taken yet
	Title  text.Text            `json:"title,omitzero"`
	Spec   semantic.DatasetSpec `json:"spec"`
	// Cursors are columns that may grow with every change, the likeliest first.
	Cursors []string `json:"cursors" nullable:"false"`
	// Records are some that were seen, where it takes a look at them to know the
	// columns.
	Records []json.RawMessage `json:"records,omitempty"`
	// Used names the datasets that read this stream already.
	Used []string `json:"used" nullable:"false"`
	// Detection is what was found in a file, where the stream is one of files.
	Detection *ingest.Detection `json:"detection,omitempty"`
}

// Ask names a stream. Format says how its files are written, where they are
// files; the rest is found out, here and of every file that is read.
type Ask struct {
	Stream string           `json:"stream"`
	Format *semantic.Format `json:"format,omitempty"`
}

// Propose looks at one stream and proposes a dataset for it.
func (s *Service) Propose(ctx context.Context, who access.Actor, connection string, ask Ask) (p Offer, err error) {
	if err := who.Must(access.Editor); err != nil {
		return p, err
	}
	spec, err := s.spec(connection)
	if err != nil {
		return p, err
	}
	inner, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if err := s.describe(inner, who, spec, ask, &p); err != nil {
		return p, late(ctx, inner, err)
	}
	called := ask.Stream[strings.LastIndex(ask.Stream, ".")+1:]
	switch {
	case p.Detection != nil:
		called = fileTitle(connection, ask.Stream)
		p.Spec = *p.Detection.Spec
		p.Spec.Source = &semantic.Source{Connection: connection, Table: ask.Stream, Format: ask.Format}
	case len(p.Stream.Columns) == 0:
		return p, fault.New(fault.Invalid, "no_columns", text.Text{
			EN: "{stream} has no columns that can be read", ZH: "{stream} 没有可读取的列"}, "stream", ask.Stream)
	default:
		p.Spec = draft(connection, p.Stream)
	}
	p.Cursors = cursors(p.Spec)
	if len(p.Stream.Modes) > 0 {
		p.Spec.Source.Sync = mode(p)
	}
	p.Name, p.Used = s.place(connection, ask.Stream, called)
	p.Title = semantic.TitleOf(called)
	return p, nil
}

// describe tells what is in a stream: by its columns, by a look at some records
// or, of files, into one.
func (s *Service) describe(ctx context.Context, who access.Actor, spec *semantic.ConnectionSpec, ask Ask, p *Offer) (err error) {
	src, err := s.Open(ctx, spec)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	if peeker, ok := src.(source.Peeker); ok {
		seen, err := peeker.Peek(ctx, ask.Stream)
		p.Stream, p.Records = seen.Stream, shortened(seen.Records)
		return errors.Join(err, seen.Wrong)
	}
	p.Stream, err = src.Describe(ctx, ask.Stream)
	files, ok := src.(source.Sampler)
	if err != nil || !ok {
		return err
	}
	var format semantic.Format
	if ask.Format != nil {
		format = *ask.Format
	}
	d, err := s.Look(ctx, who, format, func(to source.Spool) error { return files.Sample(ctx, ask.Stream, to) })
	p.Detection = &d
	return err
}

// fileTitle calls the rows of files by the file, or by the folder of many.
func fileTitle(connection, pattern string) string {
	for name := pattern; name != "." && name != "/"; name = path.Dir(name) {
		base := path.Base(name)
		if stem, _, _ := strings.Cut(base, "."); stem != "" && !strings.ContainsAny(stem, `*?[\`) {
			return stem
		}
	}
	return connection
}

// draft gives each column a name and the type it has there.
func draft(connection string, s source.Stream) semantic.DatasetSpec {
	headers := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		headers[i] = c.Name
	}
	names := semantic.NamesOf(headers)
	spec := semantic.DatasetSpec{Source: &semantic.Source{Connection: connection, Table: s.Name}}
	for i, c := range s.Columns {
		col := semantic.Column{Name: names[i], Type: c.Type}
		if c.Type == expr.Decimal {
			col.Precision, col.Scale = c.Precision, c.Scale
		}
		if names[i] != c.Name {
			col.Source, col.Title = c.Name, semantic.TitleOf(c.Name)
		}
		spec.Columns = append(spec.Columns, col)
	}
	for _, k := range s.Key {
		if i := slices.Index(headers, k); i >= 0 {
			spec.PrimaryKey = append(spec.PrimaryKey, names[i])
		}
	}
	spec.Time = timeOf(spec)
	return spec
}

// Parts of names that tell what a column is for, the likeliest first.
var (
	changed = []string{"updated", "modified", "changed", "last_update", "gmt_modified", "mtime"}
	happens = []string{"ordered", "paid", "sold", "occurred", "event", "created", "time", "date", "at"}
)

// cursors finds columns that may grow with every change: times of change, then
// the only column of an integer key, which grows with what is new.
func cursors(spec semantic.DatasetSpec) []string {
	out := []string{}
	for _, c := range byName(spec, changed) {
		if c.Type == expr.Timestamp {
			out = append(out, c.Name)
		}
	}
	for _, c := range spec.Columns {
		if c.Type == expr.Integer && slices.Equal(spec.PrimaryKey, []string{c.Name}) {
			out = append(out, c.Name)
		}
	}
	return out
}

// timeOf guesses when a row happened: not when it was changed.
func timeOf(spec semantic.DatasetSpec) string {
	for _, c := range byName(spec, happens) {
		if (c.Type == expr.Timestamp || c.Type == expr.Date) && !slices.ContainsFunc(changed, func(w string) bool { return strings.Contains(c.Name, w) }) {
			return c.Name
		}
	}
	return ""
}

// byName lists the columns whose name holds one of the words, by the order of
// the words.
func byName(spec semantic.DatasetSpec, words []string) (out []semantic.Column) {
	seen := map[string]bool{}
	for _, w := range words {
		for _, c := range spec.Columns {
			if !seen[c.Name] && (strings.Contains(c.Name, w) && len(w) > 2 || strings.HasSuffix(c.Name, "_"+w)) {
				seen[c.Name] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// mode takes the best way to read that the stream allows: what changed by its
// log, by a time of change, or everything.
func mode(p Offer) *semantic.Sync {
	sync := &semantic.Sync{Mode: semantic.SyncFull, Schedule: semantic.Schedule{Every: "1 hour"}}
	keyed := len(p.Spec.PrimaryKey) > 0
	cursor := ""
	if len(p.Cursors) > 0 && !slices.Contains(p.Spec.PrimaryKey, p.Cursors[0]) {
		cursor = p.Cursors[0]
	}
	switch {
	case keyed && slices.Contains(p.Stream.Modes, source.Changes):
		sync.Mode, sync.Every = semantic.SyncChanges, "5 minutes"
	case keyed && cursor != "" && slices.Contains(p.Stream.Modes, source.Incremental):
		sync.Mode, sync.Cursor, sync.Every = semantic.SyncIncremental, cursor, "15 minutes"
	}
	return sync
}

// place finds a name that is free, and who reads the stream already.
func (s *Service) place(connection, stream, called string) (name string, used []string) {
	snap := s.Catalog()
	used = []string{}
	for _, r := range snap.Published(semantic.KindDataset) {
		if spec, ok := r.Spec.(*semantic.DatasetSpec); ok && spec.Source != nil && spec.Source.Connection == connection && spec.Source.Table == stream {
			used = append(used, r.Metadata.Name)
		}
	}
	base := semantic.DatasetNameOf(called)
	name = base
	for n := 2; ; n++ {
		if _, taken := snap.Get(semantic.KindDataset, name); !taken {
			return name, used
		}
		name = base + "_" + strconv.Itoa(n)
	}
}
