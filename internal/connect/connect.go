// Package connect tries connections, shows what can be read on them, and
// proposes the datasets to read it with.
package connect

import (
	"context"
	"errors"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Config is what a Service needs; everything must be given.
type Config struct {
	// Open connects. Secrets are read on the way; faults hold none.
	Open    func(ctx context.Context, spec *semantic.ConnectionSpec) (source.Source, error)
	Catalog func() catalog.Snapshot
	// Look says what is in the file that fill writes.
	Look func(ctx context.Context, who access.Actor, format semantic.Format, fill func(source.Spool) error) (ingest.Detection, error)
	Now  func() time.Time
}

// Service answers what people ask of connections.
type Service struct{ Config }

// New makes a Service.
func New(c Config) *Service { return &Service{c} }

// patience bounds every call: somebody is waiting.
const patience = 30 * time.Second

// Trial is what trying a connection has shown. What went wrong is part of the
// answer: to find it out is what trying is for.
type Trial struct {
	OK      bool     `json:"ok"`
	Millis  int64    `json:"millis"`
	Streams int      `json:"streams"` // tables or the like that can be read
	Error   *Failure `json:"error,omitempty"`
}

// Failure is a fault in words.
type Failure struct {
	Code string    `json:"code"`
	Text text.Text `json:"text"`
}

// Test tries a connection as it is written, stored or not. The secrets it names
// are those that were typed, or kept already.
func (s *Service) Test(ctx context.Context, who access.Actor, d Draft) (Trial, error) {
	ctx, err := d.ready(ctx, who)
	if err != nil {
		return Trial{}, err
	}
	return s.test(ctx, &d.Spec)
}

// TestStored tries a connection of the catalog.
func (s *Service) TestStored(ctx context.Context, who access.Actor, name string) (Trial, error) {
	if err := who.Must(access.Editor); err != nil {
		return Trial{}, err
	}
	spec, err := s.spec(name)
	if err != nil {
		return Trial{}, err
	}
	return s.test(ctx, spec)
}

func (s *Service) test(ctx context.Context, spec *semantic.ConnectionSpec) (r Trial, err error) {
	began := s.Now()
	inner, stop := context.WithTimeout(ctx, patience)
	defer stop()
	streams, err := s.streams(inner, spec)
	r.Millis = s.Now().Sub(began).Milliseconds()
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if err != nil {
		r.Error = note(inner, err)
		return r, nil
	}
	r.OK, r.Streams = true, len(streams)
	return r, nil
}

// Streams lists what can be read on a connection.
func (s *Service) Streams(ctx context.Context, who access.Actor, name string) ([]source.Stream, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	spec, err := s.spec(name)
	if err != nil {
		return nil, err
	}
	inner, stop := context.WithTimeout(ctx, patience)
	defer stop()
	list, err := s.streams(inner, spec)
	return list, late(ctx, inner, err)
}

func (s *Service) streams(ctx context.Context, spec *semantic.ConnectionSpec) (list []source.Stream, err error) {
	src, err := s.Open(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	return src.Discover(ctx)
}

func (s *Service) spec(name string) (*semantic.ConnectionSpec, error) {
	r, ok := s.Catalog().Get(semantic.KindConnection, name)
	if ok {
		if spec, ok := r.Spec.(*semantic.ConnectionSpec); ok {
			return spec, nil
		}
	}
	return nil, semantic.UnknownConnection(name)
}

// invalid makes a fault of what is wrong with a draft.
func invalid(findings []catalog.Finding) error {
	var fields []fault.Field
	for _, f := range findings {
		if f.Severity == catalog.Error {
			fields = append(fields, fault.Field{Path: f.Path, Code: f.Rule, Text: f.Text})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	out := fault.New(fault.Invalid, "invalid_connection", fields[0].Text)
	out.Fields = fields
	return out
}

var noAnswer = text.Text{
	EN: "nobody answered within {seconds} seconds: check host, port and that a firewall lets this server through",
	ZH: "{seconds} 秒内没有响应：请检查主机、端口，以及防火墙是否放行本服务器"}

// late says so when it was our patience that ran out, not the caller's.
func late(outer, inner context.Context, err error) error {
	if err != nil && outer.Err() == nil && inner.Err() != nil {
		return fault.New(fault.Unavailable, "no_answer", noAnswer, "seconds", int(patience.Seconds())).Wrap(err)
	}
	return err
}

func note(ctx context.Context, err error) *Failure {
	f := fault.Of(late(context.Background(), ctx, err))
	return &Failure{f.Code, f.Text}
}
