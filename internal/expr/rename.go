package expr

import (
	"slices"
	"strings"
)

// Rename replaces a name in a source text and keeps everything else byte for
// byte. A name whose first parts are from gets them replaced by to: renaming
// a renames a and a.b, renaming a.b leaves a alone. The error is that of
// Parse.
func Rename(src string, from, to []string) (string, error) {
	n, err := Parse(src)
	if err != nil {
		return "", err
	}
	if len(from) == 0 || len(to) == 0 {
		return src, nil
	}
	runes := []rune(src)
	var b strings.Builder
	done := 0
	for _, name := range Names(n) {
		if len(name.Parts) < len(from) || !slices.Equal(name.Parts[:len(from)], from) {
			continue
		}
		b.WriteString(string(runes[done:name.Offset]))
		parts := append(slices.Clone(to), name.Parts[len(from):]...)
		touches := name.Offset > 0 && isNamePart(runes[name.Offset-1]) || name.End < len(runes) && isNamePart(runes[name.End])
		b.WriteString(writeName(parts, touches))
		done = name.End
	}
	b.WriteString(string(runes[done:]))
	return b.String(), nil
}

// writeName quotes every part when the name would grow together with its
// neighbours, which only quotes kept apart.
func writeName(parts []string, touches bool) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = QuoteName(p)
		if touches && !strings.HasPrefix(out[i], "`") {
			out[i] = "`" + p + "`"
		}
	}
	return strings.Join(out, ".")
}
