package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/identity"
	"lodestar/internal/store"
)

func testIdentity(t *testing.T, db *store.DB) {
	ctx, s := t.Context(), db.Identity()
	id := func(kind, value string) identity.ID { return identity.ID{Kind: kind, Value: value} }
	first := identity.Decision{A: id("user", "1"), B: id("phone", "+86"), Together: true, By: "mei", At: noon(), Why: "她的新号码"}
	second := identity.Decision{A: id("user", "1"), B: id("device", "x"), By: "wu", At: noon().Add(time.Hour)}
	for _, d := range []identity.Decision{second, first} {
		if err := s.Decide(ctx, "customer", d); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want ...identity.Decision) {
		t.Helper()
		got, err := s.Decisions(ctx, "customer")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	check(first, second)
	first.Together, first.At = false, noon().Add(2*time.Hour) // thought better of it
	if err := s.Decide(ctx, "customer", first); err != nil {
		t.Fatal(err)
	}
	check(second, first)
	for _, want := range []bool{true, false} {
		if there, err := s.Undecide(ctx, "customer", second.A, second.B); there != want || err != nil {
			t.Error(there, err)
		}
	}
	check(first)
	for i, links := range []int{5, 6, 7} {
		r := identity.Report{Entity: "customer", At: noon().Add(time.Duration(i) * 11 * time.Hour), Links: links, Sources: []identity.Source{{Name: "crm", IDs: 2, Rate: 0.5}}}
		if err := s.Report(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	reports, err := s.Reports(ctx, "customer", 10)
	if err != nil || len(reports) != 2 || reports[0].Links != 7 || reports[1].Links != 6 || reports[0].Sources[0].Rate != 0.5 {
		t.Errorf("%+v %v", reports, err)
	}
}
