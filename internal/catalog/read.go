package catalog

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Filter chooses resources; empty fields choose all.
type Filter struct {
	Q      string // words that all occur in name, titles, description, synonyms, tags, owner or texts of the spec
	Owner  string // owner or steward
	Tag    string
	Domain string
	State  State
	Cursor string // Page.Next of the page before
	Limit  int    // default 50, at most 1000
}

// Page is a part of a list, by name.
type Page struct {
	Items []*Resource `json:"items"`
	Next  string      `json:"next"` // "" at the end
	Total int         `json:"total"`
}

// List lists the resources of a kind that fit, by name. Viewers may. A cursor
// that was not given out here is Invalid.
func (s *Service) List(ctx context.Context, who access.Actor, kind string, f Filter) (Page, error) {
	if err := who.Must(access.Viewer); err != nil {
		return Page{}, err
	}
	k, err := s.KindOf(kind)
	if err != nil {
		return Page{}, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 1000)
	after, err := decodeCursor(f.Cursor)
	if err != nil {
		return Page{}, err
	}
	st := s.current()
	words := strings.Fields(strings.ToLower(f.Q))
	p := Page{Items: []*Resource{}}
	for i, r := range st.snap.all {
		if r.Kind != k.Name || !f.fits(r) || !st.index.has(i, words) {
			continue
		}
		p.Total++
		if r.Metadata.Name <= after {
			continue
		}
		if len(p.Items) == f.Limit {
			p.Next = encodeCursor(p.Items[f.Limit-1].Metadata.Name)
			continue
		}
		p.Items = append(p.Items, r)
	}
	return p, nil
}

func (f Filter) fits(r *Resource) bool {
	m := r.Metadata
	if f.Owner != "" && f.Owner != m.Owner && f.Owner != m.Steward || f.Domain != "" && f.Domain != m.Domain ||
		f.State != "" && f.State != r.State {
		return false
	}
	if f.Tag == "" {
		return true
	}
	for _, t := range m.Tags {
		if t == f.Tag {
			return true
		}
	}
	return false
}

func encodeCursor(name string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("n:" + name))
}

func decodeCursor(c string) (string, error) {
	if c == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(c)
	if err != nil || !strings.HasPrefix(string(b), "n:") {
		t := text.Text{EN: "the cursor is not from this list; start without one", ZH: "分页游标无效，请从第一页开始"}
		return "", fault.New(fault.Invalid, "bad_cursor", t).At("cursor", "bad_cursor", t)
	}
	return string(b[2:]), nil
}

// Export gives resources as multi-document YAML, by kind and name. Empty kind
// and name choose all. Viewers may.
func (s *Service) Export(ctx context.Context, who access.Actor, kind, name string) ([]byte, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	if kind != "" {
		k, err := s.KindOf(kind)
		if err != nil {
			return nil, err
		}
		kind = k.Name
	}
	snap := s.Snapshot()
	var rs []*Resource
	for _, r := range snap.all {
		if (kind == "" || r.Kind == kind) && (name == "" || r.Metadata.Name == name) {
			rs = append(rs, r)
		}
	}
	if len(rs) == 0 && kind != "" && name != "" {
		return nil, s.notFound(snap, kind, name)
	}
	return Encode(rs)
}

// Revision is one step in the life of a resource.
type Revision struct {
	Revision int       `json:"revision"`
	Author   string    `json:"author"`
	Via      string    `json:"via"`
	At       time.Time `json:"at"`
	Action   Action    `json:"action"`
	Diff     string    `json:"diff"` // unified, from the revision before
	// Parts are the places that differ from the revision before: metadata.title,
	// spec.expr, spec.columns.amount.type.
	Parts []string `json:"parts" nullable:"false"`
}

// Revisions gives the life of a resource, newest first; deleted ones too.
// Viewers may.
func (s *Service) Revisions(ctx context.Context, who access.Actor, kind, name string) ([]Revision, error) {
	records, err := s.records(ctx, who, kind, name)
	if err != nil {
		return nil, err
	}
	out := make([]Revision, len(records))
	for i, rec := range records {
		var before *Resource
		var old json.RawMessage
		if i+1 < len(records) {
			old = records[i+1].Body
			if before, err = s.past(records[i+1]); err != nil {
				return nil, err
			}
		}
		after, err := s.past(rec)
		if err != nil {
			return nil, err
		}
		d, err := diffResources(before, after)
		if err != nil {
			return nil, err
		}
		parts, err := changedParts(old, rec.Body)
		if err != nil {
			return nil, err
		}
		out[i] = Revision{Revision: rec.Revision, Author: rec.Author, Via: rec.Via, At: rec.At, Action: rec.Action, Diff: d, Parts: parts}
	}
	return out, nil
}

func (s *Service) records(ctx context.Context, who access.Actor, kind, name string) ([]Record, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	if _, err := s.KindOf(kind); err != nil {
		return nil, err
	}
	records, err := s.Store.Revisions(ctx, kind, name)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, s.notFound(s.Snapshot(), kind, name)
	}
	return records, nil
}

// past makes a resource of a record; nil for a deletion.
func (s *Service) past(rec Record) (*Resource, error) {
	if rec.Body == nil {
		return nil, nil
	}
	return s.restore(rec)
}

// RevisionAt gives a resource as it was at a revision. Its findings are not
// judged. The fault is NotFound for a revision that there is not, or that is a
// deletion.
func (s *Service) RevisionAt(ctx context.Context, who access.Actor, kind, name string, revision int) (*Resource, error) {
	records, err := s.records(ctx, who, kind, name)
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		if rec.Revision == revision && rec.Body != nil {
			return s.restore(rec)
		}
	}
	return nil, fault.New(fault.NotFound, "unknown_revision", text.Text{
		EN: "{name} has no revision {revision}; the newest is {newest}",
		ZH: "{name} 没有第 {revision} 版，最新为第 {newest} 版"},
		"name", name, "revision", revision, "newest", records[0].Revision)
}

// Diff compares two revisions of a resource as canonical YAML.
func (s *Service) Diff(ctx context.Context, who access.Actor, kind, name string, from, to int) (string, error) {
	a, err := s.RevisionAt(ctx, who, kind, name, from)
	if err != nil {
		return "", err
	}
	b, err := s.RevisionAt(ctx, who, kind, name, to)
	if err != nil {
		return "", err
	}
	return diffResources(a, b)
}

// Use is one end of a reference.
type Use struct {
	Kind  string    `json:"kind"`
	Name  string    `json:"name"`
	Title text.Text `json:"title"`
	Path  string    `json:"path"` // where in the spec of the one that refers
}

// Uses are the references of a resource both ways.
type Uses struct {
	Uses   []Use `json:"uses"`
	UsedBy []Use `json:"usedBy"`
	// Dependants are all that need it, directly or not; a delete takes them
	// along or is refused. Their path is empty.
	Dependants []Use `json:"dependants"`
}

// References gives what a resource refers to and what refers to it. Viewers may.
func (s *Service) References(ctx context.Context, who access.Actor, kind, name string) (Uses, error) {
	r, err := s.Get(ctx, who, kind, name)
	if err != nil {
		return Uses{}, err
	}
	snap := s.Snapshot()
	out := Uses{Uses: []Use{}, UsedBy: []Use{}, Dependants: []Use{}}
	use := func(ref Ref) Use {
		u := Use{Kind: ref.Kind, Name: ref.Name, Path: ref.Path}
		if other, ok := snap.Get(ref.Kind, ref.Name); ok {
			u.Title = other.Metadata.Title
		}
		return u
	}
	for _, ref := range refsOf(r) {
		out.Uses = append(out.Uses, use(ref))
	}
	for _, ref := range snap.UsedBy(kind, name) {
		out.UsedBy = append(out.UsedBy, use(ref))
	}
	for _, ref := range snap.Dependants(kind, name) {
		out.Dependants = append(out.Dependants, use(ref))
	}
	return out, nil
}

// ETag is the revision of a resource as an HTTP entity tag.
func (r *Resource) ETag() string { return fmt.Sprintf("%q", fmt.Sprint(r.Revision)) }
