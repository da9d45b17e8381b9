package pgwire

import (
	"maps"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// defaults are the settings that clients may ask for and change. Most change
// nothing here.
func defaults() map[string]string {
	return map[string]string{
		"server_version": serverVersion, "server_version_num": "160006", "server_encoding": "UTF8", "client_encoding": "UTF8", "datestyle": "ISO, MDY",
		"intervalstyle": "postgres", "integer_datetimes": "on", "standard_conforming_strings": "on", "application_name": "", "is_superuser": "off",
		"default_transaction_read_only": "on", "transaction_read_only": "on", "in_hot_standby": "off", "search_path": `"$user", public`,
		"extra_float_digits": "1", "statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0", "transaction_timeout": "0",
		"client_min_messages": "notice", "bytea_output": "hex", "row_security": "on", "default_transaction_isolation": "read committed",
		"transaction_isolation": "read committed", "default_transaction_deferrable": "off", "transaction_deferrable": "off", "max_identifier_length": "63",
		"max_index_keys": "32", "lc_collate": "C", "lc_ctype": "C.UTF-8", "lc_messages": "", "lc_monetary": "C", "lc_numeric": "C", "lc_time": "C",
		"synchronous_commit": "on", "work_mem": "4096", "maintenance_work_mem": "65536", "jit": "off", "geqo": "on", "enable_seqscan": "on", "enable_nestloop": "on", "enable_hashjoin": "on",
		"enable_mergejoin": "on", "enable_parallel_query": "off", "max_parallel_workers_per_gather": "0", "from_collapse_limit": "8", "join_collapse_limit": "8", "cursor_tuple_fraction": "0.1",
		"escape_string_warning": "on", "backslash_quote": "safe_encoding", "default_tablespace": "", "temp_tablespaces": "", "ssl": "on", "password_encryption": "argon2id",
		"xmloption": "content", "quote_all_identifiers": "off", "check_function_bodies": "on", "default_table_access_method": "heap", "default_with_oids": "off", "synchronize_seqscans": "on", "tcp_keepalives_idle": "0", "track_activities": "on",
		"max_connections": strconv.Itoa(mostConnections), "block_size": "8192", "cluster_name": "", "timezone_abbreviations": "Default", "plan_cache_mode": "auto", "role": "none", "datetime_style": "ISO", "session_replication_role": "origin",
	}
}

// fixed settings say how the server is and cannot be changed.
var fixed = map[string]bool{"server_version": true, "server_version_num": true, "server_encoding": true, "integer_datetimes": true, "is_superuser": true,
	"max_identifier_length": true, "max_index_keys": true, "in_hot_standby": true, "lc_collate": true, "lc_ctype": true, "session_authorization": true, "max_connections": true, "block_size": true}

// listed gives all settings by name.
func (c *conn) listed() [][2]string {
	out := make([][2]string, 0, len(c.settings))
	for n, v := range c.settings {
		if as, ok := reported[n]; ok {
			n = as
		}
		out = append(out, [2]string{n, v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i][0] < out[j][0] })
	return out
}

// set changes a setting; tell sends it to the client where clients are told.
func (c *conn) set(name, value string, tell bool) error {
	_, known := c.settings[name]
	switch {
	case fixed[name]:
		return pgsql.Fail("55P02", -1, text.Text{ZH: "{s} 不能修改", EN: "{s} cannot be changed"}, "s", name)
	case !known && !strings.Contains(name, "."):
		return pgsql.Fail(pgsql.StateNoSetting, -1, text.Text{ZH: "没有名为 {s} 的设置", EN: "there is no setting {s}"}, "s", name)
	}
	bad := func(hint text.Text) error {
		return pgsql.Fail(pgsql.StateBadValue, -1, text.Text{ZH: "{s} 不能设为 {v}", EN: "{s} cannot be {v}"}, "s", name, "v", value).Hinted(hint)
	}
	switch name {
	case "client_encoding":
		switch strings.NewReplacer("-", "", "_", "").Replace(strings.ToUpper(value)) {
		case "UTF8", "UNICODE", "SQLASCII":
			value = "UTF8"
		default:
			return bad(text.Text{ZH: "这里只用 UTF8", EN: "only UTF8 is spoken here"})
		}
	case "timezone":
		zone, err := time.LoadLocation(value)
		if err != nil || value == "Local" || value == "" {
			return bad(text.Text{ZH: "请写 IANA 名称，例如 Asia/Shanghai", EN: "write an IANA name such as Asia/Shanghai"})
		}
		c.zone = zone
	case "datestyle":
		for part := range strings.SplitSeq(strings.ToUpper(value), ",") {
			switch strings.TrimSpace(part) {
			case "ISO", "MDY", "DMY", "YMD", "US", "EUROPEAN", "NONEUROPEAN", "EURO":
			default:
				return bad(text.Text{ZH: "日期只写成 ISO", EN: "dates are written as ISO only"})
			}
		}
		value = "ISO, MDY"
	case "intervalstyle":
		if !strings.EqualFold(value, "postgres") {
			return bad(text.Text{ZH: "只能用 postgres", EN: "only postgres is offered"})
		}
	case "standard_conforming_strings":
		if on, ok := boolean(value); !ok || !on {
			return bad(text.Text{ZH: "反斜杠在 '…' 里总是普通字符", EN: "a backslash in '…' is always plain"})
		}
		value = "on"
	case "statement_timeout":
		d, ok := milliseconds(value)
		if !ok {
			return bad(text.Text{ZH: "请写毫秒数，或如 30s", EN: "write milliseconds, or such as 30s"})
		}
		c.timeout = d
		value = strconv.FormatInt(d.Milliseconds(), 10)
	case "lc_messages":
		if value != "" {
			c.lang = text.ParseLang(value)
		}
	}
	c.settings[name] = value
	if as, ok := reported[name]; ok && tell {
		c.be.Send(&pgproto3.ParameterStatus{Name: as, Value: value})
	}
	return nil
}

func boolean(s string) (on, ok bool) {
	switch strings.ToLower(s) {
	case "on", "true", "yes", "1", "t":
		return true, true
	case "off", "false", "no", "0", "f":
		return false, true
	}
	return false, false
}

func milliseconds(s string) (time.Duration, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), " ", "")
	if n, err := strconv.Atoi(s); err == nil {
		return time.Duration(n) * time.Millisecond, n >= 0
	}
	d, err := time.ParseDuration(strings.Replace(s, "min", "m", 1))
	return d, err == nil && d >= 0
}

// setCommand runs SET.
func (c *conn) setCommand(s *pgsql.Set) error {
	value := strings.Join(s.Values, ", ")
	if s.Name == "search_path" {
		quoted := make([]string, len(s.Values))
		for i, v := range s.Values {
			quoted[i] = v
			if strings.ContainsAny(v, `", $`) || v != strings.ToLower(v) {
				quoted[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
			}
		}
		value = strings.Join(quoted, ", ")
	}
	if s.Values == nil {
		return c.resetOne(s.Name)
	}
	if s.Name == "timezone" && (strings.EqualFold(value, "local") || strings.EqualFold(value, "default")) {
		return c.resetOne(s.Name)
	}
	if s.Local && c.tx == 'T' {
		c.local = append(c.local, s.Name)
	}
	err := c.set(s.Name, value, true)
	if e, ok := err.(*pgsql.Error); ok {
		e.At = s.Pos()
	}
	return err
}

func (c *conn) resetOne(name string) error {
	switch name {
	case "timezone":
		c.zone = nil
		c.settings[name] = c.s.cfg.Model().Workspace().Zone
		c.be.Send(&pgproto3.ParameterStatus{Name: "TimeZone", Value: c.settings[name]})
		return nil
	case "session_authorization", "role":
		return nil
	}
	v, ok := defaults()[name]
	if !ok {
		if strings.Contains(name, ".") {
			delete(c.settings, name)
			return nil
		}
		return pgsql.Fail(pgsql.StateNoSetting, -1, text.Text{ZH: "没有名为 {s} 的设置", EN: "there is no setting {s}"}, "s", name)
	}
	if fixed[name] {
		return nil
	}
	return c.set(name, v, true)
}

func (c *conn) resetAll() error {
	for name := range defaults() {
		if name != "client_encoding" && name != "application_name" && name != "lc_messages" {
			if err := c.resetOne(name); err != nil {
				return err
			}
		}
	}
	return c.resetOne("timezone")
}

// keep and restore are for settings in a transaction that is rolled back.
func (c *conn) keep() {
	c.saved, c.local = maps.Clone(c.settings), nil
}

func (c *conn) restore(names []string) {
	if c.saved == nil {
		return
	}
	if names == nil {
		for n := range c.settings {
			if c.settings[n] != c.saved[n] {
				names = append(names, n)
			}
		}
	}
	for _, n := range names {
		if n == "timezone" && c.saved[n] == c.s.cfg.Model().Workspace().Zone {
			c.resetOne(n)
		} else if v, ok := c.saved[n]; ok && v != c.settings[n] {
			c.set(n, v, true) // it was good before
		}
	}
}
