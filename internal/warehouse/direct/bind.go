package direct

import "strings"

// Rebind writes each ? outside quotes by its number, from 1. quotes are the
// characters that open and close names and texts.
func Rebind(text, quotes string, placeholder func(n int) string) string {
	var b strings.Builder
	b.Grow(len(text) + 16)
	n := 0
	var open byte
	for i := range len(text) {
		c := text[i]
		switch {
		case open != 0:
			if c == open {
				open = 0
			}
		case strings.IndexByte(quotes, c) >= 0:
			open = c
		case c == '?':
			n++
			b.WriteString(placeholder(n))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
