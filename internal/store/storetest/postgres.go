package storetest

import (
	"testing"

	"lodestar/internal/testserver"
)

// Postgres starts a throw-away server for the test and gives the address of
// its database. Without PostgreSQL's programs the test fails and says how to
// install them.
func Postgres(t *testing.T) string {
	t.Helper()
	s, err := testserver.PostgreSQL(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s.DSN
}
