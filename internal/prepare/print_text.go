package prepare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (w *writer) split(t *table, s *steps.Split) {
	x := w.col(s.Column)
	parts := expr.Concat("string_split(", x, ", ", w.str(s.By), ")")
	if s.Rows {
		some := expr.Concat("coalesce(", parts, ", [NULL])")
		t.put(s.Column, expr.Concat("unnest(", some, ")"))
		if s.Position != "" {
			t.put(s.Position, expr.Concat("unnest(range(1, len(", some, ") + 1))"))
		}
		return
	}
	for i, n := range s.Into {
		switch {
		case i < len(s.Into)-1:
			t.put(n, expr.Concat(parts, fmt.Sprintf("[%d]", i+1)))
		case i == 0:
			t.put(n, x)
		default:
			t.put(n, expr.Concat("(CASE WHEN len(", parts, fmt.Sprintf(") > %d THEN array_to_string(", i), parts,
				fmt.Sprintf("[%d:], ", i+1), w.str(s.By), ") END)"))
		}
	}
}

// blanks are all characters that show nothing.
const blanks = `[\s\x{0B}\x{85}\x{FEFF}\x{200B}\p{Z}]`

func trimmed(x expr.SQL) expr.SQL {
	return expr.Concat("regexp_replace(", x, ", '^"+blanks+"+|"+blanks+"+$', '', 'g')")
}

// narrow turns full-width letters, digits and signs into half-width ones.
func narrow(x expr.SQL) expr.SQL {
	var full, half strings.Builder
	for r := rune(0x21); r <= 0x7e; r++ {
		full.WriteRune(r + 0xfee0)
		half.WriteRune(r)
	}
	return expr.Concat("translate(", x, ", "+quoted(full.String()+"\u3000")+", "+quoted(half.String()+" ")+")")
}

func (w *writer) standard(t *table, s *steps.Standard) {
	t.reads(s.Column)
	x := w.col(s.Column)
	var y expr.SQL
	switch s.As {
	case "trim":
		y = trimmed(x)
	case "lower", "upper":
		y = w.Dialect.Call(s.As, []expr.SQL{x})
	case "width":
		y = narrow(x)
	case "phone":
		y = phone(x)
	case "date":
		patterns := s.Patterns
		if len(patterns) == 0 {
			patterns = []string{"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y年%m月%d号"}
		}
		y = expr.Concat("CAST(", dates(narrow(x), patterns), " AS DATE)")
	case "province":
		y = w.province(t, x)
	case "city":
		y = w.city(t, x)
	}
	switch s.As {
	case "phone", "date", "province", "city":
		if s.OnError == "keep" {
			y = expr.Concat("coalesce(", y, ", ", x, ")")
		} else {
			t.lossy(s.Column, missed(x, y, expr.String), s.OnError)
		}
	}
	t.put(s.Column, y)
}

// phone writes a telephone number as +8613812345678. Numbers without a country
// are mainland ones: mobiles, and fixed lines with their area code.
func phone(x expr.SQL) expr.SQL {
	y := expr.Concat("regexp_replace(", narrow(x), ", '"+blanks[:len(blanks)-1]+`\-()（）.·‐-―]', '', 'g')`)
	match := func(prefix, pattern string) expr.SQL {
		return expr.Concat("('"+prefix+"' || nullif(regexp_extract(", y, ", '"+pattern+"', 1), ''))")
	}
	return expr.Concat("coalesce(",
		match("+86", `^(?:(?:\+|00)?86)?(1[3-9][0-9]{9})$`), ", ",
		match("+86", `^(?:(?:\+|00)86)?0((?:10|2[0-9])[0-9]{8}|[3-9][0-9]{2}[0-9]{7,8})$`), ", ",
		match("+", `^(?:\+|00)([1-9][0-9]{6,14})$`), ")")
}

func (w *writer) mask(t *table, m *steps.Mask) {
	if m.How == "drop" {
		t.remove(m.Column)
		return
	}
	t.reads(m.Column)
	x := w.col(m.Column)
	c := w.before.Column(m.Column)
	switch {
	case m.How == "hash":
		salt, err := w.Salt(m.Salt.Vault)
		if err != nil {
			w.fail(err)
			return
		}
		t.put(m.Column, expr.Concat("sha256(", w.str(salt), " || CAST(", x, " AS VARCHAR))"))
	case m.How == "partial":
		hide := func(n int) expr.SQL {
			return expr.Concat("repeat('*', CAST(length(", x, fmt.Sprintf(") - %d AS BIGINT))", n))
		}
		t.put(m.Column, expr.Concat("(CASE WHEN length(", x, fmt.Sprintf(") <= %d THEN ", m.Left+m.Right), hide(0), " ELSE left(", x,
			fmt.Sprintf(", %d) || ", m.Left), hide(m.Left+m.Right), " || right(", x, fmt.Sprintf(", %d) END)", m.Right)))
	case m.Step != 0:
		t.put(m.Column, w.stepped(x, m.Step, c))
	case m.To == "province" || m.To == "city":
		find := w.province
		if m.To == "city" {
			find = w.city
		}
		y := find(t, x)
		t.lossy(m.Column, missed(x, y, expr.String), "")
		t.put(m.Column, y)
	default:
		if c.Type == expr.Timestamp {
			x = w.zone.local(x)
		}
		t.put(m.Column, w.Dialect.Call("trunc_"+m.To, []expr.SQL{x}))
	}
}

// stepped goes down to a multiple of the step.
func (w *writer) stepped(x expr.SQL, step int64, c *steps.Column) expr.SQL {
	if c.Type == expr.Float {
		return expr.Concat("(floor(", x, fmt.Sprintf(" / %d) * %d)", step, step))
	}
	return w.as(expr.Concat("(", x, " - ((", x, fmt.Sprintf(" %% %d + %d) %% %d))", step, step, step)), c)
}
