package kinds_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
)

// FuzzDefinitions: no YAML, however odd, makes decoding, checking or compiling
// fall over, and what was read is written so that it is read again.
func FuzzDefinitions(f *testing.F) {
	for _, text := range definitions(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, src string) {
		rs, findings := catalog.Decode("f.yaml", []byte(src), kinds.All())
		for _, g := range append(findings, kinds.Check(t.Context(), rs)...) {
			if g.Text.ZH == "" || g.Text.EN == "" || g.Rule == "" || g.Severity == "" {
				t.Errorf("empty finding %+v", g)
			}
		}
		if len(rs) == 0 {
			return
		}
		y, err := catalog.Encode(rs)
		if err != nil {
			t.Fatal(err)
		}
		if back, findings := catalog.Decode("g.yaml", y, kinds.All()); len(back) != len(rs) || len(findings) > 0 {
			t.Fatalf("%v\n%s", findings, y)
		}
	})
}

// definitions are the models of the examples, of the demo and of the queries' scripts.
func definitions(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, root := range []string{"../../examples", "../demo/retail"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") {
				return err
			}
			src, err := os.ReadFile(path)
			for doc := range strings.SplitSeq(string(src), "\n---\n") {
				out = append(out, doc)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob("../query/testdata/*.txt")
	if err != nil || len(files) == 0 || len(out) == 0 {
		t.Fatalf("no definitions: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, model, _ := strings.Cut(string(src), "-- model --\n")
		model, _, _ = strings.Cut(model, "\n-- ")
		out = append(out, model)
	}
	return out
}
