package identity

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// The ways in which values of a kind are made comparable.
const (
	AsIs   = ""       // blanks and invisible characters around it go
	Folded = "folded" // neither case matters nor how a character is written: e-mail addresses, codes
	Phone  = "phone"  // digits; numbers of China with and without their country are one
)

// Normal makes a value comparable. It gives "" for what is no id: nothing, a
// word for nothing, or a phone number of one digit again and again.
func Normal(how, value string) string {
	value = strings.TrimFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	switch how {
	case Folded: // ＡＢ１ and ab1 are one, é as one character and as two
		value = strings.ToLower(norm.NFKC.String(value))
	case Phone:
		value = phone(value)
	}
	if hollow(value) {
		return ""
	}
	return value
}

// mostFloat is up to where floats tell all whole numbers apart.
const mostFloat = 1 << 53

// idOf is the id that a number stands for, written as integers are: 12345.0 and
// 12345.00 are 12345. A float that is no whole number, or so large that several
// ids would be the same float, is no id.
func idOf(value string, t expr.Type) string {
	switch t {
	case expr.Float:
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || f != math.Trunc(f) || math.Abs(f) >= mostFloat {
			return ""
		}
		return strconv.FormatInt(int64(f), 10)
	case expr.Decimal:
		if whole, fraction, _ := strings.Cut(value, "."); strings.Trim(fraction, "0") == "" {
			return whole
		}
	}
	return value
}

// forms make the ids of an entity comparable.
type forms struct {
	kinds  []string // the one that names an entity best first
	normal []string
	nobody []map[string]bool
}

func formsOf(spec *semantic.EntitySpec) forms {
	fs := forms{kinds: spec.Kinds()}
	for _, id := range spec.IDs {
		nobody := map[string]bool{}
		for _, v := range id.Nobody {
			nobody[Normal(id.Normal, v)] = true
		}
		fs.normal, fs.nobody = append(fs.normal, id.Normal), append(fs.nobody, nobody)
	}
	return fs
}

// id makes an id comparable; ok is false for what is no id of the entity.
func (fs forms) id(id ID) (ID, bool) {
	i := slices.Index(fs.kinds, id.Kind)
	if i < 0 {
		return id, false
	}
	if id.Value = Normal(fs.normal[i], id.Value); fs.nobody[i][id.Value] {
		id.Value = ""
	}
	return id, id.Value != ""
}

// pair makes two ids comparable and puts them in order; ok is false unless both
// are ids, and not the same.
func (fs forms) pair(a, b ID) (ID, ID, bool) {
	a, okA := fs.id(a)
	b, okB := fs.id(b)
	if c := slices.Index(fs.kinds, a.Kind) - slices.Index(fs.kinds, b.Kind); c > 0 || c == 0 && a.Value > b.Value {
		a, b = b, a
	}
	return a, b, okA && okB && a != b
}

// phone keeps the digits of a number. Mobile numbers of the mainland are
// written +86 and eleven digits; others keep what they came with.
func phone(value string) string {
	var b strings.Builder
	plus := false
	for _, r := range value {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case (r == '+' || r == '＋') && b.Len() == 0:
			plus = true
		}
	}
	digits := b.String()
	if !plus && strings.HasPrefix(digits, "00") {
		plus, digits = true, digits[2:]
	}
	mobile := strings.TrimPrefix(digits, "86")
	if len(mobile) == 11 && mobile[0] == '1' && mobile[1] >= '3' && (len(digits) == 11 && !plus || len(digits) == 13) {
		return "+86" + mobile
	}
	if len(digits) < 5 || strings.Trim(digits, digits[:1]) == "" { // a part of a number, or made up
		return ""
	}
	if plus {
		return "+" + digits
	}
	return digits
}

// hollow reports whether a value stands for nothing. People and forms fill in
// such values, and taken for ids they would make one entity of everybody.
func hollow(value string) bool {
	switch strings.ToLower(value) {
	case "", "null", "nil", "none", "n/a", "na", "unknown", "undefined", "anonymous", "guest", "test", "无", "未知", "空", "匿名", "测试":
		return true
	}
	return !strings.ContainsFunc(value, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
