package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/vault"
)

type secretBody struct {
	Value string `json:"value"`
}

type secretIn struct {
	Name string `path:"name"`
	Body body[secretBody]
}

// secretRoutes take secrets in and never give them out.
func (a *API) secretRoutes() {
	const tag = "Connections"
	register(a, operation{id: "getSecrets", method: "GET", path: "/secrets", role: access.Admin, tag: tag,
		summary: "Names of the secrets in the vault, who gave them and when"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[vault.Entry]], error) {
			list, err := a.cfg.Vault.List(ctx, who)
			return &out[items[vault.Entry]]{listOf(list)}, err
		})
	register(a, operation{id: "putSecret", method: "PUT", path: "/secrets/{name}", role: access.Admin, tag: tag,
		status: http.StatusOK, limit: 256 << 10, summary: "Give a secret to the vault, in place of the one of that name"},
		func(ctx context.Context, who access.Actor, in *secretIn) (*out[vault.Entry], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			s, err := a.cfg.Vault.Put(ctx, who, in.Name, b.Value)
			return &out[vault.Entry]{s}, err
		})
	register(a, operation{id: "deleteSecret", method: "DELETE", path: "/secrets/{name}", role: access.Admin, tag: tag,
		summary: "Let go of a secret"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*nothing, error) {
			return nil, a.cfg.Vault.Delete(ctx, who, in.Name)
		})
}
