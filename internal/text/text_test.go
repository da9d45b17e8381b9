package text_test

import (
	"encoding/json"
	"math"
	"testing"

	"lodestar/internal/text"
)

func TestFormatNumber(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v            float64
		unit, format string
		zh, en       string
	}{
		{0, "", "", "0", "0"},
		{12, "", "", "12", "12"},
		{1234, "", "", "1,234", "1,234"},
		{9999.7, "", "", "1万", "10K"},
		{12345, "", "", "1.2万", "12.3K"},
		{-12345, "", "", "−1.2万", "−12.3K"},
		{10000, "", "", "1万", "10K"},
		{99999999, "", "", "1亿", "100M"},
		{123456789, "", "", "1.2亿", "123.5M"},
		{999_960_000, "", "", "10亿", "1B"},
		{1.5e12, "", "", "1.5万亿", "1.5T"},
		{123456, "", "0.00", "12.35万", "123.46K"},
		{123456.789, "", "#,##0.00", "123,456.79", "123,456.79"},
		{12.345, "", "", "12.35", "12.35"},
		{12.345, "", "0", "12", "12"},
		{0.25, "", "", "0.250", "0.250"},
		{0.012345, "", "", "0.0123", "0.0123"},
		{0.1234, "percent", "", "12.3%", "12.3%"},
		{0.1234, "percent", "0.00", "12.34%", "12.34%"},
		{-0.0001, "percent", "", "0.0%", "0.0%"},
		{12.5, "CNY", "", "¥12.50", "¥12.50"},
		{-12345, "CNY", "", "−¥1.2万", "−¥12.3K"},
		{1234.5, "USD", "", "$1,234", "$1,234"},
		{12, "EUR", "0.0", "€12.0", "€12.0"},
		{12, "CHF", "", "CHF 12.00", "CHF 12.00"},
		{12, "户", "", "12户", "12户"},
		{12, "orders", "", "12 orders", "12 orders"},
		{math.NaN(), "", "", "—", "—"},
		{math.Inf(-1), "CNY", "", "—", "—"},
	} {
		if got := text.FormatNumber(tt.v, tt.unit, tt.format, text.ZH); got != tt.zh {
			t.Errorf("zh %v %s %s: %s, want %s", tt.v, tt.unit, tt.format, got, tt.zh)
		}
		if got := text.FormatNumber(tt.v, tt.unit, tt.format, text.EN); got != tt.en {
			t.Errorf("en %v %s %s: %s, want %s", tt.v, tt.unit, tt.format, got, tt.en)
		}
	}
	if got := text.FormatValue(nil, "CNY", "", text.ZH); got != text.None {
		t.Errorf("no value: %s", got)
	}
	v := 5.0
	if got := text.FormatValue(&v, "", "", text.ZH); got != "5" {
		t.Errorf("a value: %s", got)
	}
}

func TestFormatChange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v      float64
		unit   string
		zh, en string
	}{
		{0.012, "percent", "+1.2个百分点", "+1.2 pp"},
		{-0.012, "percent", "−1.2个百分点", "−1.2 pp"},
		{0, "percent", "0.0个百分点", "0.0 pp"},
		{12345, "CNY", "+¥1.2万", "+¥12.3K"},
		{-3, "", "−3", "−3"},
		{0, "", "0", "0"},
	} {
		if got := text.FormatChange(tt.v, tt.unit, "", text.ZH); got != tt.zh {
			t.Errorf("zh %v: %s, want %s", tt.v, got, tt.zh)
		}
		if got := text.FormatChange(tt.v, tt.unit, "", text.EN); got != tt.en {
			t.Errorf("en %v: %s, want %s", tt.v, got, tt.en)
		}
	}
	for v, want := range map[float64]string{0.1234: "+12.3%", -0.5: "−50.0%", 0: "0.0%", 12.3: "+1,230.0%", math.Inf(1): "—"} {
		if got := text.FormatRate(v, text.EN); got != want {
			t.Errorf("rate %v: %s, want %s", v, got, want)
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]text.Lang{"zh-CN,en;q=0.8": text.ZH, "en-US": text.EN, "zh_CN.UTF-8": text.ZH,
		"fr, zh": text.ZH, "fr": text.EN, "": text.EN, "C": text.EN} {
		if got := text.ParseLang(s); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
	both := text.Text{ZH: "销售额", EN: "Revenue"}
	if both.In(text.ZH) != "销售额" || both.In(text.EN) != "Revenue" {
		t.Error("a text does not say what it holds")
	}
	if (text.Text{ZH: "销售额"}).In(text.EN) != "销售额" || (text.Text{EN: "Revenue"}).In(text.ZH) != "Revenue" {
		t.Error("a missing language does not fall back to the other")
	}
	got := text.Text{ZH: "{m}升了", EN: "{m} rose"}.With("m", both)
	if got != (text.Text{ZH: "销售额升了", EN: "Revenue rose"}) {
		t.Errorf("With: %+v", got)
	}
	if !(text.Text{}).IsZero() || both.IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestTextFromJSON(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]text.Text{`"a"`: text.Same("a"), `{"zh":"甲"}`: {ZH: "甲"}, `{"zh":"甲","en":"A"}`: {ZH: "甲", EN: "A"}} {
		var got text.Text
		if err := json.Unmarshal([]byte(src), &got); err != nil || got != want {
			t.Errorf("%s: %+v %v", src, got, err)
		}
	}
	var x text.Text
	if err := json.Unmarshal([]byte(`3`), &x); err == nil {
		t.Error("a number became a text")
	}
}

// TestWithNumbers groups whole numbers, and leaves what only looks like one.
func TestWithNumbers(t *testing.T) {
	t.Parallel()
	got := text.Text{ZH: "{n} 行，{id}", EN: "{n} rows, {id}"}
	for want, n := range map[string]any{"1,234,567 rows, 20260105": 1234567, "−4,096 rows, 20260105": int64(-4096), "999 rows, 20260105": uint32(999), "12345.5 rows, 20260105": 12345.5} {
		if s := got.With("n", n, "id", "20260105").EN; s != want {
			t.Errorf("%q, want %q", s, want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]text.Text{
		"30 hours": {ZH: "30 小时", EN: "30 hours"},
		"1 month":  {ZH: "1 个月", EN: "1 month"},
		"48h49m0s": {ZH: "2 天", EN: "2 days"},
		"1h59m0s":  {ZH: "1 小时", EN: "1 hour"},
		"20m0s":    {ZH: "20 分钟", EN: "20 minutes"},
		"fiscal":   {ZH: "fiscal", EN: "fiscal"},
	} {
		if got := text.Span(s); got != want {
			t.Errorf("%s: %+v, want %+v", s, got, want)
		}
	}
}
