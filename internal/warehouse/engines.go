package warehouse

import (
	"context"

	"lodestar/internal/expr"
)

// Engines is a Warehouse beside which others hold datasets: State.Engine says
// which one holds the rows of a dataset.
type Engines interface {
	Warehouse
	// Engine gives one by its name. Faults: Unavailable for one that cannot be
	// reached or opened.
	Engine(ctx context.Context, name string) (Warehouse, error)
}

// Host is a Warehouse that takes in rows from elsewhere for the time of a
// statement.
type Host interface {
	// QueryWith runs one SELECT that also reads the guests by their names. Its
	// placeholders are still ?. Faults are those of Query.
	QueryWith(ctx context.Context, q expr.SQL, guests []Guest) (Rows, error)
	// MostGuests is how many rows it takes in.
	MostGuests() int
}

// Guest is a table of rows that a statement reads besides those of the engine.
type Guest struct {
	Name    string // as Dialect.Quote takes it
	Columns []StoredColumn
	// Rows hold a value for each column, as Rows.Values gives them.
	Rows [][]any
}
