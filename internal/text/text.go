package text

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Lang is a language of the interface: ZH or EN.
type Lang string

// The two languages of the product.
const (
	ZH Lang = "zh-CN"
	EN Lang = "en"
)

// ParseLang picks a language from an Accept-Language header, a POSIX locale
// such as zh_CN.UTF-8, or a plain tag. The first of zh and en named wins;
// neither gives EN.
func ParseLang(s string) Lang {
	for part := range strings.SplitSeq(strings.ToLower(s), ",") {
		part = strings.TrimSpace(part)
		switch {
		case strings.HasPrefix(part, "zh"):
			return ZH
		case strings.HasPrefix(part, "en"):
			return EN
		}
	}
	return EN
}

// Text says one thing in both languages. Either may be empty; In falls back to
// the other.
type Text struct {
	ZH string `json:"zh,omitempty" yaml:"zh,omitempty"`
	EN string `json:"en,omitempty" yaml:"en,omitempty"`
}

// Same is a text that reads the same in both languages, such as a name.
func Same(s string) Text { return Text{ZH: s, EN: s} }

// IsZero reports whether nothing is said in either language.
func (t Text) IsZero() bool { return t.ZH == "" && t.EN == "" }

// In returns the text in the language asked for, or in the other one when it
// is missing.
func (t Text) In(l Lang) string {
	if l == ZH && t.ZH != "" || t.EN == "" {
		return t.ZH
	}
	return t.EN
}

// With replaces {key} in both languages. Arguments come in pairs of key and
// value; a value that is a Text is put in language by language, and a whole
// number is grouped by threes.
func (t Text) With(pairs ...any) Text {
	for i := 0; i+1 < len(pairs); i += 2 {
		key := "{" + fmt.Sprint(pairs[i]) + "}"
		v, ok := pairs[i+1].(Text)
		if !ok {
			v = Same(plain(pairs[i+1]))
		}
		t.ZH = strings.ReplaceAll(t.ZH, key, v.In(ZH))
		t.EN = strings.ReplaceAll(t.EN, key, v.In(EN))
	}
	return t
}

// plain writes one value that is alike in both languages.
func plain(v any) string {
	s := fmt.Sprint(v)
	switch v.(type) {
	case int, int32, int64, uint, uint32, uint64:
		if rest, minus := strings.CutPrefix(s, "-"); minus {
			return "−" + group(rest)
		}
		return group(s)
	}
	return s
}

// UnmarshalJSON accepts {"zh": …, "en": …} or a plain string, which then
// stands for both languages.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = Same(s)
		return nil
	}
	type plain Text
	return json.Unmarshal(b, (*plain)(t))
}
