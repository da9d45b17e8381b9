package cli

import (
	"bytes"
	"strings"
	"testing"

	"lodestar/internal/text"
)

// TestWrongUse: each mistake on the command line is told in the language asked
// for, on lines of its own, with exit status 2.
func TestWrongUse(t *testing.T) {
	t.Parallel()
	for args, zh := range map[string]string{
		"--bogus":              "没有这个参数：--bogus",
		"version extra":        "多余的内容：extra",
		"--output bad version": "--output 的取值应为",
		"load --all --vanish":  "没有这个参数：--vanish",
		"":                     "缺少内容",
		"serve --open=maybe":   "命令有误",
	} {
		for _, lang := range []text.Lang{text.EN, text.ZH} {
			var out, failed bytes.Buffer
			rt := Runtime{Stdout: &out, Stderr: &failed, Getenv: func(string) string { return "" }}
			status := Main(t.Context(), rt, append([]string{"--lang", string(lang)}, strings.Fields(args)...))
			if status != exitUsage || out.Len() > 0 || !strings.HasSuffix(failed.String(), "\n") {
				t.Errorf("%q: status %d, %q, %q", args, status, out.String(), failed.String())
			}
			if strings.Contains(failed.String(), zh) != (lang == text.ZH) {
				t.Errorf("%q in %s: %q", args, lang, failed.String())
			}
		}
	}
}

// TestSourcesStayInside: a definition cannot have the files of whoever loads
// it read.
func TestSourcesStayInside(t *testing.T) {
	t.Parallel()
	for file, ok := range map[string]bool{"a.csv": true, "2026/*.csv": true, "a/../b.csv": true,
		"../a.csv": false, "/etc/passwd": false, "a/../../b": false, "": false} {
		if err := inside("d", []string{file}); (err == nil) != ok {
			t.Errorf("%q: %v", file, err)
		}
	}
}
