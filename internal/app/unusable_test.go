package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"lodestar/internal/app"
	"lodestar/internal/fault"
)

// TestUnusableConfiguration: what cannot work is said at start, in both
// languages, with a code.
func TestUnusableConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for code, cfg := range map[string]app.Config{
		"data_dir_unusable": {DataDir: filepath.Join(file, "below")},
		"bad_memory":        {DataDir: t.TempDir(), Memory: "lots"},
		"bad_origin":        {DataDir: t.TempDir(), TrustedOrigins: []string{"example.com/path"}},
		"bad_address":       {DataDir: t.TempDir(), Addr: "here"},
		"tls_both":          {DataDir: t.TempDir(), TLSCert: "x.pem"},
		"demo_loopback":     {DataDir: t.TempDir(), Demo: true, Addr: "0.0.0.0:0"},
	} {
		_, err := app.New(t.Context(), cfg)
		if f := fault.Of(err); err == nil || f.Code != code || f.Text.ZH == "" || f.Text.EN == "" {
			t.Errorf("%v, want %s", err, code)
		}
	}
	if err := app.Backup(t.Context(), t.TempDir(), filepath.Join(file, "b.tgz")); fault.Of(err).Code != "cannot_write" {
		t.Error(err)
	}
}
