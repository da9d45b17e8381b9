package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/big"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// MostGuests is how many rows QueryWith takes in.
const MostGuests = 1_000_000

var _ warehouse.Host = (*DB)(nil)

// MostGuests is how many rows QueryWith takes in.
func (d *DB) MostGuests() int { return MostGuests }

// QueryWith runs one SELECT over temporary tables of a connection of its own;
// see warehouse.Host. The tables are gone when the rows are closed.
func (d *DB) QueryWith(ctx context.Context, q expr.SQL, guests []warehouse.Guest) (warehouse.Rows, error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	out := &visited{conn: conn}
	for _, g := range guests {
		if err = out.seat(ctx, g); err != nil {
			return nil, errors.Join(queryFault(ctx, err), out.leave())
		}
	}
	if out.rows, err = query(ctx, conn, q); err != nil {
		return nil, errors.Join(err, out.leave())
	}
	return out, nil
}

// visited are rows of a connection with guests.
type visited struct {
	*rows
	conn   *sql.Conn
	tables []string
}

// seat makes a guest's table and fills it.
func (v *visited) seat(ctx context.Context, g warehouse.Guest) error {
	defs := make([]string, len(g.Columns))
	for i, c := range g.Columns {
		defs[i] = Dialect{}.Quote(c.Name) + " " + Dialect{}.ColumnType(c.Type, c.Precision, c.Scale)
	}
	table := Dialect{}.Quote(g.Name)
	if _, err := v.conn.ExecContext(ctx, "CREATE TEMP TABLE "+table+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return err
	}
	v.tables = append(v.tables, table)
	return v.conn.Raw(func(c any) (err error) {
		a, err := duckdb.NewAppender(c.(*conn).Conn, "temp", "main", g.Name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		cells := make([]driver.Value, len(g.Columns))
		for i, row := range g.Rows {
			if i%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			for j, x := range row {
				cells[j] = stored(x, g.Columns[j])
			}
			if err := a.AppendRow(cells...); err != nil {
				return err
			}
		}
		return nil
	})
}

// stored gives a value as the appender takes it for a column.
func stored(v any, c warehouse.StoredColumn) driver.Value {
	switch x := v.(type) {
	case int64:
		switch c.Type {
		case expr.Decimal:
			return decimalOf(warehouse.NewDecimal(x, 0), c)
		case expr.Float:
			return float64(x)
		}
	case warehouse.Decimal:
		if c.Type == expr.Float {
			return x.Float64()
		}
		return decimalOf(x, c)
	}
	return v
}

// decimalOf brings a number to the scale of its column, which is not smaller.
func decimalOf(d warehouse.Decimal, c warehouse.StoredColumn) duckdb.Decimal {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Scale-d.Scale())), nil)
	return duckdb.Decimal{Width: uint8(c.Precision), Scale: uint8(c.Scale), Value: ten.Mul(ten, d.Unscaled())}
}

// Close ends the statement and forgets the guests.
func (v *visited) Close() error { return errors.Join(v.rows.Close(), v.leave()) }

// leave drops the tables; a connection that does not let go of them is not used
// again.
func (v *visited) leave() error {
	var err error
	for _, t := range v.tables {
		_, failed := v.conn.ExecContext(context.Background(), "DROP TABLE IF EXISTS "+t)
		err = errors.Join(err, failed)
	}
	v.tables = nil
	if err != nil {
		err = errors.Join(err, ignoreBad(v.conn.Raw(func(any) error { return driver.ErrBadConn })))
	}
	return errors.Join(err, ignoreClosed(v.conn.Close()))
}

func ignoreBad(err error) error {
	if errors.Is(err, driver.ErrBadConn) {
		return nil
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}
