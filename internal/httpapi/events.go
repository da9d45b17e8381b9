package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/event"
)

type eventReportIn struct {
	Days int `query:"days" minimum:"1" maximum:"366" default:"14"`
}

type quarantineIn struct {
	Event    string `query:"event"`
	Kind     string `query:"kind"`
	Property string `query:"property"`
	State    string `query:"state" enum:"open,stored,dismissed" default:"open"`
	Before   int64  `query:"before"`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type payloadBody struct {
	Payload json.RawMessage `json:"payload"`
}

type editIn struct {
	ID   int64 `path:"id"`
	Body body[payloadBody]
}

type dismissed struct {
	Dismissed int64 `json:"dismissed"`
}

// eventRoutes tell how events keep the tracking plan, and mend those that do not.
func (a *API) eventRoutes() {
	const tag = "Events"
	register(a, operation{id: "eventReport", method: "GET", path: "/events/report", role: access.Viewer, tag: tag,
		summary: "How the events of the last days kept the tracking plan, and what rests on them"},
		func(ctx context.Context, who access.Actor, in *eventReportIn) (*out[event.Report], error) {
			r, err := a.cfg.Events.Report(ctx, who, in.Days)
			return &out[event.Report]{r}, err
		})
	register(a, operation{id: "eventProposals", method: "GET", path: "/events/proposals", role: access.Editor, tag: tag,
		summary: "Entries for the tracking plan, from what is sent and what metrics need"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[event.Proposal]], error) {
			list, err := a.cfg.Events.Propose(ctx, who)
			return &out[items[event.Proposal]]{listOf(list)}, err
		})
	register(a, operation{id: "quarantineCounts", method: "GET", path: "/events/quarantine/counts", role: access.Viewer, tag: tag,
		summary: "Messages in quarantine by event and reason"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[event.Count]], error) {
			list, err := a.cfg.Events.Counts(ctx, who)
			return &out[items[event.Count]]{listOf(list)}, err
		})
	register(a, operation{id: "listQuarantine", method: "GET", path: "/events/quarantine", role: access.Editor, tag: tag,
		summary: "Messages in quarantine with what was sent, newest first"},
		func(ctx context.Context, who access.Actor, in *quarantineIn) (*out[items[event.Message]], error) {
			list, err := a.cfg.Events.Quarantine(ctx, who, event.Filter{Event: in.Event, Kind: in.Kind, Property: in.Property,
				State: in.State, Before: in.Before, Limit: in.Limit})
			return &out[items[event.Message]]{listOf(list)}, err
		})
	register(a, operation{id: "editQuarantined", method: "PUT", path: "/events/quarantine/{id}", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Give a message in quarantine another content, and check it again"},
		func(ctx context.Context, who access.Actor, in *editIn) (*out[event.Replayed], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			r, err := a.cfg.Events.Edit(ctx, who, in.ID, b.Payload)
			return &out[event.Replayed]{r}, err
		})
	register(a, operation{id: "replayQuarantine", method: "POST", path: "/events/quarantine/replay", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Check messages in quarantine again, after a rule that mends them, and store what keeps the plan"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[event.Replay] }) (*out[event.Replayed], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			r, err := a.cfg.Events.Replay(ctx, who, b)
			return &out[event.Replayed]{r}, err
		})
	register(a, operation{id: "dismissQuarantine", method: "POST", path: "/events/quarantine/dismiss", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Give up messages in quarantine"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[event.Filter] }) (*out[dismissed], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			n, err := a.cfg.Events.Dismiss(ctx, who, b)
			return &out[dismissed]{dismissed{n}}, err
		})
}
