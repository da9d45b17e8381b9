package access_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
	"lodestar/internal/store"
	"lodestar/internal/text"
)

// house is a service on a database of its own with a clock to turn.
type house struct {
	*access.Service
	db *store.DB

	mu  sync.Mutex
	now time.Time
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func newHouse(t *testing.T, change func(*access.Config)) *house {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "m.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{db: db, now: time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)}
	c := access.Config{Users: db.Users(), Sessions: db.Sessions(), Tokens: db.Tokens(), Now: h.clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&c)
	}
	if h.Service, err = access.New(c); err != nil {
		t.Fatal(err)
	}
	return h
}

const good = "correct horse battery"

func (h *house) setup(t *testing.T) access.SignedIn {
	t.Helper()
	in, err := h.Setup(t.Context(), access.SetupRequest{Name: "mei", Title: "梅林", Password: good, Lang: text.ZH, Remote: "1"})
	check(t, err)
	return in
}

func (h *house) add(t *testing.T, name string, role access.Role) {
	t.Helper()
	_, err := h.CreateUser(t.Context(), access.Local("root"), access.NewUser{Name: name, Role: role, Lang: text.EN, Password: good})
	check(t, err)
}

func (h *house) signIn(t *testing.T, name string) access.SignedIn {
	t.Helper()
	in, err := h.SignIn(t.Context(), access.Credentials{Name: name, Password: good, Remote: "1"})
	check(t, err)
	return in
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, code string) *fault.Error {
	t.Helper()
	if err == nil || fault.Of(err).Kind != kind || fault.Of(err).Code != code {
		t.Fatalf("got %v, want %v %s", err, kind, code)
	}
	return fault.Of(err)
}

func TestMust(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		who  access.Actor
		need access.Role
		want fault.Kind
		ok   bool
	}{
		{access.Actor{}, access.Viewer, fault.Unauthenticated, false},
		{access.Actor{Name: "a"}, access.Viewer, fault.Denied, false},
		{access.Actor{Name: "a", Role: "owner"}, access.Viewer, fault.Denied, false},
		{access.Actor{Name: "a", Role: access.Viewer}, access.Viewer, 0, true},
		{access.Actor{Name: "a", Role: access.Viewer}, access.Editor, fault.Denied, false},
		{access.Actor{Name: "a", Role: access.Editor}, access.Viewer, 0, true},
		{access.Actor{Name: "a", Role: access.Admin}, access.Admin, 0, true},
		{access.Actor{Name: "a", Role: access.Admin}, "", fault.Denied, false},
		{access.Local("root"), access.Admin, 0, true},
	} {
		if err := c.who.Must(c.need); (err == nil) != c.ok || err != nil && !fault.Is(err, c.want) {
			t.Errorf("%+v %s: %v", c.who, c.need, err)
		}
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *access.Config) { c.SetupCode = "1234-5678" })
	if need, err := h.SetupRequired(t.Context()); !need || err != nil || !h.SetupCodeRequired() {
		t.Fatal(need, err)
	}
	req := access.SetupRequest{Name: "mei", Password: good, Remote: "1"}
	wantFault(t, second(h.Setup(t.Context(), req)), fault.Denied, "wrong_setup_code")
	req.Code = "1234-5678"
	req.Password = "short"
	wantFault(t, second(h.Setup(t.Context(), req)), fault.Invalid, "password_too_short")
	req.Password = good
	in, err := h.Setup(t.Context(), req)
	check(t, err)
	if in.Actor != (access.Actor{Name: "mei", Role: access.Admin, Via: access.ViaSession}) || in.User.Title != "mei" {
		t.Errorf("%+v", in)
	}
	wantFault(t, second(h.Setup(t.Context(), req)), fault.Conflict, "already_set_up")
	if need, err := h.SetupRequired(t.Context()); need || err != nil {
		t.Error(need, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestPasswords(t *testing.T) {
	t.Parallel()
	for p, want := range map[string]string{"123456789": "password_too_short", "一二三四五六七八九": "password_too_short",
		"1234567890": "", "一二三四五六七八九十": "", "Meimeimeimei": "password_is_name", strings.Repeat("x", 1025): "password_too_long"} {
		err := access.CheckPassword("meimeimeimei", p)
		if got := ""; err != nil {
			if got = fault.Of(err).Code; got != want {
				t.Errorf("%q: %s, want %s", p, got, want)
			}
		} else if want != "" {
			t.Errorf("%q was taken", p)
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t, nil)
	h.setup(t)
	h.add(t, "wu", access.Viewer)
	in := h.signIn(t, "wu")
	who, err := h.Session(ctx, in.Token)
	if err != nil || who != in.Actor || who.Role != access.Viewer {
		t.Fatalf("%+v %v", who, err)
	}
	accounts, err := h.db.Users().All(ctx)
	check(t, err)
	for _, a := range accounts {
		if !strings.HasPrefix(a.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") || a.SignedInAt == nil {
			t.Errorf("%+v", a)
		}
	}
	if _, err := h.db.Sessions().Get(ctx, in.Token); !fault.Is(err, fault.NotFound) {
		t.Error("the token itself is stored")
	}
	var same []string
	for _, c := range []access.Credentials{{Name: "wu", Password: "wrong password"}, {Name: "nobody", Password: good}, {Name: "Wu'--\x00", Password: good}, {Name: "wu", Password: strings.Repeat("x", 5000)}} {
		same = append(same, second(h.SignIn(ctx, c)).Error())
	}
	if len(slices.Compact(same)) != 1 {
		t.Errorf("the answers tell who exists: %v", same)
	}
	yes := true
	_, err = h.UpdateUser(ctx, access.Local("root"), "wu", access.UserPatch{Disabled: &yes})
	check(t, err)
	wantFault(t, second(h.Session(ctx, in.Token)), fault.Unauthenticated, "session_over")
	wantFault(t, second(h.SignIn(ctx, access.Credentials{Name: "wu", Password: good})), fault.Unauthenticated, "wrong_credentials")
	out := h.signIn(t, "mei")
	check(t, h.SignOut(ctx, out.Token))
	check(t, h.SignOut(ctx, out.Token))
	wantFault(t, second(h.Session(ctx, out.Token)), fault.Unauthenticated, "session_over")
	wantFault(t, second(h.Switch(ctx, "mei")), fault.Denied, "demo_only")
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t, func(c *access.Config) { c.Idle, c.Absolute = time.Hour, 3*time.Hour })
	in := h.setup(t)
	for range 5 { // used every half hour it lives until its absolute end
		h.pass(30 * time.Minute)
		_, err := h.Session(ctx, in.Token)
		check(t, err)
	}
	h.pass(30 * time.Minute)
	wantFault(t, second(h.Session(ctx, in.Token)), fault.Unauthenticated, "session_over")
	in = h.signIn(t, "mei")
	h.pass(time.Hour)
	wantFault(t, second(h.Session(ctx, in.Token)), fault.Unauthenticated, "session_over")
	for _, token := range []string{"", "x", strings.Repeat("x", 10_000)} {
		wantFault(t, second(h.Session(ctx, token)), fault.Unauthenticated, "session_over")
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t, nil)
	h.setup(t)
	try := func(name, password, remote string) error {
		return second(h.SignIn(ctx, access.Credentials{Name: name, Password: password, Remote: remote}))
	}
	for i := range 5 {
		wantFault(t, try("mei", "wrong password", fmt.Sprint("a", i)), fault.Unauthenticated, "wrong_credentials")
		h.pass(time.Second)
	}
	f := wantFault(t, try("mei", good, "b"), fault.RateLimited, "too_many_tries")
	if f.Params["seconds"] != 295 {
		t.Errorf("%+v", f.Params)
	}
	h.pass(295 * time.Second) // the first try slides out of the window
	check(t, try("mei", good, "b"))
	for i := range 20 {
		wantFault(t, try(fmt.Sprint("u", i), good, "c"), fault.Unauthenticated, "wrong_credentials")
	}
	wantFault(t, try("mei", good, "c"), fault.RateLimited, "too_many_tries")
	check(t, try("mei", good, "d"))
}

func TestPeople(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t, nil)
	admin := h.setup(t).Actor
	h.add(t, "wu", access.Viewer)
	wu := access.Actor{Name: "wu", Role: access.Viewer, Via: access.ViaSession}
	editor := access.Editor
	user, err := h.UpdateUser(ctx, admin, "wu", access.UserPatch{Role: &editor})
	if err != nil || user.Role != access.Editor {
		t.Fatalf("%+v %v", user, err)
	}
	viewer := access.Viewer
	wantFault(t, second(h.UpdateUser(ctx, admin, "mei", access.UserPatch{Role: &viewer})), fault.Conflict, "last_admin")
	yes := true
	wantFault(t, second(h.UpdateUser(ctx, admin, "mei", access.UserPatch{Disabled: &yes})), fault.Conflict, "last_admin")
	wantFault(t, h.DeleteUser(ctx, admin, "mei"), fault.Conflict, "last_admin")
	wantFault(t, second(h.UpdateUser(ctx, admin, "nobody", access.UserPatch{})), fault.NotFound, "unknown_user")
	bad := access.Role("king")
	wantFault(t, second(h.UpdateUser(ctx, admin, "wu", access.UserPatch{Role: &bad})), fault.Invalid, "unknown_role")
	for _, n := range []access.NewUser{{Name: "Wu"}, {Name: ""}, {Name: "a b"}, {Name: strings.Repeat("a", 61)}, {Name: "../x"}} {
		n.Role, n.Password = access.Viewer, good
		wantFault(t, second(h.CreateUser(ctx, admin, n)), fault.Invalid, "user_name")
	}
	wantFault(t, second(h.CreateUser(ctx, admin, access.NewUser{Name: "wu", Role: access.Viewer, Password: good})), fault.Conflict, "user_exists")
	if quiet, err := h.CreateUser(ctx, admin, access.NewUser{Name: "quiet", Role: access.Viewer, Password: good}); err != nil || quiet.Lang != "" {
		t.Errorf("a language that nobody chose: %+v %v", quiet, err)
	}
	title := "数据吴"
	lang := text.ZH
	user, err = h.UpdateProfile(ctx, wu, access.ProfilePatch{Title: &title, Lang: &lang})
	if err != nil || user.Title != title || user.Lang != text.ZH || user.Role != access.Editor {
		t.Errorf("%+v %v", user, err)
	}
	// A changed password ends every session.
	in := h.signIn(t, "wu")
	wantFault(t, h.ChangePassword(ctx, wu, "wrong password", "another password"), fault.Invalid, "wrong_password")
	wantFault(t, h.ChangePassword(ctx, wu, good, "wu"), fault.Invalid, "password_too_short")
	check(t, h.ChangePassword(ctx, wu, good, "another password"))
	wantFault(t, second(h.Session(ctx, in.Token)), fault.Unauthenticated, "session_over")
	check(t, h.ResetPassword(ctx, access.Local("root"), "wu", good))
	in = h.signIn(t, "wu")
	check(t, h.DeleteUser(ctx, admin, "wu"))
	wantFault(t, second(h.Session(ctx, in.Token)), fault.Unauthenticated, "session_over")
	entries, err := h.db.Audit().List(ctx, audit.Filter{Name: "wu", Kind: "user"}, 0, 50)
	check(t, err)
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Actor+" "+e.Action)
		if strings.Contains(fmt.Sprint(e.Detail), "argon2") || strings.Contains(fmt.Sprint(e.Detail), good) {
			t.Errorf("the trail holds a secret: %+v", e)
		}
	}
	want := []string{"mei user.delete", "local:root user.reset_password", "wu user.password", "wu user.profile", "mei user.update", "local:root user.create"}
	if !slices.Equal(actions, want) {
		t.Errorf("%v", actions)
	}
}

func TestPeopleRights(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t, nil)
	h.setup(t)
	ed := access.Actor{Name: "ed", Role: access.Editor, Via: access.ViaSession}
	for name, call := range map[string]func(access.Actor) error{
		"create":  func(a access.Actor) error { return second(h.CreateUser(ctx, a, access.NewUser{})) },
		"update":  func(a access.Actor) error { return second(h.UpdateUser(ctx, a, "mei", access.UserPatch{})) },
		"delete":  func(a access.Actor) error { return h.DeleteUser(ctx, a, "mei") },
		"reset":   func(a access.Actor) error { return h.ResetPassword(ctx, a, "mei", good) },
		"see one": func(a access.Actor) error { return second(h.User(ctx, a, "mei")) },
	} {
		if err := call(ed); !fault.Is(err, fault.Denied) {
			t.Errorf("%s by an editor: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"list": second(h.List(ctx, access.Actor{})), "profile": second(h.UpdateProfile(ctx, access.Actor{}, access.ProfilePatch{})),
		"password": h.ChangePassword(ctx, access.Actor{}, "", ""), "tokens": second(h.ListTokens(ctx, access.Actor{})),
		"revoke": h.RevokeToken(ctx, access.Actor{}, "x"),
	} {
		if !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s by nobody: %v", name, err)
		}
	}
	if users, err := h.List(ctx, ed); err != nil || len(users) != 1 {
		t.Errorf("%v %v", users, err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t, nil)
	admin := h.setup(t).Actor
	h.add(t, "ed", access.Editor)
	ed := access.Actor{Name: "ed", Role: access.Editor, Via: access.ViaSession}
	at := h.clock().Add(time.Hour)
	token, secret, err := h.CreateToken(ctx, ed, access.NewToken{Name: "ci", ExpiresAt: &at})
	if err != nil || token.Role != access.Editor || !strings.HasPrefix(secret, "ldst_") || len(secret) < 40 {
		t.Fatalf("%+v %v", token, err)
	}
	who, err := h.Token(ctx, secret)
	if err != nil || who != (access.Actor{Name: "ed", Role: access.Editor, Via: "token:ci"}) {
		t.Fatalf("%+v %v", who, err)
	}
	refuse := func(n access.NewToken, who access.Actor, kind fault.Kind, code string) {
		t.Helper()
		_, _, err := h.CreateToken(ctx, who, n)
		wantFault(t, err, kind, code)
	}
	refuse(access.NewToken{Name: "ci"}, ed, fault.Conflict, "token_exists")
	refuse(access.NewToken{Name: "x", Role: access.Admin}, ed, fault.Denied, "role_too_high")
	refuse(access.NewToken{Name: ""}, ed, fault.Invalid, "token_name")
	past := h.clock()
	refuse(access.NewToken{Name: "x", ExpiresAt: &past}, ed, fault.Invalid, "token_expired")
	refuse(access.NewToken{Name: "x"}, who, fault.Denied, "session_only")
	// A person who loses rights loses them for the tokens too.
	viewer := access.Viewer
	_, err = h.UpdateUser(ctx, admin, "ed", access.UserPatch{Role: &viewer})
	check(t, err)
	if who, err := h.Token(ctx, secret); err != nil || who.Role != access.Viewer {
		t.Errorf("%+v %v", who, err)
	}
	h.pass(time.Hour)
	wantFault(t, second(h.Token(ctx, secret)), fault.Unauthenticated, "bad_token")
	for _, s := range []string{"", "ldst_", "ldst_x", "x", "ldst_" + strings.Repeat("x", 1000)} {
		wantFault(t, second(h.Token(ctx, s)), fault.Unauthenticated, "bad_token")
	}
	own, _, err := h.CreateToken(ctx, admin, access.NewToken{Name: "mine"})
	check(t, err)
	wantFault(t, h.RevokeToken(ctx, ed, own.ID), fault.NotFound, "unknown_token")
	mine, err := h.ListTokens(ctx, ed)
	check(t, err)
	all, err := h.ListTokens(ctx, admin)
	check(t, err)
	if len(mine) != 1 || len(all) != 2 {
		t.Errorf("%d of %d", len(mine), len(all))
	}
	check(t, h.RevokeToken(ctx, admin, token.ID))
	wantFault(t, h.RevokeToken(ctx, admin, token.ID), fault.NotFound, "unknown_token")
}

func TestDemoSwitch(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *access.Config) { c.Demo = true })
	h.setup(t)
	h.add(t, "wu", access.Viewer)
	in, err := h.Switch(t.Context(), "wu")
	if err != nil || in.Actor.Name != "wu" || in.Actor.Role != access.Viewer {
		t.Errorf("%+v %v", in, err)
	}
}

// Many at once wait for their turn, and give up when they are told to.
func TestHashesAreCapped(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *access.Config) { c.Parallel = 1 })
	h.setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.SignIn(ctx, access.Credentials{Name: "mei", Password: good, Remote: "1"})
	if !fault.Is(err, fault.Canceled) {
		t.Error(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if _, err := h.SignIn(context.Background(), access.Credentials{Name: "mei", Password: good, Remote: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

type noRandom struct{}

func (noRandom) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func TestNoRandomness(t *testing.T) {
	t.Parallel()
	if _, err := access.New(access.Config{Random: noRandom{}}); err == nil {
		t.Error("made without randomness")
	}
}
