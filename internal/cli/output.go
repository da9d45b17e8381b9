package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// grid is data to print: as a table for people, as CSV or JSON for programs.
type grid struct {
	head  []string
	rows  [][]any
	right map[int]bool // columns of numbers
}

// print writes the grid as --output says; raw is what JSON shows instead.
func (r *run) print(g grid, raw any) error {
	switch r.flags.Output {
	case "json":
		return r.printJSON(raw)
	case "csv":
		w := csv.NewWriter(r.rt.Stdout)
		if err := w.Write(g.head); err != nil {
			return err
		}
		for _, row := range g.rows {
			if err := w.Write(cells(row)); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	}
	_, err := fmt.Fprint(r.rt.Stdout, g.table())
	return err
}

func (r *run) printJSON(v any) error {
	enc := json.NewEncoder(r.rt.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func cells(row []any) []string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
		case float64:
			out[i] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	return out
}

// short is how people read a value: no value is a dash, and a number has few
// decimals. JSON and CSV have all of them.
func short(v any, exact string) string {
	switch v.(type) {
	case nil:
		return "—"
	case json.Number, float64:
		if i := strings.IndexByte(exact, '.'); i < 0 || strings.ContainsAny(exact, "eE") {
			return exact
		}
		f, err := strconv.ParseFloat(exact, 64)
		if err != nil {
			return exact
		}
		if f != 0 && math.Abs(f) < 0.001 {
			return strconv.FormatFloat(f, 'g', 3, 64)
		}
		return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(f, 'f', 4, 64), "0"), ".")
	}
	return exact
}

// table aligns by the width that a terminal gives each character.
func (g grid) table() string {
	lines := [][]string{g.head}
	for _, row := range g.rows {
		line := cells(row)
		for i, v := range row {
			line[i] = short(v, line[i])
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(g.head))
	for _, line := range lines {
		for i, c := range line {
			widths[i] = max(widths[i], columns(c))
		}
	}
	var b strings.Builder
	for n, line := range lines {
		for i, c := range line {
			pad := strings.Repeat(" ", widths[i]-columns(c))
			switch {
			case g.right[i]:
				b.WriteString(pad + c)
			case i == len(line)-1:
				b.WriteString(c)
			default:
				b.WriteString(c + pad)
			}
			if i < len(line)-1 {
				b.WriteString("  ")
			}
		}
		b.WriteByte('\n')
		if n == 0 {
			for i, w := range widths {
				b.WriteString(strings.Repeat("-", w))
				if i < len(widths)-1 {
					b.WriteString("  ")
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// columns is how many columns a terminal needs for the text.
func columns(s string) int {
	n := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
		i += size
	}
	return n
}
