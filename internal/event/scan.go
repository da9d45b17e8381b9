package event

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"lodestar/internal/text"
)

// The reader of JSON here checks a body once, strictly, and then walks over it
// in place: nothing is copied or boxed that is not stored.

// Limits of JSON.
const (
	deepest    = 64  // objects and lists inside each other
	longestNum = 100 // characters of a number
	// longestPower bounds an exponent with its e and sign: arithmetic on larger
	// ones would take for ever.
	longestPower = 5
	fewKeys      = 24 // above it, keys of an object are compared by a table
)

// badJSON says what is wrong with a body, and where.
type badJSON struct {
	at   int
	why  text.Text
	code string
}

// Error gives the reason in English.
func (b *badJSON) Error() string { return b.why.EN }

type checker struct {
	data []byte
	keys [][]byte // of the objects that are open
}

// checkJSON says what keeps data from being one JSON value that every part of
// the program can hold: text in UTF-8 without NUL, numbers in range, each key
// once, not too deep.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return &badJSON{0, text.Text{EN: "it is not UTF-8", ZH: "不是 UTF-8 编码"}, "bad_encoding"}
	}
	c := checker{data: data}
	i, err := c.value(c.space(0), 0)
	if err != nil {
		return err
	}
	if i = c.space(i); i < len(data) {
		return c.bad(i, "bad_json", text.Text{EN: "there is more text after the JSON value", ZH: "JSON 之后还有多余内容"})
	}
	return nil
}

func (c *checker) bad(at int, code string, why text.Text) error { return &badJSON{at, why, code} }

func (c *checker) syntax(at int) error {
	if at >= len(c.data) {
		return c.bad(at, "bad_json", text.Text{EN: "the JSON ends too early", ZH: "JSON 不完整"})
	}
	return c.bad(at, "bad_json", text.Text{EN: "this is no JSON", ZH: "不是有效的 JSON"})
}

func (c *checker) space(i int) int { return space(c.data, i) }

func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

func (c *checker) value(i, depth int) (int, error) {
	if i >= len(c.data) {
		return i, c.syntax(i)
	}
	switch b := c.data[i]; {
	case b == '"':
		return c.str(i)
	case b == '{' || b == '[':
		if depth >= deepest {
			return i, c.bad(i, "too_deep", text.Text{EN: "objects and lists are more than 64 deep", ZH: "嵌套超过 64 层"})
		}
		if b == '{' {
			return c.object(i+1, depth+1)
		}
		return c.list(i+1, depth+1)
	case b == '-' || b >= '0' && b <= '9':
		return c.number(i)
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(c.data[i:], []byte(word)) {
			return i + len(word), nil
		}
	}
	return i, c.syntax(i)
}

func (c *checker) object(i, depth int) (int, error) {
	base := len(c.keys)
	defer func() { c.keys = c.keys[:base] }()
	var table map[string]bool
	for i = c.space(i); ; i = c.space(i) {
		if i < len(c.data) && c.data[i] == '}' && len(c.keys) == base {
			return i + 1, nil
		}
		if i >= len(c.data) || c.data[i] != '"' {
			return i, c.syntax(i)
		}
		end, err := c.str(i)
		if err != nil {
			return end, err
		}
		key := unquoted(c.data[i:end])
		if table == nil && len(c.keys)-base >= fewKeys {
			table = make(map[string]bool, 4*fewKeys)
			for _, k := range c.keys[base:] {
				table[string(k)] = true
			}
		}
		twice := table[string(key)]
		if table == nil {
			for _, k := range c.keys[base:] {
				twice = twice || bytes.Equal(k, key)
			}
		} else {
			table[string(key)] = true
		}
		if twice {
			return i, c.bad(i, "duplicate_key", text.Text{EN: "the key {key} is there twice", ZH: "键 {key} 重复"}.With("key", cut(string(key), 60)))
		}
		c.keys = append(c.keys, key)
		if i = c.space(end); i >= len(c.data) || c.data[i] != ':' {
			return i, c.syntax(i)
		}
		if i, err = c.value(c.space(i+1), depth); err != nil {
			return i, err
		}
		if i = c.space(i); i < len(c.data) && c.data[i] == '}' {
			return i + 1, nil
		}
		if i >= len(c.data) || c.data[i] != ',' {
			return i, c.syntax(i)
		}
		i++
	}
}

func (c *checker) list(i, depth int) (int, error) {
	var err error
	for first := true; ; first = false {
		i = c.space(i)
		if i < len(c.data) && c.data[i] == ']' && first {
			return i + 1, nil
		}
		if i, err = c.value(i, depth); err != nil {
			return i, err
		}
		if i = c.space(i); i < len(c.data) && c.data[i] == ']' {
			return i + 1, nil
		}
		if i >= len(c.data) || c.data[i] != ',' {
			return i, c.syntax(i)
		}
		i++
	}
}

func (c *checker) str(i int) (int, error) {
	for i++; i < len(c.data); i++ {
		switch b := c.data[i]; {
		case b == '"':
			return i + 1, nil
		case b < ' ':
			return i, c.bad(i, "control_character", text.Text{EN: "a text holds a control character", ZH: "文本中含有控制字符"})
		case b == '\\':
			i++
			if i >= len(c.data) {
				return i, c.syntax(i)
			}
			switch c.data[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				r, ok := hex4(c.data, i+1)
				if !ok {
					return i, c.syntax(i)
				}
				if r == 0 {
					return i, c.bad(i, "control_character", text.Text{EN: `a text holds the character NUL (\u0000)`, ZH: `文本中含有空字符（\u0000）`})
				}
				i += 4
			default:
				return i, c.syntax(i)
			}
		}
	}
	return i, c.syntax(i)
}

func hex4(data []byte, i int) (r rune, ok bool) {
	if i+4 > len(data) {
		return 0, false
	}
	for _, b := range data[i : i+4] {
		switch {
		case b >= '0' && b <= '9':
			r = r<<4 | rune(b-'0')
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			r = r<<4 | rune(b|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

func (c *checker) number(i int) (int, error) {
	start := i
	digits := func() bool {
		from := i
		for i < len(c.data) && c.data[i] >= '0' && c.data[i] <= '9' {
			i++
		}
		return i > from
	}
	if c.data[i] == '-' {
		i++
	}
	if i < len(c.data) && c.data[i] == '0' {
		i++
	} else if !digits() {
		return i, c.syntax(i)
	}
	power := -1
	if i < len(c.data) && c.data[i] == '.' {
		i++
		if !digits() {
			return i, c.syntax(i)
		}
	}
	if i < len(c.data) && c.data[i]|0x20 == 'e' {
		power = i
		i++
		if i < len(c.data) && (c.data[i] == '+' || c.data[i] == '-') {
			i++
		}
		if !digits() {
			return i, c.syntax(i)
		}
	}
	if n := i - start; n > longestNum || power >= 0 && (i-power > longestPower || !inRange(c.data[start:i])) {
		return start, c.bad(start, "number_too_large", text.Text{EN: "a number is too large or too long", ZH: "数值过大或过长"})
	}
	return i, nil
}

func inRange(number []byte) bool {
	_, err := strconv.ParseFloat(string(number), 64)
	return err == nil
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return text.Clip(s, n) + "…"
}

// skip gives where the value that begins at i ends; data was checked.
func skip(data []byte, i int) int {
	switch data[i] {
	case '"':
		for i++; data[i] != '"'; i++ {
			if data[i] == '\\' {
				i++
			}
		}
		return i + 1
	case '{', '[':
		for depth := 0; ; {
			switch data[i] {
			case '"':
				i = skip(data, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
	}
	for i < len(data) {
		switch data[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

// members goes over the keys of an object that was checked.
func members(obj []byte, each func(key, value []byte)) {
	i := space(obj, 0)
	if i >= len(obj) || obj[i] != '{' {
		return
	}
	for i = space(obj, i+1); obj[i] == '"'; {
		end := skip(obj, i)
		key := unquoted(obj[i:end])
		i = space(obj, space(obj, end)+1)
		end = skip(obj, i)
		each(key, obj[i:end])
		if i = space(obj, end); obj[i] == ',' {
			i = space(obj, i+1)
		}
	}
}

// elements goes over the values of a list that was checked.
func elements(list []byte, each func(value []byte)) {
	i := space(list, 0)
	if i >= len(list) || list[i] != '[' {
		return
	}
	for i = space(list, i+1); list[i] != ']'; {
		end := skip(list, i)
		each(list[i:end])
		if i = space(list, end); list[i] == ',' {
			i = space(list, i+1)
		}
	}
}

// unquoted gives the text of a string that was checked; it may be part of it.
func unquoted(s []byte) []byte {
	s = s[1 : len(s)-1]
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex4(s, i+1)
			i += 4
			if utf16.IsSurrogate(r) {
				if low, ok := lowHalf(s, i+1); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
					r = utf16.DecodeRune(r, low)
					i += 6
				} else {
					r = utf8.RuneError
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, s[i])
		}
	}
	return out
}

func lowHalf(s []byte, i int) (rune, bool) {
	if i+1 >= len(s) || s[i] != '\\' || s[i+1] != 'u' {
		return 0, false
	}
	return hex4(s, i+2)
}

// isText, isNumber and the like tell values apart by how they begin.
func isText(v []byte) bool   { return len(v) > 0 && v[0] == '"' }
func isObject(v []byte) bool { return len(v) > 0 && v[0] == '{' }
func isList(v []byte) bool   { return len(v) > 0 && v[0] == '[' }
func isNull(v []byte) bool   { return len(v) == 0 || v[0] == 'n' }
func isNumber(v []byte) bool { return len(v) > 0 && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') }

// kindOf names the JSON type of a value.
func kindOf(v []byte) string {
	switch {
	case isNull(v):
		return "null"
	case isText(v):
		return "text"
	case isObject(v):
		return "object"
	case isList(v):
		return "list"
	case isNumber(v):
		return "number"
	}
	return "boolean"
}
