package semantic

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
	"lodestar/internal/vault"
)

// KindConnection is the kind of ConnectionSpec.
const KindConnection = "Connection"

// ConnectionSpec says how to reach a place that holds rows of its own. Datasets
// whose source names it are asked there, or are kept up to date from it.
type ConnectionSpec struct {
	// Type is the kind of place. postgres, mysql, clickhouse and trino can be
	// asked where they are, and copied but for trino; the others are copied from:
	// sqlserver | folder | sftp | s3 | rest | sheet | kafka | mqtt.
	Type     string  `json:"type"`
	Host     string  `json:"host,omitempty"` // name or address; for postgres and mysql also the path of a socket; of s3 the endpoint
	Port     int     `json:"port,omitempty"`
	Database string  `json:"database,omitempty"` // of trino: the catalog
	User     string  `json:"user,omitempty"`     // one who may read, and no more; of s3 the access key, for oauth2 the client's id
	Password *Secret `json:"password,omitempty"` // of s3 the secret key, for oauth2 the client's secret
	TLS      string  `json:"tls,omitempty"`      // verify (default) | unverified | off
	CA       *Secret `json:"ca,omitempty"`       // PEM certificates to verify with, in place of the system's
	Timeout  string  `json:"timeout,omitempty"`  // of a statement; default 1 minute
	TTL      string  `json:"ttl,omitempty"`      // for how long rows count as unchanged; default 1 minute

	Path    string  `json:"path,omitempty"`    // folder, sftp, s3: the folder with the files; for folder, in one that the server's LODESTAR_FOLDERS names
	Settled string  `json:"settled,omitempty"` // folder, sftp: how long a file must be unchanged before it is taken; default 10 seconds
	Done    string  `json:"done,omitempty"`    // folder, sftp, s3: what ends the name of a second file that says that the first is whole, such as .ok
	HostKey string  `json:"hostKey,omitempty"` // sftp: the server's own key, such as ssh-ed25519 AAAA…, as ssh-keyscan prints it behind the name
	Key     *Secret `json:"key,omitempty"`     // sftp: a private key in PEM form, in place of a password
	Bucket  string  `json:"bucket,omitempty"`  // s3
	Region  string  `json:"region,omitempty"`  // s3

	URL           string             `json:"url,omitempty"`           // rest: what the paths of streams go behind; sheet: the address that gives the table as CSV or XLSX
	Headers       map[string]string  `json:"headers,omitempty"`       // rest: sent with every request
	SecretHeaders map[string]*Secret `json:"secretHeaders,omitempty"` // rest: sent, too, with values that are secrets
	Auth          *Auth              `json:"auth,omitempty"`          // rest, sheet
	Streams       []RESTStream       `json:"streams,omitempty"`       // rest: the lists that it gives

	Hosts     []string `json:"hosts,omitempty"`     // kafka: brokers, as host:port
	Mechanism string   `json:"mechanism,omitempty"` // kafka: plain | scram-sha-256 | scram-sha-512, with user and password
}

// Secret says where a secret is kept. It is never written down itself.
type Secret struct {
	Vault string `json:"vault,omitempty"` // a secret that was given to the server, which keeps it encrypted
	Env   string `json:"env,omitempty"`   // an environment variable of the server: LODESTAR_SECRET_…
	File  string `json:"file,omitempty"`  // a file in the folder secrets of the data directory

	literal bool // somebody wrote the secret itself
}

// UnmarshalJSON takes an object; a text is the secret itself, which is not kept.
func (s *Secret) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*s = Secret{literal: true}
		return nil
	}
	type plain Secret
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode((*plain)(s))
}

// SecretPrefix begins the names of the environment variables that secrets may
// be in: whoever writes definitions must not read the others.
const SecretPrefix = "LODESTAR_SECRET_"

var (
	connectionTypes = []string{"postgres", "mysql", "clickhouse", "trino", "sqlserver", "folder", "sftp", "s3", "rest", "sheet", "kafka", "mqtt"}
	engineTypes     = connectionTypes[:4] // that can be asked where they are
	tlsModes        = []string{"verify", "unverified", "off"}
	secretEnv       = regexp.MustCompile(`^` + SecretPrefix + `[A-Z0-9_]+$`)
	secretFile      = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)
	hostPattern     = regexp.MustCompile(`^[A-Za-z0-9_.:-]+$`)
	plainPattern    = regexp.MustCompile(`^[^\x00-\x1f]*$`)
)

// Limits of a connection's times.
const (
	DefaultTimeout = time.Minute
	DefaultTTL     = time.Minute
	longestTimeout = time.Hour
	longestTTL     = 24 * time.Hour
	DefaultSettled = 10 * time.Second
	longestSettled = 24 * time.Hour
)

// Validate checks the connection by itself; whether anybody answers there is
// seen when it is first asked.
func (s *ConnectionSpec) Validate(catalog.Metadata) []catalog.Finding {
	out := oneOf("type", s.Type, connectionTypes)
	if len(out) > 0 {
		return out
	}
	out = s.fields()
	switch {
	case s.Host == "":
	case s.Socket() && s.Type != "postgres" && s.Type != "mysql":
		out = append(out, problem("host", "bad_value", text.Text{
			ZH: "只有 postgres 和 mysql 可以用套接字路径", EN: "only postgres and mysql are reached by the path of a socket"}))
	case !s.Socket() && !hostPattern.MatchString(s.Host):
		out = append(out, problem("host", "bad_value", text.Text{
			ZH: "请只写主机名或地址，例如 db.example；端口、用户写在各自的键里",
			EN: "write a name or an address alone, such as db.example; port and user have keys of their own"}))
	}
	if s.Port < 0 || s.Port > 65535 {
		out = append(out, problem("port", "bad_value", text.Text{ZH: "端口须在 1 到 65535 之间", EN: "a port is 1 to 65535"}))
	}
	for path, value := range map[string]string{"database": s.Database, "user": s.User, "host": s.Host} {
		if !plainPattern.MatchString(value) {
			out = append(out, problem(path, "bad_value", text.Text{ZH: "含有不能使用的字符", EN: "there is a character that cannot be used"}))
		}
	}
	if s.TLS != "" {
		out = append(out, oneOf("tls", s.TLS, tlsModes)...)
	}
	out = append(out, s.Password.validate("password", "LODESTAR_SECRET_SHOP", "shop-password")...)
	out = append(out, s.CA.validate("ca", "LODESTAR_SECRET_CA", "ca.pem")...)
	out = append(out, s.Key.validate("key", "LODESTAR_SECRET_KEY", "key.pem")...)
	out = append(out, span("timeout", s.Timeout, longestTimeout)...)
	out = append(out, span("ttl", s.TTL, longestTTL)...)
	out = append(out, span("settled", s.Settled, longestSettled)...)
	return append(out, s.web()...)
}

// Socket reports whether the host is the path of a socket.
func (s *ConnectionSpec) Socket() bool { return strings.HasPrefix(s.Host, "/") }

// Within gives the time that a statement may take.
func (s *ConnectionSpec) Within() time.Duration { return spanOr(s.Timeout, DefaultTimeout) }

// Unchanged gives for how long rows count as unchanged.
func (s *ConnectionSpec) Unchanged() time.Duration { return spanOr(s.TTL, DefaultTTL) }

// Unwritten gives for how long a file must be unchanged before it is taken.
func (s *ConnectionSpec) Unwritten() time.Duration { return spanOr(s.Settled, DefaultSettled) }

// Engine reports whether rows can stay there and be asked there.
func (s *ConnectionSpec) Engine() bool { return slices.Contains(engineTypes, s.Type) }

func spanOr(s string, otherwise time.Duration) time.Duration {
	if d := spanOf(s); d > 0 {
		return d
	}
	return otherwise
}

func span(path, value string, most time.Duration) []catalog.Finding {
	if value == "" {
		return nil
	}
	if d := spanOf(value); d < time.Second || d > most {
		return []catalog.Finding{problem(path, "bad_span", text.Text{
			ZH: "{value} 不可用，请写成 30 seconds 或 5 minutes 的样子，最长 {most}",
			EN: "{value} cannot be used; write something like 30 seconds or 5 minutes, at most {most}"}, "value", value, "most", most)}
	}
	return nil
}

// validate never says what stood in place of a reference.
func (s *Secret) validate(path, env, file string) []catalog.Finding {
	if s == nil {
		return nil
	}
	write := text.Text{
		ZH: "密码等不能写在定义里：请写 {path}: {vault: {vault}}（存入保险箱的密钥）、{path}: {env: {name}}（服务器的环境变量）或 {path}: {file: {file}}（数据目录 secrets 文件夹中的文件）",
		EN: "secrets do not stand in definitions: write {path}: {vault: {vault}} for one given to the server's vault, {path}: {env: {name}} for an environment variable of the server, or {path}: {file: {file}} for a file in the folder secrets of the data directory"}.
		With("path", path, "name", env, "file", file, "vault", strings.ToLower(strings.TrimPrefix(env, SecretPrefix)))
	switch {
	case s.literal:
		return []catalog.Finding{problem(path, "secret_written", write)}
	case s.given() != 1:
		return []catalog.Finding{problem(path, "required", write)}
	case s.Vault != "" && !vault.IsName(s.Vault):
		return []catalog.Finding{problem(path+".vault", "bad_value", text.Text{
			ZH: "密钥名以小写字母开头，只含小写字母、数字和下划线，例如 {name}",
			EN: "a secret's name begins with a small letter, followed by small letters, digits and underscores, such as {name}"},
			"name", strings.ToLower(strings.TrimPrefix(env, SecretPrefix)))}
	case s.Env != "" && !secretEnv.MatchString(s.Env):
		return []catalog.Finding{problem(path+".env", "bad_value", text.Text{
			ZH: "环境变量名须以 " + SecretPrefix + " 开头，其余为大写字母、数字和下划线",
			EN: "the variable's name begins with " + SecretPrefix + ", followed by capital letters, digits and underscores"})}
	case s.File != "" && !secretFile.MatchString(s.File):
		return []catalog.Finding{problem(path+".file", "bad_value", text.Text{
			ZH: "请写数据目录 secrets 文件夹中的文件名，不带路径",
			EN: "write the name of a file in the folder secrets of the data directory, without a path"})}
	}
	return nil
}

func (s *Secret) given() (n int) {
	for _, ref := range []string{s.Vault, s.Env, s.File} {
		if ref != "" {
			n++
		}
	}
	return n
}

// Refs is empty: a connection stands for itself.
func (s *ConnectionSpec) Refs() []catalog.Ref { return nil }
