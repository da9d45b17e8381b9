package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTextsOfMariaDB asks texts where they are, in columns of many collations and
// character sets, and gets what their copies give: other cases, accents, blanks and
// forms of a character are other texts.
func TestTextsOfMariaDB(t *testing.T) {
	t.Parallel()
	types := []string{"varchar(40) CHARACTER SET latin1", "varchar(40) CHARACTER SET latin1 COLLATE latin1_german2_ci", "varchar(40) CHARACTER SET utf8mb3",
		"varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", "varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "char(12) CHARACTER SET utf8mb4",
		"text CHARACTER SET ucs2", "longtext CHARACTER SET utf16", "varchar(40) CHARACTER SET gbk", "varchar(40) CHARACTER SET cp1251", "tinytext CHARACTER SET ascii",
		"enum('a','A','é','e','straße','北','a b','')", "set('a','é','北') CHARACTER SET utf8mb4", "varchar(40) CHARACTER SET binary", "mediumblob"}
	words := []string{"a", "A", "a ", "a  ", " a", "a\\t", "á", "e", "é", "É", "e\u0301", "straße", "strasse", "STRASSE", "ß", "ss", "Ж", "ж", "北", "北 ", "😀", "😃", "a😀", "İ", "i", "ı",
		"ﬁ", "fi", "", " ", "\\n", "\\r\\n", "%", "_", "\\\\", "''", "\\\"", ",", "NULL", "0", "00", "1e3", "Å", "A\u030a", "\u200b", "\ufeff", "\u00a0", "　", "ａ"}
	columns, there := "columns: [{name: id, type: integer}", "id int PRIMARY KEY"
	for i, typ := range types {
		columns += fmt.Sprintf(", {name: c%d, type: string}", i)
		there += fmt.Sprintf(", c%d %s", i, typ)
	}
	var rows []string
	for i, w := range words {
		rows = append(rows, fmt.Sprintf("(%d%s)", i+1, strings.Repeat(", '"+w+"'", len(types))))
	}
	for i, bytes := range []string{"0x81", "0x80", "0xE9", "0xFF", "0xE9FF20", "NULL"} { // no texts, or not everywhere
		rows = append(rows, fmt.Sprintf("(%d%s)", 100+i, strings.Repeat(", "+bytes, len(types))))
	}
	p, _ := mariaTable(t, "shop.words", "USE shop", "SET sql_mode = ''", "SET NAMES utf8mb4", "CREATE TABLE words ("+there+") CHARACTER SET latin1", "INSERT INTO words VALUES "+strings.Join(rows, ", "))
	p.modes = map[string]string{"direct": "", "full": "mode: full"}
	j := both(t, "{zone: UTC}", columns+"]", p)
	docs := ""
	for way := range p.modes {
		for i := range types {
			for _, agg := range []string{"count_distinct", "min", "max"} {
				expr := fmt.Sprintf("c%d", i)
				if agg != "count_distinct" {
					expr = fmt.Sprintf("length(lower(c%d))", i)
				}
				docs += fmt.Sprintf("---\n{kind: Metric, metadata: {name: %s_%s_%d}, spec: {type: simple, dataset: my_%s, agg: %s, expr: \"%s\"}}\n", agg, way, i, way, agg, expr)
			}
			docs += fmt.Sprintf("---\n{kind: Metric, metadata: {name: n_%s_%d}, spec: {type: simple, dataset: my_%s, agg: count, where: c%d is not null}}\n", way, i, way, i)
		}
	}
	var applied map[string]any
	j.post("/apply", map[string]any{"files": []map[string]string{{"name": "m.yaml", "text": docs}}}, &applied)
	for i, typ := range types {
		c := fmt.Sprintf("c%d", i)
		same := func(q map[string]any) {
			t.Helper()
			ask := func(way string) string {
				own := map[string]any{"limit": 1000}
				for k, v := range q {
					own[k] = v
				}
				if list, ok := q["metrics"].([]string); ok {
					own["metrics"] = nil
					var names []string
					for _, m := range list {
						names = append(names, fmt.Sprintf("%s_%s_%d", m, way, i))
					}
					own["metrics"] = names
				} else {
					own["from"] = "my_" + way
				}
				return rounded(any(j.query(own).anyRows()))
			}
			if got, want := ask("direct"), ask("full"); got != want {
				t.Errorf("%s, %v:\n%s", typ, q, apart(got, want))
			}
		}
		same(map[string]any{"by": []any{"id", c}, "distinct": false, "order": []string{"id"}})
		same(map[string]any{"by": []any{c}, "order": []string{c}})
		same(map[string]any{"by": []any{c}, "order": []string{"-" + c}, "limit": 7})
		same(map[string]any{"metrics": []string{"n"}, "by": []any{c}, "order": []string{c}})
		same(map[string]any{"metrics": []string{"count_distinct", "min", "max"}})
		for _, where := range []string{"# = 'a'", "# = 'A'", "# = 'é'", "# <> 'E'", "# in ('a ', 'ß', '😀', '北')", "# < 'a'", "# >= 'é'", "lower(#) = 'é'", "upper(#) = 'A'",
			"# like 'a%'", "# like '_'", "# like 'A '", "contains(#, 'ss')", "contains(#, '%')", "starts_with(#, 'A')", "length(#) = 1", "trim(#) = 'a'", "replace(#, 'A', '') = ''", "concat(#, '') = 'a '", "# = ''"} {
			same(map[string]any{"by": []any{"id"}, "where": strings.ReplaceAll(where, "#", c), "order": []string{"id"}, "distinct": false})
		}
	}
}

// apart shows the lines that only one of two answers has.
func apart(got, want string) string {
	has := map[string]int{}
	for _, l := range strings.Split(got, "\n") {
		has[strings.Trim(l, "[],")]++
	}
	var out []string
	for _, l := range strings.Split(want, "\n") {
		if l = strings.Trim(l, "[],"); has[l] == 0 {
			out = append(out, "only copied: "+l)
		} else {
			has[l]--
		}
	}
	for l, n := range has {
		if n > 0 {
			out = append(out, "only asked: "+l)
		}
	}
	if out == nil {
		return "in another order:\n" + got + "\n" + want
	}
	return strings.Join(out, "\n")
}
