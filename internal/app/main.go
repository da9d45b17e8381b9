package app

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"lodestar/internal/cli"
)

// Main runs the program as the operating system called it and gives the exit
// status. An interrupt ends what is under way. The build is the commit, or "".
func Main(build string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Main(ctx, Runtime(build, os.Stdin, os.Stdout, os.Stderr, os.Getenv), os.Args[1:])
}

// Runtime gives the command line this program's parts.
func Runtime(build string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) cli.Runtime {
	version := Version
	if build != "" {
		version += "+" + build
	}
	return cli.Runtime{Version: version, Stdin: stdin, Stdout: stdout, Stderr: stderr, Getenv: getenv, Now: time.Now,
		Local: func(ctx context.Context, o cli.LocalOptions) (cli.Local, error) {
			return openLocal(ctx, o, getenv("LODESTAR_METADATA"), getenv("LODESTAR_VAULT_KEY"))
		},
		Serve: func(ctx context.Context, o cli.ServeOptions) error {
			if o.Metadata == "" {
				o.Metadata = getenv("LODESTAR_METADATA")
			}
			if o.VaultKey == "" {
				o.VaultKey = getenv("LODESTAR_VAULT_KEY")
			}
			return serve(ctx, o, version)
		},
		Demo: serveDemo, Bench: openBench, Backup: Backup, Restore: Restore, Compact: Compact}
}

// openLocal opens a data directory for one command. Where the definitions are
// is the environment's to say, as for serve.
func openLocal(ctx context.Context, o cli.LocalOptions, metadata, vaultKey string) (cli.Local, error) {
	a, err := New(ctx, Config{DataDir: o.DataDir, Metadata: metadata, VaultKey: vaultKey, Log: o.Log})
	if err != nil {
		return cli.Local{}, err
	}
	return cli.Local{Transport: a.Transport(), Close: func() error { return a.Stop(context.WithoutCancel(ctx)) }}, nil
}

func serve(ctx context.Context, o cli.ServeOptions, version string) error {
	cfg := Config{Version: version, DataDir: o.DataDir, Metadata: o.Metadata, VaultKey: o.VaultKey, Addr: o.Addr, SQLAddr: o.SQLAddr, TLSCert: o.TLSCert, TLSKey: o.TLSKey,
		Hosts: o.Hosts, TrustedOrigins: o.Origins, Memory: o.Memory, Queries: o.Queries, QueryTime: o.QueryTime, Lang: o.Lang, Log: o.Log, Console: o.Console}
	return Serve(ctx, cfg, func(a *App) {
		if o.Open {
			openBrowser(a.URL())
		}
	})
}
