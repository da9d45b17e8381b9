package connect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Draft is a connection as it is being written, with secrets that were typed and
// are not kept yet, by the names that the definition has for them.
type Draft struct {
	Spec    semantic.ConnectionSpec `json:"spec"`
	Secrets map[string]string       `json:"secrets,omitempty"`
}

type typedKey struct{}

// Typed gives a secret that was typed for a trial and is not in the vault.
func Typed(ctx context.Context, name string) (string, bool) {
	typed, _ := ctx.Value(typedKey{}).(map[string]string)
	value, ok := typed[name]
	return value, ok
}

// ready checks a draft, and gives a context in which its secrets are known.
func (d *Draft) ready(ctx context.Context, who access.Actor) (context.Context, error) {
	if err := who.Must(access.Admin); err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, typedKey{}, d.Secrets), invalid(d.Spec.Validate(catalog.Metadata{}))
}

// Glimpse is some of what a stream gives, for a person to look at.
type Glimpse struct {
	// Error is what is wrong: nobody answers, or records or pages are not found.
	Error   *Failure        `json:"error,omitempty"`
	Columns []source.Column `json:"columns" nullable:"false"`
	// Records are the first ones, with long texts and lists made shorter.
	Records []json.RawMessage `json:"records" nullable:"false"`
	// Answer is what an interface answered, made shorter.
	Answer json.RawMessage `json:"answer,omitempty"`
	Path   string          `json:"path"`                   // where the records were found in it
	Lists  []source.List   `json:"lists" nullable:"false"` // where there are lists of objects
	Pages  []int           `json:"pages" nullable:"false"` // records on the pages read: the first, and the second to see that they follow
	Paging *source.Paging  `json:"paging,omitempty"`       // how pages seem to follow, when the draft does not say
}

// Peek looks at some of a stream of a connection as it is written.
func (s *Service) Peek(ctx context.Context, who access.Actor, d Draft, stream string) (Glimpse, error) {
	ctx, err := d.ready(ctx, who)
	if err != nil {
		return Glimpse{}, err
	}
	inner, stop := context.WithTimeout(ctx, patience)
	defer stop()
	found, err := s.peek(inner, &d.Spec, stream)
	if ctx.Err() != nil {
		return Glimpse{}, ctx.Err()
	}
	out := Glimpse{Columns: []source.Column{}, Records: shortened(found.Records), Path: found.Path, Lists: []source.List{}, Pages: []int{}, Paging: found.Paging}
	if err = errors.Join(err, found.Wrong); err != nil {
		out.Error = note(inner, err)
	}
	out.Columns = append(out.Columns, found.Stream.Columns...)
	out.Lists = append(out.Lists, found.Lists...)
	out.Pages = append(out.Pages, found.Pages...)
	if found.Answer != nil {
		out.Answer = encoded(shorter(found.Answer, deepest))
	}
	return out, nil
}

func (s *Service) peek(ctx context.Context, spec *semantic.ConnectionSpec, stream string) (out source.Glimpse, err error) {
	src, err := s.Open(ctx, spec)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	peeker, ok := src.(source.Peeker)
	if !ok {
		return out, fault.New(fault.Invalid, "nothing_to_see", text.Text{
			EN: "there is nothing to look at before a connection of type {type} is saved", ZH: "{type} 类型的连接保存之前没有可看的样例"}, "type", spec.Type)
	}
	return peeker.Peek(ctx, stream)
}

// What is shown of an answer.
const (
	mostRecords = 10
	mostItems   = 3
	mostFields  = 100
	mostText    = 200
	deepest     = 8
)

func shortened(records []any) []json.RawMessage {
	out := []json.RawMessage{}
	for _, r := range records[:min(len(records), mostRecords)] {
		out = append(out, encoded(shorter(r, deepest)))
	}
	return out
}

// shorter leaves out what nobody reads of a document of JSON. Of a list there
// are the first items, and a text that says how many more there are.
func shorter(v any, depth int) any {
	switch v := v.(type) {
	case string:
		if runes := []rune(v); len(runes) > mostText {
			return string(runes[:mostText]) + "…"
		}
	case []any:
		if depth == 0 {
			return "…"
		}
		out := []any{}
		for _, item := range v[:min(len(v), mostItems)] {
			out = append(out, shorter(item, depth-1))
		}
		if more := len(v) - mostItems; more > 0 {
			out = append(out, "… +"+strconv.Itoa(more))
		}
		return out
	case map[string]any:
		if depth == 0 {
			return "…"
		}
		out := map[string]any{}
		for name, inner := range v {
			if len(out) < mostFields {
				out[name] = shorter(inner, depth-1)
			}
		}
		return out
	}
	return v
}

func encoded(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // it was decoded from JSON
		return json.RawMessage("null")
	}
	return bytes.TrimSpace(b.Bytes())
}
