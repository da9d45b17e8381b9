package audit

import (
	"context"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Entry is one thing that was done.
type Entry struct {
	ID     int64          `json:"id"` // rising
	At     time.Time      `json:"at"`
	Actor  string         `json:"actor"`
	Via    string         `json:"via"`    // "session", "token:<name>", "local"
	Action string         `json:"action"` // "metric.update", "user.create", "load.finish", …
	Kind   string         `json:"kind"`   // of what: a resource kind, "user", "token", "load", …
	Name   string         `json:"name"`
	Detail map[string]any `json:"detail,omitempty"`
}

// Recorder writes entries. The service of this package is one; what changes a
// table writes its entry in the transaction of the change instead.
type Recorder interface {
	Record(ctx context.Context, e Entry) error
}

// Store keeps entries.
type Store interface {
	Recorder
	// List gives at most limit entries that fit, newest first, with ids below
	// before when that is not 0.
	List(ctx context.Context, f Filter, before int64, limit int) ([]Entry, error)
}

// Filter chooses entries; empty fields choose all.
type Filter struct {
	Actor, Action, Kind, Name string
	Since, Until              time.Time // [Since, Until)
	Cursor                    string    // Page.Next of the page before
	Limit                     int       // default 50, at most 500
}

// Page is a part of the trail, newest first.
type Page struct {
	Items []Entry `json:"items"`
	Next  string  `json:"next"` // "" at the end
}

// Service reads and writes the trail.
type Service struct {
	store Store
	now   func() time.Time
}

// New makes a Service.
func New(store Store, now func() time.Time) *Service { return &Service{store: store, now: now} }

var _ Recorder = (*Service)(nil)

// Record writes an entry without its secrets. A zero time becomes now.
func (s *Service) Record(ctx context.Context, e Entry) error {
	if e.At.IsZero() {
		e.At = s.now().UTC()
	}
	e.Detail = Redact(e.Detail)
	return s.store.Record(ctx, e)
}

// List gives a page of the trail. Administrators only. A cursor that was not
// given out here is Invalid.
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) (Page, error) {
	if err := who.Must(access.Admin); err != nil {
		return Page{}, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 500)
	var before int64
	if f.Cursor != "" {
		n, err := strconv.ParseInt(f.Cursor, 36, 64)
		if err != nil || n <= 0 {
			t := text.Text{EN: "the cursor is not from this list; start without one", ZH: "分页游标无效，请从第一页开始"}
			return Page{}, fault.New(fault.Invalid, "bad_cursor", t).At("cursor", "bad_cursor", t)
		}
		before = n
	}
	items, err := s.store.List(ctx, f, before, f.Limit+1)
	if err != nil {
		return Page{}, err
	}
	p := Page{Items: items}
	if len(items) > f.Limit {
		p.Items = items[:f.Limit]
		p.Next = strconv.FormatInt(p.Items[f.Limit-1].ID, 36)
	}
	if p.Items == nil {
		p.Items = []Entry{}
	}
	return p, nil
}

// Redacted stands where a secret was.
const Redacted = "***"

// Redact copies a detail with the values of secret fields replaced, at any
// depth. A field is secret by its name: one that has password, secret, token,
// hash, credential, authorization, cookie or apiKey in it, unless its value is
// true or false.
func Redact(detail map[string]any) map[string]any {
	if detail == nil {
		return nil
	}
	out := make(map[string]any, len(detail))
	for k, v := range detail {
		if _, flag := v.(bool); secret(k) && !flag {
			out[k] = Redacted
		} else {
			out[k] = redactValue(v)
		}
	}
	return out
}

func redactValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return Redact(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = redactValue(v[i])
		}
		return out
	}
	return v
}

func secret(name string) bool {
	name = strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
	for _, w := range []string{"password", "passwd", "secret", "token", "hash", "credential", "authorization", "cookie", "apikey"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}
