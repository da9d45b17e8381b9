package httpapi

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lodestar/internal/access"
	"lodestar/internal/asset"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/connect"
	"lodestar/internal/datasync"
	"lodestar/internal/event"
	"lodestar/internal/explain"
	"lodestar/internal/identity"
	"lodestar/internal/ingest"
	"lodestar/internal/prepare"
	"lodestar/internal/process"
	"lodestar/internal/quality"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/target"
	"lodestar/internal/tree"
	"lodestar/internal/vault"
)

const base = "/api/v1"

// Config is what the door needs. Every service must be given; Ready, Hosts and
// TrustedOrigins may be left empty.
type Config struct {
	Version string
	Access  *access.Service
	Catalog *catalog.Service
	Audit   *audit.Service
	Model   func() *semantic.Model
	Queries *query.Engine
	Ingest  *ingest.Service
	Syncs   *datasync.Service
	Quality *quality.Service
	Assets  *asset.Service
	Prepare *prepare.Service
	Events  *event.Service
	Explain *explain.Service
	Targets *target.Service
	Trees   *tree.Service
	Vault   *vault.Service

	Connections *connect.Service
	Identity    *identity.Service
	Processes   *process.Service

	Web            fs.FS    // the built page
	Hosts          []string // further host names that this server answers for
	TrustedOrigins []string // origins that may send changes, e.g. a development server of the page
	DemoKey        string   // in a demo: who opens /?key=… is let in
	Ready          func(context.Context) error
	Figures        func() []Figure // further figures of /-/metrics
	Now            func() time.Time
	Log            *slog.Logger
}

// API is the door.
type API struct {
	cfg         Config
	mux         *http.ServeMux
	huma        huma.API
	crossOrigin *http.CrossOriginProtection
	replays     *replays
	counts      *counts
	handler     http.Handler
}

// New builds the door. The error is a trusted origin that is none.
func New(cfg Config) (*API, error) {
	a := &API{cfg: cfg, mux: http.NewServeMux(), crossOrigin: http.NewCrossOriginProtection(),
		replays: newReplays(cfg.Now), counts: newCounts()}
	for _, origin := range cfg.TrustedOrigins {
		if err := a.crossOrigin.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	shape := openAPIConfig(cfg.Version)
	shape.Transformers = []huma.Transformer{translate, a.encode}
	a.huma = humago.New(a.mux, shape)
	a.huma.OpenAPI().Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie},
		"token":   {Type: "http", Scheme: "bearer"},
	}
	a.routes()
	delete(a.registry().Map(), "ErrorModel")
	delete(a.registry().Map(), "ErrorDetail")
	a.operate()
	a.intake()
	a.schemas()
	a.mux.HandleFunc("GET /api/openapi.json", a.openAPI)
	a.mux.HandleFunc("/", a.page)
	a.handler = a.outer(a.identify(newCompressor().wrap(a.matched())))
	return a, nil
}

func openAPIConfig(version string) huma.Config {
	c := huma.DefaultConfig("Lodestar", version)
	c.Components = &huma.Components{Schemas: newRegistry()}
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Formats = map[string]huma.Format{"application/json": format(), "json": format()}
	c.Info.Description = "Metrics, their tree and why they move. Every answer that is not a success is a problem document with a stable code."
	return c
}

// Handler answers all requests.
func (a *API) Handler() http.Handler { return a.handler }

// OpenAPI gives the document of all operations, indented.
func (a *API) OpenAPI() ([]byte, error) {
	return json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
}

func (a *API) openAPI(w http.ResponseWriter, r *http.Request) {
	doc, err := a.OpenAPI()
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(doc)
}

// matched runs the routes and notes which one it was. A demo's key is taken
// here, before the page.
func (a *API) matched() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.cfg.DemoKey != "" && r.Method == http.MethodGet && r.URL.Path == "/" && r.URL.Query().Has("key") {
			a.enterDemo(w, r)
			return
		}
		a.mux.ServeHTTP(w, r)
		v := visitOf(r.Context())
		_, v.route, _ = strings.Cut(r.Pattern, " ")
		if v.route == "" {
			v.route = r.Pattern
		}
	})
}
