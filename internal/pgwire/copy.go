package pgwire

import "strings"

// copyLine writes a row as COPY does; nil is NULL.
func copyLine(cells []*string, csv bool) []byte {
	var b strings.Builder
	for i, s := range cells {
		switch {
		case csv && i > 0:
			b.WriteByte(',')
		case i > 0:
			b.WriteByte('\t')
		}
		switch {
		case s == nil && csv:
		case s == nil:
			b.WriteString(`\N`)
		case csv && (*s == "" || strings.ContainsAny(*s, "\",\n\r")):
			b.WriteString(`"` + strings.ReplaceAll(*s, `"`, `""`) + `"`)
		case csv:
			b.WriteString(*s)
		default:
			b.WriteString(strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(*s))
		}
	}
	b.WriteByte('\n')
	return []byte(b.String())
}
