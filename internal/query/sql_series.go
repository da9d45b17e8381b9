package query

import (
	"math"
	"slices"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// A long table of periods is written as series: so many periods, each so many
// seconds after the one before. Forty years of days are one series in UTC, and
// two a year where clocks change, instead of 15,000 rows of literals that every
// engine would have to parse.

// fewPeriods is up to how many rows are written one by one.
const fewPeriods = 64

// tableOf writes a table of times and integers to stand in FROM. The column at
// position lead is the one that tells them apart.
func tableOf(d warehouse.Dialect, names []string, types []expr.Type, rows [][]any, lead int) expr.SQL {
	if len(rows) > fewPeriods {
		if list, moves, ok := seriesOf(rows, lead); ok {
			return writeSeries(d, names, types, list, moves)
		}
	}
	return literalRows(d, names, types, rows)
}

func literalRows(d warehouse.Dialect, names []string, types []expr.Type, rows [][]any) expr.SQL {
	out := make([][]expr.SQL, len(rows))
	for i, r := range rows {
		out[i] = make([]expr.SQL, len(r))
		for j, v := range r {
			out[i][j] = d.Literal(v, types[j])
		}
	}
	return d.Rows(names, types, out)
}

// series stands for count rows; the first is given.
type series struct {
	first []any
	step  int64 // seconds
	count int64
}

// seriesOf finds them. A column either grows as the leading one does or stays
// the same within each. ok is false when the series would not be shorter than
// the rows.
func seriesOf(rows [][]any, lead int) (list []series, moves []bool, ok bool) {
	moves = movingColumns(rows, lead)
	most := int64(0)
	for i := 0; i < len(rows); {
		r := series{first: rows[i], count: 1}
		if i+1 < len(rows) {
			gap := rows[i+1][lead].(time.Time).Sub(rows[i][lead].(time.Time))
			if gap%time.Second != 0 {
				return nil, nil, false
			}
			for j := i + 1; j < len(rows) && follows(rows[j-1], rows[j], moves, gap); j++ {
				r.count++
			}
			r.step = int64(gap / time.Second)
		}
		i += int(r.count)
		list, most = append(list, r), max(most, r.count)
	}
	// Each is met with as many numbers as the longest has periods.
	return list, moves, 3*len(list) < len(rows) && int64(len(list))*most < 8*int64(len(rows))
}

// movingColumns tells which columns grow as the leading one does, mostly.
func movingColumns(rows [][]any, lead int) []bool {
	grew := make([]int, len(rows[0]))
	for i := 1; i < len(rows); i++ {
		gap := rows[i][lead].(time.Time).Sub(rows[i-1][lead].(time.Time))
		for c, v := range rows[i] {
			if at, isTime := v.(time.Time); isTime && at.Sub(rows[i-1][c].(time.Time)) == gap {
				grew[c]++
			}
		}
	}
	moves := make([]bool, len(grew))
	for c, n := range grew {
		moves[c] = 2*n > len(rows)
	}
	return moves
}

func follows(before, row []any, moves []bool, gap time.Duration) bool {
	for c, v := range row {
		at, isTime := v.(time.Time)
		switch {
		case !isTime && v != before[c]:
			return false
		case isTime && moves[c] && !at.Equal(before[c].(time.Time).Add(gap)):
			return false
		case isTime && !moves[c] && !at.Equal(before[c].(time.Time)):
			return false
		}
	}
	return true
}

// writeSeries joins the series with the numbers below the count of each. A number
// is made of two digits, so that few are written.
func writeSeries(d warehouse.Dialect, names []string, types []expr.Type, all []series, moves []bool) expr.SQL {
	most := int64(0)
	rows := make([][]any, len(all))
	for i, r := range all {
		rows[i] = append(slices.Clone(r.first), r.step, r.count)
		most = max(most, r.count)
	}
	base := int64(math.Ceil(math.Sqrt(float64(most))))
	digits := make([][]any, base)
	for i := range digits {
		digits[i] = []any{int64(i)}
	}
	number := []string{"_n"}
	digit := literalRows(d, number, []expr.Type{expr.Integer}, digits)
	n := expr.Concat("(a."+d.Quote("_n")+" * ", d.Literal(base, expr.Integer), " + c."+d.Quote("_n")+")")
	after := expr.Concat(n, " * r."+d.Quote("_step"))
	list := make([]expr.SQL, len(names))
	for i, name := range names {
		x := raw("r." + d.Quote(name))
		if moves[i] {
			x = d.AddSeconds(x, after)
		}
		list[i] = expr.Concat(x, " AS "+d.Quote(name))
	}
	table := literalRows(d, append(slices.Clone(names), "_step", "_count"), append(slices.Clone(types), expr.Integer, expr.Integer), rows)
	from := expr.Concat(table, " AS r CROSS JOIN ", digit, " AS a CROSS JOIN ", digit, " AS c")
	list[0] = expr.Concat("DISTINCT ", list[0])
	return expr.Concat("(", selectSQL(list, from, []expr.SQL{expr.Concat(n, " < r."+d.Quote("_count"))}, nil), ")")
}
