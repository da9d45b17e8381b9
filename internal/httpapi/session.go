package httpapi

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

const sessionCookie = "lodestar_session"

// identify finds out who asks: the command in this process, the bearer of a
// token, or the owner of a session. Nobody is fine; the operations decide.
func (a *API) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		actor, err := a.actor(r)
		if err != nil {
			if !fault.Is(err, fault.Unauthenticated) {
				writeProblem(w, r, a.asFault(r.Context(), err))
				return
			}
			if r.Header.Get("Authorization") != "" {
				writeProblem(w, r, err)
				return
			}
		}
		visitOf(r.Context()).actor = actor.Name
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), actorKey, actor)))
	})
}

func (a *API) asFault(ctx context.Context, err error) error {
	a.failed(ctx, err)
	return err
}

func (a *API) actor(r *http.Request) (access.Actor, error) {
	if actor, ok := localActor(r.Context()); ok {
		return actor, nil
	}
	if auth := r.Header.Get("Authorization"); auth != "" {
		scheme, secret, _ := strings.Cut(auth, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return access.Actor{}, fault.New(fault.Unauthenticated, "bad_authorization", text.Text{
				EN: "write the header as Authorization: Bearer TOKEN", ZH: "请求头应写成 Authorization: Bearer 令牌"})
		}
		return a.cfg.Access.Token(r.Context(), strings.TrimSpace(secret))
	}
	c, err := r.Cookie(sessionCookie)
	if err != nil || c.Value == "" {
		return access.Actor{}, nil
	}
	return a.cfg.Access.Session(r.Context(), c.Value)
}

// sessionUser is the person who asks.
type sessionUser struct {
	Name  string      `json:"name"`
	Title string      `json:"title"`
	Role  access.Role `json:"role"`
	Lang  text.Lang   `json:"lang"`
}

type person struct {
	Name  string      `json:"name"`
	Title string      `json:"title"`
	Role  access.Role `json:"role"`
}

// sessionState is what the page needs to know before it draws anything.
type sessionState struct {
	SetupRequired     bool                   `json:"setupRequired"`
	SetupCodeRequired bool                   `json:"setupCodeRequired"`
	User              *sessionUser           `json:"user"`
	Workspace         semantic.WorkspaceSpec `json:"workspace"`
	Demo              bool                   `json:"demo"`
	People            []person               `json:"people" nullable:"false"` // demo only
	Version           string                 `json:"version"`
}

type sessionOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      sessionState
}

type cookieOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type setupBody struct {
	Name      string    `json:"name"`
	Title     string    `json:"title,omitempty"`
	Password  string    `json:"password"`
	Code      string    `json:"code,omitempty"`
	Lang      text.Lang `json:"lang,omitempty"`
	Zone      string    `json:"zone,omitempty"`
	WeekStart string    `json:"weekStart,omitempty"`
	Currency  string    `json:"currency,omitempty"`
}

type signInBody struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

type switchBody struct {
	Name string `json:"name"`
}

func (a *API) sessionRoutes() {
	const tag = "Session"
	register(a, operation{id: "getSession", method: "GET", path: "/session", tag: tag,
		summary: "Who is signed in, and what the workspace is like"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[sessionState], error) {
			s, err := a.session(ctx, who)
			return &out[sessionState]{s}, err
		})
	register(a, operation{id: "setUp", method: "POST", path: "/setup", tag: tag, status: http.StatusOK,
		summary: "Create the first administrator and the workspace"},
		func(ctx context.Context, _ access.Actor, in *struct{ Body body[setupBody] }) (*sessionOut, error) {
			b, err := in.Body.get()
			if err == nil {
				err = encrypted(ctx)
			}
			if err != nil {
				return nil, err
			}
			return a.setUp(ctx, b)
		})
	register(a, operation{id: "signIn", method: "POST", path: "/session", tag: tag, status: http.StatusOK, summary: "Sign in"},
		func(ctx context.Context, _ access.Actor, in *struct{ Body body[signInBody] }) (*sessionOut, error) {
			b, err := in.Body.get()
			if err == nil {
				err = encrypted(ctx)
			}
			if err != nil {
				return nil, err
			}
			signed, err := a.cfg.Access.SignIn(ctx, access.Credentials{Name: b.Name, Password: b.Password, Remote: remote(ctx)})
			return a.begun(ctx, signed, err)
		})
	register(a, operation{id: "switchPerson", method: "POST", path: "/session/switch", tag: tag, role: access.Viewer,
		status: http.StatusOK, summary: "Go on as another person (demo only)"},
		func(ctx context.Context, _ access.Actor, in *struct{ Body body[switchBody] }) (*sessionOut, error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			signed, err := a.cfg.Access.Switch(ctx, b.Name)
			return a.begun(ctx, signed, err)
		})
	register(a, operation{id: "signOut", method: "DELETE", path: "/session", tag: tag, summary: "Sign out"},
		func(ctx context.Context, _ access.Actor, _ *nothing) (*cookieOut, error) {
			if c, err := requestOf(ctx).Cookie(sessionCookie); err == nil {
				if err := a.cfg.Access.SignOut(ctx, c.Value); err != nil {
					return nil, err
				}
			}
			gone := cookie(ctx, "", time.Time{})
			gone.MaxAge = -1
			return &cookieOut{gone}, nil
		})
}

func (a *API) session(ctx context.Context, who access.Actor) (sessionState, error) {
	s := sessionState{Version: a.cfg.Version, Demo: a.cfg.Access.Demo, People: []person{},
		Workspace: semantic.WorkspaceSpec{Zone: "UTC", WeekStart: "monday"}}
	required, err := a.cfg.Access.SetupRequired(ctx)
	if err != nil {
		return s, err
	}
	s.SetupRequired = required
	s.SetupCodeRequired = required && a.cfg.Access.SetupCodeRequired()
	if who.Name == "" {
		return s, nil
	}
	s.Workspace = a.workspace()
	s.User = &sessionUser{Name: who.Name, Title: who.Name, Role: who.Role, Lang: langOf(ctx)}
	if who.Via != access.ViaLocal {
		u, err := a.cfg.Access.User(ctx, who, who.Name)
		if err != nil {
			return s, err
		}
		s.User.Title, s.User.Lang = u.Title, u.Lang
	}
	if s.Demo {
		all, err := a.cfg.Access.List(ctx, who)
		if err != nil {
			return s, err
		}
		for _, u := range all {
			s.People = append(s.People, person{u.Name, u.Title, u.Role})
		}
	}
	return s, nil
}

// workspace gives the workspace's settings, or the defaults before there are any.
func (a *API) workspace() semantic.WorkspaceSpec {
	if r, ok := a.cfg.Catalog.Snapshot().Get("Workspace", "workspace"); ok {
		if spec, ok := r.Spec.(*semantic.WorkspaceSpec); ok {
			return *spec
		}
	}
	return semantic.WorkspaceSpec{Zone: "UTC", WeekStart: "monday"}
}

// setUp checks the workspace before it creates the person, so that a mistake
// in one leaves neither.
func (a *API) setUp(ctx context.Context, b setupBody) (*sessionOut, error) {
	ws := a.workspace()
	if b.Zone != "" {
		ws.Zone = b.Zone
	}
	if b.WeekStart != "" {
		ws.WeekStart = b.WeekStart
	}
	if b.Currency != "" {
		ws.Currency = b.Currency
	}
	r := &catalog.Resource{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace",
		Title: text.Text{ZH: "工作区", EN: "Workspace"}}, Spec: &ws}
	if old, ok := a.cfg.Catalog.Snapshot().Get("Workspace", "workspace"); ok {
		r.Metadata = old.Metadata
	}
	if err := catalog.Invalid(ws.Validate(r.Metadata)); err != nil {
		return nil, err
	}
	signed, err := a.cfg.Access.Setup(ctx, access.SetupRequest{Name: b.Name, Title: b.Title, Password: b.Password,
		Code: b.Code, Lang: b.Lang, Remote: remote(ctx)})
	if err != nil {
		return nil, err
	}
	if _, err := a.cfg.Catalog.Put(ctx, signed.Actor, r, catalog.PutOptions{}); err != nil {
		return nil, err
	}
	return a.begun(ctx, signed, nil)
}

func (a *API) begun(ctx context.Context, signed access.SignedIn, err error) (*sessionOut, error) {
	if err != nil {
		return nil, err
	}
	s, err := a.session(ctx, signed.Actor)
	return &sessionOut{cookie(ctx, signed.Token, signed.ExpiresAt), s}, err
}

// cookie makes the session cookie. It is Secure except over plain HTTP to this
// very machine, where browsers would not send it back.
func cookie(ctx context.Context, token string, expires time.Time) http.Cookie {
	r := requestOf(ctx)
	return http.Cookie{Name: sessionCookie, Value: token, Path: "/", Expires: expires,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r == nil || r.TLS != nil || !loopbackHost(r.Host)}
}

// encrypted refuses a sign-in from a page that came over plain HTTP from
// another machine: the browser would not send the cookie back, and the password
// has crossed the network in the open. Browsers tell by the Origin header how
// the page came, also behind a proxy that encrypts.
func encrypted(ctx context.Context) error {
	r := requestOf(ctx)
	if r == nil || r.TLS != nil || loopbackHost(r.Host) || !strings.HasPrefix(r.Header.Get("Origin"), "http://") {
		return nil
	}
	return fault.New(fault.Denied, "not_encrypted", text.Text{
		ZH: "从其他电脑登录需要加密连接（https）。请管理员用 --tls-cert 和 --tls-key 启动，或在前面放一个支持 https 的代理；也可以用 ssh -L 转发端口，然后打开 http://localhost。刚才输入的密码已明文经过网络，建议更换。",
		EN: "signing in from another machine needs an encrypted connection (https). Start the server with --tls-cert and --tls-key or put a proxy with https before it; or forward the port with ssh -L and open http://localhost. The password just typed crossed the network in the open: change it"})
}

func loopbackHost(hostport string) bool {
	host := hostOnly(hostport)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// remote is the caller's address without its port.
func remote(ctx context.Context) string {
	r := requestOf(ctx)
	if r == nil {
		return ""
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// enterDemo lets in who has the address that the demo printed, as the first of
// its people.
func (a *API) enterDemo(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(r.Context(), requestKey, r)
	if subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("key")), []byte(a.cfg.DemoKey)) != 1 {
		writeProblem(w, r, fault.New(fault.Denied, "wrong_demo_key", text.Text{
			EN: "this is not the address that the demo printed", ZH: "地址与演示程序显示的不一致"}))
		return
	}
	people, err := a.cfg.Access.People(ctx)
	if err == nil && len(people) == 0 {
		err = access.UnknownUser("")
	}
	var signed access.SignedIn
	if err == nil {
		signed, err = a.cfg.Access.Switch(ctx, firstPerson(people))
	}
	if err != nil {
		writeProblem(w, r, a.asFault(ctx, err))
		return
	}
	c := cookie(ctx, signed.Token, signed.ExpiresAt)
	http.SetCookie(w, &c)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// firstPerson prefers an administrator, so that everything can be looked at.
func firstPerson(people []access.User) string {
	for _, p := range people {
		if p.Role == access.Admin {
			return p.Name
		}
	}
	return people[0].Name
}
