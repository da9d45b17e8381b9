package app

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/connect"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/source/sources"
	"lodestar/internal/text"
	"lodestar/internal/vault"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/engines"
)

// secretsDir is the folder of the data directory that secrets may be in.
const secretsDir = "secrets"

// vaultKey is the file of the data directory with the key of the vault. It does
// not lie in secretsDir: a definition could name it there as a password.
const vaultKey = "vault.key"

// openEngines puts the connections beside the warehouse.
func (a *App) openEngines(context.Context) error {
	a.engines = engines.New(engines.Config{Local: a.gate.Front().(engines.Local), Gate: a.limits(), Secret: a.secret, Now: a.cfg.Now, Log: a.cfg.Log})
	a.onStop(func(context.Context) error { return a.engines.Close() })
	a.connect(a.catalog.Snapshot(), a.model.Load())
	return nil
}

// connect lets the connections, and where datasets are, follow the definitions.
func (a *App) connect(snap catalog.Snapshot, m *semantic.Model) {
	if a.engines == nil { // still opening
		return
	}
	var connections []engines.Connection
	for _, r := range snap.Published(semantic.KindConnection) {
		if spec, ok := r.Spec.(*semantic.ConnectionSpec); ok && spec.Engine() {
			c := connectionOf(r.Metadata.Name, spec)
			if c.Password.Vault != "" || c.CA.Vault != "" {
				c.Secrets = a.secrets.Load()
			}
			connections = append(connections, c)
		}
	}
	places := map[string]engines.Place{}
	for _, d := range m.Datasets() {
		if connection, table := d.Spec.Direct(); connection != "" {
			places[d.Name] = engines.Place{Connection: connection, Table: tableOf(d.Spec, table, m.Workspace().Zone)}
		}
	}
	a.engines.Follow(connections, places)
}

func connectionOf(name string, s *semantic.ConnectionSpec) engines.Connection {
	secret := func(s *semantic.Secret) engines.Secret {
		if s == nil {
			return engines.Secret{}
		}
		return engines.Secret{Vault: s.Vault, Env: s.Env, File: s.File}
	}
	return engines.Connection{Name: name, Engine: s.Type, Host: s.Host, Port: s.Port, Database: s.Database, User: s.User,
		Password: secret(s.Password), TLS: s.TLS, CA: secret(s.CA), Timeout: s.Within(), TTL: s.Unchanged()}
}

// openSource connects to where rows are copied from. Places without a connector
// can be looked at, and asked where they are.
func (a *App) openSource(ctx context.Context, spec *semantic.ConnectionSpec) (source.Source, error) {
	if !sources.Has(spec.Type) {
		return a.engines.Look(ctx, connectionOf("", spec))
	}
	s := sources.Settings{Spec: spec, Headers: map[string]string{}, Folders: filepath.SplitList(a.cfg.Getenv("LODESTAR_FOLDERS")), Now: a.cfg.Now,
		Private: strings.FieldsFunc(a.cfg.Getenv("LODESTAR_PRIVATE_HOSTS"), func(r rune) bool { return r == ',' || r == ' ' })}
	if wish := a.cfg.Getenv("LODESTAR_SOURCE_PATIENCE"); wish != "" {
		var err error
		if s.Patience, err = time.ParseDuration(wish); err != nil || s.Patience <= 0 {
			return nil, fault.New(fault.Invalid, "bad_patience", text.Text{
				EN: "LODESTAR_SOURCE_PATIENCE is {value}; start this program with a time such as 30m or 1h", ZH: "LODESTAR_SOURCE_PATIENCE 为 {value}；请以 30m、1h 这样的时长启动本程序"}, "value", wish)
		}
	}
	secrets := map[*semantic.Secret]func(value string){
		spec.Password: func(v string) { s.Password = v },
		spec.CA:       func(v string) { s.CA = v },
		spec.Key:      func(v string) { s.Key = v },
	}
	if spec.Auth != nil {
		secrets[spec.Auth.Token] = func(v string) { s.Token = v }
	}
	for name, ref := range spec.SecretHeaders {
		secrets[ref] = func(v string) { s.Headers[name] = v }
	}
	for ref, keep := range secrets {
		if ref == nil {
			continue
		}
		value, err := a.secret(ctx, engines.Secret{Vault: ref.Vault, Env: ref.Env, File: ref.File})
		if err != nil {
			return nil, err
		}
		keep(value)
	}
	return sources.Open(ctx, s)
}

// tableOf maps a dataset to schema.table. Columns there are called by their
// source, where they have one. Times that say no zone are of that of the column,
// of the dataset or of the workspace.
func tableOf(spec *semantic.DatasetSpec, table, zone string) direct.Table {
	out := direct.Table{Name: table, Zone: zone, Sources: map[string]string{}, Zones: map[string]string{}}
	if dot := strings.LastIndex(table, "."); dot >= 0 {
		out.Schema, out.Name = table[:dot], table[dot+1:]
	}
	for _, c := range spec.Columns {
		out.Columns = append(out.Columns, warehouse.StoredColumn{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale})
		if c.Source != "" {
			out.Sources[c.Name] = c.Source
		}
		if c.Type == expr.Timestamp {
			out.Zones[c.Name] = cmp.Or(c.Zone, spec.Zone, zone)
		}
	}
	return out
}

// openVault makes or reads the key that secrets are encrypted with.
func (a *App) openVault(context.Context) error {
	key, err := vault.Key(a.cfg.VaultKey)
	if err != nil {
		return err
	}
	a.vault, err = vault.New(vault.Config{Key: key, Store: a.db.Secrets(), Audit: a.trail(), Now: a.cfg.Now, Changed: a.reconnect})
	return err
}

// reconnect opens connections anew when a secret has changed.
func (a *App) reconnect() {
	a.secrets.Add(1)
	a.connect(a.catalog.Snapshot(), a.model.Load())
}

// secret reads what a definition refers to. Only the vault, variables with the
// prefix and files of one folder can be read, whatever a definition says.
func (a *App) secret(ctx context.Context, s engines.Secret) (string, error) {
	value := ""
	switch {
	case s.Vault != "":
		if typed, ok := connect.Typed(ctx, s.Vault); ok {
			return typed, nil
		}
		return a.vault.Open(ctx, s.Vault)
	case s.Env != "" && strings.HasPrefix(s.Env, semantic.SecretPrefix):
		value = a.cfg.Getenv(s.Env)
	case s.File != "":
		var err error
		if value, err = readSecret(filepath.Join(a.cfg.DataDir, secretsDir), s.File); err != nil {
			return "", noSecret(s).Wrap(err)
		}
	}
	if value == "" {
		return "", noSecret(s)
	}
	return strings.TrimRight(value, "\r\n"), nil
}

// mostSecret bounds the size of a file with a secret, such as certificates.
const mostSecret = 1 << 20

// readSecret reads a file of the folder; links that lead out of it are refused.
func readSecret(dir, name string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostSecret))
	return string(b), err
}

func noSecret(s engines.Secret) *fault.Error {
	if s.File != "" {
		return fault.New(fault.Unavailable, "no_secret", text.Text{
			EN: "the secret is missing: put it into the file {name} of the folder secrets in the data directory",
			ZH: "缺少密钥：请将其放入数据目录 secrets 文件夹的 {name} 文件"}, "name", s.File)
	}
	return fault.New(fault.Unavailable, "no_secret", text.Text{
		EN: "the secret is missing: set the environment variable {name} where the server starts, and start it again",
		ZH: "缺少密钥：请在启动服务的环境中设置 {name} 并重新启动"}, "name", s.Env)
}
