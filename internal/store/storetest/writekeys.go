package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sources "lodestar/internal/event"
	"lodestar/internal/store"
)

func testWriteKeys(t *testing.T, db *store.DB) {
	ctx, s := t.Context(), db.WriteKeys()
	web := sources.Key{Name: "web", Calls: []string{"track", "page"}, On: true, By: "mei", At: noon(), Start: "lsw_ABCD", Hash: "h1"}
	app := sources.Key{Name: "app", Calls: []string{}, By: "wu", At: noon().Add(time.Hour), Start: "lsw_EFGH", Hash: "h2"}
	for _, k := range []sources.Key{web, app} {
		if err := s.Put(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	web.On = false
	if err := s.Put(ctx, web); err != nil {
		t.Fatal(err)
	}
	used := noon().Add(2 * time.Hour)
	if err := s.Used(ctx, "web", used); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(ctx, web); err != nil { // which keeps its use
		t.Fatal(err)
	}
	web.UsedAt = &used
	list, err := s.List(ctx)
	if diff := cmp.Diff([]sources.Key{app, web}, list); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if err := s.Put(ctx, sources.Key{Name: "third", Hash: "h1"}); err == nil {
		t.Error("two sources with one key")
	}
	for _, want := range []bool{true, false} {
		if there, err := s.Delete(ctx, "app"); there != want || err != nil {
			t.Error(there, err)
		}
	}
}
