package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/event"
)

type newKeyAnswer struct {
	event.Key
	WriteKey string `json:"writeKey"` // told this once
}

type keySwitch struct {
	On bool `json:"on"`
}

// writeKeyRoutes are for the keys with which sources send events.
func (a *API) writeKeyRoutes() {
	const tag = "Events"
	register(a, operation{id: "listWriteKeys", method: "GET", path: "/events/keys", role: access.Admin, tag: tag,
		summary: "Write keys of the sources that send events"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[event.Key]], error) {
			list, err := a.cfg.Events.ListKeys(ctx, who)
			return &out[items[event.Key]]{listOf(list)}, err
		})
	register(a, operation{id: "createWriteKey", method: "POST", path: "/events/keys", role: access.Admin, tag: tag,
		status: http.StatusCreated, summary: "Make a write key for a source; it is told this once"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[event.NewKey] }) (*out[newKeyAnswer], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			k, secret, err := a.cfg.Events.CreateKey(ctx, who, b)
			return &out[newKeyAnswer]{newKeyAnswer{k, secret}}, err
		})
	register(a, operation{id: "switchWriteKey", method: "PATCH", path: "/events/keys/{name}", role: access.Admin, tag: tag,
		summary: "Switch a write key on or off"},
		func(ctx context.Context, who access.Actor, in *struct {
			Name string `path:"name"`
			Body body[keySwitch]
		}) (*out[event.Key], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			k, err := a.cfg.Events.SwitchKey(ctx, who, in.Name, b.On)
			return &out[event.Key]{k}, err
		})
	register(a, operation{id: "deleteWriteKey", method: "DELETE", path: "/events/keys/{name}", role: access.Admin, tag: tag,
		summary: "Let go of a write key"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*nothing, error) {
			return nil, a.cfg.Events.DeleteKey(ctx, who, in.Name)
		})
}
