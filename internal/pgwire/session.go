package pgwire

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// serverVersion is the PostgreSQL whose manners this door has.
const serverVersion = "16.6"

// session is what a signed-in client has set up.
type session struct {
	actor    access.Actor
	token    string // of the session that signing in made, or the API token
	byToken  bool
	lang     text.Lang
	database string

	settings map[string]string
	saved    map[string]string // as they were when the transaction began
	local    []string          // set for this transaction only
	timeout  time.Duration     // statement_timeout
	zone     *time.Location    // when set by the client, else nil
	tx       byte              // I, T or E as ReadyForQuery says
	points   []string          // savepoints
	skipping bool              // up to Sync, after an error
	over     bool              // the connection is to end
	prepared map[string]*statement
	portals  map[string]*portal
	m        *pgtype.Map
}

// signIn asks for the password and checks it.
func (c *conn) signIn(start *pgproto3.StartupMessage) error {
	user := start.Parameters["user"]
	if user == "" {
		return pgsql.Fail("28000", -1, text.Text{ZH: "缺少用户名", EN: "the user name is missing"})
	}
	if !c.secure {
		if err := PlainAllowed(c.nc.RemoteAddr().String()); err != nil {
			return err
		}
	}
	c.be.Send(&pgproto3.AuthenticationCleartextPassword{})
	if err := c.flush(); err != nil {
		return err
	}
	if err := c.be.SetAuthType(pgproto3.AuthTypeCleartextPassword); err != nil {
		return err
	}
	msg, err := c.be.Receive()
	if err != nil {
		return pgsql.Fail("08P01", -1, text.Text{ZH: "没有收到密码", EN: "no password came"})
	}
	pw, ok := msg.(*pgproto3.PasswordMessage)
	if !ok {
		return pgsql.Fail("08P01", -1, text.Text{ZH: "没有收到密码", EN: "no password came"})
	}
	c.session = &session{lang: text.EN, database: start.Parameters["database"], tx: 'I', prepared: map[string]*statement{}, portals: map[string]*portal{}, m: pgtype.NewMap()}
	if c.database == "" {
		c.database = user
	}
	if err := c.check(user, pw.Password); err != nil {
		c.session = nil
		return err
	}
	if err := c.actor.Must(access.Viewer); err != nil {
		return err
	}
	if u, err := c.s.cfg.Access.User(c.ctx, c.actor, c.actor.Name); err == nil && u.Lang != "" {
		c.lang = u.Lang
	}
	if !c.s.join(c, start.ProtocolVersion > pgproto3.ProtocolVersion30) {
		return pgsql.Fail("53300", -1, text.Text{ZH: "连接数已达上限 {n}", EN: "there are too many connections already (at most {n})"}, "n", mostConnections)
	}
	return c.settle(start.Parameters)
}

// check finds out who it is: an API token in place of the password, or name
// and password. Wrong tokens count as wrong passwords, so that both are
// limited together.
func (c *conn) check(user, password string) error {
	svc := c.s.cfg.Access
	if strings.HasPrefix(password, access.TokenPrefix) {
		actor, err := svc.Token(c.ctx, password)
		if err == nil && actor.Name == user {
			c.actor, c.token, c.byToken = actor, password, true
			return nil
		}
		if err != nil && !fault.Is(err, fault.Unauthenticated) {
			return err
		}
	}
	in, err := svc.SignIn(c.ctx, access.Credentials{Name: user, Password: password, Remote: c.remote()})
	if err != nil {
		return err
	}
	c.actor, c.token = in.Actor, in.Token
	return nil
}

// signOut ends the session that signing in made.
func (c *conn) signOut() {
	if c.byToken {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), 10*time.Second)
	defer cancel()
	if err := c.s.cfg.Access.SignOut(ctx, c.token); err != nil {
		c.s.cfg.Log.Warn("sql session did not end cleanly", "user", c.actor.Name, "error", err.Error())
	}
}

// who asks, with the role of this moment: rights that were taken away or a
// token that was revoked count at once.
func (c *conn) who(ctx context.Context) (access.Actor, error) {
	var err error
	if c.byToken {
		c.actor, err = c.s.cfg.Access.Token(ctx, c.token)
	} else {
		c.actor, err = c.s.cfg.Access.Session(ctx, c.token)
	}
	return c.actor, err
}

// settle takes the settings of the start.
func (c *conn) settle(params map[string]string) error {
	c.settings = defaults()
	c.settings["timezone"] = c.s.cfg.Model().Workspace().Zone
	if c.settings["timezone"] == "" {
		c.settings["timezone"] = "UTC"
	}
	c.settings["session_authorization"] = c.actor.Name
	for name, value := range params {
		switch name = strings.ToLower(name); name {
		case "user", "database", "replication", "timezone":
			// A driver sends its machine's zone unasked; numbers do not follow it.
			if name == "replication" && value != "false" && value != "off" && value != "0" && value != "no" {
				return pgsql.Unsupported(-1, text.Text{ZH: "复制连接", EN: "a replication connection"})
			}
		case "options":
			for name, value := range options(value) {
				if err := c.set(name, value, false); err != nil {
					return err
				}
			}
		default:
			if strings.HasPrefix(name, "_pq_.") {
				continue
			}
			if err := c.set(name, value, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// options reads -c name=value and --name=value.
func options(s string) map[string]string {
	out := map[string]string{}
	words := strings.Fields(strings.ReplaceAll(s, `\ `, "\x00"))
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "-c" && i+1 < len(words):
			i++
			w = words[i]
		case strings.HasPrefix(w, "-c"):
			w = w[2:]
		case strings.HasPrefix(w, "--"):
			w = w[2:]
		}
		if name, value, ok := strings.Cut(w, "="); ok {
			out[strings.ReplaceAll(strings.ToLower(name), "-", "_")] = strings.ReplaceAll(value, "\x00", " ")
		}
	}
	return out
}

// reported are the settings that clients are told of, by PostgreSQL's names.
var reported = map[string]string{"server_version": "server_version", "server_encoding": "server_encoding", "client_encoding": "client_encoding",
	"datestyle": "DateStyle", "intervalstyle": "IntervalStyle", "timezone": "TimeZone", "integer_datetimes": "integer_datetimes",
	"standard_conforming_strings": "standard_conforming_strings", "application_name": "application_name", "is_superuser": "is_superuser",
	"session_authorization": "session_authorization", "default_transaction_read_only": "default_transaction_read_only", "in_hot_standby": "in_hot_standby",
	"search_path": "search_path"}

// welcome tells the client about the server.
func (c *conn) welcome() error {
	c.be.Send(&pgproto3.AuthenticationOk{})
	names := make([]string, 0, len(reported))
	for n := range reported {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		c.be.Send(&pgproto3.ParameterStatus{Name: reported[n], Value: c.settings[n]})
	}
	c.be.Send(&pgproto3.BackendKeyData{ProcessID: c.pid, SecretKey: c.secret})
	c.s.cfg.Log.Info("sql connection", "user", c.actor.Name, "remote", c.remote(), "tls", c.secure, "application", c.settings["application_name"])
	return c.ready()
}

// path is the list of schemas that names without one are looked up in.
func (c *conn) path() []string {
	var out []string
	for s := range strings.SplitSeq(c.settings["search_path"], ",") {
		s = strings.TrimSpace(s)
		if len(s) > 1 && s[0] == '"' {
			s = strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
		}
		if s == "$user" {
			s = c.actor.Name
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// look is what the catalogue needs to know of the session.
func (c *conn) look() *pgcat.Session {
	zone := c.zone
	if zone == nil {
		zone = c.s.cfg.Model().Calendar().Zone
	}
	if zone == nil {
		zone = time.UTC
	}
	return &pgcat.Session{Database: c.database, User: c.actor.Name, Version: serverVersion + " (Lodestar " + c.s.cfg.Version + ")", Path: c.path(),
		Setting: func(name string) (string, bool) { v, ok := c.settings[name]; return v, ok }, Settings: c.listed,
		SetConfig: func(name, value string) error { return c.set(name, value, true) },
		Now:       c.s.cfg.Now().In(zone), Zone: zone, Lang: c.lang, PID: c.pid}
}

// timezone is the zone to ask in; "" for the workspace's.
func (c *conn) timezone() string {
	if c.zone == nil {
		return ""
	}
	return c.zone.String()
}
