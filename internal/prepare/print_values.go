package prepare

import (
	"fmt"
	"regexp"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
)

// quoted writes text of this program, or of a definition that has been held to
// characters without a quote, as a literal.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// missed is the condition that there was a value and it did not convert; a
// blank text is no value.
func missed(x, converted expr.SQL, from expr.Type) expr.SQL {
	was := expr.Concat(x, " IS NOT NULL")
	if from == expr.String {
		was = expr.Concat("trim(", x, ") <> ''")
	}
	return expr.Concat("(", was, " AND ", converted, " IS NULL)")
}

func (w *writer) cast(t *table, s *steps.Cast) {
	t.reads(s.Column)
	from := w.typeNow(s.Column)
	to := w.after.Column(s.Column)
	x := w.col(s.Column)
	converted := w.convert(x, from, to.Type, s.Precision, s.Scale, s.Format)
	if from != s.Type && s.Type != expr.String || from.IsNumber() {
		t.lossy(s.Column, missed(x, converted, from), s.OnError)
	}
	t.put(s.Column, converted)
}

// typeNow is the type that a column has before the step. A list that casts a
// column twice is typed by its last word, so the first goes by the table before.
func (w *writer) typeNow(name string) expr.Type {
	if c := w.before.Column(name); c != nil {
		return c.Type
	}
	return w.after.Column(name).Type
}

// convert gives NULL for what does not convert, and never rounds a text.
func (w *writer) convert(x expr.SQL, from, to expr.Type, precision, scale int, format string) expr.SQL {
	if to == expr.Decimal && precision == 0 {
		precision, scale = 18, 6
	}
	typ := w.Dialect.ColumnType(to, precision, scale)
	try := func(x expr.SQL) expr.SQL { return expr.Concat("TRY_CAST(", x, " AS "+typ+")") }
	switch {
	case from == expr.String:
		return w.read(x, to, precision, scale, format)
	case from == to && to != expr.Decimal:
		return x
	case from == expr.Timestamp && to != expr.Timestamp:
		return try(w.zone.local(x))
	case to == expr.Timestamp: // from a date
		return w.zone.utc(expr.Concat("CAST(", x, " AS TIMESTAMP)"))
	case to == expr.Integer && (from == expr.Float || from == expr.Decimal):
		return try(expr.Concat("round(", x, ", 0)"))
	case to == expr.Boolean:
		return expr.Concat("CAST(", x, " AS BOOLEAN)")
	}
	return try(x)
}

// read reads a text as a value.
func (w *writer) read(x expr.SQL, to expr.Type, precision, scale int, format string) expr.SQL {
	typ := w.Dialect.ColumnType(to, precision, scale)
	group := func(x expr.SQL, pattern string) expr.SQL {
		return expr.Concat("regexp_extract(", x, ", "+quoted(pattern)+", 1)")
	}
	switch to {
	case expr.Integer, expr.Decimal, expr.Float:
		pattern := numberPattern(to, scale)
		if format != "loose" { // a gate is quicker than taking a part out
			return expr.Concat("(CASE WHEN regexp_full_match(", x, ", "+quoted(`\s*\+?`+pattern+`\s*`)+") THEN TRY_CAST(", x, " AS "+typ+") END)")
		}
		y := loosened(x)
		plain := expr.Concat("TRY_CAST(", group(y, `^\+?(`+pattern+`)$`), " AS "+typ+")")
		if to == expr.Integer || to == expr.Decimal && scale < 2 {
			return plain
		}
		part := expr.Concat("(TRY_CAST(", group(y, `^\+?(`+numberPattern(to, scale-2)+`)%$`), " AS DECIMAL(34,18)) * 0.01)")
		if to == expr.Float {
			part = expr.Concat("(TRY_CAST(", group(y, `^\+?(`+pattern+`)%$`), " AS DOUBLE) / 100)")
		}
		return expr.Concat("coalesce(", plain, ", TRY_CAST(", part, " AS "+typ+"))")
	case expr.Boolean:
		y := expr.Concat("lower(trim(", x, "))")
		return expr.Concat("(CASE WHEN ", y, " IN ('true', 't', '1', 'yes', 'y', '是', '真') THEN true WHEN ", y,
			" IN ('false', 'f', '0', 'no', 'n', '否', '假') THEN false END)")
	case expr.Date:
		patterns := strings.Split(format, "|")
		if format == "" {
			patterns = []string{"%Y-%m-%d", "%Y/%m/%d"}
		}
		return expr.Concat("CAST(", dates(x, patterns), " AS DATE)")
	case expr.Timestamp:
		if format != "" {
			return w.zone.utc(dates(x, strings.Split(format, "|")))
		}
		return w.instant(x)
	}
	return x
}

// numberPattern is how a number may be written so that the type holds it as it
// is.
func numberPattern(t expr.Type, scale int) string {
	switch t {
	case expr.Integer:
		return `-?[0-9]+`
	case expr.Decimal:
		if scale == 0 {
			return `-?[0-9]+(?:\.0*)?`
		}
		return fmt.Sprintf(`-?(?:[0-9]+(?:\.[0-9]{0,%d}0*)?|\.[0-9]{1,%d}0*)`, scale, scale)
	}
	return `-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?`
}

// loosened drops blanks, thousands commas and currency signs.
func loosened(x expr.SQL) expr.SQL {
	return expr.Concat("regexp_replace(", x, `, '[\s,，￥¥$€£]', '', 'g')`)
}

// dates reads a text by patterns, strictly: as many digits as the pattern says.
func dates(x expr.SQL, patterns []string) expr.SQL {
	y := expr.Concat("trim(", x, ")")
	out := []any{"(CASE"}
	for _, p := range patterns {
		out = append(out, " WHEN regexp_full_match(", y, ", "+quoted(patternGate(p))+") THEN try_strptime(", y, ", "+quoted(p)+")")
	}
	return expr.Concat(append(out, " END)")...)
}

var patternWord = regexp.MustCompile(`%[YmdHMSy]`)

// patternGate is the pattern as a regular expression. Days and months may have
// one digit where something stands between.
func patternGate(p string) string {
	var b strings.Builder
	for p != "" {
		loc := patternWord.FindStringIndex(p)
		if loc == nil {
			b.WriteString(regexp.QuoteMeta(p))
			break
		}
		b.WriteString(regexp.QuoteMeta(p[:loc[0]]))
		word := p[loc[0]+1]
		touches := loc[0] == 0 && b.Len() > 0 || strings.HasPrefix(p[loc[1]:], "%")
		switch {
		case word == 'Y':
			b.WriteString(`[0-9]{4}`)
		case touches || word == 'y':
			b.WriteString(`[0-9]{2}`)
		default:
			b.WriteString(`[0-9]{1,2}`)
		}
		p = p[loc[1]:]
	}
	return b.String()
}

// instant reads a time as the clocks say it, or with an offset.
func (w *writer) instant(x expr.SQL) expr.SQL {
	const day = `[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}`
	const clock = day + `[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?`
	const offset = `Z|[+-][0-9]{2}:?[0-9]{2}`
	y := expr.Concat("replace(", x, ", '/', '-')")
	at := expr.Concat("coalesce(TRY_CAST(regexp_extract(", y, `, '^\s*(`+clock+`)\s*(?:`+offset+`)?\s*$', 1) AS TIMESTAMP), TRY_CAST(regexp_extract(`,
		y, `, '^\s*(`+day+`)\s*$', 1) AS TIMESTAMP))`) // a day with an offset is no instant
	off := expr.Concat("regexp_extract(", x, `, ':[0-9.]+\s*(`+offset+`)\s*$', 1)`)
	seconds := expr.Concat("(CASE WHEN ", off, " = 'Z' THEN 0 ELSE (CASE WHEN left(", off, ", 1) = '-' THEN -1 ELSE 1 END) * (CAST(substring(",
		off, ", 2, 2) AS INTEGER) * 3600 + CAST(right(", off, ", 2) AS INTEGER) * 60) END)")
	return expr.Concat("(CASE WHEN ", off, " = '' THEN ", w.zone.utc(at), " ELSE ", at, " - to_seconds(", seconds, ") END)")
}

func (w *writer) fill(t *table, s *steps.Fill) {
	reads := []string{s.Column}
	for _, o := range s.Order {
		reads = append(reads, strings.TrimPrefix(o, "-"))
	}
	t.reads(append(reads, s.By...)...)
	x, c := w.col(s.Column), w.after.Column(s.Column)
	if s.With != "" {
		t.put(s.Column, w.as(expr.Concat("coalesce(", x, ", ", w.literal(s.With, c), ")"), c))
		return
	}
	call, frame := "last_value", "UNBOUNDED PRECEDING AND CURRENT ROW"
	if s.From == "after" {
		call, frame = "first_value", "CURRENT ROW AND UNBOUNDED FOLLOWING"
	}
	over := expr.SQL{}
	if len(s.By) > 0 {
		over = expr.Concat("PARTITION BY ", expr.Join(w.cols(s.By), ", "), " ")
	}
	t.put(s.Column, expr.Concat("coalesce(", x, ", "+call+"(", x, " IGNORE NULLS) OVER (", over, "ORDER BY ",
		w.orderTerms(s.Order, false, s.By), " ROWS BETWEEN "+frame+"))"))
}

func (w *writer) mapping(t *table, m *steps.Mapping) {
	c := w.before.Column(m.Column)
	into := m.Into
	if into == "" {
		into = m.Column
	}
	to := w.after.Column(into)
	x := w.col(m.Column)
	listed, found := w.listed(t, m, c, to)
	other := expr.SQL{Text: "NULL"}
	switch {
	case m.Keep:
		other = w.as(x, to)
	case m.Default != "":
		other = w.literal(m.Default, to)
	default:
		t.lossy(m.Column, expr.Concat(x, " IS NOT NULL AND NOT ", listed), "")
	}
	missing := expr.SQL{Text: "NULL"}
	if m.Missing != "" {
		missing = w.literal(m.Missing, to)
	}
	t.put(into, w.as(expr.Concat("(CASE WHEN ", x, " IS NULL THEN ", missing, found, " ELSE ", other, " END)"), to))
}

// fewValues is up to how many values are compared one after the other; more are
// looked up in a table.
const fewValues = 40

// listed writes the condition that a value is one of a mapping's, and the
// branches of a CASE that give what it becomes.
func (w *writer) listed(t *table, m *steps.Mapping, from, to *steps.Column) (condition, branches expr.SQL) {
	x := w.col(m.Column)
	var keys []expr.SQL
	var rows [][]expr.SQL
	var parts []any
	for _, k := range sortedKeys(m.Values) {
		key, value := w.literal(k, from), w.literal(m.Values[k], to)
		keys, rows = append(keys, key), append(rows, []expr.SQL{key, value})
		parts = append(parts, " WHEN ", x, " = ", key, " THEN ", value)
	}
	if len(keys) <= fewValues {
		return expr.Concat("(", x, " IN (", expr.Join(keys, ", "), "))"), expr.Concat(parts...)
	}
	name := w.lookup(t, w.Dialect.Rows([]string{"k", "v"}, []expr.Type{from.Type, to.Type}, rows), x)
	return expr.SQL{Text: "(" + name + ".k IS NOT NULL)"}, expr.SQL{Text: " WHEN " + name + ".k IS NOT NULL THEN " + name + ".v"}
}

// lookup joins a table of k and v, in which each k stands once, and gives its
// name.
func (w *writer) lookup(t *table, rows, key expr.SQL) string {
	w.lookups++
	name := fmt.Sprintf("m%d", w.lookups)
	t.joins = append(t.joins, expr.Concat(" LEFT JOIN ", rows, " "+name+" ON "+name+".k = ", key))
	return name
}
