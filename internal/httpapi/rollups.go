package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/query"
)

type rollupPage struct {
	Items []query.RollupStatus `json:"items" nullable:"false"`
}

type proposalPage struct {
	Items []query.Proposal `json:"items" nullable:"false"`
}

// rollupRoutes tell how roll-ups are doing; their definitions are resources.
func (a *API) rollupRoutes() {
	const tag = "Data"
	register(a, operation{id: "getRollups", method: "GET", path: "/data/rollups", role: access.Viewer, tag: tag,
		summary: "All roll-ups: rows, freshness, how often each answered and why not"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[rollupPage], error) {
			list, err := a.cfg.Queries.Rollups(ctx, who)
			return &out[rollupPage]{rollupPage{list}}, err
		})
	register(a, operation{id: "proposeRollups", method: "GET", path: "/data/rollups/proposals", role: access.Editor, tag: tag,
		summary: "Roll-ups that would answer what people have asked, the most time saved first"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[proposalPage], error) {
			list, err := a.cfg.Queries.ProposeRollups(ctx, who)
			return &out[proposalPage]{proposalPage{list}}, err
		})
	register(a, operation{id: "refreshRollup", method: "POST", path: "/rollups/{name}/refresh", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Build a roll-up now, if it is behind the data"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[query.RollupStatus], error) {
			s, err := a.cfg.Queries.RefreshRollup(ctx, who, in.Name)
			return &out[query.RollupStatus]{s}, err
		})
	register(a, operation{id: "verifyRollup", method: "POST", path: "/rollups/{name}/verify", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Compare a roll-up with the rows it was made from"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[query.RollupCheck], error) {
			c, err := a.cfg.Queries.VerifyRollup(ctx, who, in.Name)
			return &out[query.RollupCheck]{c}, err
		})
}
