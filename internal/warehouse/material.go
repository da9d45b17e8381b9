package warehouse

import (
	"context"
	"time"

	"lodestar/internal/expr"
)

// Materials is a Warehouse that can keep the answer of a query as a table.
type Materials interface {
	// Materialise keeps the answer of a query under a name, in place of what
	// was kept there. The fingerprint tells the caller later what it was made
	// of. Either the new table or the old one is there.
	Materialise(ctx context.Context, name, fingerprint string, q expr.SQL) (Material, error)
	// Materials lists what is kept, by name.
	Materials(ctx context.Context) ([]Material, error)
	// DropMaterial forgets a name; one that is not kept is no error.
	DropMaterial(ctx context.Context, name string) error
}

// Material is a kept answer.
type Material struct {
	Name        string
	Table       string // quoted, schema-qualified
	Fingerprint string
	Rows        int64
	At          time.Time
}
