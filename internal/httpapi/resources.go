package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

type listIn struct {
	Q      string `query:"q" doc:"words that all occur somewhere in the definition"`
	Domain string `query:"domain"`
	Owner  string `query:"owner"`
	Tag    string `query:"tag"`
	State  string `query:"state" enum:"published,quarantined"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000"`
	Cursor string `query:"cursor"`
}

type getIn struct {
	Name        string `path:"name"`
	IfNoneMatch string `header:"If-None-Match"`
}

type putIn struct {
	Name        string `path:"name"`
	IfMatch     string `header:"If-Match" doc:"the revision that was read, in quotes"`
	IfNoneMatch string `header:"If-None-Match" doc:"* for a new one"`
	Body        body[json.RawMessage]
}

type deleteIn struct {
	Name    string `path:"name"`
	IfMatch string `header:"If-Match"`
	Cascade bool   `query:"cascade" doc:"also delete what needs it"`
}

type revisionIn struct {
	Name     string `path:"name"`
	Revision int    `path:"revision"`
}

type renameIn struct {
	Name string `path:"name"`
	Body body[struct {
		To string `json:"to"`
	}]
}

type resourcePage struct {
	Items []*catalog.Resource `json:"items" nullable:"false"`
	Next  string              `json:"next"`
	Total int                 `json:"total"`
}

type getOut struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *catalog.Resource
}

type resourceOut struct {
	ETag string `header:"ETag"`
	Body *catalog.Resource
}

type yamlOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// resourceRoutes registers the same operations for every kind.
func (a *API) resourceRoutes() {
	for _, k := range a.cfg.Catalog.Kinds {
		a.resourceReads(k)
		a.resourceWrites(k)
		a.resourceHistory(k)
	}
}

// one is a kind as in operation ids: "Dataset"; many is "Datasets".
func many(k catalog.Kind) string { return title(k.Plural) }

func (a *API) resourceReads(k catalog.Kind) {
	list := operation{id: "list" + many(k), method: "GET", path: "/" + k.Plural, role: access.Viewer, tag: many(k),
		summary: "List " + k.Plural + " by name"}
	register(a, list, func(ctx context.Context, who access.Actor, in *listIn) (*out[resourcePage], error) {
		p, err := a.cfg.Catalog.List(ctx, who, k.Name, catalog.Filter{Q: in.Q, Domain: in.Domain, Owner: in.Owner,
			Tag: in.Tag, State: catalog.State(in.State), Limit: in.Limit, Cursor: in.Cursor})
		return &out[resourcePage]{resourcePage(p)}, err
	})
	get := operation{id: "get" + k.Name, method: "GET", path: "/" + k.Plural + "/{name}", role: access.Viewer, tag: many(k),
		summary: "One definition"}
	register(a, get, func(ctx context.Context, who access.Actor, in *getIn) (*getOut, error) {
		r, err := a.cfg.Catalog.Get(ctx, who, k.Name, in.Name)
		if err != nil {
			return nil, err
		}
		if in.IfNoneMatch == r.ETag() {
			return &getOut{Status: http.StatusNotModified, ETag: r.ETag()}, nil
		}
		return &getOut{http.StatusOK, r.ETag(), r}, nil
	})
	yaml := operation{id: "get" + k.Name + "Yaml", method: "GET", path: "/" + k.Plural + "/{name}/yaml", role: access.Viewer,
		tag: many(k), summary: "One definition as YAML"}
	register(a, yaml, func(ctx context.Context, who access.Actor, in *nameIn) (*yamlOut, error) {
		data, err := a.cfg.Catalog.Export(ctx, who, k.Name, in.Name)
		return &yamlOut{ContentType: yamlType, Body: data}, err
	})
	refs := operation{id: "get" + k.Name + "References", method: "GET", path: "/" + k.Plural + "/{name}/references",
		role: access.Viewer, tag: many(k), summary: "What it refers to and what refers to it"}
	register(a, refs, func(ctx context.Context, who access.Actor, in *nameIn) (*out[catalog.Uses], error) {
		u, err := a.cfg.Catalog.References(ctx, who, k.Name, in.Name)
		return &out[catalog.Uses]{u}, err
	})
	a.describe(get, func(op *huma.Operation) { a.answers(op, k, false) })
	a.describe(list, func(op *huma.Operation) { a.answers(op, k, true) })
	a.describe(yaml, answersText(yamlType))
}

func (a *API) resourceWrites(k catalog.Kind) {
	put := operation{id: "put" + k.Name, method: "PUT", path: "/" + k.Plural + "/{name}", role: k.Writer(), tag: many(k),
		summary: "Create or change a definition"}
	register(a, put, func(ctx context.Context, who access.Actor, in *putIn) (*resourceOut, error) {
		data, err := in.Body.get()
		if err != nil {
			return nil, err
		}
		rev, err := precondition(in.IfMatch, in.IfNoneMatch)
		if err != nil {
			return nil, err
		}
		r, findings := catalog.DecodeJSON(k, in.Name, data)
		if err := catalog.Invalid(findings); err != nil {
			return nil, err
		}
		stored, err := a.cfg.Catalog.Put(ctx, who, r, catalog.PutOptions{IfRevision: rev})
		if err != nil {
			return nil, err
		}
		return &resourceOut{stored.ETag(), stored}, nil
	})
	a.describe(put, func(op *huma.Operation) {
		a.answers(op, k, false)
		op.RequestBody.Content["application/json"].Schema = a.draftSchema(k)
	})
	register(a, operation{id: "delete" + k.Name, method: "DELETE", path: "/" + k.Plural + "/{name}", role: k.Writer(),
		tag: many(k), status: http.StatusOK, summary: "Delete a definition; its revisions stay"},
		func(ctx context.Context, who access.Actor, in *deleteIn) (*out[items[catalog.Ref]], error) {
			rev, err := precondition(in.IfMatch, "")
			if err != nil {
				return nil, err
			}
			gone, err := a.cfg.Catalog.Delete(ctx, who, k.Name, in.Name, catalog.DeleteOptions{IfRevision: rev, Cascade: in.Cascade})
			if err != nil {
				return nil, err
			}
			err = a.dropRows(ctx, who, gone)
			return &out[items[catalog.Ref]]{listOf(gone)}, err
		})
	rename := operation{id: "rename" + k.Name, method: "POST", path: "/" + k.Plural + "/{name}/rename", role: k.Writer(),
		tag: many(k), summary: "Give it another name, followed wherever it is used"}
	register(a, rename, func(ctx context.Context, who access.Actor, in *renameIn) (*resourceOut, error) {
		b, err := in.Body.get()
		if err != nil {
			return nil, err
		}
		if err := a.renamable(ctx, who, k, in.Name); err != nil {
			return nil, err
		}
		r, err := a.cfg.Catalog.Rename(ctx, who, k.Name, in.Name, b.To)
		if err != nil {
			return nil, err
		}
		return &resourceOut{r.ETag(), r}, nil
	})
	a.describe(rename, func(op *huma.Operation) { a.answers(op, k, false) })
}

func (a *API) resourceHistory(k catalog.Kind) {
	register(a, operation{id: "list" + k.Name + "Revisions", method: "GET", path: "/" + k.Plural + "/{name}/revisions",
		role: access.Viewer, tag: many(k), summary: "How it changed, newest first"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[items[catalog.Revision]], error) {
			revs, err := a.cfg.Catalog.Revisions(ctx, who, k.Name, in.Name)
			return &out[items[catalog.Revision]]{listOf(revs)}, err
		})
	at := operation{id: "get" + k.Name + "Revision", method: "GET", path: "/" + k.Plural + "/{name}/revisions/{revision}",
		role: access.Viewer, tag: many(k), summary: "The definition as it was at a revision"}
	register(a, at, func(ctx context.Context, who access.Actor, in *revisionIn) (*out[*catalog.Resource], error) {
		r, err := a.cfg.Catalog.RevisionAt(ctx, who, k.Name, in.Name, in.Revision)
		return &out[*catalog.Resource]{r}, err
	})
	a.describe(at, func(op *huma.Operation) { a.answers(op, k, false) })
}

const yamlType = "application/yaml; charset=utf-8"

// precondition reads which revision the caller has seen. nil is no condition,
// 0 is "there must be none yet".
func precondition(ifMatch, ifNoneMatch string) (*int, error) {
	switch {
	case ifNoneMatch == "*":
		zero := 0
		return &zero, nil
	case ifMatch == "" || ifMatch == "*":
		return nil, nil
	}
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(ifMatch, "W/"), `"`))
	if err != nil || n < 0 {
		t := text.Text{EN: `If-Match is the revision in quotes, as in "3"`, ZH: `If-Match 应为带引号的版本号，例如 "3"`}
		return nil, fault.New(fault.Invalid, "bad_revision", t).At("If-Match", "bad_revision", t)
	}
	return &n, nil
}

// answers documents the resource of one kind, with its own spec, in place of
// the resource of any kind.
func (a *API) answers(op *huma.Operation, k catalog.Kind, list bool) {
	content := op.Responses["200"].Content["application/json"]
	content.Schema = a.resourceSchema(k)
	if list {
		str, num := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeInteger}
		content.Schema = &huma.Schema{Type: huma.TypeObject, Required: []string{"items", "next", "total"},
			Properties: map[string]*huma.Schema{"next": str, "total": num,
				"items": {Type: huma.TypeArray, Items: a.resourceSchema(k)}}}
	}
}

func (a *API) resourceSchema(k catalog.Kind) *huma.Schema {
	return a.kindSchema(k.Name+"Resource", k, reflect.TypeFor[catalog.Resource]())
}

// draft is what PUT takes.
type draft struct {
	Kind     string           `json:"kind,omitempty"`
	Metadata catalog.Metadata `json:"metadata"`
	Spec     catalog.Spec     `json:"spec"`
}

func (a *API) draftSchema(k catalog.Kind) *huma.Schema {
	return a.kindSchema(k.Name+"Draft", k, reflect.TypeFor[draft]())
}

// kindSchema adds a component like the type given, with the kind's own spec.
func (a *API) kindSchema(name string, k catalog.Kind, t reflect.Type) *huma.Schema {
	reg := a.registry()
	ref := &huma.Schema{Ref: "#/components/schemas/" + name}
	if _, ok := reg.Map()[name]; ok {
		return ref
	}
	like := *reg.Schema(t, false, "")
	props := map[string]*huma.Schema{}
	for p, s := range like.Properties {
		props[p] = s
	}
	props["kind"] = &huma.Schema{Type: huma.TypeString, Enum: []any{k.Name}}
	props["spec"] = reg.Schema(reflect.TypeOf(k.New()).Elem(), true, "")
	like.Properties = props
	reg.Map()[name] = &like
	return ref
}

// answersText documents an answer that is not JSON.
func answersText(contentType string) func(*huma.Operation) {
	plain, _, _ := strings.Cut(contentType, ";")
	return func(op *huma.Operation) {
		op.Responses["200"].Content = map[string]*huma.MediaType{plain: {Schema: &huma.Schema{Type: huma.TypeString}}}
	}
}
