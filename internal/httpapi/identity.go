package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/identity"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

type idIdentityIn struct {
	Name  string `path:"name"`
	Kind  string `query:"kind" required:"true" doc:"a kind of ids of the entity"`
	Value string `query:"value" required:"true"`
}

type conflictsIn struct {
	Name  string `path:"name"`
	Limit int    `query:"limit" minimum:"1" maximum:"10000" doc:"default 100"`
}

type decisionBody struct {
	A        identity.ID `json:"a"`
	B        identity.ID `json:"b"`
	Together bool        `json:"together" doc:"they are of one entity; otherwise no link between them counts"`
	Why      string      `json:"why,omitempty"`
}

type decisionIn struct {
	Name string `path:"name"`
	Body body[decisionBody]
}

type trialBody struct {
	Spec json.RawMessage `json:"spec" doc:"of the entity, as it would be stored"`
}

type trialIn struct {
	Name string `path:"name"`
	Body body[trialBody]
}

// identityRoutes tell which ids are of one entity, and take what people decide.
func (a *API) identityRoutes() {
	const tag = "Identity"
	register(a, operation{id: "getIdentityReports", method: "GET", path: "/entities/{name}/identity", role: access.Viewer, tag: tag,
		summary: "How the ids of an entity fit together: one report a day, newest first, with the match rate of each source"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[items[identity.Report]], error) {
			list, err := a.cfg.Identity.Latest(ctx, who, in.Name)
			return &out[items[identity.Report]]{listOf(list)}, err
		})
	register(a, operation{id: "refreshIdentity", method: "POST", path: "/entities/{name}/identity/refresh", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Stitch an entity now"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[identity.Report], error) {
			r, err := a.cfg.Identity.Refresh(ctx, who, in.Name)
			return &out[identity.Report]{r}, err
		})
	register(a, operation{id: "tryIdentity", method: "POST", path: "/entities/{name}/identity/trial", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "What a definition of an entity would make of the links that there are; nothing is kept"},
		func(ctx context.Context, who access.Actor, in *trialIn) (*out[identity.Trial], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			spec := &semantic.EntitySpec{}
			if err := json.Unmarshal(b.Spec, spec); err != nil {
				return nil, fault.New(fault.Invalid, "bad_definition", text.Text{
					EN: "the definition cannot be read: {why}", ZH: "无法读取定义：{why}"}, "why", err.Error())
			}
			t, err := a.cfg.Identity.Try(ctx, who, in.Name, spec)
			return &out[identity.Trial]{t}, err
		})
	register(a, operation{id: "findIdentity", method: "GET", path: "/entities/{name}/identity/find", role: access.Editor, tag: tag,
		summary: "The entity that an id belongs to, with its other ids and what links them"},
		func(ctx context.Context, who access.Actor, in *idIdentityIn) (*out[identity.Who], error) {
			w, err := a.cfg.Identity.Find(ctx, who, in.Name, identity.ID{Kind: in.Kind, Value: in.Value})
			return &out[identity.Who]{w}, err
		})
	register(a, operation{id: "getIdentityConflicts", method: "GET", path: "/entities/{name}/identity/conflicts", role: access.Editor, tag: tag,
		summary: "Links that were held back because an entity would have grown beyond its limits, the strongest first"},
		func(ctx context.Context, who access.Actor, in *conflictsIn) (*out[items[identity.Claim]], error) {
			limit := in.Limit
			if limit == 0 {
				limit = 100
			}
			list, err := a.cfg.Identity.Conflicts(ctx, who, in.Name, limit)
			return &out[items[identity.Claim]]{listOf(list)}, err
		})
	register(a, operation{id: "getIdentityDecisions", method: "GET", path: "/entities/{name}/identity/decisions", role: access.Editor, tag: tag,
		summary: "What people decided on two ids, oldest first"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[items[identity.Decision]], error) {
			list, err := a.cfg.Identity.Decisions(ctx, who, in.Name)
			return &out[items[identity.Decision]]{listOf(list)}, err
		})
	register(a, operation{id: "decideIdentity", method: "POST", path: "/entities/{name}/identity/decisions", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Say that two ids are of one entity, or that they are not, whatever sources say; the entity is stitched again"},
		func(ctx context.Context, who access.Actor, in *decisionIn) (*out[identity.Report], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			r, err := a.cfg.Identity.Decide(ctx, who, in.Name, identity.Decision{A: b.A, B: b.B, Together: b.Together, Why: b.Why})
			return &out[identity.Report]{r}, err
		})
	register(a, operation{id: "undecideIdentity", method: "POST", path: "/entities/{name}/identity/decisions/undo", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Forget what was decided on two ids"},
		func(ctx context.Context, who access.Actor, in *decisionIn) (*out[identity.Report], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			r, err := a.cfg.Identity.Undecide(ctx, who, in.Name, b.A, b.B)
			return &out[identity.Report]{r}, err
		})
}
