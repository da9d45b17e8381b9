package cli

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/importer"
	"lodestar/internal/importer/metricflow"
	"lodestar/internal/kinds"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// importCmd takes definitions over from other tools.
type importCmd struct {
	Metricflow importMetricflowCmd `cmd:"" help:"${help_import_metricflow}"`
	Cube       importCubeCmd       `cmd:"" help:"${help_import_cube}"`
	Ossie      importOssieCmd      `cmd:"" help:"${help_import_ossie}"`
}

type importMetricflowCmd struct {
	Path   string `arg:"" help:"${help_import_path}"`
	Out    string `short:"o" required:"" help:"${help_import_out}" placeholder:"DIR"`
	Schema string `help:"${help_import_schema}" placeholder:"CSV"`
}

// Run writes the definitions, the saved queries and the loss report into a new
// folder. Errors in what is read do not stop the rest.
func (c *importMetricflowCmd) Run(r *run) error {
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
	im := metricflow.New(files, schema)
	saved := map[string]any{}
	for _, name := range im.Saved() {
		t, err := im.Translate(metricflow.Query{SavedName: name})
		if err != nil {
			im.Report().Lose(catalog.Position{}, "saved_query "+name, "query", text.Text{
				EN: "not taken over: {why}", ZH: "未导入：{why}"}, "why", err.Error())
			continue
		}
		saved[name] = t.Request
	}
	rs := im.Resources()
	_, findings := semantic.Compile(rs)
	for _, f := range findings {
		if f.Severity == catalog.Error {
			im.Report().Findings = append(im.Report().Findings, f)
		}
	}
	if err := c.write(r, im.Report(), rs, saved); err != nil {
		return err
	}
	r.tellFindings(im.Report().Findings)
	r.note(text.Text{EN: "{n} definitions written to {dir}; import-report.md says what was lost",
		ZH: "已将 {n} 项定义写入 {dir}；未能导入的内容见 import-report.md"}, "n", len(rs), "dir", c.Out)
	if im.Report().HasErrors() {
		return errReported
	}
	return nil
}

func (c *importMetricflowCmd) write(r *run, report *importer.Report, rs []*catalog.Resource, saved map[string]any) error {
	if err := os.MkdirAll(filepath.Join(c.Out, "queries"), 0o755); err != nil {
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
		if err := os.WriteFile(filepath.Join(c.Out, k.Plural+".yaml"), data, 0o644); err != nil {
			return err
		}
	}
	for name, q := range saved {
		data, err := json.MarshalIndent(q, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(c.Out, "queries", filepath.Base(name)+".json"), append(data, '\n'), 0o644); err != nil {
			return err
		}
	}
	if len(saved) == 0 {
		if err := os.Remove(filepath.Join(c.Out, "queries")); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(c.Out, "import-report.md"), []byte(report.Markdown(r.lang)), 0o644)
}

// foreignFiles reads a file, or all YAML and manifest files of a folder.
func foreignFiles(path string) ([]importer.File, error) {
	var out []importer.File
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != path && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		ext := strings.ToLower(filepath.Ext(p))
		if p != path && ext != ".yaml" && ext != ".yml" && d.Name() != "semantic_manifest.json" {
			return nil
		}
		data, err := os.ReadFile(p)
		out = append(out, importer.File{Name: p, Data: data})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "no_such_file", text.Text{
			EN: "there is no file or folder {path}", ZH: "文件或文件夹 {path} 不存在"}, "path", path)
	}
	if err == nil && len(out) == 0 {
		err = fault.New(fault.NotFound, "no_definitions", text.Text{
			EN: "there are no .yaml files in {path}", ZH: "{path} 中没有 .yaml 文件"}, "path", path)
	}
	return out, err
}

// readSchema reads the columns of tables from CSV with the columns table,
// column and type, as information_schema.columns gives them.
func readSchema(path string) (importer.Schema, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.NotFound, "no_such_file", text.Text{
			EN: "there is no file or folder {path}", ZH: "文件或文件夹 {path} 不存在"}, "path", path)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil || len(records) == 0 || len(records[0]) != 3 {
		return nil, fault.New(fault.Invalid, "bad_schema", text.Text{
			EN: "{path} is not CSV with the columns table, column, type", ZH: "{path} 不是含 table、column、type 三列的 CSV"}, "path", path)
	}
	tables := map[string][]importer.Column{}
	for _, rec := range records[1:] {
		table := strings.ToLower(bare(rec[0]))
		tables[table] = append(tables[table], importer.Column{Name: rec[1], Type: typeOf(rec[2])})
	}
	return func(table string) ([]importer.Column, bool) {
		cols, ok := tables[strings.ToLower(bare(table))]
		return cols, ok
	}, nil
}

// bare is a table's name without its schema.
func bare(table string) string { return table[strings.LastIndex(table, ".")+1:] }

// typeOf reads a type as databases name it.
func typeOf(name string) expr.Type {
	s := strings.ToLower(name)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(s, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("timestamp", "datetime"):
		return expr.Timestamp
	case has("date"):
		return expr.Date
	case has("bool"):
		return expr.Boolean
	case has("double", "float", "real"):
		return expr.Float
	case has("decimal", "numeric", "number"):
		return expr.Decimal
	case has("int") && !has("interval"):
		return expr.Integer
	}
	return expr.String
}
