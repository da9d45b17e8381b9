package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/cli"
	"lodestar/internal/demo"
	"lodestar/internal/event"
	"lodestar/internal/text"
)

// serveDemo makes up a business in a throw-away directory and serves it.
func serveDemo(ctx context.Context, o cli.DemoOptions) (err error) {
	dir, err := os.MkdirTemp("", "lodestar-demo-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := Config{DataDir: filepath.Join(dir, "data"), Addr: o.Addr, Demo: true, DemoKey: rand.Text(),
		Lang: o.Lang, Log: o.Log, Console: o.Console}.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return err
	}
	say := func(t text.Text, pairs ...any) { fmt.Fprintln(cfg.Console, t.With(pairs...).In(cfg.Lang)) }
	say(text.Text{EN: "making up a business…", ZH: "正在生成演示数据……"})
	w, err := demo.Generate(demo.Options{Template: o.Template, Seed: o.Seed, Now: cfg.Now(), Dir: filepath.Join(dir, "files")})
	if err != nil {
		return err
	}
	a, err := New(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	if err := a.Furnish(ctx, w); err != nil {
		return err
	}
	if err := a.settle(ctx); err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	link := a.URL() + "/?key=" + url.QueryEscape(cfg.DemoKey)
	say(text.Text{EN: "the demo is at {url}\nnothing is kept; end it with Ctrl-C",
		ZH: "演示地址：{url}\n数据不会保留，按 Ctrl-C 结束"}, "url", link)
	if o.Open {
		openBrowser(link)
	}
	return a.wait(ctx)
}

// Furnish puts a generated business into an empty workspace: its people, its
// definitions and its rows.
func (a *App) Furnish(ctx context.Context, w *demo.Workspace) error {
	who := access.Local("demo")
	for _, p := range w.People {
		_, err := a.people.CreateUser(ctx, who, access.NewUser{Name: p.Name, Title: p.Title.In(a.cfg.Lang), Role: access.Role(p.Role),
			Password: rand.Text()})
		if err != nil {
			return err
		}
	}
	files := make([]catalog.File, len(w.Documents))
	for i, d := range w.Documents {
		files[i] = catalog.File{Name: d.Name, Text: string(d.Text)}
	}
	rep, err := a.catalog.Apply(ctx, who, files, catalog.ApplyOptions{})
	if err != nil {
		return err
	}
	if !rep.OK() {
		return catalog.Invalid(rep.Findings)
	}
	if err := a.loadSources(ctx, who, w.Dir); err != nil {
		return err
	}
	past := make([]event.Past, len(w.Messages))
	for i, m := range w.Messages {
		past[i] = event.Past(m)
	}
	return a.events.Import(ctx, past)
}

// recalled is for how many days the identities of a new workspace are reported
// as they were.
const recalled = 14

// settle brings up to date what follows the rows, so that the first page that is
// opened shows it.
func (a *App) settle(ctx context.Context) error {
	for _, e := range a.model.Load().UnifiedEntities() {
		if len(e.Spec.Links) == 0 {
			continue
		}
		if err := a.identity.Recall(ctx, access.Local("demo"), e.Name, recalled); err != nil {
			return err
		}
	}
	a.identity.Follow(ctx)
	a.quality.Sweep(ctx)
	return nil
}
