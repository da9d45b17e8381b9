package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
)

type validateBody struct {
	Files []catalog.File `json:"files" nullable:"false"`
}

type applyBody struct {
	Files     []catalog.File `json:"files" nullable:"false"`
	DryRun    bool           `json:"dryRun,omitempty"`
	KeepGoing bool           `json:"keepGoing,omitempty"`
	SkipTests bool           `json:"skipTests,omitempty" doc:"publish even if metric tests fail; for admins"`
}

type exportIn struct {
	Kind string `query:"kind"`
	Name string `query:"name"`
}

type searchIn struct {
	Q     string `query:"q" required:"true"`
	Limit int    `query:"limit" minimum:"1" maximum:"100"`
}

// definitionRoutes are for many definitions at once.
func (a *API) definitionRoutes() {
	const tag = "Definitions"
	register(a, operation{id: "validate", method: "POST", path: "/validate", role: access.Viewer, tag: tag, limit: maxBodyApply,
		status: http.StatusOK, summary: "What is wrong with these definitions"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[validateBody] }) (*out[catalog.Parsed], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			p, err := a.cfg.Catalog.Validate(ctx, who, b.Files)
			return &out[catalog.Parsed]{p}, err
		})
	// A dry run is open to viewers; the service asks for more otherwise.
	register(a, operation{id: "apply", method: "POST", path: "/apply", role: access.Viewer, tag: tag, limit: maxBodyApply,
		status: http.StatusOK, summary: "Store these definitions: all of them or, on any error, none"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[applyBody] }) (*out[catalog.Report], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			rep, err := a.cfg.Catalog.Apply(ctx, who, b.Files, catalog.ApplyOptions{DryRun: b.DryRun, KeepGoing: b.KeepGoing,
				SkipTests: b.SkipTests})
			if err != nil {
				return nil, err
			}
			return &out[catalog.Report]{*rep}, nil
		})
	export := operation{id: "exportDefinitions", method: "GET", path: "/export", role: access.Viewer, tag: tag,
		summary: "Definitions as YAML"}
	register(a, export, func(ctx context.Context, who access.Actor, in *exportIn) (*yamlOut, error) {
		data, err := a.cfg.Catalog.Export(ctx, who, in.Kind, in.Name)
		return &yamlOut{ContentType: yamlType, Disposition: `attachment; filename="lodestar.yaml"`, Body: data}, err
	})
	a.describe(export, answersText(yamlType))
	register(a, operation{id: "search", method: "GET", path: "/search", role: access.Viewer, tag: tag,
		summary: "Definitions by any part of their names, best first"},
		func(ctx context.Context, who access.Actor, in *searchIn) (*out[items[catalog.Hit]], error) {
			hits, err := a.cfg.Catalog.Search(ctx, who, in.Q, in.Limit)
			return &out[items[catalog.Hit]]{listOf(hits)}, err
		})
}
