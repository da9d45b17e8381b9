package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/warehouse"
)

// compare judges an answer by the rules of the suite.
func compare(want *expectation, got *answer, c testCase) error {
	names := make([]string, len(want.Columns))
	for i, col := range want.Columns {
		names[i] = col.Name
	}
	if err := sameNames(names, got.columns); err != nil {
		return err
	}
	if len(got.rows) != want.RowCount {
		return fmt.Errorf("%d rows, want %d", len(got.rows), want.RowCount)
	}
	if want.RowCount == 0 {
		if c.AllowEmpty {
			return nil
		}
		return errors.New("no rows, and none is not a right answer here")
	}
	if want.Hash != "" {
		if h := hash(got); h != want.Hash {
			return fmt.Errorf("hash %s, want %s", h, want.Hash)
		}
		return nil
	}
	if len(want.Rows) != want.RowCount {
		return errors.New("the expectation has neither all of its rows nor a hash")
	}
	err := sameRows(want, want.Rows, got, c.CheckOrder)
	if err != nil && want.AlsoAccepted != nil && sameRows(want, *want.AlsoAccepted, got, c.CheckOrder) == nil {
		return nil
	}
	return err
}

func sameNames(want, got []string) error {
	a, b := slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
	if !slices.Equal(a, b) {
		return fmt.Errorf("columns %s, want %s", strings.Join(b, ", "), strings.Join(a, ", "))
	}
	return nil
}

// sameRows compares rows one by one, after sorting both sides unless the order
// counts.
func sameRows(want *expectation, rows [][]any, got *answer, ordered bool) error {
	if len(rows) != len(got.rows) {
		return fmt.Errorf("%d rows, want %d", len(got.rows), len(rows))
	}
	types := map[string]string{}
	at := map[string]int{}
	for i, c := range want.Columns {
		types[c.Name], at[c.Name] = c.Type, i
	}
	names := slices.Sorted(slices.Values(got.columns))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(last(types[a]), last(types[b])) })
	left, right := make([][]any, len(rows)), make([][]any, len(rows))
	for r := range rows {
		for _, n := range names {
			v, err := expectedValue(rows[r][at[n]], types[n])
			if err != nil {
				return err
			}
			left[r] = append(left[r], v)
			right[r] = append(right[r], plain(got.rows[r][slices.Index(got.columns, n)]))
		}
	}
	if !ordered {
		slices.SortStableFunc(left, compareRows)
		slices.SortStableFunc(right, compareRows)
	}
	for r := range left {
		for i := range left[r] {
			if !sameCell(left[r][i], right[r][i]) {
				return fmt.Errorf("row %d, %s is %s, want %s (row %s)", r+1, names[i], show(right[r][i]), show(left[r][i]), showRow(left[r]))
			}
		}
	}
	return nil
}

// last puts floats after all that is exact.
func last(t string) int {
	if t == "float" {
		return 1
	}
	return 0
}

func expectedValue(v any, t string) (any, error) {
	if s, ok := v.(string); ok && (t == "timestamp" || t == "date") {
		return parseTime(s)
	}
	return v, nil
}

// plain makes float64 of all numbers.
func plain(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case int:
		return float64(v)
	case warehouse.Decimal:
		f, err := strconv.ParseFloat(v.String(), 64)
		if err != nil {
			return v.String()
		}
		return f
	case time.Time:
		return v.UTC()
	}
	return v
}

// order of values of different kinds: NULL, booleans, numbers, times, texts.
func kindOf(v any) int {
	switch v.(type) {
	case nil:
		return 0
	case bool:
		return 1
	case float64:
		return 2
	case time.Time:
		return 3
	}
	return 4
}

func compareRows(a, b []any) int {
	for i := range a {
		if c := compareCells(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

func compareCells(a, b any) int {
	if c := cmp.Compare(kindOf(a), kindOf(b)); c != 0 {
		return c
	}
	switch x := a.(type) {
	case nil:
		return 0
	case bool:
		if x == b.(bool) {
			return 0
		} else if x {
			return 1
		}
		return -1
	case float64:
		return cmp.Compare(x, b.(float64))
	case time.Time:
		return x.Compare(b.(time.Time))
	case string:
		return strings.Compare(x, fmt.Sprint(b))
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func sameCell(want, got any) bool {
	x, isNumber := want.(float64)
	y, alsoNumber := got.(float64)
	if isNumber && alsoNumber {
		return math.IsNaN(x) && math.IsNaN(y) || x == y || math.Abs(x-y) <= 1e-6*math.Max(math.Abs(x), math.Abs(y))
	}
	if a, ok := want.(time.Time); ok {
		b, ok := got.(time.Time)
		return ok && a.Equal(b)
	}
	return want == got
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case time.Time:
		return v.Format("2006-01-02T15:04:05.999999999")
	case string:
		return strconv.Quote(v)
	}
	return fmt.Sprint(v)
}

func showRow(row []any) string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = show(v)
	}
	return strings.Join(out, " ")
}

// hash writes rows the way that large expectations are hashed.
func hash(got *answer) string {
	names := slices.Sorted(slices.Values(got.columns))
	at := make([]int, len(names))
	for i, n := range names {
		at[i] = slices.Index(got.columns, n)
	}
	lines := make([]string, len(got.rows))
	for r, row := range got.rows {
		cells := make([]string, len(at))
		for i, j := range at {
			cells[i] = hashCell(plain(row[j]))
		}
		lines[r] = "[" + strings.Join(cells, ",") + "]\n"
	}
	slices.Sort(lines)
	h := sha256.Sum256([]byte(strings.Join(lines, "")))
	return hex.EncodeToString(h[:])
}

func hashCell(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case float64:
		switch {
		case math.IsNaN(v):
			return `"NaN"`
		case math.IsInf(v, 1):
			return `"Infinity"`
		case math.IsInf(v, -1):
			return `"-Infinity"`
		case v == 0:
			v = 0 // minus zero too
		}
		return strconv.FormatFloat(v, 'e', 8, 64)
	case time.Time:
		return `"` + v.Format("2006-01-02T15:04:05.999999999") + `"`
	}
	b, err := json.Marshal(fmt.Sprint(v))
	if err != nil {
		return `"?"`
	}
	return string(b)
}
