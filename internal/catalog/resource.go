package catalog

import (
	"reflect"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/text"
)

// Kind describes one kind of resource.
type Kind struct {
	Name   string      // "Metric"
	Plural string      // "metrics", as in URLs
	Title  text.Text   // what people call it
	New    func() Spec // an empty spec to decode into
	// Write is the role that changes need; empty for an editor.
	Write access.Role
	// Given are names that may be referred to without a resource; the Checker
	// says whether they are there.
	Given []string
}

// Writer is the role that changes of the kind need.
func (k Kind) Writer() access.Role {
	if k.Write == "" {
		return access.Editor
	}
	return k.Write
}

// Spec is the typed body of a resource. JSON field names are camelCase and are
// the YAML names too.
type Spec interface {
	// Validate checks what can be checked without other resources. Paths in
	// findings are relative to the spec, e.g. "columns[2].type".
	Validate(meta Metadata) []Finding
	// Refs names the other resources that this one needs.
	Refs() []Ref
}

// Ref points from one resource to another.
type Ref struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Path string `json:"path,omitempty"` // where in the spec, e.g. "numerator.metric"
}

// Metadata is the same for all kinds.
type Metadata struct {
	Name        string    `json:"name"` // [a-z][a-z0-9_]*, unique per kind
	Title       text.Text `json:"title,omitzero"`
	Description text.Text `json:"description,omitzero"`
	Owner       string    `json:"owner,omitempty"`   // business owner: a user name or free text
	Steward     string    `json:"steward,omitempty"` // data owner
	Domain      string    `json:"domain,omitempty"`
	Tags        []string  `json:"tags,omitempty"`
	Synonyms    []string  `json:"synonyms,omitempty"`
	Sensitivity string    `json:"sensitivity,omitempty"` // public | internal | confidential | personal
	KeyAsset    bool      `json:"keyAsset,omitempty"`    // the business depends on it
	Duties      *Duties   `json:"duties,omitempty"`
	// Annotations are texts that are kept for other tools, by names of theirs.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Duties say who does what with data: user names or free text.
type Duties struct {
	Collects string `json:"collects,omitempty"`
	Cleans   string `json:"cleans,omitempty"`
	Analyses string `json:"analyses,omitempty"`
	Reports  string `json:"reports,omitempty"`
}

// The classes of sensitivity, from the least to the most.
const (
	Public       = "public"
	Internal     = "internal"
	Confidential = "confidential"
	Personal     = "personal" // about people who can be told
)

// Sensitivities lists the classes.
func Sensitivities() []string { return []string{Public, Internal, Confidential, Personal} }

// State says whether a resource can be used.
type State string

// The states.
const (
	Published   State = "published"
	Quarantined State = "quarantined" // it became bad: its findings say why
)

// Resource is one definition as stored.
type Resource struct {
	Kind      string    `json:"kind"`
	Metadata  Metadata  `json:"metadata"`
	Spec      Spec      `json:"spec"`
	Revision  int       `json:"revision"` // 1, 2, … per resource
	Author    string    `json:"author"`
	UpdatedAt time.Time `json:"updatedAt"`
	State     State     `json:"state"`
	Findings  []Finding `json:"findings,omitempty"`
	// Positions maps paths ("spec.columns[2].type") to where they stood in the
	// text that was applied; empty when edited through a form.
	Positions map[string]Position `json:"-"`

	broken []Finding // what kept the stored form from being read
	said   *said     // what the spec says of itself, once it was judged
}

// said is what a spec says of itself, which is asked for again with each change
// of any other resource.
type said struct {
	spec     Spec
	metadata Metadata
	findings []Finding // of Validate
	refs     []Ref
}

// Same reports whether two resources are one definition in one revision. It
// goes by the specification itself, not by what is in it.
func (r *Resource) Same(o *Resource) bool {
	if r.Revision != o.Revision || r.Spec != o.Spec {
		return false
	}
	return r.said != nil && r.said == o.said || reflect.DeepEqual(r.Metadata, o.Metadata)
}

// heard asks the spec, unless what it said still holds.
func (r *Resource) heard() *said {
	if r.said != nil && r.said.spec == r.Spec && reflect.DeepEqual(r.said.metadata, r.Metadata) {
		return r.said
	}
	return &said{r.Spec, r.Metadata, r.Spec.Validate(r.Metadata), r.Spec.Refs()}
}

// Ref gives the reference to this resource.
func (r *Resource) Ref() Ref { return Ref{Kind: r.Kind, Name: r.Metadata.Name} }

// Position is a place in a file; Line and Column count from 1.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// Severity of a finding.
type Severity string

// The severities. Only an Error keeps a resource from being stored or used.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding says what is wrong where, and what would be right.
type Finding struct {
	Position
	Kind       string    `json:"kind,omitempty"`
	Name       string    `json:"name,omitempty"`
	Path       string    `json:"path,omitempty"` // "spec.expr"
	Rule       string    `json:"rule"`           // stable snake_case word, e.g. "unknown_column"
	Severity   Severity  `json:"severity"`
	Text       text.Text `json:"text"`
	Suggestion string    `json:"suggestion,omitempty"` // "did you mean" value
	// Offset and End bound where in an expression value the trouble lies, in
	// runes from 0; End is 0 for findings about no part of an expression.
	Offset int `json:"offset,omitempty"`
	End    int `json:"end,omitempty"`
}
