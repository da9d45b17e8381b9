package metricflow

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"lodestar/internal/catalog"
)

// Names here are lower case, without double underscores and without words of
// the query language; those of the origin mostly are so already.

const longest = 60

// nativeName makes a valid name of any text.
func nativeName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "_") {
			b.WriteByte('_')
		}
	}
	out := strings.TrimRight(b.String(), "_")
	if out == "" || out[0] <= '9' {
		out = "x" + out
	}
	if len(out) > longest {
		sum := sha256.Sum256([]byte(s))
		out = strings.TrimRight(out[:longest-9], "_") + "_" + hex.EncodeToString(sum[:4])
	}
	if catalog.ReservedName(out) {
		out += "_value"
	}
	return out
}

// register hands out names, each once.
type register map[string]bool

// take gives the name, or one like it that is free.
func (r register) take(name string) string {
	out := nativeName(name)
	for i := 2; r[out]; i++ {
		suffix := "_" + strconv.Itoa(i)
		out = nativeName(name)
		if len(out)+len(suffix) > longest {
			out = out[:longest-len(suffix)]
		}
		out += suffix
	}
	r[out] = true
	return out
}
