package policy_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "lodestar/"

// allowed says which packages of this module each package may import. "base"
// stands for the leaves that know nothing of the product; a package missing
// here fails the test, so that a new one is a decision.
var allowed = map[string]string{
	"internal/text":     "",
	"internal/fault":    "internal/text",
	"internal/calendar": "internal/fault internal/text",
	"internal/stats":    "",
	"internal/behind":   "",
	"internal/expr":     "base",

	"internal/access":  "base",
	"internal/audit":   "base internal/access",
	"internal/job":     "base",
	"internal/vault":   "base internal/access internal/audit",
	"internal/catalog": "base internal/access internal/audit internal/expr",

	"internal/warehouse":            "base internal/expr",
	"internal/warehouse/duckdb":     "base internal/behind internal/expr internal/warehouse",
	"internal/warehouse/gate":       "base internal/expr internal/warehouse",
	"internal/warehouse/direct":     "base internal/expr internal/warehouse",
	"internal/warehouse/clickhouse": "base internal/expr internal/warehouse internal/warehouse/direct",
	"internal/warehouse/engines": "base internal/expr internal/source internal/warehouse internal/warehouse/clickhouse internal/warehouse/direct internal/warehouse/gate " +
		"internal/warehouse/mysql internal/warehouse/postgres internal/warehouse/trino",
	"internal/warehouse/enginetest":    "internal/testserver",
	"internal/warehouse/mysql":         "base internal/expr internal/warehouse internal/warehouse/direct",
	"internal/warehouse/postgres":      "base internal/expr internal/warehouse internal/warehouse/direct",
	"internal/warehouse/trino":         "base internal/expr internal/warehouse internal/warehouse/direct",
	"internal/warehouse/warehousetest": "base internal/expr internal/warehouse",

	"internal/identity": "base internal/behind internal/access internal/audit internal/expr internal/semantic internal/warehouse",
	"internal/connect":  "base internal/access internal/catalog internal/expr internal/ingest internal/semantic internal/source",

	"internal/source":            "base internal/expr",
	"internal/source/clickhouse": "base internal/expr internal/source internal/source/cursor",
	"internal/source/cursor":     "base internal/source",
	"internal/source/files":      "base internal/source",
	"internal/source/kafka":      "base internal/expr internal/source internal/source/record",
	"internal/source/mqtt":       "base internal/expr internal/source internal/source/record",
	"internal/source/mysql":      "base internal/expr internal/source internal/source/cursor",
	"internal/source/postgres":   "base internal/expr internal/source internal/source/cursor",
	"internal/source/reach":      "base internal/warehouse/direct",
	"internal/source/record":     "base internal/expr internal/source",
	"internal/source/sourcetest": "base internal/expr internal/source",
	"internal/source/sqlserver":  "base internal/expr internal/source internal/source/cursor",
	"internal/source/web":        "base internal/expr internal/source internal/source/record",
	"internal/source/sources": "base internal/semantic internal/source internal/source/clickhouse internal/source/files internal/source/kafka internal/source/mqtt internal/source/mysql " +
		"internal/source/postgres internal/source/reach internal/source/sqlserver internal/source/web internal/warehouse/direct",

	"internal/eventlog": "base",
	"internal/event":    "base internal/access internal/audit internal/catalog internal/eventlog internal/expr internal/semantic internal/warehouse",
	"internal/ingest":   "base internal/behind internal/access internal/audit internal/catalog internal/expr internal/semantic internal/source internal/warehouse",
	"internal/datasync": "base internal/behind internal/access internal/audit internal/catalog internal/expr internal/ingest internal/job internal/semantic internal/source " +
		"internal/warehouse",
	"internal/asset":               "feature internal/ingest internal/quality internal/warehouse",
	"internal/quality":             "base internal/behind internal/access internal/audit internal/catalog internal/expr internal/semantic internal/warehouse",
	"internal/steps":               "base internal/catalog internal/expr internal/vault",
	"internal/semantic":            "base internal/access internal/catalog internal/expr internal/steps internal/vault",
	"internal/prepare":             "feature internal/ingest internal/steps internal/warehouse",
	"internal/query":               "base internal/access internal/catalog internal/expr internal/semantic internal/warehouse",
	"internal/target":              "feature",
	"internal/explain":             "feature",
	"internal/explain/explaintest": "feature internal/explain",
	"internal/tree":                "feature internal/target internal/explain",
	"internal/process":             "feature internal/asset internal/event internal/target",
	"internal/schema":              "base internal/catalog internal/kinds internal/query internal/semantic",
	"internal/importer/sqltext":    "base internal/catalog internal/expr",
	"internal/importer/ossie":      "base internal/catalog internal/expr internal/importer internal/importer/sqltext internal/semantic",
	"internal/importer/cube":       "base internal/catalog internal/expr internal/importer internal/importer/sqltext internal/semantic",
	"internal/metrictest":          "feature internal/warehouse",
	"internal/kinds":               "internal/catalog internal/semantic internal/target internal/tree internal/process internal/metrictest",
	"internal/demo":                "base",
	"internal/importer":            "base internal/catalog internal/expr",
	"internal/importer/metricflow": "base internal/catalog internal/expr internal/importer internal/query internal/semantic",

	"internal/store":           "base internal/access internal/audit internal/catalog internal/datasync internal/event internal/identity internal/job internal/quality internal/vault",
	"internal/store/storetest": "base internal/access internal/audit internal/catalog internal/datasync internal/event internal/expr internal/identity internal/ingest internal/job internal/quality internal/store internal/testserver internal/vault",

	"internal/httpapi":       "door",
	"internal/pgwire":        "base internal/access internal/expr internal/semantic internal/query internal/warehouse internal/pgwire/pgcat internal/pgwire/pgsql internal/pgwire/sqlmap",
	"internal/pgwire/pgcat":  "base internal/expr internal/warehouse internal/pgwire/pgsql",
	"internal/pgwire/sqlmap": "base internal/expr internal/semantic internal/query internal/warehouse internal/pgwire/pgcat internal/pgwire/pgsql",
	"internal/pgwire/pgsql":  "internal/text",

	"internal/cli":    "door",
	"internal/app":    "any",
	"internal/policy": "",

	"internal/testserver": "",
	"web":                 "",
}

// groups are the words used above.
var groups = map[string][]string{
	"base": {"internal/text", "internal/fault", "internal/calendar", "internal/stats"},
	"feature": {"internal/text", "internal/fault", "internal/calendar", "internal/stats",
		"internal/access", "internal/audit", "internal/catalog", "internal/expr", "internal/semantic", "internal/query"},
	"door": {"internal/text", "internal/fault", "internal/calendar", "internal/stats",
		"internal/access", "internal/asset", "internal/audit", "internal/catalog", "internal/connect", "internal/datasync", "internal/expr", "internal/job", "internal/semantic", "internal/source",
		"internal/identity", "internal/query", "internal/event", "internal/ingest", "internal/target", "internal/tree", "internal/explain",
		"internal/kinds", "internal/metrictest", "internal/prepare", "internal/process", "internal/steps", "internal/quality", "internal/schema", "internal/vault", "internal/warehouse", "internal/importer", "internal/importer/metricflow", "internal/importer/cube",
		"internal/importer/ossie", "web"},
}

// keepers are imports that only some packages may have.
var keepers = map[string][]string{
	"database/sql":                     {"internal/store", "internal/source/", "internal/warehouse/", "tools/conformance"},
	"database/sql/driver":              {"internal/store", "internal/source/", "internal/warehouse/"},
	"github.com/duckdb/duckdb-go/v2":   {"internal/warehouse/duckdb"},
	"modernc.org/sqlite":               {"internal/store"},
	"github.com/jackc/pgx/v5/stdlib":   {"internal/store", "internal/warehouse/"},
	"github.com/danielgtaylor/huma/v2": {"internal/httpapi"},
	"github.com/alecthomas/kong":       {"internal/cli", "cmd/"},
	"github.com/goccy/go-yaml":         {"internal/catalog"},
	"github.com/pressly/goose/v3":      {"internal/store"},
	"golang.org/x/crypto/argon2":       {"internal/access"},
	"github.com/xuri/excelize/v2":      {"internal/ingest", "internal/httpapi"},
}

// TestImports reads the files themselves, so that no cached package list can
// hide a violation.
func TestImports(t *testing.T) {
	for _, f := range goFiles(t) {
		pkg := filepath.ToSlash(filepath.Dir(f))
		for _, bad := range violations(pkg, imports(t, f)) {
			t.Errorf("%s: %s", f, bad)
		}
	}
}

// TestImportPolicyBites shows that a wrong import is found.
func TestImportPolicyBites(t *testing.T) {
	for _, c := range []struct{ pkg, imp string }{
		{"internal/httpapi", module + "internal/store"},
		{"internal/query", "database/sql"},
		{"internal/text", module + "internal/fault"},
		{"internal/explain", module + "internal/tree"},
		{"internal/nobody", "fmt"},
	} {
		if len(violations(c.pkg, []string{c.imp})) == 0 {
			t.Errorf("%s importing %s was not found", c.pkg, c.imp)
		}
	}
	if bad := violations("internal/query", []string{module + "internal/expr", "fmt"}); len(bad) > 0 {
		t.Errorf("a right import was refused: %v", bad)
	}
}

func violations(pkg string, imps []string) []string {
	var out []string
	rule, known := allowed[pkg]
	for _, prefix := range []string{"cmd/", "bench/", "tools/"} {
		if strings.HasPrefix(pkg, prefix) {
			rule, known = "any", true
		}
	}
	if !known {
		return []string{"package is not in the table of allowed imports"}
	}
	for _, imp := range imps {
		if own, ok := strings.CutPrefix(imp, module); ok {
			if own != pkg && rule != "any" && !permits(rule, own) {
				out = append(out, fmt.Sprintf("%s may not import %s", pkg, own))
			}
			continue
		}
		keepersOf, kept := keepers[imp]
		if kept && !strings.HasPrefix(pkg, "bench/") && !slices.ContainsFunc(keepersOf, func(k string) bool {
			return pkg == k || strings.HasSuffix(k, "/") && strings.HasPrefix(pkg, k) || strings.HasPrefix(pkg, k+"/")
		}) {
			out = append(out, fmt.Sprintf("only %v may import %s", keepersOf, imp))
		}
	}
	return out
}

func permits(rule, own string) bool {
	for word := range strings.FieldsSeq(rule) {
		if word == own || slices.Contains(groups[word], own) {
			return true
		}
	}
	return false
}

// goFiles lists every Go file that is not a test, relative to the module root.
func goFiles(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			out = append(out, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("found only %d files: the walk is wrong", len(out))
	}
	return out
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, imp)
	}
	return out
}
