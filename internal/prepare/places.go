package prepare

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"lodestar/internal/expr"
)

//go:embed places.txt
var placesFile string

// places are the provinces and prefectures of China as people write them.
type places struct {
	provinces map[string]string // any name, also of a prefecture: province
	cities    map[string]string // any name of a prefecture: its full one
	of        map[string]string // full name of a prefecture: province
	// Names with which an address may begin: of provinces, of prefectures in
	// full, and short ones that count after a province only.
	provinceHead, cityHead, shortHead string
}

var chinaPlaces = sync.OnceValue(func() *places {
	p := &places{provinces: map[string]string{}, cities: map[string]string{}, of: map[string]string{}}
	var heads, full, short, before []string
	for line := range strings.Lines(placesFile) {
		names, list, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		own := strings.Fields(names)
		for _, n := range own {
			p.provinces[strings.ReplaceAll(n, "_", " ")] = own[0]
			if len([]rune(n)) > 1 && n[0] >= 0x80 {
				heads = append(heads, n)
			}
		}
		several := len(strings.Fields(list)) > 1
		switch { // what follows the name of a municipality is a district
		case several:
			before = append(before, own[0], own[1])
		case list != "":
			full = append(full, own[1])
		}
		for _, c := range strings.Fields(list) {
			name, others, given := strings.Cut(c, "=")
			if !given {
				others = shortPlace(name)
			}
			p.cities[name], p.of[name] = name, own[0]
			full = append(full, name)
			for _, o := range strings.Split(others, ",") {
				p.cities[o] = name
				if given && strings.HasSuffix(o, "州") { // 海南州 is not in 海南
					full = append(full, o)
				}
				if several {
					short = append(short, o)
				}
			}
		}
	}
	for alias, city := range p.cities {
		if _, taken := p.provinces[alias]; !taken {
			p.provinces[alias] = p.of[city]
		}
	}
	any := "(?:" + alternatives(before) + ")"
	p.provinceHead = "^(" + alternatives(slices.Concat(full, heads)) + ")"
	p.cityHead = "^" + any + "?(" + alternatives(full) + ")"
	p.shortHead = "^" + any + "(" + alternatives(short) + ")"
	return p
})

// shortPlace drops the last word of a prefecture's name.
func shortPlace(name string) string {
	for _, end := range []string{"市", "地区", "盟"} {
		if s, ok := strings.CutSuffix(name, end); ok {
			return s
		}
	}
	return name
}

// alternatives writes texts as a regular expression, longer ones first.
func alternatives(list []string) string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	for i, s := range list {
		list[i] = regexp.QuoteMeta(s)
	}
	return strings.Join(slices.Compact(list), "|")
}

func (w *writer) placeRows(m map[string]string) expr.SQL {
	rows := make([]string, 0, len(m))
	for _, k := range sortedKeys(m) {
		rows = append(rows, "("+quoted(k)+", "+quoted(m[k])+")")
	}
	return expr.SQL{Text: "(SELECT * FROM (VALUES " + strings.Join(rows, ", ") + ") AS v(k, v))"}
}

func head(x expr.SQL, pattern string) expr.SQL {
	return expr.Concat("nullif(regexp_extract(", x, ", "+quoted(pattern)+", 1), '')")
}

// place is a text of a place without blanks, in small letters.
func place(x expr.SQL) expr.SQL {
	return expr.Concat("lower(trim(regexp_replace(", x, ", '"+blanks+"+', ' ', 'g')))")
}

// province gives the full name of the province that a text names or begins
// with; NULL when it does not tell.
func (w *writer) province(t *table, x expr.SQL) expr.SQL {
	p := chinaPlaces()
	y := place(x)
	name := w.lookup(t, w.placeRows(p.provinces), expr.Concat("coalesce(", head(y, p.provinceHead), ", ", y, ")"))
	return expr.SQL{Text: name + ".v"}
}

// city gives the full name of the prefecture that a text names or begins with,
// perhaps after its province.
func (w *writer) city(t *table, x expr.SQL) expr.SQL {
	p := chinaPlaces()
	y := place(x)
	name := w.lookup(t, w.placeRows(p.cities), expr.Concat("coalesce(", head(y, p.cityHead), ", ", head(y, p.shortHead), ", ", y, ")"))
	of := w.lookup(t, w.placeRows(p.of), expr.SQL{Text: name + ".v"})
	said := w.lookup(t, w.placeRows(p.provinces), expr.Concat("coalesce(", head(y, p.provinceHead), ", ", y, ")"))
	return expr.SQL{Text: "(CASE WHEN " + said + ".v IS NULL OR " + said + ".v = " + of + ".v THEN " + name + ".v END)"}
}
