package httpapi

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

// newRegistry makes the place where the OpenAPI document's types live.
func newRegistry() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", schemaName)
	r.RegisterTypeAlias(reflect.TypeFor[query.MetricRef](), reflect.TypeFor[metricRefSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[query.By](), reflect.TypeFor[bySchema]())
	r.RegisterTypeAlias(reflect.TypeFor[calendar.Grain](), reflect.TypeFor[grainSchema]())
	return r
}

// schemaName gives types of different packages different names: query.Column
// is QueryColumn, while the packages whose names are unmistakable keep theirs.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" || strings.Contains(t.Name(), "[") {
		return huma.DefaultSchemaNamer(t, hint)
	}
	pkg := path.Base(t.PkgPath())
	plain := []string{"httpapi", "text", "access", "semantic", "catalog", "calendar", "audit", ".", ""}
	if slices.Contains(plain, pkg) {
		return title(t.Name())
	}
	if strings.HasPrefix(strings.ToLower(t.Name()), pkg[:min(5, len(pkg))]) {
		return t.Name()
	}
	return title(pkg) + t.Name()
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func schemaOf[T any](r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// metricRefSchema documents query.MetricRef, which may be just a name.
type metricRefSchema struct{}

// Schema gives the two forms.
func (metricRefSchema) Schema(r huma.Registry) *huma.Schema {
	str := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{OneOf: []*huma.Schema{str, {
		Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"metric"},
		Properties: map[string]*huma.Schema{"metric": str, "as": str, "where": str,
			"share": schemaOf[query.Share](r), "rank": schemaOf[query.Rank](r), "moving": schemaOf[query.Moving](r)}}}}
}

// bySchema documents query.By, which may be just a dimension.
type bySchema struct{}

// Schema gives the two forms.
func (bySchema) Schema(r huma.Registry) *huma.Schema {
	str := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{OneOf: []*huma.Schema{str, {
		Type: huma.TypeObject, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{"dimension": str, "time": grainSchema{}.Schema(r), "of": str, "as": str, "part": str}}}}
}

// grainSchema documents calendar.Grain.
type grainSchema struct{}

// Schema names the grains that every calendar has. Calendars may have more, so
// that the list is no enumeration.
func (grainSchema) Schema(huma.Registry) *huma.Schema {
	var names []string
	for _, g := range (calendar.Calendar{}).GrainNames() {
		names = append(names, string(g))
	}
	return &huma.Schema{Type: huma.TypeString, Pattern: `^[a-z][a-z0-9_]*$`,
		Description: strings.Join(names, ", ") + ", or a grain of the calendar", Examples: []any{string(calendar.Week)}}
}

// problemResponse documents every answer that is not a success.
func (a *API) problemResponse() *huma.Response {
	return &huma.Response{Description: "Problem", Content: map[string]*huma.MediaType{
		problemType: {Schema: a.registry().Schema(reflect.TypeFor[Problem](), true, "Problem")}}}
}

func (a *API) registry() huma.Registry { return a.huma.OpenAPI().Components.Schemas }

// describe changes the documentation of an operation after it was registered:
// for bodies and answers that are no JSON types of ours.
func (a *API) describe(o operation, change func(*huma.Operation)) {
	item := a.huma.OpenAPI().Paths[base+o.path]
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if op != nil && op.OperationID == o.id {
			change(op)
		}
	}
}
