package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/datasync"
	"lodestar/internal/semantic"
)

type syncIn struct {
	Name string `path:"name"`
	Body body[datasync.Request]
}

type scheduleIn struct {
	Name string `path:"name"`
	Body body[semantic.Schedule]
}

// syncRoutes copy rows from connections, and tell how that goes.
func (a *API) syncRoutes() {
	const tag = "Syncs"
	register(a, operation{id: "startSync", method: "POST", path: "/datasets/{name}/sync", role: access.Editor, tag: tag,
		status: http.StatusAccepted, summary: "Sync a dataset now: what is new, a range of its cursor again, or everything"},
		func(ctx context.Context, who access.Actor, in *syncIn) (*out[datasync.Run], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			r, err := a.cfg.Syncs.Sync(ctx, who, in.Name, b)
			return &out[datasync.Run]{r}, err
		})
	register(a, operation{id: "getSync", method: "GET", path: "/datasets/{name}/sync", role: access.Viewer, tag: tag,
		summary: "How a dataset's sync stands: when it runs next, how far behind it is, its last runs, and columns it has not"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[datasync.Status], error) {
			st, err := a.cfg.Syncs.Status(ctx, who, in.Name)
			return &out[datasync.Status]{st}, err
		})
	register(a, operation{id: "previewSchedule", method: "POST", path: "/datasets/{name}/sync/upcoming", role: access.Viewer, tag: tag,
		status: http.StatusOK, summary: "When a dataset would be synced next under a schedule; nothing is changed"},
		func(ctx context.Context, who access.Actor, in *scheduleIn) (*out[datasync.Upcoming], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			u, err := a.cfg.Syncs.Upcoming(ctx, who, in.Name, b)
			return &out[datasync.Upcoming]{u}, err
		})
	register(a, operation{id: "pauseSync", method: "POST", path: "/datasets/{name}/sync/pause", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Stop a dataset's schedule; it can still be synced by hand"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[datasync.Status], error) {
			st, err := a.cfg.Syncs.Pause(ctx, who, in.Name, true)
			return &out[datasync.Status]{st}, err
		})
	register(a, operation{id: "resumeSync", method: "POST", path: "/datasets/{name}/sync/resume", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Let a dataset's schedule go on"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[datasync.Status], error) {
			st, err := a.cfg.Syncs.Pause(ctx, who, in.Name, false)
			return &out[datasync.Status]{st}, err
		})
	register(a, operation{id: "listSyncs", method: "GET", path: "/syncs", role: access.Viewer, tag: tag,
		summary: "How the syncs of all datasets stand, each with its newest runs"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[datasync.Status]], error) {
			list, err := a.cfg.Syncs.StatusAll(ctx, who)
			return &out[items[datasync.Status]]{listOf(list)}, err
		})
	register(a, operation{id: "getSyncRun", method: "GET", path: "/syncs/{id}", role: access.Viewer, tag: tag, summary: "How far a run of a sync is"},
		func(ctx context.Context, who access.Actor, in *idIn) (*out[datasync.Run], error) {
			r, err := a.cfg.Syncs.Run(ctx, who, in.ID)
			return &out[datasync.Run]{r}, err
		})
	register(a, operation{id: "cancelSync", method: "POST", path: "/syncs/{id}/cancel", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Stop a run; what it has stored stays, the rest is read next time"},
		func(ctx context.Context, who access.Actor, in *idIn) (*out[datasync.Run], error) {
			r, err := a.cfg.Syncs.Cancel(ctx, who, in.ID)
			return &out[datasync.Run]{r}, err
		})
}
