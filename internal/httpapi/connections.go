package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/connect"
	"lodestar/internal/source"
)

type peekIn struct {
	connect.Draft
	Stream string `json:"stream"` // of the draft, or a topic
}

type proposalIn struct {
	Name string `path:"name"`
	Body body[connect.Ask]
}

// connectionRoutes try connections and tell what is there; their definitions
// are resources.
func (a *API) connectionRoutes() {
	const tag = "Connections"
	register(a, operation{id: "testConnectionDraft", method: "POST", path: "/connections/test", role: access.Admin, tag: tag,
		status: http.StatusOK, summary: "Try a connection before it is stored; the secrets it names must be in their place, or given here for the trial alone"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[connect.Draft] }) (*out[connect.Trial], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			r, err := a.cfg.Connections.Test(ctx, who, b)
			return &out[connect.Trial]{r}, err
		})
	register(a, operation{id: "peekConnectionDraft", method: "POST", path: "/connections/peek", role: access.Admin, tag: tag,
		status: http.StatusOK, summary: "Look at some of a stream of a connection before it is stored"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[peekIn] }) (*out[connect.Glimpse], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			r, err := a.cfg.Connections.Peek(ctx, who, b.Draft, b.Stream)
			return &out[connect.Glimpse]{r}, err
		})
	register(a, operation{id: "testConnection", method: "POST", path: "/connections/{name}/test", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Try a stored connection"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[connect.Trial], error) {
			r, err := a.cfg.Connections.TestStored(ctx, who, in.Name)
			return &out[connect.Trial]{r}, err
		})
	register(a, operation{id: "getStreams", method: "GET", path: "/connections/{name}/streams", role: access.Editor, tag: tag,
		summary: "What can be read on a connection: tables and the like"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[items[source.Stream]], error) {
			list, err := a.cfg.Connections.Streams(ctx, who, in.Name)
			return &out[items[source.Stream]]{listOf(list)}, err
		})
	register(a, operation{id: "proposeDataset", method: "POST", path: "/connections/{name}/proposal", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "A dataset that reads a stream, as it could be defined; of files, with what is in one of them"},
		func(ctx context.Context, who access.Actor, in *proposalIn) (*out[connect.Offer], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			p, err := a.cfg.Connections.Propose(ctx, who, in.Name, b)
			return &out[connect.Offer]{p}, err
		})
}
