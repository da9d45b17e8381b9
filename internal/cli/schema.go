package cli

import (
	"os"
	"path/filepath"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/schema"
	"lodestar/internal/text"
)

// schemaFolder is where init puts the schemas that its files name, so that an
// editor needs no server.
const schemaFolder = ".schemas"

type schemaCmd struct {
	Name string `arg:"" optional:"" name:"kind" help:"${help_schema_kind}"`
	Out  string `short:"o" help:"${help_schema_out}" placeholder:"DIR"`
}

// Run prints a schema, lists them, or writes all.
func (c *schemaCmd) Run(r *run) error {
	if c.Out != "" {
		if err := writeSchemas(c.Out); err != nil {
			return err
		}
		r.note(text.Text{EN: "wrote the schemas into {dir}", ZH: "JSON Schema 已写入 {dir}"}, "dir", c.Out)
		return nil
	}
	if c.Name == "" {
		g := grid{head: []string{"name", "title"}}
		for _, e := range schema.Index() {
			g.rows = append(g.rows, []any{e.Name, e.Title.In(r.lang)})
		}
		return r.print(g, schema.Index())
	}
	doc, ok := schema.Of(c.Name)
	if !ok {
		var names []string
		for _, e := range schema.Index() {
			names = append(names, e.Name)
		}
		return fault.New(fault.NotFound, "unknown_kind", text.Text{
			EN: "there is no kind {kind}; the kinds are {kinds}",
			ZH: "没有 {kind} 这种定义，可用的种类有 {kinds}"}, "kind", c.Name, "kinds", strings.Join(names, ", "))
	}
	_, err := r.rt.Stdout.Write(doc)
	return err
}

func writeSchemas(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, e := range schema.Index() {
		doc, _ := schema.Of(e.Name)
		if err := os.WriteFile(filepath.Join(dir, e.URL), doc, 0o644); err != nil {
			return err
		}
	}
	return nil
}
