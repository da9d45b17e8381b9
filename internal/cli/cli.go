package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"lodestar/internal/fault"
	"lodestar/internal/metrictest"
	"lodestar/internal/text"
)

// Exit statuses.
const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2
)

// Runtime is what a command needs of the world: its streams, its environment,
// and the program's parts that this package does not link.
type Runtime struct {
	Version string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Getenv  func(string) string
	Now     func() time.Time

	// Local opens a data directory inside this process, on behalf of the
	// operating system's user. Close ends it.
	Local func(ctx context.Context, o LocalOptions) (Local, error)
	// Serve runs the server until ctx ends; Demo runs the demo.
	Serve func(ctx context.Context, o ServeOptions) error
	Demo  func(ctx context.Context, o DemoOptions) error
	// Bench opens a throw-away engine for metric tests.
	Bench func(ctx context.Context) (metrictest.Bench, error)
	// Backup writes a data directory into one file, Restore makes one of it.
	// Both need the directory for themselves.
	Backup func(ctx context.Context, dataDir, file string) error
	// Compact gives back the room that rows left behind in a database, and tells
	// how many bytes it took and takes.
	Compact func(ctx context.Context, dataDir string) (before, after int64, err error)
	Restore func(ctx context.Context, file, dataDir string) error
}

// LocalOptions say which directory to open.
type LocalOptions struct {
	DataDir string
	Log     *slog.Logger
}

// Local is an open data directory.
type Local struct {
	Transport http.RoundTripper
	Close     func() error
}

// ServeOptions are the flags of serve.
type ServeOptions struct {
	DataDir  string
	Metadata string // PostgreSQL address for the definitions; empty for a file in DataDir
	VaultKey string // file with the key of the vault; empty for one in DataDir
	Addr     string
	SQLAddr  string // of the PostgreSQL door; empty for none
	TLSCert  string
	TLSKey   string
	Hosts    []string
	Origins  []string
	Memory   string // limit of the warehouse, as in "2GB"
	Queries  int    // statements that run at once; 0 for the default
	Open     bool   // open a browser
	Lang     text.Lang
	Log      *slog.Logger
	Console  io.Writer // where the address and the set-up code are printed

	QueryTime time.Duration // of one statement; 0 for the default
}

// DemoOptions are the flags of demo.
type DemoOptions struct {
	Template string
	Seed     uint64
	Addr     string
	Open     bool
	Lang     text.Lang
	Log      *slog.Logger
	Console  io.Writer
}

// root holds the flags of every command, and the commands.
type root struct {
	Data    string `help:"${help_data}" placeholder:"DIR"`
	Server  string `help:"${help_server}" placeholder:"URL"`
	Token   string `help:"${help_token}"`
	Lang    string `help:"${help_lang}" placeholder:"zh|en"`
	Output  string `help:"${help_output}" enum:"table,json,csv" default:"table"`
	Verbose bool   `short:"v" help:"${help_verbose}"`

	Serve    serveCmd    `cmd:"" help:"${help_serve}"`
	Demo     demoCmd     `cmd:"" help:"${help_demo}"`
	Init     initCmd     `cmd:"" help:"${help_init}"`
	Validate validateCmd `cmd:"" help:"${help_validate}"`
	Test     testCmd     `cmd:"" help:"${help_test}"`
	Diff     diffCmd     `cmd:"" help:"${help_diff}"`
	Apply    applyCmd    `cmd:"" help:"${help_apply}"`
	Export   exportCmd   `cmd:"" help:"${help_export}"`
	Import   importCmd   `cmd:"" help:"${help_import}"`
	Schema   schemaCmd   `cmd:"" help:"${help_schema}"`
	Load     loadCmd     `cmd:"" help:"${help_load}"`
	Refresh  refreshCmd  `cmd:"" help:"${help_refresh}"`
	Preview  previewCmd  `cmd:"" help:"${help_preview}"`
	Query    queryCmd    `cmd:"" help:"${help_query}"`
	Explain  explainCmd  `cmd:"" help:"${help_explain}"`
	User     userCmd     `cmd:"" help:"${help_user}"`
	Sync     syncCmd     `cmd:"" help:"${help_sync}"`
	Secret   secretCmd   `cmd:"" help:"${help_secret}"`
	Identity identityCmd `cmd:"" help:"${help_identity}"`
	Rollup   rollupCmd   `cmd:"" help:"${help_rollup}"`
	Events   eventsCmd   `cmd:"" help:"${help_events}"`
	Writekey writekeyCmd `cmd:"" help:"${help_writekey}"`
	Quality  qualityCmd  `cmd:"" help:"${help_quality}"`
	Backup   backupCmd   `cmd:"" help:"${help_backup}"`
	Compact  compactCmd  `cmd:"" help:"${help_compact}"`
	Restore  restoreCmd  `cmd:"" help:"${help_restore}"`
	Version  versionCmd  `cmd:"" help:"${help_version}"`
}

// run is one command at work.
type run struct {
	ctx   context.Context
	rt    Runtime
	flags *root
	lang  text.Lang
	log   *slog.Logger
}

// usageError is wrong use of the command line: exit status 2.
type usageError struct{ text text.Text }

func (e *usageError) Error() string { return e.text.In(text.EN) }

func wrongUse(t text.Text, pairs ...any) error { return &usageError{t.With(pairs...)} }

// reported is a failure that has been told already: exit status 1, no message.
var errReported = errors.New("reported")

// Main runs one command and gives the exit status.
func Main(ctx context.Context, rt Runtime, args []string) int {
	lang := pickLang(rt, args)
	flags := &root{}
	status := -1
	parser, err := kong.New(flags, kong.Name("lodestar"), kong.Description(say(msgAbout).In(lang)),
		helpVars(lang), kong.Writers(rt.Stdout, rt.Stderr), kong.UsageOnError(),
		kong.Exit(func(code int) { status = code; panic(exited{}) }))
	if err != nil {
		panic(err) // the command structs are wrong: found by any test
	}
	kctx, err := parse(parser, args)
	if status >= 0 {
		return status
	}
	if err != nil {
		fmt.Fprintln(rt.Stderr, "lodestar: "+parserWords(err.Error()).In(lang))
		fmt.Fprintln(rt.Stderr, say(msgTryHelp).In(lang))
		return exitUsage
	}
	r := &run{ctx: ctx, rt: rt, flags: flags, lang: lang, log: logger(rt, flags)}
	return r.exit(kctx.Run(r))
}

// parserWords says in both languages what the parser of the command line found.
func parserWords(msg string) text.Text {
	for _, w := range []struct{ begins, zh string }{
		{"unknown flag ", "没有这个参数："},
		{"unexpected argument ", "多余的内容："},
		{"missing flags: ", "缺少参数："},
		{"expected ", "缺少内容，应为："},
	} {
		if rest, ok := strings.CutPrefix(msg, w.begins); ok {
			return text.Text{EN: msg, ZH: w.zh + strings.Replace(rest, "did you mean", "是否想写", 1)}
		}
	}
	if flag, choices, ok := strings.Cut(msg, " must be one of "); ok {
		return text.Text{EN: msg, ZH: flag + " 的取值应为 " + strings.Replace(choices, " but got ", "，而不是 ", 1)}
	}
	return text.Text{EN: msg, ZH: "命令有误：" + msg}
}

type exited struct{}

// parse runs the parser; --help leaves it by way of Exit.
func parse(p *kong.Kong, args []string) (kctx *kong.Context, err error) {
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(exited); !ok {
				panic(v)
			}
		}
	}()
	return p.Parse(args)
}

// exit tells what went wrong and gives the status.
func (r *run) exit(err error) int {
	var usage *usageError
	var problem *problemError
	var f *fault.Error
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFail
	case errors.As(err, &usage):
		fmt.Fprintln(r.rt.Stderr, "lodestar: "+usage.text.In(r.lang))
		return exitUsage
	case errors.Is(err, context.Canceled) && r.ctx.Err() != nil:
		return exitFail
	case errors.As(err, &problem):
		problem.print(r.rt.Stderr)
	case errors.As(err, &f):
		fmt.Fprintln(r.rt.Stderr, "lodestar: "+f.Text.In(r.lang))
		if cause := f.Unwrap(); cause != nil && r.flags.Verbose {
			fmt.Fprintln(r.rt.Stderr, "  "+cause.Error())
		}
	default:
		fmt.Fprintln(r.rt.Stderr, "lodestar: "+err.Error())
	}
	return exitFail
}

// pickLang reads --lang before anything else, since even the help is said in
// it; then the environment.
func pickLang(rt Runtime, args []string) text.Lang {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return text.ParseLang(v)
		}
		if a == "--lang" && i+1 < len(args) {
			return text.ParseLang(args[i+1])
		}
	}
	for _, k := range []string{"LODESTAR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := rt.Getenv(k); v != "" {
			return text.ParseLang(v)
		}
	}
	return text.EN
}

func logger(rt Runtime, flags *root) *slog.Logger {
	level := slog.LevelWarn
	if flags.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(rt.Stderr, &slog.HandlerOptions{Level: level}))
}

// note tells something on standard error, in the reader's language.
func (r *run) note(t text.Text, pairs ...any) {
	fmt.Fprintln(r.rt.Stderr, t.With(pairs...).In(r.lang))
}

// dataDir is --data, $LODESTAR_DATA or ./lodestar-data.
func (r *run) dataDir() string {
	if r.flags.Data != "" {
		return r.flags.Data
	}
	if d := r.rt.Getenv("LODESTAR_DATA"); d != "" {
		return d
	}
	return "./lodestar-data"
}
