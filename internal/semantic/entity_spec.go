package semantic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// KindEntity is the kind of EntitySpec.
const KindEntity = "Entity"

// EntitySpec is somebody or something that events happen to: a user, a lead, an
// order, a device.
type EntitySpec struct {
	// IDs are the kinds of ids that name one, such as user_id, phone, device_id;
	// the one that names it best comes first. A kind may be written as its name
	// alone. Columns say by their entity of which kind their values are.
	IDs  []EntityID `json:"ids"`
	Most int        `json:"most,omitempty"` // ids of one entity; default 1000
	// Links are the datasets whose rows name several ids of one entity.
	Links []EntityLink `json:"links,omitempty"`
}

// EntityID is a kind of ids.
type EntityID struct {
	Name   string `json:"name"`
	Most   int    `json:"most,omitempty"`   // how many of them one entity may have; default any number
	Normal string `json:"normal,omitempty"` // how values are made comparable: folded (case does not matter) | phone
	// Nobody lists values that stand for nobody here, such as the phone of the
	// counter, besides those that do everywhere, such as unknown.
	Nobody []string `json:"nobody,omitempty"`
}

// EntityLink says that the rows of a dataset name ids of one entity each.
type EntityLink struct {
	Dataset  string            `json:"dataset"`
	IDs      map[string]string `json:"ids"`                // column → kind of ids; two columns or more
	Time     string            `json:"time,omitempty"`     // column: when the row says so; default the dataset's time
	Priority int               `json:"priority,omitempty"` // links of a higher one are believed first; default 0
}

// UnmarshalJSON takes an object, or the name alone.
func (e *EntityID) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &e.Name)
	}
	type plain EntityID
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode((*plain)(e))
}

// idNormals are the ways in which ids are made comparable; package identity
// knows them.
var idNormals = []string{"folded", "phone"}

// Bounds of a definition.
const (
	mostEntityIDs = 10_000 // ids of one entity
	mostNobody    = 1_000  // values of a kind that stand for nobody
)

// Kinds lists the names of the kinds of ids.
func (s *EntitySpec) Kinds() []string {
	out := make([]string, len(s.IDs))
	for i, id := range s.IDs {
		out[i] = id.Name
	}
	return out
}

// Validate checks the entity by itself.
func (s *EntitySpec) Validate(catalog.Metadata) []catalog.Finding {
	var out []catalog.Finding
	if len(s.IDs) == 0 {
		out = append(out, problem("ids", "required", text.Text{
			ZH: "至少写一种编号，例如 user_id", EN: "name at least one kind of id, such as user_id"}))
	}
	out = append(out, namesOnce("ids", s.Kinds())...)
	for i, id := range s.IDs {
		if id.Normal != "" {
			out = append(out, oneOf(at("ids", i)+".normal", id.Normal, idNormals)...)
		}
		out = append(out, limit(at("ids", i)+".most", id.Most)...)
		if len(id.Nobody) > mostNobody {
			out = append(out, problem(at("ids", i)+".nobody", "bad_value", text.Text{
				ZH: "最多写 {most} 个", EN: "there are at most {most} of them"}, "most", mostNobody))
		}
	}
	out = append(out, limit("most", s.Most)...)
	for i, l := range s.Links {
		out = append(out, s.validateLink(at("links", i), l)...)
	}
	return out
}

// Fits reports whether the entity has no mistakes, in itself and in what its
// links name.
func (s *EntitySpec) Fits(m *Model) bool {
	for _, l := range s.Links {
		d := m.Linkable(l.Dataset)
		if d == nil || l.Time != "" && d.Column(l.Time) == nil {
			return false
		}
		for column := range l.IDs {
			if d.Column(column) == nil {
				return false
			}
		}
	}
	return !hasErrors(s.Validate(catalog.Metadata{}))
}

func limit(path string, n int) []catalog.Finding {
	if n >= 0 && n <= mostEntityIDs {
		return nil
	}
	return []catalog.Finding{problem(path, "bad_value", text.Text{
		ZH: "须在 1 到 {most} 之间，不限则不写", EN: "write 1 to {most}, or leave it out for no limit"}, "most", mostEntityIDs)}
}

func (s *EntitySpec) validateLink(path string, l EntityLink) []catalog.Finding {
	var out []catalog.Finding
	if l.Dataset == "" {
		out = append(out, problem(path+".dataset", "required", text.Text{ZH: "缺少数据集", EN: "the dataset is missing"}))
	}
	if len(l.IDs) < 2 {
		out = append(out, problem(path+".ids", "required", text.Text{
			ZH: "至少写两列，例如 {phone: phone, id: lead_id}：同一行的编号属于同一个对象",
			EN: "write two columns or more, such as {phone: phone, id: lead_id}: the ids of a row are of one entity"}))
	}
	for column, kind := range l.IDs {
		if !slices.Contains(s.Kinds(), kind) {
			out = append(out, problem(path+".ids."+column, "unknown_kind", text.Text{
				ZH: "{kind} 不在 ids 中，请先在那里写上", EN: "{kind} is not one of ids; write it there first"}, "kind", kind))
		}
	}
	return out
}

// Refs names the datasets whose rows link ids.
func (s *EntitySpec) Refs() []catalog.Ref {
	var out []catalog.Ref
	for i, l := range s.Links {
		out = append(out, catalog.Ref{Kind: KindDataset, Name: l.Dataset, Path: fmt.Sprintf("links[%d].dataset", i)})
	}
	return out
}

// Rename gives a copy that follows a dataset to another name.
func (s *EntitySpec) Rename(kind, from, to string) catalog.Spec {
	c := *s
	c.Links = slices.Clone(s.Links)
	for i := range c.Links {
		if (kind == KindDataset || kind == KindEvent) && c.Links[i].Dataset == from {
			c.Links[i].Dataset = to
		}
	}
	return &c
}
