package cli

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"lodestar/internal/text"
)

type serveCmd struct {
	Addr     string   `default:"127.0.0.1:8080" help:"${help_addr}" placeholder:"HOST:PORT"`
	SQLAddr  string   `name:"sql-addr" help:"${help_sql_addr}" placeholder:"HOST:PORT"`
	TLSCert  string   `name:"tls-cert" help:"${help_tls_cert}" placeholder:"FILE"`
	TLSKey   string   `name:"tls-key" help:"${help_tls_key}" placeholder:"FILE"`
	Host     []string `help:"${help_host}" placeholder:"NAME"`
	Origin   []string `help:"${help_origin}" placeholder:"URL"`
	Metadata string   `help:"${help_metadata}" placeholder:"URL"`
	VaultKey string   `help:"${help_vault_key}" placeholder:"FILE"`
	Memory   string   `default:"2GB" help:"${help_memory}"`
	Queries  int      `help:"${help_queries}" placeholder:"N"`
	Open     bool     `help:"${help_open}"`

	QueryTime time.Duration `default:"60s" help:"${help_query_time}"`
}

// Run serves until interrupted.
func (c *serveCmd) Run(r *run) error {
	if r.flags.Server != "" {
		return wrongUse(say(msgServeLocal))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return wrongUse(say(msgTLSBoth))
	}
	return r.rt.Serve(r.ctx, ServeOptions{DataDir: r.dataDir(), Metadata: c.Metadata, VaultKey: c.VaultKey, Addr: c.Addr,
		SQLAddr: c.SQLAddr, TLSCert: c.TLSCert, TLSKey: c.TLSKey, Hosts: c.Host, Origins: c.Origin, Memory: c.Memory, Queries: c.Queries, QueryTime: c.QueryTime,
		Open: c.Open, Lang: r.lang, Log: r.serverLog(), Console: r.rt.Stderr})
}

// serverLog also has a line for each request.
func (r *run) serverLog() *slog.Logger {
	level := slog.LevelInfo
	if r.flags.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(r.rt.Stderr, &slog.HandlerOptions{Level: level}))
}

type demoCmd struct {
	Template string `default:"retail" help:"${help_template}"`
	Seed     uint64 `default:"1" help:"${help_seed}"`
	Addr     string `default:"127.0.0.1:8080" help:"${help_demo_addr}" placeholder:"HOST:PORT"`
	Open     bool   `default:"true" negatable:"" help:"${help_open}"`
}

// Run serves the demo until interrupted.
func (c *demoCmd) Run(r *run) error {
	return r.rt.Demo(r.ctx, DemoOptions{Template: c.Template, Seed: c.Seed, Addr: c.Addr, Open: c.Open,
		Lang: r.lang, Log: r.log, Console: r.rt.Stderr})
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(r *run) error {
	if r.flags.Output == "json" {
		return r.printJSON(map[string]string{"version": r.rt.Version})
	}
	_, err := fmt.Fprintln(r.rt.Stdout, "lodestar "+r.rt.Version)
	return err
}

type backupCmd struct {
	File string `arg:"" help:"${help_backup_file}"`
}

// Run writes the data directory into one file.
func (c *backupCmd) Run(r *run) error {
	if r.flags.Server != "" {
		return wrongUse(say(msgBackupLocal))
	}
	if err := r.rt.Backup(r.ctx, r.dataDir(), c.File); err != nil {
		return err
	}
	r.note(text.Text{EN: "wrote {file}", ZH: "已写入 {file}"}, "file", c.File)
	return nil
}

type compactCmd struct{}

// Run gives back the room that rows left behind.
func (compactCmd) Run(r *run) error {
	if r.flags.Server != "" {
		return wrongUse(say(msgBackupLocal))
	}
	before, after, err := r.rt.Compact(r.ctx, r.dataDir())
	if err != nil {
		return err
	}
	if r.flags.Output == "json" {
		return r.printJSON(map[string]int64{"before": before, "after": after})
	}
	r.note(text.Text{EN: "the database takes {after} MB, it took {before}", ZH: "数据库占用 {after} MB，整理前为 {before} MB"},
		"after", megabytes(after), "before", megabytes(before))
	return nil
}

func megabytes(bytes int64) string { return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) }

type restoreCmd struct {
	File string `arg:"" help:"${help_restore_file}"`
}

// Run makes a data directory of a backup.
func (c *restoreCmd) Run(r *run) error {
	if r.flags.Server != "" {
		return wrongUse(say(msgBackupLocal))
	}
	if err := r.rt.Restore(r.ctx, c.File, r.dataDir()); err != nil {
		return err
	}
	r.note(text.Text{EN: "restored into {dir}", ZH: "已恢复到 {dir}"}, "dir", r.dataDir())
	return nil
}
