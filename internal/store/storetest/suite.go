package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/job"
	"lodestar/internal/quality"
	"lodestar/internal/store"
	"lodestar/internal/text"
	"lodestar/internal/vault"
)

// Run tests a database made by open, which must be empty at each call.
func Run(t *testing.T, open func(t *testing.T) *store.DB) {
	for name, test := range map[string]func(*testing.T, *store.DB){
		"catalog": testCatalog, "catalog race": testCatalogRace, "catalog rollback": testCatalogRollback,
		"catalog service": testCatalogService,
		"users":           testUsers, "last admin": testLastAdmin, "first user": testFirstUser, "sessions": testSessions,
		"tokens": testTokens, "audit": testAudit, "jobs": testJobs, "job leases": testJobLeases,
		"syncs": testSyncs, "meta": testMeta, "texts": testTexts, "given up": testGivenUp, "secrets": testSecrets, "write keys": testWriteKeys,
		"quality": testQuality, "identity": testIdentity,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func noon() time.Time { return time.Date(2026, 1, 5, 12, 0, 0, 123456000, time.UTC) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil || fault.Of(err).Kind != kind || fault.Of(err).Code != code {
		t.Fatalf("got %v, want %v %s", err, kind, code)
	}
}

func record(name string, revision int) catalog.Record {
	return catalog.Record{Kind: "Metric", Name: name, Revision: revision, Action: catalog.Create, Author: "mei",
		Via: "session", At: noon(), Body: json.RawMessage(fmt.Sprintf(`{"metadata": {"name": %q}, "spec": {"n": %d}}`, name, revision)),
		Positions: map[string]catalog.Position{"spec.n": {File: "a.yaml", Line: 3, Column: 5}}}
}

func testCatalog(t *testing.T, db *store.DB) {
	ctx, c := t.Context(), db.Catalog()
	first := record("revenue", 1)
	seq, err := c.Commit(ctx, []catalog.Record{first, record("aov", 1)}, []audit.Entry{{At: noon(), Actor: "mei", Action: "metric.create"}})
	check(t, err)
	again := record("revenue", 2)
	again.Action, again.Positions = catalog.Update, nil
	seq2, err := c.Commit(ctx, []catalog.Record{again}, nil)
	check(t, err)
	if seq2 <= seq {
		t.Errorf("seq went from %d to %d", seq, seq2)
	}
	gone := record("aov", 2)
	gone.Action, gone.Body = catalog.Delete, nil
	_, err = c.Commit(ctx, []catalog.Record{gone}, nil)
	check(t, err)
	current, err := c.Current(ctx)
	check(t, err)
	if len(current) != 2 || current[0].Name != "aov" || current[0].Body != nil || current[1].Revision != 2 {
		t.Fatalf("current: %+v", current)
	}
	all, err := c.Revisions(ctx, "Metric", "revenue")
	check(t, err)
	if len(all) != 2 || all[0].Revision != 2 {
		t.Fatalf("revisions: %+v", all)
	}
	first.Seq = all[1].Seq
	if d := cmp.Diff(first, all[1]); d != "" {
		t.Error(d)
	}
	entries, err := db.Audit().List(ctx, audit.Filter{}, 0, 10)
	check(t, err)
	if len(entries) != 1 {
		t.Errorf("%d audit entries", len(entries))
	}
}

func testCatalogRace(t *testing.T, db *store.DB) {
	var wg sync.WaitGroup
	won := make([]bool, 8)
	for i := range won {
		wg.Go(func() {
			r := record("revenue", 1)
			r.Author = fmt.Sprint("user", i)
			_, err := db.Catalog().Commit(context.Background(), []catalog.Record{r}, nil)
			won[i] = err == nil
			if err != nil && fault.Of(err).Code != "revision_conflict" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(slices.DeleteFunc(won, func(b bool) bool { return !b })); n != 1 {
		t.Fatalf("%d of 8 won", n)
	}
}

func testCatalogRollback(t *testing.T, db *store.DB) {
	ctx := t.Context()
	_, err := db.Catalog().Commit(ctx, []catalog.Record{record("a", 1), record("b", 2)}, []audit.Entry{{At: noon()}})
	wantFault(t, err, fault.Conflict, "revision_conflict")
	current, err := db.Catalog().Current(ctx)
	check(t, err)
	entries, err := db.Audit().List(ctx, audit.Filter{}, 0, 10)
	check(t, err)
	if len(current) != 0 || len(entries) != 0 {
		t.Fatalf("left behind: %v %v", current, entries)
	}
}

// note is a spec of the suite's own.
type note struct {
	Words string   `json:"words"`
	Needs []string `json:"needs,omitempty"`
}

func (n *note) Validate(catalog.Metadata) []catalog.Finding { return nil }

func (n *note) Refs() (out []catalog.Ref) {
	for _, name := range n.Needs {
		out = append(out, catalog.Ref{Kind: "Note", Name: name, Path: "needs"})
	}
	return out
}

func testCatalogService(t *testing.T, db *store.DB) {
	ctx := t.Context()
	editor := access.Actor{Name: "mei", Role: access.Editor, Via: access.ViaSession}
	openService := func() *catalog.Service {
		s, err := catalog.Open(ctx, catalog.Config{Store: db.Catalog(), Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Kinds: []catalog.Kind{{Name: "Note", Plural: "notes", Title: text.Same("note"), New: func() catalog.Spec { return &note{} }}}})
		check(t, err)
		return s
	}
	s := openService()
	put := func(name, words string, needs ...string) {
		_, err := s.Put(ctx, editor, &catalog.Resource{Kind: "Note", Metadata: catalog.Metadata{Name: name},
			Spec: &note{Words: words, Needs: needs}}, catalog.PutOptions{})
		check(t, err)
	}
	put("a", "一")
	put("b", "二", "a")
	put("a", "三")
	again := openService()
	was, err := s.Export(ctx, editor, "", "")
	check(t, err)
	is, err := again.Export(ctx, editor, "", "")
	check(t, err)
	if d := cmp.Diff(string(was), string(is)); d != "" {
		t.Error(d)
	}
	before, _ := s.Snapshot().Get("Note", "a")
	after, _ := again.Snapshot().Get("Note", "a")
	if after.Revision != 2 || after.Author != "mei" || !after.UpdatedAt.Equal(before.UpdatedAt) || again.Snapshot().Revision != s.Snapshot().Revision {
		t.Errorf("%+v", after)
	}
	// What another service wrote in between is noticed, and nothing is lost.
	_, err = again.Delete(ctx, editor, "Note", "a", catalog.DeleteOptions{Cascade: true})
	check(t, err)
	_, err = s.Put(ctx, editor, &catalog.Resource{Kind: "Note", Metadata: catalog.Metadata{Name: "a"}, Spec: &note{Words: "late"}}, catalog.PutOptions{})
	wantFault(t, err, fault.Conflict, "revision_conflict")
	entries, err := db.Audit().List(ctx, audit.Filter{Kind: "Note"}, 0, 10)
	check(t, err)
	if len(entries) != 5 || entries[0].Action != "note.delete" {
		t.Errorf("%+v", entries)
	}
}

func account(name string, role access.Role) access.Account {
	return access.Account{User: access.User{Name: name, Title: "梅林", Role: role, Lang: text.ZH, CreatedAt: noon()}, PasswordHash: "h"}
}

func event() access.Event {
	return access.Event{At: noon(), Actor: "mei", Via: "session", Action: "user.test", Kind: "user", Name: "x",
		Detail: map[string]any{"password": "very secret", "passwordChanged": true}}
}

func testUsers(t *testing.T, db *store.DB) {
	ctx, u := t.Context(), db.Users()
	check(t, u.Create(ctx, account("mei", access.Admin), event()))
	wantFault(t, u.Create(ctx, account("mei", access.Viewer), event()), fault.Conflict, "user_exists")
	check(t, u.Create(ctx, account("wu", access.Viewer), event()))
	check(t, u.Update(ctx, "wu", func(a *access.Account) error { a.Role, a.Disabled = access.Editor, true; return nil }, false, event()))
	check(t, u.Seen(ctx, "wu", noon()))
	got, err := u.Get(ctx, "wu")
	check(t, err)
	want := account("wu", access.Editor)
	at := noon()
	want.Disabled, want.SignedInAt = true, &at
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	failed := fmt.Errorf("no")
	if err := u.Update(ctx, "wu", func(a *access.Account) error { a.Title = "x"; return failed }, false, event()); err != failed {
		t.Errorf("got %v", err)
	}
	if got, err := u.Get(ctx, "wu"); err != nil || got.Title != want.Title {
		t.Errorf("%v %v", got, err)
	}
	_, err = u.Get(ctx, "nobody")
	wantFault(t, err, fault.NotFound, "unknown_user")
	wantFault(t, u.Delete(ctx, "nobody", event()), fault.NotFound, "unknown_user")
	all, err := u.All(ctx)
	check(t, err)
	if n, err := u.Count(ctx); err != nil || n != 2 || len(all) != 2 || all[0].Name != "mei" {
		t.Errorf("%d %v %v", n, err, all)
	}
	entries, err := db.Audit().List(ctx, audit.Filter{}, 0, 10)
	check(t, err)
	if len(entries) != 3 || entries[0].Detail["password"] != audit.Redacted || entries[0].Detail["passwordChanged"] != true {
		t.Errorf("trail: %+v", entries)
	}
}

func testLastAdmin(t *testing.T, db *store.DB) {
	ctx, u := t.Context(), db.Users()
	check(t, u.Create(ctx, account("mei", access.Admin), event()))
	demote := func(a *access.Account) error { a.Role = access.Viewer; return nil }
	disable := func(a *access.Account) error { a.Disabled = true; return nil }
	wantFault(t, u.Update(ctx, "mei", demote, false, event()), fault.Conflict, "last_admin")
	wantFault(t, u.Update(ctx, "mei", disable, false, event()), fault.Conflict, "last_admin")
	wantFault(t, u.Delete(ctx, "mei", event()), fault.Conflict, "last_admin")
	check(t, u.Create(ctx, account("wu", access.Admin), event()))
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, name := range []string{"mei", "wu"} {
		wg.Go(func() { errs[i] = u.Update(context.Background(), name, demote, false, event()) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("both at once: %v", errs)
	}
}

func testFirstUser(t *testing.T, db *store.DB) {
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() {
			errs[i] = db.Users().CreateFirst(context.Background(), account(fmt.Sprint("u", i), access.Admin), event())
		})
	}
	wg.Wait()
	ok := 0
	for _, err := range errs {
		if err == nil {
			ok++
		} else {
			wantFault(t, err, fault.Conflict, "already_set_up")
		}
	}
	if ok != 1 {
		t.Fatalf("%d first users", ok)
	}
}

func testSessions(t *testing.T, db *store.DB) {
	ctx, s := t.Context(), db.Sessions()
	check(t, db.Users().Create(ctx, account("mei", access.Admin), event()))
	x := access.Session{Hash: "h1", User: "mei", CreatedAt: noon(), SeenAt: noon(), ExpiresAt: noon().Add(time.Hour)}
	check(t, s.Create(ctx, x, event()))
	x.SeenAt = noon().Add(time.Minute)
	check(t, s.Touch(ctx, "h1", x.SeenAt))
	got, err := s.Get(ctx, "h1")
	check(t, err)
	if d := cmp.Diff(x, got); d != "" {
		t.Error(d)
	}
	y := x
	y.Hash = "h2"
	check(t, s.Create(ctx, y, event()))
	check(t, db.Users().Update(ctx, "mei", func(*access.Account) error { return nil }, true, event()))
	_, err = s.Get(ctx, "h2")
	wantFault(t, err, fault.NotFound, "unknown_session")
	check(t, s.End(ctx, "h2", event()))
	check(t, s.Create(ctx, x, event()))
	if n, err := s.Expire(ctx, noon().Add(time.Hour), time.Time{}); err != nil || n != 1 {
		t.Errorf("expired %d %v", n, err)
	}
	check(t, s.Create(ctx, x, event()))
	check(t, db.Users().Create(ctx, account("wu", access.Admin), event()))
	check(t, db.Users().Delete(ctx, "mei", event()))
	_, err = s.Get(ctx, "h1")
	wantFault(t, err, fault.NotFound, "unknown_session")
	wantFault(t, s.Create(ctx, x, event()), fault.NotFound, "unknown_user")
}

func testTokens(t *testing.T, db *store.DB) {
	ctx, k := t.Context(), db.Tokens()
	check(t, db.Users().Create(ctx, account("mei", access.Admin), event()))
	check(t, db.Users().Create(ctx, account("wu", access.Admin), event()))
	at := noon().Add(time.Hour)
	x := access.Token{ID: "1", Name: "ci", User: "mei", Role: access.Editor, CreatedAt: noon(), ExpiresAt: &at, Hash: "h1"}
	check(t, k.Create(ctx, x, event()))
	same := x
	same.ID, same.Hash = "2", "h2"
	wantFault(t, k.Create(ctx, same, event()), fault.Conflict, "token_exists")
	same.User = "wu"
	check(t, k.Create(ctx, same, event()))
	used := noon()
	check(t, k.Used(ctx, "1", used))
	x.UsedAt = &used
	got, err := k.Find(ctx, "h1")
	check(t, err)
	if d := cmp.Diff(x, got); d != "" {
		t.Error(d)
	}
	mine, err := k.All(ctx, "mei")
	check(t, err)
	all, err := k.All(ctx, "")
	check(t, err)
	if len(mine) != 1 || len(all) != 2 {
		t.Errorf("%d mine of %d", len(mine), len(all))
	}
	check(t, k.Delete(ctx, "1", event()))
	wantFault(t, k.Delete(ctx, "1", event()), fault.NotFound, "unknown_token")
	_, err = k.Get(ctx, "1")
	wantFault(t, err, fault.NotFound, "unknown_token")
	check(t, db.Users().Delete(ctx, "wu", event()))
	_, err = k.Find(ctx, "h2")
	wantFault(t, err, fault.NotFound, "unknown_token")
}

func testAudit(t *testing.T, db *store.DB) {
	ctx, a := t.Context(), db.Audit()
	for i := range 6 {
		check(t, a.Record(ctx, audit.Entry{At: noon().Add(time.Duration(i) * time.Hour), Actor: []string{"mei", "wu"}[i%2],
			Via: "session", Action: "metric.update", Kind: "Metric", Name: fmt.Sprint("m", i), Detail: map[string]any{"apiKey": "k"}}))
	}
	got, err := a.List(ctx, audit.Filter{Actor: "wu"}, 0, 2)
	check(t, err)
	if len(got) != 2 || got[0].Name != "m5" || got[1].Name != "m3" || got[0].Detail["apiKey"] != audit.Redacted {
		t.Fatalf("%+v", got)
	}
	got, err = a.List(ctx, audit.Filter{Actor: "wu"}, got[1].ID, 2)
	check(t, err)
	if len(got) != 1 || got[0].Name != "m1" {
		t.Fatalf("%+v", got)
	}
	got, err = a.List(ctx, audit.Filter{Since: noon().Add(time.Hour), Until: noon().Add(3 * time.Hour)}, 0, 10)
	check(t, err)
	if len(got) != 2 || got[0].Name != "m2" || !got[0].At.Equal(noon().Add(2*time.Hour)) {
		t.Fatalf("%+v", got)
	}
}

func testJobs(t *testing.T, db *store.DB) {
	ctx, s := t.Context(), db.Jobs()
	add := func(dedupe string, at time.Time) (int64, bool) {
		id, added, err := s.Add(ctx, job.Job{Kind: "k", Payload: json.RawMessage(`{"a": 1}`), Dedupe: dedupe, MaxAttempts: 3, RunAt: at, CreatedAt: noon()})
		check(t, err)
		return id, added
	}
	late, _ := add("", noon().Add(time.Hour))
	soon, added := add("x", noon())
	if id, again := add("x", noon()); !added || again || id != soon {
		t.Errorf("dedupe: %v %v %d", added, again, id)
	}
	if _, ok, err := s.Take(ctx, []string{"other"}, noon(), noon()); ok || err != nil {
		t.Errorf("took a job of another kind: %v", err)
	}
	j, ok, err := s.Take(ctx, []string{"other", "k"}, noon(), noon().Add(time.Minute))
	check(t, err)
	if !ok || j.ID != soon || j.Attempt != 1 || string(j.Payload) != `{"a": 1}` {
		t.Fatalf("%v %+v", ok, j)
	}
	if _, ok, err := s.Take(ctx, []string{"k"}, noon(), noon()); ok || err != nil {
		t.Fatalf("taken twice: %v", err)
	}
	j.State, j.EndedAt = job.Done, noon()
	if ok, err := s.Finish(ctx, j); !ok || err != nil {
		t.Fatalf("%v %v", ok, err)
	}
	if _, added := add("x", noon().Add(2*time.Hour)); !added {
		t.Error("an ended job holds back another")
	}
	if j, ok, err := s.Take(ctx, []string{"k"}, noon().Add(90*time.Minute), noon().Add(2*time.Hour)); !ok || err != nil || j.ID != late {
		t.Errorf("%v %v %+v", ok, err, j)
	}
	if n, err := s.Prune(ctx, noon().Add(time.Second)); n != 1 || err != nil {
		t.Errorf("pruned %d %v", n, err)
	}
	_, err = s.Get(ctx, soon)
	wantFault(t, err, fault.NotFound, "unknown_job")
}

func testJobLeases(t *testing.T, db *store.DB) {
	ctx, s := t.Context(), db.Jobs()
	id, _, err := s.Add(ctx, job.Job{Kind: "k", Payload: json.RawMessage(`1`), MaxAttempts: 2, RunAt: noon()})
	check(t, err)
	first, _, err := s.Take(ctx, []string{"k"}, noon(), noon().Add(time.Minute))
	check(t, err)
	if ok, err := s.Beat(ctx, id, 1, noon().Add(2*time.Minute)); !ok || err != nil {
		t.Fatalf("beat: %v %v", ok, err)
	}
	if _, ok, _ := s.Take(ctx, []string{"k"}, noon().Add(90*time.Second), noon()); ok {
		t.Fatal("taken under a lease that was extended")
	}
	second, ok, err := s.Take(ctx, []string{"k"}, noon().Add(2*time.Minute), noon().Add(3*time.Minute))
	if !ok || err != nil || second.Attempt != 2 {
		t.Fatalf("not taken over: %v %v %+v", ok, err, second)
	}
	if n, err := s.Release(ctx, []string{"other"}, noon()); n != 0 || err != nil {
		t.Errorf("released %d of another kind, %v", n, err)
	}
	first.State = job.Done
	if ok, err := s.Finish(ctx, first); ok || err != nil {
		t.Errorf("finished without the lease: %v", err)
	}
	if ok, _ := s.Beat(ctx, id, 1, noon().Add(time.Hour)); ok {
		t.Error("beat without the lease")
	}
	if _, ok, _ := s.Take(ctx, []string{"k"}, noon().Add(time.Hour), noon().Add(2*time.Hour)); ok {
		t.Error("tried more often than allowed")
	}
	if j, err := s.Get(ctx, id); err != nil || j.State != job.Failed {
		t.Errorf("%+v %v", j, err)
	}
	_, _, err = s.Add(ctx, job.Job{Kind: "k", Payload: json.RawMessage(`1`), MaxAttempts: 2, RunAt: noon()})
	check(t, err)
	_, _, err = s.Take(ctx, []string{"k"}, noon(), noon().Add(time.Hour))
	check(t, err)
	if n, err := s.Release(ctx, []string{"other", "k"}, noon()); n != 1 || err != nil {
		t.Errorf("released %d, %v", n, err)
	}
	again, ok, err := s.Take(ctx, []string{"k"}, noon(), noon().Add(time.Hour))
	if !ok || err != nil || again.Attempt != 2 {
		t.Errorf("not taken again: %v %+v", err, again)
	}
	again.State, again.RunAt = job.Waiting, noon().Add(time.Hour)
	if ok, err := s.Finish(ctx, again); !ok || err != nil {
		t.Errorf("put off: %v", err)
	}
	for want, kind := range []string{"other", "k"} {
		if n, err := s.Hasten(ctx, []string{kind}, noon()); n != want || err != nil {
			t.Errorf("hastened %d of %s, %v", n, kind, err)
		}
	}
	if _, ok, err := s.Take(ctx, []string{"k"}, noon(), noon().Add(time.Hour)); !ok || err != nil {
		t.Errorf("not taken after it was hastened: %v", err)
	}
}

func testMeta(t *testing.T, db *store.DB) {
	ctx, m := t.Context(), db.Meta()
	if v, err := m.Get(ctx, "a"); v != "" || err != nil {
		t.Error(v, err)
	}
	check(t, m.Set(ctx, "a", "1"))
	check(t, m.Set(ctx, "a", "二"))
	if v, err := m.Get(ctx, "a"); v != "二" || err != nil {
		t.Error(v, err)
	}
}

func testTexts(t *testing.T, db *store.DB) {
	ctx := t.Context()
	for i, s := range []string{"'; DROP TABLE users; --", "百分之? $1 ?", "🌟\u2028", `\"`, "Ａ"} {
		a := account(fmt.Sprint("u", i), access.Viewer)
		a.Title = s
		check(t, db.Users().Create(ctx, a, event()))
		if got, err := db.Users().Get(ctx, a.Name); err != nil || got.Title != s {
			t.Errorf("%q came back as %q, %v", s, got.Title, err)
		}
	}
}

func testGivenUp(t *testing.T, db *store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := db.Catalog().Current(ctx)
	if !fault.Is(err, fault.Canceled) {
		t.Errorf("read: %v", err)
	}
	if err := db.Meta().Set(ctx, "a", "1"); !fault.Is(err, fault.Canceled) {
		t.Errorf("write: %v", err)
	}
	if v, err := db.Meta().Get(t.Context(), "a"); v != "" || err != nil {
		t.Errorf("written all the same: %q %v", v, err)
	}
}

func testSecrets(t *testing.T, db *store.DB) {
	ctx, s := t.Context(), db.Secrets()
	if list, err := s.List(ctx); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	if _, err := s.Get(ctx, "shop"); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown: %v", err)
	}
	first := vault.Sealed{Entry: vault.Entry{Name: "shop", By: "mei", At: noon()}, Text: []byte{0, 1, 255}}
	second := vault.Sealed{Entry: vault.Entry{Name: "shop", By: "wu", At: noon().Add(time.Hour)}, Text: []byte("other")}
	for _, x := range []vault.Sealed{first, {Entry: vault.Entry{Name: "ads", By: "mei", At: noon()}, Text: []byte("x")}, second} {
		if err := s.Put(ctx, x); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(ctx, x.Name)
		if diff := cmp.Diff(x, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	list, err := s.List(ctx)
	if err != nil || len(list) != 2 || list[0].Name != "ads" || list[1] != second.Entry {
		t.Errorf("%v %v", list, err)
	}
	for _, want := range []bool{true, false} {
		if there, err := s.Delete(ctx, "shop"); there != want || err != nil {
			t.Error(there, err)
		}
	}
}

func testQuality(t *testing.T, db *store.DB) {
	ctx, s := t.Context(), db.Quality()
	if list, err := s.Newest(ctx); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	share, bound := 0.25, 0.1
	run := func(dataset string, n int) quality.Run {
		return quality.Run{ID: fmt.Sprintf("%s%d", dataset, n), Dataset: dataset, At: noon().Add(time.Duration(n) * time.Minute), Millis: 1.5,
			Trigger: quality.ByHand, By: "mei", Rows: 4, Revision: 2, Versions: map[string]int64{dataset: int64(n)}, Results: []quality.Result{
				{Rule: "z", Kind: "not_null", Title: text.Text{ZH: "必填", EN: "given"}, Severity: "error", Columns: []string{"z"}, State: quality.Broken,
					Checked: 4, Broken: 1, Observed: &share, Bound: &bound, Since: noon(), Note: text.Same("n"),
					Examples: &quality.Examples{Columns: []string{"id"}, Rows: [][]any{{"a'b"}, {nil}}}},
				{Rule: "a", Kind: "unique", Title: text.Same("a"), Severity: "warning", State: quality.Unknown, Sampled: true}}}
	}
	for n := range 5 {
		check(t, s.Put(ctx, run("orders", n), 3))
	}
	check(t, s.Put(ctx, run("stores", 1), 3))
	newest, err := s.Newest(ctx)
	if diff := cmp.Diff([]quality.Run{run("orders", 4), run("stores", 1)}, newest); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	list, err := s.Runs(ctx, "orders", 10)
	second := run("orders", 3)
	second.Results[0].Examples = nil
	if err != nil || len(list) != 3 || !cmp.Equal(list[0], run("orders", 4)) || !cmp.Equal(list[1], second) {
		t.Errorf("%v %+v", err, list)
	}
	if list, err = s.Runs(ctx, "orders", 1); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
}
