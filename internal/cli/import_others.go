package cli

import (
	"os"
	"path/filepath"

	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/importer"
	"lodestar/internal/importer/cube"
	"lodestar/internal/importer/ossie"
	"lodestar/internal/kinds"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

type importCubeCmd struct{ importFlags }

type importOssieCmd struct{ importFlags }

// importFlags are the flags of an import that makes definitions alone.
type importFlags struct {
	Path   string `arg:"" help:"${help_import_path}"`
	Out    string `short:"o" required:"" help:"${help_import_out}" placeholder:"DIR"`
	Schema string `help:"${help_import_schema}" placeholder:"CSV"`
}

// Run takes over Cube's models.
func (c *importCubeCmd) Run(r *run) error { return c.run(r, cube.Import) }

// Run takes over models of the interchange format.
func (c *importOssieCmd) Run(r *run) error {
	return c.run(r, func(files []importer.File, schema importer.Schema) ([]*catalog.Resource, *importer.Report) {
		return ossie.Import(files, kinds.All(), schema)
	})
}

// run writes the definitions, a file per kind, and the loss report into a new
// folder. Errors in what is read do not stop the rest.
func (c *importFlags) run(r *run, read func([]importer.File, importer.Schema) ([]*catalog.Resource, *importer.Report)) error {
	files, err := foreignFiles(c.Path)
	if err != nil {
		return err
	}
	schema, err := readSchema(c.Schema)
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(c.Out); err == nil && len(entries) > 0 {
		return fault.New(fault.Conflict, "dir_not_empty", text.Text{
			EN: "{dir} is not empty; name a new folder", ZH: "{dir} 不是空文件夹，请指定新的文件夹"}, "dir", c.Out)
	}
	rs, report := read(files, schema)
	_, findings := semantic.Compile(rs)
	for _, f := range findings {
		if f.Severity == catalog.Error {
			report.Findings = append(report.Findings, f)
		}
	}
	if err := writeDefinitions(c.Out, rs); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.Out, "import-report.md"), []byte(report.Markdown(r.lang)), 0o644); err != nil {
		return err
	}
	r.tellFindings(report.Findings)
	r.note(text.Text{EN: "{n} definitions written to {dir}; import-report.md says what was lost",
		ZH: "已将 {n} 项定义写入 {dir}；未能导入的内容见 import-report.md"}, "n", len(rs), "dir", c.Out)
	if report.HasErrors() {
		return errReported
	}
	return nil
}

// writeDefinitions writes a file per kind.
func writeDefinitions(dir string, rs []*catalog.Resource) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, k := range kinds.All() {
		var of []*catalog.Resource
		for _, x := range rs {
			if x.Kind == k.Name {
				of = append(of, x)
			}
		}
		if len(of) == 0 {
			continue
		}
		data, err := catalog.Encode(of)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, k.Plural+".yaml"), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// exportOssie writes the definitions in the interchange format.
func (c *exportCmd) exportOssie(r *run, cl *client) error {
	data, err := cl.export(r.ctx, c.Kind, c.Name)
	if err != nil {
		return err
	}
	rs, findings := catalog.Decode("export", data, kinds.All())
	if hasErrors(findings) {
		r.tellFindings(findings)
		return errReported
	}
	out, report, err := ossie.Export("lodestar", rs)
	if err != nil {
		return err
	}
	if c.Out == "" {
		_, err = r.rt.Stdout.Write(out)
		return err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	file := filepath.Join(c.Out, "ossie.yaml")
	if err := os.WriteFile(file, out, 0o644); err != nil {
		return err
	}
	r.note(text.Text{EN: "wrote {file}", ZH: "已写入 {file}"}, "file", file)
	for _, l := range report.Losses {
		r.note(text.Text{EN: "{object}: {why}", ZH: "{object}：{why}"}, "object", l.Object, "why", l.Text)
	}
	return nil
}
