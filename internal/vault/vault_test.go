package vault_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
	"lodestar/internal/vault"
)

type memory struct {
	kept  map[string]vault.Sealed
	trail []audit.Entry
}

func (m *memory) Put(_ context.Context, s vault.Sealed) error {
	m.kept[s.Name] = s
	return nil
}

func (m *memory) Get(_ context.Context, name string) (vault.Sealed, error) {
	s, ok := m.kept[name]
	if !ok {
		return s, fault.New(fault.NotFound, "none", fault.Of(nil).Text)
	}
	return s, nil
}

func (m *memory) List(context.Context) (out []vault.Entry, err error) {
	for _, s := range m.kept {
		out = append(out, s.Entry)
	}
	return out, nil
}

func (m *memory) Delete(_ context.Context, name string) (bool, error) {
	_, ok := m.kept[name]
	delete(m.kept, name)
	return ok, nil
}

func (m *memory) Record(_ context.Context, e audit.Entry) error {
	m.trail = append(m.trail, e)
	return nil
}

func open(t *testing.T, m *memory, keyFile string) *vault.Service {
	t.Helper()
	key, err := vault.Key(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	s, err := vault.New(vault.Config{Key: key, Store: m, Audit: m, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	admin  = access.Actor{Name: "mei", Role: access.Admin, Via: access.ViaSession}
	editor = access.Actor{Name: "ed", Role: access.Editor, Via: access.ViaSession}
)

func TestVault(t *testing.T) {
	t.Parallel()
	m := &memory{kept: map[string]vault.Sealed{}}
	file := filepath.Join(t.TempDir(), "secrets", "vault.key")
	s := open(t, m, file)
	const value = "hunter2 密码\n"
	for _, name := range []string{"shop", "web"} {
		if _, err := s.Put(t.Context(), admin, name, value); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // with the key as made, and as read again
		if got, err := s.Open(t.Context(), "shop"); got != value || err != nil {
			t.Errorf("%q %v", got, err)
		}
		s = open(t, m, file)
	}
	if a, b := m.kept["shop"].Text, m.kept["web"].Text; bytes.Contains(a, []byte("hunter2")) || bytes.Equal(a[:12], b[:12]) {
		t.Errorf("kept as %q and %q", a, b)
	}
	m.kept["other"] = m.kept["shop"] // one passed off as another
	m.kept["cut"] = vault.Sealed{Text: []byte("x")}
	for _, name := range []string{"other", "cut"} {
		if got, err := s.Open(t.Context(), name); got != "" || fault.Of(err).Code != "secret_unreadable" {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := s.Delete(t.Context(), admin, "shop"); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(t.Context(), "shop"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	for _, e := range m.trail {
		if e.Name == "" || e.Actor != "mei" || len(e.Detail) > 0 {
			t.Errorf("%+v", e)
		}
	}
}

// A key that is not the one is told apart from a secret that is not there.
func TestOtherKey(t *testing.T) {
	t.Parallel()
	m, dir := &memory{kept: map[string]vault.Sealed{}}, t.TempDir()
	if _, err := open(t, m, filepath.Join(dir, "a")).Put(t.Context(), admin, "shop", "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, m, filepath.Join(dir, "b")).Open(t.Context(), "shop"); fault.Of(err).Code != "secret_unreadable" {
		t.Error(err)
	}
	bad := filepath.Join(dir, "c")
	if err := os.WriteFile(bad, []byte("short"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Key(bad); fault.Of(err).Code != "bad_key" {
		t.Error(err)
	}
}

func TestVaultRefuses(t *testing.T) {
	t.Parallel()
	m := &memory{kept: map[string]vault.Sealed{}}
	s := open(t, m, filepath.Join(t.TempDir(), "k"))
	for _, c := range []struct{ name, value, code string }{
		{"", "x", "bad_name"}, {"Shop", "x", "bad_name"}, {"../a", "x", "bad_name"}, {"a", "", "empty_secret"},
		{"a", strings.Repeat("x", 64<<10+1), "secret_too_large"},
	} {
		if _, err := s.Put(t.Context(), admin, c.name, c.value); fault.Of(err).Code != c.code {
			t.Errorf("%q: %v", c.name, err)
		}
	}
	_, put := s.Put(t.Context(), editor, "a", "x")
	_, list := s.List(t.Context(), editor)
	for _, err := range []error{put, list, s.Delete(t.Context(), editor, "a")} {
		if !fault.Is(err, fault.Denied) {
			t.Errorf("an editor: %v", err)
		}
	}
	if err := s.Delete(t.Context(), admin, "a"); !fault.Is(err, fault.NotFound) || len(m.trail) != 0 {
		t.Errorf("%v %v", err, m.trail)
	}
}
