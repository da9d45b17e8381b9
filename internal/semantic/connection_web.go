package semantic

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// Auth says how requests over HTTP say who asks.
type Auth struct {
	// Type is basic (user and password of the connection) | bearer (token) |
	// header (token, in the header named) | oauth2 (client credentials: user and
	// password are the client's id and secret).
	Type     string   `json:"type"`
	Token    *Secret  `json:"token,omitempty"`
	Header   string   `json:"header,omitempty"`   // such as X-Api-Key
	TokenURL string   `json:"tokenURL,omitempty"` // oauth2: where tokens are given
	Scopes   []string `json:"scopes,omitempty"`   // oauth2
}

// RESTStream is a list of records that an interface gives as JSON.
type RESTStream struct {
	Name    string            `json:"name"`              // what datasets call it as their table
	Path    string            `json:"path"`              // behind the connection's url
	Method  string            `json:"method,omitempty"`  // GET (default) | POST
	Query   map[string]string `json:"query,omitempty"`   // parameters of the address
	Body    string            `json:"body,omitempty"`    // JSON, for POST
	Records string            `json:"records,omitempty"` // where the list is in an answer, such as data.items; empty for the answer itself
	Key     []string          `json:"key,omitempty"`     // fields that tell records apart
	Page    *RESTPage         `json:"page,omitempty"`    // without it there is one answer
	Since   *RESTSince        `json:"since,omitempty"`   // for mode: incremental
}

// RESTPage says how an interface gives a list in pages.
type RESTPage struct {
	Type  string `json:"type"`            // page (numbers) | offset | cursor (a text of the answer before) | link (an address of the answer before, or its Link header)
	Param string `json:"param,omitempty"` // the parameter for the number, offset or cursor
	Next  string `json:"next,omitempty"`  // cursor, link: where that is in an answer; a link without it is that of the header
	Size  int    `json:"size,omitempty"`  // records in a page; offsets go on by it
	// SizeParam is the parameter that asks for that many.
	SizeParam string `json:"sizeParam,omitempty"`
	First     *int   `json:"first,omitempty"` // the number of the first page; default 1
}

// RESTSince says how an interface is asked for what is new.
type RESTSince struct {
	Param  string `json:"param"`            // the parameter that takes the cursor
	Format string `json:"format,omitempty"` // iso (default) | date | unix | milliseconds | number
}

var (
	authTypes    = []string{"basic", "bearer", "header", "oauth2"}
	pageTypes    = []string{"page", "offset", "cursor", "link"}
	sinceFormats = []string{"iso", "date", "unix", "milliseconds", "number"}
	mechanisms   = []string{"plain", "scram-sha-256", "scram-sha-512"}
)

const (
	databases  = "postgres mysql clickhouse trino sqlserver"
	fileStores = "folder sftp s3"
)

// fields finds keys that are missing, or that do not go with the type.
func (s *ConnectionSpec) fields() (out []catalog.Finding) {
	for _, f := range []struct {
		path      string
		given     bool
		fits      string // types that take it
		necessary string // types that need it
	}{
		{"host", s.Host != "", databases + " sftp s3 mqtt", databases + " sftp s3 mqtt"},
		{"port", s.Port != 0, databases + " sftp s3 mqtt", ""},
		{"database", s.Database != "", databases, ""},
		{"user", s.User != "", databases + " sftp s3 rest sheet kafka mqtt", databases + " sftp"},
		{"password", s.Password != nil, databases + " sftp s3 rest sheet kafka mqtt", ""},
		{"tls", s.TLS != "", databases + " s3 kafka mqtt", ""},
		{"ca", s.CA != nil, databases + " s3 rest sheet kafka mqtt", ""},
		{"timeout", s.Timeout != "", databases, ""},
		{"ttl", s.TTL != "", databases, ""},
		{"path", s.Path != "", fileStores, "folder"},
		{"settled", s.Settled != "", "folder sftp", ""},
		{"done", s.Done != "", fileStores, ""},
		{"hostKey", s.HostKey != "", "sftp", "sftp"},
		{"key", s.Key != nil, "sftp", ""},
		{"bucket", s.Bucket != "", "s3", "s3"},
		{"region", s.Region != "", "s3", ""},
		{"url", s.URL != "", "rest sheet", "rest sheet"},
		{"headers", len(s.Headers) > 0, "rest", ""},
		{"secretHeaders", len(s.SecretHeaders) > 0, "rest", ""},
		{"auth", s.Auth != nil, "rest sheet", ""},
		{"streams", len(s.Streams) > 0, "rest", "rest"},
		{"hosts", len(s.Hosts) > 0, "kafka", "kafka"},
		{"mechanism", s.Mechanism != "", "kafka", ""},
	} {
		switch {
		case f.given && !slices.Contains(strings.Fields(f.fits), s.Type):
			out = append(out, problem(f.path, "not_here", text.Text{
				ZH: "type: {type} 不用 {key}；它只用于 {types}", EN: "{key} does not go with type: {type}; it is for {types}"},
				"key", f.path, "type", s.Type, "types", strings.ReplaceAll(f.fits, " ", ", ")))
		case !f.given && slices.Contains(strings.Fields(f.necessary), s.Type):
			out = append(out, problem(f.path, "required", text.Text{ZH: "缺少 {key}", EN: "{key} is missing"}, "key", f.path))
		}
	}
	return out
}

// web checks what requests over HTTP, and messages, need.
func (s *ConnectionSpec) web() []catalog.Finding {
	out := append(webAddress("url", s.URL), s.headers()...)
	if s.Mechanism != "" {
		out = append(out, oneOf("mechanism", s.Mechanism, mechanisms)...)
	}
	if a := s.Auth; a != nil {
		out = append(out, s.authFindings(a)...)
	}
	names := map[string]bool{}
	for i := range s.Streams {
		stream, path := &s.Streams[i], "streams["+strconv.Itoa(i)+"]"
		if stream.Name == "" || names[stream.Name] {
			out = append(out, problem(path+".name", "bad_value", text.Text{ZH: "每个 stream 要有自己的名称", EN: "each stream has a name of its own"}))
		}
		names[stream.Name] = true
		out = append(out, stream.findings(path)...)
	}
	return out
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// headers finds names that no header can have, or that stand for two values.
func (s *ConnectionSpec) headers() (out []catalog.Finding) {
	bad := text.Text{ZH: "{name} 不能作为请求头的名称，请写成 X-Api-Key 的样子", EN: "{name} cannot be the name of a header; write one such as X-Api-Key"}
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		if seen[strings.ToLower(name)] = true; !headerName.MatchString(name) {
			out = append(out, problem("headers", "bad_value", bad, "name", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.SecretHeaders)) {
		switch {
		case !headerName.MatchString(name):
			out = append(out, problem("secretHeaders", "bad_value", bad, "name", name))
		case seen[strings.ToLower(name)]:
			out = append(out, problem("secretHeaders", "bad_value", text.Text{
				ZH: "请求头 {name} 写了两次", EN: "the header {name} is given twice"}, "name", name))
		case s.SecretHeaders[name] == nil:
			out = append(out, problem("secretHeaders", "required", text.Text{ZH: "缺少 {key}", EN: "{key} is missing"}, "key", name))
		}
		seen[strings.ToLower(name)] = true
		out = append(out, s.SecretHeaders[name].validate("secretHeaders."+name, "LODESTAR_SECRET_KEY", "api-key")...)
	}
	return out
}

func webAddress(path, address string) []catalog.Finding {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil {
		return nil
	}
	return []catalog.Finding{problem(path, "bad_value", text.Text{
		ZH: "请写以 https:// 开头的地址，其中不含用户和密码", EN: "write an address that begins with https://, without user and password in it"})}
}

func (s *ConnectionSpec) authFindings(a *Auth) []catalog.Finding {
	out := oneOf("auth.type", a.Type, authTypes)
	out = append(out, a.Token.validate("auth.token", "LODESTAR_SECRET_TOKEN", "token")...)
	out = append(out, webAddress("auth.tokenURL", a.TokenURL)...)
	need := func(path string, missing bool, types ...string) {
		if missing && slices.Contains(types, a.Type) {
			out = append(out, problem(path, "required", text.Text{ZH: "缺少 {key}", EN: "{key} is missing"}, "key", path))
		}
	}
	need("auth.token", a.Token == nil, "bearer", "header")
	need("auth.header", a.Header == "", "header")
	need("auth.tokenURL", a.TokenURL == "", "oauth2")
	need("user", s.User == "", "basic", "oauth2")
	return out
}

func (r *RESTStream) findings(path string) (out []catalog.Finding) {
	if r.Method != "" {
		out = append(out, oneOf(path+".method", r.Method, []string{"GET", "POST"})...)
	}
	if strings.Contains(r.Path, "://") || strings.HasPrefix(r.Path, "//") {
		out = append(out, problem(path+".path", "bad_value", text.Text{ZH: "path 接在连接的 url 之后，不能是完整地址", EN: "a path goes behind the connection's url; it is no address of its own"}))
	}
	if p := r.Page; p != nil {
		out = append(out, oneOf(path+".page.type", p.Type, pageTypes)...)
		if p.Param == "" && p.Type != "link" {
			out = append(out, problem(path+".page.param", "required", text.Text{ZH: "缺少 {key}", EN: "{key} is missing"}, "key", "param"))
		}
		if p.Next == "" && p.Type == "cursor" {
			out = append(out, problem(path+".page.next", "required", text.Text{ZH: "缺少 {key}", EN: "{key} is missing"}, "key", "next"))
		}
		if p.Size < 0 || p.Size > 100_000 {
			out = append(out, problem(path+".page.size", "bad_value", text.Text{ZH: "size 须在 1 到 100000 之间", EN: "a size is 1 to 100000"}))
		}
	}
	if s := r.Since; s != nil {
		if s.Param == "" {
			out = append(out, problem(path+".since.param", "required", text.Text{ZH: "缺少 {key}", EN: "{key} is missing"}, "key", "param"))
		}
		if s.Format != "" {
			out = append(out, oneOf(path+".since.format", s.Format, sinceFormats)...)
		}
	}
	return out
}
