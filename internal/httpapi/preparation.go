package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/ingest"
	"lodestar/internal/prepare"
)

// preparationRoutes show what steps do, and make datasets anew; the steps
// themselves are part of definitions.
func (a *API) preparationRoutes() {
	const tag = "Preparation"
	register(a, operation{id: "getPreparationTables", method: "GET", path: "/preparation/tables", role: access.Viewer, tag: tag,
		summary: "The datasets that steps can read, with their columns"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[prepare.Table]], error) {
			list, err := a.cfg.Prepare.Tables(ctx, who)
			return &out[items[prepare.Table]]{items[prepare.Table]{list}}, err
		})
	register(a, operation{id: "previewSteps", method: "POST", path: "/preparation/preview", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "The table after a step, of steps that need not be stored: rows, counts, what is lost and what is wrong"},
		func(ctx context.Context, who access.Actor, in *struct {
			Body body[prepare.PreviewRequest]
		}) (*out[*prepare.Preview], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			p, err := a.cfg.Prepare.Preview(ctx, who, b)
			return &out[*prepare.Preview]{p}, err
		})
	register(a, operation{id: "getPreparation", method: "GET", path: "/datasets/{name}/preparation", role: access.Viewer, tag: tag,
		summary: "How a dataset is made by steps: its inputs, where each column comes from, and whether its rows are those of now"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[*prepare.Preparation], error) {
			p, err := a.cfg.Prepare.Of(ctx, who, in.Name)
			return &out[*prepare.Preparation]{p}, err
		})
	register(a, operation{id: "refreshDataset", method: "POST", path: "/datasets/{name}/refresh", role: access.Editor, tag: tag,
		status: http.StatusAccepted, summary: "Make a dataset's rows anew by its steps, as far as needed; the load tells how it goes"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[ingest.Load], error) {
			l, err := a.cfg.Prepare.Refresh(ctx, who, in.Name)
			return &out[ingest.Load]{l}, err
		})
}
