package prepare_test

import (
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
)

// rel is a table in Go. Cells are nil, int64, float64 (also for decimals),
// string, bool or time.Time.
type rel struct {
	cols []string
	rows [][]any
}

func (r rel) at(name string) int {
	i := slices.Index(r.cols, name)
	if i < 0 {
		panic("no column " + name)
	}
	return i
}

func (r rel) get(row []any, name string) any { return row[r.at(name)] }

// reference does a step row by row, in the plainest way there is.
type reference struct {
	t             *testing.T
	in            string
	others        map[string]rel
	before, after *steps.Stage
	zone          *time.Location // UTC when nil
}

func (x *reference) eval(r rel, path string, row []any) any {
	v, err := x.after.Exprs[path].Eval(func(ref any) any { return r.get(row, ref.(string)) })
	if err != nil {
		panic(err)
	}
	return v
}

func (x *reference) step(s *steps.Step, r rel) rel {
	switch {
	case s.Select != nil:
		return project(r, s.Select)
	case s.Drop != nil:
		return project(r, slices.DeleteFunc(slices.Clone(r.cols), func(n string) bool { return slices.Contains(s.Drop, n) }))
	case s.Rename != nil:
		out := rel{slices.Clone(r.cols), r.rows}
		for i, n := range r.cols {
			if to, ok := s.Rename[n]; ok {
				out.cols[i] = to
			}
		}
		return out
	case s.Filter != "":
		return where(r, func(row []any) bool { return x.eval(r, "filter", row) == true })
	case s.Derive != nil:
		for i, d := range s.Derive {
			r = change(r, d.Name, func(row []any) any {
				return shaped(x.eval(r, fmt.Sprintf("derive[%d].expr", i), row), x.after.Column(d.Name))
			})
		}
	case s.Cast != nil:
		for _, c := range s.Cast {
			reject := []any{}
			r = change(r, c.Column, func(row []any) any {
				v := r.get(row, c.Column)
				out := refCast(v, x.before.Column(c.Column), c)
				if blank, _ := v.(string); out == nil && v != nil && strings.Trim(blank+"-", " ") != "-" || out == nil && v != nil && !isText(v) {
					reject = append(reject, true)
				} else {
					reject = append(reject, false)
				}
				return out
			})
			if c.OnError == "reject" {
				var kept [][]any
				for i, row := range r.rows {
					if reject[i] == false {
						kept = append(kept, row)
					}
				}
				r.rows = kept
			}
		}
	case s.Fill != nil:
		for _, f := range s.Fill {
			r = x.fill(f, r)
		}
	case s.Map != nil:
		return x.mapping(s.Map, r)
	case s.Split != nil:
		return split(s.Split, r)
	case s.Standardise != nil:
		for _, st := range s.Standardise {
			r = change(r, st.Column, func(row []any) any { return refStandard(r.get(row, st.Column), st) })
		}
	case s.Mask != nil:
		for _, m := range s.Mask {
			r = x.mask(m, r)
		}
	default:
		return x.rows(s, r)
	}
	return r
}

func isText(v any) bool { _, ok := v.(string); return ok }

// shaped gives a value of an expression the digits of its column.
func shaped(v any, c *steps.Column) any {
	if i, ok := v.(int64); ok && (c.Type == expr.Float || c.Type == expr.Decimal) {
		return float64(i)
	}
	return v
}

func project(r rel, names []string) rel {
	out := rel{cols: slices.Clone(names)}
	for _, row := range r.rows {
		next := make([]any, len(names))
		for i, n := range names {
			next[i] = r.get(row, n)
		}
		out.rows = append(out.rows, next)
	}
	return out
}

func where(r rel, keep func([]any) bool) rel {
	out := rel{cols: r.cols}
	for _, row := range r.rows {
		if keep(row) {
			out.rows = append(out.rows, row)
		}
	}
	return out
}

func change(r rel, name string, value func([]any) any) rel {
	out := rel{cols: slices.Clone(r.cols)}
	i := slices.Index(out.cols, name)
	if i < 0 {
		i = len(out.cols)
		out.cols = append(out.cols, name)
	}
	for _, row := range r.rows {
		next := append(slices.Clone(row), nil)[:len(out.cols)]
		next[i] = value(row)
		out.rows = append(out.rows, next)
	}
	return out
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// order compares two values that are there.
func order(a, b any) int {
	if x, ok := number(a); ok {
		y, _ := number(b)
		return cmp.Compare(x, y)
	}
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case bool:
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	panic(fmt.Sprintf("order of %T", a))
}

// less orders rows by terms, no value last, then by what tells rows apart.
func (x *reference) less(r rel, terms []string, last bool) func(a, b []any) int {
	known := []string{}
	for _, t := range terms {
		known = append(known, strings.TrimPrefix(t, "-"))
	}
	ties := x.before.Key
	if len(ties) == 0 {
		ties = x.before.Names()
	}
	return func(a, b []any) int {
		for i, t := range append(slices.Clone(terms), ties...) {
			name := strings.TrimPrefix(t, "-")
			if i >= len(terms) && slices.Contains(known, name) {
				continue
			}
			down := i < len(terms) && strings.HasPrefix(t, "-") != last
			p, q := r.get(a, name), r.get(b, name)
			switch {
			case p == nil && q == nil:
			case p == nil:
				return 1
			case q == nil:
				return -1
			case order(p, q) != 0:
				if down {
					return -order(p, q)
				}
				return order(p, q)
			}
		}
		return 0
	}
}

func keyOf(r rel, row []any, names []string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString(cell(r.get(row, n)) + "\x1f")
	}
	return b.String()
}

func groups(r rel, by []string) (keys []string, of map[string][][]any) {
	of = map[string][][]any{}
	for _, row := range r.rows {
		k := keyOf(r, row, by)
		if of[k] == nil {
			keys = append(keys, k)
		}
		of[k] = append(of[k], row)
	}
	return keys, of
}

func (x *reference) fill(f steps.Fill, r rel) rel {
	i := r.at(f.Column)
	if f.With != "" {
		c := x.after.Column(f.Column)
		return change(r, f.Column, func(row []any) any {
			if row[i] == nil {
				return parsed(f.With, c.Type)
			}
			return row[i]
		})
	}
	out := rel{cols: r.cols}
	keys, of := groups(r, f.By)
	for _, k := range keys {
		rows := slices.Clone(of[k])
		slices.SortStableFunc(rows, x.less(r, f.Order, false))
		if f.From == "after" {
			slices.Reverse(rows)
		}
		var have any
		for _, row := range rows {
			next := slices.Clone(row)
			if next[i] == nil {
				next[i] = have
			} else {
				have = next[i]
			}
			out.rows = append(out.rows, next)
		}
	}
	return out
}

func parsed(s string, typ expr.Type) any {
	switch typ {
	case expr.Integer:
		n, err := strconv.ParseInt(s, 10, 64)
		if err == nil {
			return n
		}
	case expr.Decimal, expr.Float:
		f, err := strconv.ParseFloat(s, 64)
		if err == nil {
			return f
		}
	case expr.Boolean:
		return s == "true"
	case expr.Date:
		d, err := time.Parse(time.DateOnly, s)
		if err == nil {
			return d
		}
	case expr.Timestamp:
		d, err := time.Parse(time.DateTime, s)
		if err == nil {
			return d
		}
	default:
		return s
	}
	panic("cannot read " + s)
}

func (x *reference) mapping(m *steps.Mapping, r rel) rel {
	c := x.before.Column(m.Column)
	into := cmp.Or(m.Into, m.Column)
	to := x.after.Column(into)
	return change(r, into, func(row []any) any {
		v := r.get(row, m.Column)
		if v == nil {
			if m.Missing == "" {
				return nil
			}
			return parsed(m.Missing, to.Type)
		}
		for _, k := range slices.Sorted(maps.Keys(m.Values)) {
			if order(parsed(k, c.Type), v) == 0 {
				return parsed(m.Values[k], to.Type)
			}
		}
		switch {
		case m.Keep:
			return v
		case m.Default != "":
			return parsed(m.Default, to.Type)
		}
		return nil
	})
}

func split(s *steps.Split, r rel) rel {
	i := r.at(s.Column)
	if !s.Rows {
		for n, name := range s.Into {
			r = change(r, name, func(row []any) any {
				if row[i] == nil {
					return nil
				}
				parts := strings.SplitN(row[i].(string), s.By, len(s.Into))
				if n >= len(parts) {
					return nil
				}
				return parts[n]
			})
		}
		return r
	}
	out := rel{cols: slices.Clone(r.cols)}
	if s.Position != "" {
		out.cols = append(out.cols, s.Position)
	}
	for _, row := range r.rows {
		parts := []any{nil}
		if row[i] != nil {
			parts = nil
			for _, p := range strings.Split(row[i].(string), s.By) {
				parts = append(parts, p)
			}
		}
		for n, p := range parts {
			next := slices.Clone(row)
			next[i] = p
			if s.Position != "" {
				next = append(next, int64(n+1))
			}
			out.rows = append(out.rows, next)
		}
	}
	return out
}

func refStandard(v any, s steps.Standard) any {
	if v == nil {
		return nil
	}
	t := v.(string)
	switch s.As {
	case "trim":
		return strings.TrimFunc(t, func(r rune) bool { return unicode.IsSpace(r) || r == 0xfeff || r == 0x200b })
	case "lower":
		return strings.ToLower(t)
	case "upper":
		return strings.ToUpper(t)
	case "width":
		return strings.Map(func(r rune) rune {
			switch {
			case r >= 0xff01 && r <= 0xff5e:
				return r - 0xff01 + '!'
			case r == 0x3000:
				return ' '
			}
			return r
		}, t)
	case "phone":
		if p := refPhone(t); p != "" {
			return p
		}
		if s.OnError == "keep" {
			return t
		}
	}
	return nil
}

// refPhone reads the number digit by digit.
func refPhone(s string) string {
	s = refStandard(s, steps.Standard{As: "width"}).(string)
	plus, digits := false, ""
	for i, r := range []rune(s) {
		switch {
		case r == '+' && i == strings.Count(s[:strings.IndexRune(s, '+')], "")-1 && digits == "" && !plus:
			plus = true
		case r >= '0' && r <= '9':
			digits += string(r)
		case unicode.IsSpace(r) || strings.ContainsRune("-().", r):
		default:
			return ""
		}
	}
	international := plus
	if !plus && strings.HasPrefix(digits, "00") {
		international, digits = true, digits[2:]
	}
	mobile := func(d string) bool { return len(d) == 11 && d[0] == '1' && d[1] >= '3' }
	fixed := func(d string) bool {
		if len(d) < 2 || d[0] != '0' {
			return false
		}
		d = d[1:]
		if strings.HasPrefix(d, "10") || d[0] == '2' {
			return len(d) == 10
		}
		return d[0] >= '3' && (len(d) == 10 || len(d) == 11)
	}
	bare, home := strings.CutPrefix(digits, "86")
	switch {
	case !plus && !international && mobile(digits), !plus && !international && fixed(digits):
		return "+86" + strings.TrimPrefix(digits, "0")
	case home && mobile(bare):
		return "+86" + bare
	case international && home && fixed(bare):
		return "+86" + strings.TrimPrefix(bare, "0")
	case international && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0':
		return "+" + digits
	}
	return ""
}

func (x *reference) mask(m steps.Mask, r rel) rel {
	if m.How == "drop" {
		return project(r, slices.DeleteFunc(slices.Clone(r.cols), func(n string) bool { return n == m.Column }))
	}
	return change(r, m.Column, func(row []any) any {
		v := r.get(row, m.Column)
		if v == nil {
			return nil
		}
		switch {
		case m.How == "partial":
			s := []rune(v.(string))
			for i := range s {
				if len(s) <= m.Left+m.Right || i >= m.Left && i < len(s)-m.Right {
					s[i] = '*'
				}
			}
			return string(s)
		case m.Step != 0:
			f, _ := number(v)
			n := f / float64(m.Step)
			low := float64(int64(n))
			if low > n {
				low--
			}
			if _, whole := v.(int64); whole {
				return int64(low) * m.Step
			}
			return low * float64(m.Step)
		}
		d := v.(time.Time)
		switch m.To {
		case "week":
			return time.Date(d.Year(), d.Month(), d.Day()-(int(d.Weekday())+6)%7, 0, 0, 0, 0, time.UTC)
		case "month":
			return time.Date(d.Year(), d.Month(), 1, 0, 0, 0, 0, time.UTC)
		case "quarter":
			return time.Date(d.Year(), (d.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
		}
		return time.Date(d.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	})
}

var (
	wholeText = regexp.MustCompile(`^[+-]?\d+$`)
	decText   = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)$`)
)

func refCast(v any, column *steps.Column, c steps.Cast) any {
	from := column.Type
	if v == nil || from == c.Type && from != expr.Decimal {
		return v
	}
	if s, ok := v.(string); ok && from == expr.String {
		s = strings.TrimSpace(s)
		switch c.Type {
		case expr.Integer:
			if n, err := strconv.ParseInt(strings.TrimPrefix(s, "+"), 10, 64); err == nil && wholeText.MatchString(s) {
				return n
			}
		case expr.Decimal:
			_, fraction, _ := strings.Cut(strings.TrimRight(s, "0"), ".")
			if !strings.Contains(s, ".") {
				fraction = ""
			}
			if f, err := strconv.ParseFloat(s, 64); err == nil && decText.MatchString(s) && len(fraction) <= c.Scale && f < 1e9 && f > -1e9 {
				return f
			}
		case expr.Float:
			if f, err := strconv.ParseFloat(s, 64); err == nil && !strings.ContainsAny(s, "xXpP_nN") {
				return f
			}
		case expr.Boolean:
			switch strings.ToLower(s) {
			case "true", "t", "1", "yes", "y", "是", "真":
				return true
			case "false", "f", "0", "no", "n", "否", "假":
				return false
			}
		case expr.Date:
			for _, layout := range []string{"2006-1-2", "2006/1/2"} {
				if d, err := time.Parse(layout, s); err == nil {
					return d
				}
			}
		case expr.Timestamp:
			for _, layout := range []string{"2006-1-2 15:04:05", "2006-1-2T15:04", "2006-1-2", "2006-1-2T15:04:05Z07:00"} {
				if d, err := time.Parse(layout, strings.ReplaceAll(s, "/", "-")); err == nil {
					return d.UTC()
				}
			}
		}
		return nil
	}
	f, isNumber := number(v)
	switch c.Type {
	case expr.String:
		switch v := v.(type) {
		case time.Time:
			if from == expr.Date {
				return v.Format(time.DateOnly)
			}
			return v.Format(time.DateTime)
		case float64:
			if from == expr.Decimal {
				return strconv.FormatFloat(v, 'f', column.Scale, 64)
			}
			if v == float64(int64(v)) {
				return strconv.FormatFloat(v, 'f', 1, 64)
			}
			return strconv.FormatFloat(v, 'g', -1, 64)
		default:
			return fmt.Sprint(v)
		}
	case expr.Integer:
		if b, ok := v.(bool); ok {
			return map[bool]int64{true: 1}[b]
		}
		if f < 0 {
			return -int64(-f + 0.5)
		}
		return int64(f + 0.5)
	case expr.Date:
		d := v.(time.Time)
		return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)
	case expr.Decimal, expr.Float:
		if isNumber {
			return f
		}
	}
	return v
}

// sampled gives the number that a row has in a sample.
func sampled(r rel, row []any, by []string, seed string) uint64 {
	parts := []string{seed}
	for _, n := range by {
		switch v := r.get(row, n).(type) {
		case nil:
			parts = append(parts, "\x1e")
		case time.Time:
			parts = append(parts, v.Format(time.DateOnly))
		default:
			parts = append(parts, fmt.Sprint(v))
		}
	}
	sum := md5.Sum([]byte(strings.Join(parts, "\x1f")))
	return binary.LittleEndian.Uint64(sum[8:])
}

// cell writes a value so that equal ones look equal.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return "∅"
	case time.Time:
		return v.Format("2006-01-02T15:04:05.999999")
	case float64:
		return strconv.FormatFloat(v+0, 'g', 12, 64)
	case int64:
		return strconv.FormatFloat(float64(v), 'g', 12, 64)
	}
	return fmt.Sprintf("%T %q", v, fmt.Sprint(v))
}
