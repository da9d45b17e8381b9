package cli

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/kinds"
	"lodestar/internal/text"
)

//go:embed all:starter
var starter embed.FS

type initCmd struct {
	Dir string `arg:"" help:"${help_init_dir}"`
}

// Run writes the starter folder. Files that are there already stop it.
func (c *initCmd) Run(r *run) error {
	if entries, err := os.ReadDir(c.Dir); err == nil && len(entries) > 0 {
		return fault.New(fault.Conflict, "dir_not_empty", text.Text{
			EN: "{dir} is not empty; name a new folder", ZH: "{dir} 不是空文件夹，请指定新的文件夹"}, "dir", c.Dir)
	}
	sub, err := fs.Sub(starter, "starter")
	if err != nil {
		return err
	}
	if err := os.CopyFS(c.Dir, sub); err != nil {
		return err
	}
	if err := writeSchemas(filepath.Join(c.Dir, schemaFolder)); err != nil {
		return err
	}
	r.note(say(msgInitDone), "dir", c.Dir)
	return nil
}

type validateCmd struct {
	File []string `short:"f" required:"" help:"${help_file}" placeholder:"PATH"`
}

// Run judges files without any workspace.
func (c *validateCmd) Run(r *run) error {
	files, err := r.definitions(c.File)
	if err != nil {
		return err
	}
	svc, err := scratch(r)
	if err != nil {
		return err
	}
	p, err := svc.Validate(r.ctx, access.Local("cli"), files)
	if err != nil {
		return err
	}
	r.tellFindings(p.Findings)
	if r.flags.Output == "json" {
		if err := r.printJSON(p); err != nil {
			return err
		}
	}
	if hasErrors(p.Findings) {
		return errReported
	}
	r.note(text.Text{EN: "{n} definitions are valid", ZH: "{n} 项定义全部有效"}, "n", len(p.Resources))
	return nil
}

type diffCmd struct {
	File []string `short:"f" required:"" help:"${help_file}" placeholder:"PATH"`
}

// Run shows what apply would change. Without a workspace everything is new.
func (c *diffCmd) Run(r *run) error {
	files, err := r.definitions(c.File)
	if err != nil {
		return err
	}
	if r.flags.Server == "" && r.rt.Getenv("LODESTAR_SERVER") == "" {
		if _, err := os.Stat(r.dataDir()); errors.Is(err, fs.ErrNotExist) {
			svc, err := scratch(r)
			if err != nil {
				return err
			}
			rep, err := svc.Apply(r.ctx, access.Local("cli"), files, catalog.ApplyOptions{DryRun: true})
			if err != nil {
				return err
			}
			return r.tellReport(*rep, true)
		}
	}
	return r.with(func(cl *client) error {
		rep, err := cl.apply(r.ctx, files, catalog.ApplyOptions{DryRun: true})
		if err != nil {
			return err
		}
		return r.tellReport(rep, true)
	})
}

type applyCmd struct {
	File      []string `short:"f" required:"" help:"${help_file}" placeholder:"PATH"`
	DryRun    bool     `help:"${help_dry_run}"`
	KeepGoing bool     `help:"${help_keep_going}"`
	NoTests   bool     `help:"${help_no_tests}"`
}

// Run stores the definitions.
func (c *applyCmd) Run(r *run) error {
	files, err := r.definitions(c.File)
	if err != nil {
		return err
	}
	return r.with(func(cl *client) error {
		rep, err := cl.apply(r.ctx, files, catalog.ApplyOptions{DryRun: c.DryRun, KeepGoing: c.KeepGoing, SkipTests: c.NoTests})
		if err != nil {
			return err
		}
		return r.tellReport(rep, c.DryRun)
	})
}

func (c *client) apply(ctx context.Context, files []catalog.File, o catalog.ApplyOptions) (catalog.Report, error) {
	var rep catalog.Report
	err := c.call(ctx, "POST", api+"/apply", map[string]any{"files": files, "dryRun": o.DryRun,
		"keepGoing": o.KeepGoing, "skipTests": o.SkipTests}, &rep)
	return rep, err
}

// tellReport prints changes and findings; errors make the command fail.
func (r *run) tellReport(rep catalog.Report, diffs bool) error {
	r.tellFindings(rep.Findings)
	if r.flags.Output == "json" {
		if err := r.printJSON(rep); err != nil {
			return err
		}
	} else if err := r.tellChanges(rep, diffs); err != nil {
		return err
	}
	if hasErrors(rep.Findings) {
		if !rep.Applied {
			r.note(text.Text{EN: "nothing was stored", ZH: "没有写入任何内容"})
		}
		return errReported
	}
	return nil
}

func (r *run) tellChanges(rep catalog.Report, diffs bool) error {
	if diffs && r.flags.Output == "table" {
		for _, c := range rep.Changes {
			if _, err := io.WriteString(r.rt.Stdout, c.Diff); err != nil {
				return err
			}
		}
		return nil
	}
	g := grid{head: []string{"kind", "name", "action", "revision"}, right: map[int]bool{3: true}}
	for _, c := range rep.Changes {
		g.rows = append(g.rows, []any{c.Kind, c.Name, c.Action, c.Revision})
	}
	return r.print(g, rep)
}

func (r *run) tellFindings(fs []catalog.Finding) {
	for _, f := range fs {
		fmt.Fprintln(r.rt.Stderr, f.In(r.lang))
	}
}

func hasErrors(fs []catalog.Finding) bool {
	return slices.ContainsFunc(fs, func(f catalog.Finding) bool { return f.Severity == catalog.Error })
}

type exportCmd struct {
	Out    string `short:"o" help:"${help_export_out}" placeholder:"DIR"`
	Kind   string `help:"${help_export_kind}"`
	Name   string `help:"${help_export_name}"`
	Format string `help:"${help_export_format}" enum:"yaml,ossie" default:"yaml"`
}

// Run writes the definitions, a file per kind, or to standard output.
func (c *exportCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		if c.Format == "ossie" {
			return c.exportOssie(r, cl)
		}
		if c.Out == "" {
			data, err := cl.export(r.ctx, c.Kind, c.Name)
			if err != nil {
				return err
			}
			_, err = r.rt.Stdout.Write(data)
			return err
		}
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return err
		}
		for _, k := range kinds.All() {
			if c.Kind != "" && c.Kind != k.Name && c.Kind != k.Plural {
				continue
			}
			data, err := cl.export(r.ctx, k.Name, c.Name)
			if err != nil {
				return err
			}
			if len(strings.TrimSpace(string(data))) == 0 {
				continue
			}
			file := filepath.Join(c.Out, k.Plural+".yaml")
			if err := os.WriteFile(file, data, 0o644); err != nil {
				return err
			}
			r.note(text.Text{EN: "wrote {file}", ZH: "已写入 {file}"}, "file", file)
		}
		return nil
	})
}

func (c *client) export(ctx context.Context, kind, name string) ([]byte, error) {
	q := url.Values{}
	if kind != "" {
		q.Set("kind", kind)
	}
	if name != "" {
		q.Set("name", name)
	}
	res, err := c.do(ctx, "GET", api+"/export?"+q.Encode(), "", nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// definitions reads YAML files; a folder stands for all in it but tests of its
// own, - for standard input.
func (r *run) definitions(paths []string) ([]catalog.File, error) {
	return r.yamlFiles(paths, func(name string) bool { return !isTestFile(name) })
}

// yamlFiles reads YAML files. In a folder it takes those with the right name.
func (r *run) yamlFiles(paths []string, takes func(name string) bool) ([]catalog.File, error) {
	var out []catalog.File
	for _, p := range paths {
		if p == "-" {
			data, err := io.ReadAll(r.rt.Stdin)
			if err != nil {
				return nil, err
			}
			out = append(out, catalog.File{Name: "-", Text: string(data)})
			continue
		}
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				if path != p && strings.HasPrefix(d.Name(), ".") {
					return fs.SkipDir
				}
				return nil
			}
			ext := strings.ToLower(filepath.Ext(path))
			if path != p && (ext != ".yaml" && ext != ".yml" || !takes(d.Name())) {
				return nil
			}
			data, err := os.ReadFile(path)
			out = append(out, catalog.File{Name: path, Text: string(data)})
			return err
		})
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fault.New(fault.NotFound, "no_such_file", text.Text{
				EN: "there is no file or folder {path}", ZH: "文件或文件夹 {path} 不存在"}, "path", p)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.NotFound, "no_definitions", text.Text{
			EN: "there are no .yaml files in {path}", ZH: "{path} 中没有 .yaml 文件"}, "path", strings.Join(paths, " "))
	}
	return out, nil
}

// scratch is an empty catalog in memory, to judge files without a workspace.
func scratch(r *run) (*catalog.Service, error) {
	return catalog.Open(r.ctx, catalog.Config{Kinds: kinds.All(), Store: emptyStore{}, Now: r.rt.Now, Log: r.log,
		Checker: catalog.CheckerFunc(kinds.Check)})
}

// emptyStore holds nothing and keeps nothing.
type emptyStore struct{}

// Current gives no records.
func (emptyStore) Current(context.Context) ([]catalog.Record, error) { return nil, nil }

// Commit refuses: there is nowhere to keep anything.
func (emptyStore) Commit(context.Context, []catalog.Record, []audit.Entry) (int64, error) {
	return 0, fault.New(fault.Unavailable, "no_workspace", text.Text{EN: "there is no workspace to store in", ZH: "没有可写入的工作区"})
}

// Revisions gives none.
func (emptyStore) Revisions(context.Context, string, string) ([]catalog.Record, error) {
	return nil, nil
}
