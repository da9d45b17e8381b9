package cli

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

func TestParseBy(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]query.By{
		"channel":           {Dimension: "channel"},
		"store.region":      {Dimension: "store.region"},
		"week":              {Time: calendar.Week},
		"time.month":        {Time: calendar.Month},
		"shipped_at.day":    {Time: calendar.Day, Of: "shipped_at"},
		"order.paid_at.day": {Time: calendar.Day, Of: "order.paid_at"},
		"weekly":            {Dimension: "weekly"},
		"time.season":       {Time: "season"},
		"time.dow":          {Part: "dow"},
	} {
		if got := parseBy(in); got != want {
			t.Errorf("%s: %+v, want %+v", in, got, want)
		}
	}
}

func TestPeriodRange(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"2026":                   {"2026-01-01", "2027-01-01"},
		"2026-02":                {"2026-02-01", "2026-03-01"},
		"2026-Q4":                {"2026-10-01", "2027-01-01"},
		"2026-W01":               {"2025-12-29", "2026-01-05"},
		"2026-W05":               {"2026-01-26", "2026-02-02"},
		"2020-W53":               {"2020-12-28", "2021-01-04"},
		"2026-01-31":             {"2026-01-31", "2026-02-01"},
		"2026-01-01..2026-01-15": {"2026-01-01", "2026-01-15"},
	} {
		got, err := periodRange(in)
		if err != nil || got.From != want[0] || got.To != want[1] {
			t.Errorf("%s: %+v %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "soon", "2026-Q5", "2026-W54", "2026-13", "26"} {
		if _, err := periodRange(in); err == nil {
			t.Errorf("%q was taken for a period", in)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	g := grid{head: []string{"区域", "n"}, right: map[int]bool{1: true},
		rows: [][]any{{"华东", 1234.5}, {"a", nil}, {"bcd", 0.00001}, {"1e6", 1e6}}}
	want := "区域        n\n----  -------\n华东   1234.5\na           —\nbcd     1e-05\n1e6   1000000\n"
	if got := g.table(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestWordsInBothLanguages: every message and every help text is said in
// Chinese and English, and with the same placeholders.
func TestWordsInBothLanguages(t *testing.T) {
	t.Parallel()
	check := func(name string, x text.Text) {
		if x.ZH == "" || x.EN == "" {
			t.Errorf("%s lacks a language: %+v", name, x)
		}
		for _, key := range []string{"{dir}", "{url}", "{text}", "{dataset}", "{loaded}", "{rejected}", "{file}", "{percent}"} {
			if strings.Contains(x.ZH, key) != strings.Contains(x.EN, key) {
				t.Errorf("%s: %s is in one language only", name, key)
			}
		}
	}
	for m := msgAbout; m <= msgPasswordEmpty; m++ {
		check(say(m).EN, say(m))
	}
	for name, x := range helpTexts() {
		check(name, x)
	}
}

func TestLanguageFromEnvironment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		env  map[string]string
		want text.Lang
	}{
		{nil, nil, text.EN},
		{nil, map[string]string{"LANG": "zh_CN.UTF-8"}, text.ZH},
		{nil, map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, text.EN},
		{[]string{"--lang", "zh", "version"}, map[string]string{"LANG": "en"}, text.ZH},
		{[]string{"--lang=en"}, map[string]string{"LANG": "zh"}, text.EN},
	} {
		rt := Runtime{Getenv: func(k string) string { return c.env[k] }}
		if got := pickLang(rt, c.args); got != c.want {
			t.Errorf("%v %v: %s", c.args, c.env, got)
		}
	}
}

func TestExitStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   string
		status int
	}{
		{"version", 0}, {"--help", 0}, {"query --help", 0}, {"", 2}, {"nonsense", 2}, {"version --nonsense", 2},
		{"--output xml version", 2}, {"query", 2}, {"load", 2}, {"load --all x.csv", 2}, {"validate -f /nowhere/at/all", 1},
		{"--server not-an-address query -m x", 2}, {"explain x --from soon", 2}, {"serve --tls-cert a", 2},
	} {
		var out, errs strings.Builder
		rt := Runtime{Version: "1", Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
			Getenv: func(string) string { return "" }, Now: time.Now}
		if got := Main(context.Background(), rt, strings.Fields(c.args)); got != c.status {
			t.Errorf("%q: status %d, want %d: %s", c.args, got, c.status, errs.String())
		}
		if c.status != 0 && out.Len() > 0 && c.args != "" {
			t.Errorf("%q: a failure wrote to standard output: %s", c.args, out.String())
		}
	}
}

func TestHelpVariablesAreUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	var walk func(reflect.Type)
	walk = func(s reflect.Type) {
		for i := range s.NumField() {
			f := s.Field(i)
			for part := range strings.SplitSeq(f.Tag.Get("help"), "$") {
				if name, ok := strings.CutPrefix(part, "{help_"); ok {
					used[strings.TrimSuffix(name, "}")] = true
				}
			}
			if f.Type.Kind() == reflect.Struct {
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[root]())
	for name := range helpTexts() {
		if !used[name] {
			t.Errorf("nobody shows the help %q", name)
		}
	}
}
