package httpapi

import (
	"context"
	"net/http"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/text"
)

type profileBody struct {
	Title *string    `json:"title,omitempty"`
	Lang  *text.Lang `json:"lang,omitempty"`
}

type passwordBody struct {
	Current string `json:"current"`
	New     string `json:"new"`
}

type newUserBody struct {
	Name     string      `json:"name"`
	Title    string      `json:"title,omitempty"`
	Role     access.Role `json:"role"`
	Lang     text.Lang   `json:"lang,omitempty"`
	Password string      `json:"password"`
}

type userPatchBody struct {
	Title    *string      `json:"title,omitempty"`
	Role     *access.Role `json:"role,omitempty"`
	Lang     *text.Lang   `json:"lang,omitempty"`
	Disabled *bool        `json:"disabled,omitempty"`
	Password *string      `json:"password,omitempty"`
}

type newTokenBody struct {
	Name      string      `json:"name"`
	Role      access.Role `json:"role,omitempty"`
	ExpiresAt *time.Time  `json:"expiresAt,omitempty"`
}

// newTokenAnswer shows the secret, once.
type newTokenAnswer struct {
	access.Token
	Secret string `json:"token"`
}

type nameIn struct {
	Name string `path:"name"`
}

func (a *API) peopleRoutes() {
	const tag = "People"
	register(a, operation{id: "updateProfile", method: "PUT", path: "/profile", role: access.Viewer, tag: tag,
		summary: "Change one's own name and language"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[profileBody] }) (*out[access.User], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			u, err := a.cfg.Access.UpdateProfile(ctx, who, access.ProfilePatch{Title: b.Title, Lang: b.Lang})
			return &out[access.User]{u}, err
		})
	register(a, operation{id: "changePassword", method: "PUT", path: "/profile/password", role: access.Viewer, tag: tag,
		status: http.StatusOK, summary: "Change one's own password; other sessions end"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[passwordBody] }) (*sessionOut, error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			if err := a.cfg.Access.ChangePassword(ctx, who, b.Current, b.New); err != nil {
				return nil, err
			}
			signed, err := a.cfg.Access.SignIn(ctx, access.Credentials{Name: who.Name, Password: b.New, Remote: remote(ctx)})
			return a.begun(ctx, signed, err)
		})
	register(a, operation{id: "listUsers", method: "GET", path: "/users", role: access.Viewer, tag: tag, summary: "The people of the workspace"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[access.User]], error) {
			all, err := a.cfg.Access.List(ctx, who)
			return &out[items[access.User]]{listOf(all)}, err
		})
	register(a, operation{id: "createUser", method: "POST", path: "/users", role: access.Admin, tag: tag,
		status: http.StatusCreated, summary: "Add a person"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[newUserBody] }) (*out[access.User], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			u, err := a.cfg.Access.CreateUser(ctx, who, access.NewUser(b))
			return &out[access.User]{u}, err
		})
	register(a, operation{id: "updateUser", method: "PATCH", path: "/users/{name}", role: access.Admin, tag: tag,
		summary: "Change a person's role, name or password, or lock the person out"},
		func(ctx context.Context, who access.Actor, in *struct {
			Name string `path:"name"`
			Body body[userPatchBody]
		}) (*out[access.User], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			u, err := a.cfg.Access.UpdateUser(ctx, who, in.Name, access.UserPatch(b))
			return &out[access.User]{u}, err
		})
	register(a, operation{id: "deleteUser", method: "DELETE", path: "/users/{name}", role: access.Admin, tag: tag, summary: "Remove a person"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*nothing, error) {
			return nil, a.cfg.Access.DeleteUser(ctx, who, in.Name)
		})
	a.tokenRoutes()
	a.auditRoutes()
}

func (a *API) tokenRoutes() {
	const tag = "Tokens"
	register(a, operation{id: "listTokens", method: "GET", path: "/tokens", role: access.Viewer, tag: tag, summary: "API tokens, without their secrets"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[access.Token]], error) {
			all, err := a.cfg.Access.ListTokens(ctx, who)
			return &out[items[access.Token]]{listOf(all)}, err
		})
	register(a, operation{id: "createToken", method: "POST", path: "/tokens", role: access.Viewer, tag: tag,
		status: http.StatusCreated, summary: "Make an API token; its secret is in the answer and never shown again"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[newTokenBody] }) (*out[newTokenAnswer], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			t, secret, err := a.cfg.Access.CreateToken(ctx, who, access.NewToken(b))
			return &out[newTokenAnswer]{newTokenAnswer{t, secret}}, err
		})
	register(a, operation{id: "revokeToken", method: "DELETE", path: "/tokens/{id}", role: access.Viewer, tag: tag, summary: "End an API token"},
		func(ctx context.Context, who access.Actor, in *struct {
			ID string `path:"id"`
		}) (*nothing, error) {
			return nil, a.cfg.Access.RevokeToken(ctx, who, in.ID)
		})
}

type auditIn struct {
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500"`
	Actor  string `query:"actor"`
	Action string `query:"action"`
	Kind   string `query:"kind"`
	Name   string `query:"name"`
}

func (a *API) auditRoutes() {
	register(a, operation{id: "listAudit", method: "GET", path: "/audit", role: access.Admin, tag: "Audit", summary: "Who changed what, newest first"},
		func(ctx context.Context, who access.Actor, in *auditIn) (*out[audit.Page], error) {
			p, err := a.cfg.Audit.List(ctx, who, audit.Filter{Actor: in.Actor, Action: in.Action, Kind: in.Kind,
				Name: in.Name, Cursor: in.Cursor, Limit: in.Limit})
			return &out[audit.Page]{p}, err
		})
}
