package app_test

import (
	"strings"
	"testing"

	"lodestar/internal/access"
	"lodestar/internal/identity"
)

// TestIdentityTrial tries definitions and then stores them: the trial said what
// came of it, and how many entities came together or fell apart.
func TestIdentityTrial(t *testing.T) {
	a, j, _, _ := shopOfMany(t)
	// The phone of user 7 is claimed for user 8 too; one user an entity holds that back.
	loadText(t, a, "leads", "append", "id,mobile,user,at\n2000,13800000007,8,2026-03-09T00:00:00Z\n")

	user, phone := map[string]any{"name": "user_id", "most": 1}, map[string]any{"name": "phone", "most": 2, "normal": "phone"}
	leads := map[string]any{"dataset": "leads", "ids": map[string]any{"user": "user_id", "mobile": "phone"}, "priority": 2}
	logins := map[string]any{"dataset": "logins", "ids": map[string]any{"user": "user_id", "device": "device"}}
	spec := func(ids []any, links ...any) map[string]any { return map[string]any{"ids": ids, "links": links} }
	full := spec([]any{user, phone, "device"}, leads, logins)
	try := func(name string, spec map[string]any) (out identity.Trial) {
		t.Helper()
		j.post("/entities/"+name+"/identity/trial", map[string]any{"spec": spec}, &out)
		return out
	}
	if got := try("somebody", full); got.Before != nil || got.After.Conflicts != 1 || got.After.Entities != 60 {
		t.Errorf("a new entity: %+v", got)
	}
	if got := try("customer", full); got.Before == nil || got.Before.Entities != got.After.Entities || got.Joined != 0 || got.Parted != 0 {
		t.Errorf("the same again: %+v", got)
	}
	nobody := map[string]any{"name": "phone", "most": 2, "normal": "phone", "nobody": []string{"+86 138 0000 0007", "13800000009"}}
	for _, c := range []struct {
		what                     string
		spec                     map[string]any
		entities, joined, parted int
		conflicts                int
		refused                  bool // some values are nobody's
	}{
		// 60 people have logged in; without that their devices stand for nothing.
		{"no logins", spec([]any{user, phone, "device"}, leads), 60, 0, 60, 1, false},
		// The devices are known again: they join nothing, being new.
		{"logins again", full, 60, 0, 0, 1, false},
		{"two users in one", spec([]any{map[string]any{"name": "user_id", "most": 2}, phone, "device"}, leads, logins), 59, 2, 0, 0, false},
		// The phones of 7 and 9 stand for nobody: 7 and 8 are two again, and the
		// entity of 9 loses its phone.
		{"nobody's phones", spec([]any{user, nobody, "device"}, leads, logins), 60, 0, 2, 0, true},
	} {
		got := try("customer", c.spec)
		if got.After.Entities != c.entities || got.Joined != c.joined || got.Parted != c.parted || got.After.Conflicts != c.conflicts || (got.After.Refused > 0) != c.refused {
			t.Errorf("%s: %+v", c.what, got)
		}
		var stored struct{ Revision int }
		j.put("/entities/customer", map[string]any{"metadata": map[string]any{"name": "customer"}, "spec": c.spec}, &stored)
		var real identity.Report
		j.post("/entities/customer/identity/refresh", nil, &real)
		if real.IDs != got.After.IDs || real.Entities != got.After.Entities || real.Links != got.After.Links || real.Conflicts != got.After.Conflicts || real.Refused != got.After.Refused {
			t.Errorf("%s: tried %+v, got %+v", c.what, got.After, real)
		}
	}

	for body, want := range map[string]int{
		`{"spec": {"ids": ["a"], "links": [{"dataset": "nowhere", "ids": {"a": "a", "b": "a"}}]}}`: 422,
		`{"spec": {"ids": ["a"], "links": [{"dataset": "leads", "ids": {"x": "a", "id": "a"}}]}}`:  422,
		`{"spec": {"ids": [{"nam": "a"}]}}`: 422,
		`{"spec": {"ids": []}}`:             422,
	} {
		if got := statusOf(a, "POST", "/entities/customer/identity/trial", body); got != want {
			t.Errorf("%s: %d", body, got)
		}
	}
	viewer := access.Actor{Name: "vi", Role: access.Viewer, Via: access.ViaSession}
	if w := call(a.Handler(), viewer, "POST", "/api/v1/entities/customer/identity/trial", strings.NewReader(`{"spec": {"ids": ["a"]}}`), "Content-Type", "application/json"); w.Code != 403 {
		t.Errorf("a viewer tries: %d", w.Code)
	}
}
