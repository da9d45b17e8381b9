package catalog

import (
	"regexp"
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/text"
)

const maxName = 60

var nameRule = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// ReservedName reports whether a word has a meaning in queries and answers, so
// that nothing can be named so: the grains, time and others.
func ReservedName(name string) bool {
	return name == "time" || name == "others" || slices.Contains(calendar.Grains(), calendar.Grain(name))
}

// CheckName says what is wrong with the name of a resource, column, dimension
// or relationship; the text is empty when it is fine. The rule is a stable word.
func CheckName(name string) (rule string, why text.Text) {
	switch {
	case name == "":
		return "name_missing", text.Text{EN: "a name is missing", ZH: "缺少名称"}
	case len(name) > maxName:
		return "name_too_long", text.Text{EN: "a name has at most 60 characters", ZH: "名称最长 60 个字符"}
	case !nameRule.MatchString(name):
		return "name_form", text.Text{
			EN: "a name starts with a letter a-z and has only a-z, 0-9 and underscore",
			ZH: "名称须以小写字母开头，只能包含小写字母、数字和下划线"}
	case strings.Contains(name, "__"):
		return "name_form", text.Text{
			EN: "a name has no double underscore, since that marks comparisons such as revenue__previous",
			ZH: "名称不能包含连续两个下划线，它用于标记对比列，例如 revenue__previous"}
	case ReservedName(name):
		return "name_reserved", text.Text{
			EN: "{name} is a word of the query language; choose another name",
			ZH: "{name} 是查询语言的保留词，请换一个名称"}.With("name", name)
	}
	return "", text.Text{}
}

func checkName(name string) (Finding, bool) {
	rule, why := CheckName(name)
	if rule == "" {
		return Finding{}, false
	}
	f := Finding{Path: "metadata.name", Rule: rule, Severity: Error, Text: why}
	if rule == "name_form" {
		f.Suggestion = properName(name)
	}
	return f, true
}

// properName makes of a name one that follows the rule, or "".
func properName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	out := strings.TrimRight(b.String(), "_")
	if rule, _ := CheckName(out); rule != "" {
		return ""
	}
	return out
}
