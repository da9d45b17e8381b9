package text

import "unicode/utf8"

// Clip cuts a text to at most so many bytes, between two of its characters.
func Clip[T string | []byte](s T, most int) T {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
