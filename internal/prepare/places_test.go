package prepare_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/prepare"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
)

// oneColumn asks steps over a table with one column of text.
func oneColumn(t *testing.T, zone *time.Location, texts []string, list []steps.Step) ([]rel, *prepare.Statement) {
	t.Helper()
	s := openScratch(t)
	rows := make([][]any, len(texts))
	for i, v := range texts {
		rows[i] = []any{v, v, int64(i)}
	}
	table, err := s.db.Fill(t.Context(), "texts", []warehouse.StoredColumn{{Name: "x", Type: expr.String}, {Name: "was", Type: expr.String}, {Name: "i", Type: expr.Integer}}, rows)
	if err != nil {
		t.Fatal(err)
	}
	s.tables["texts"] = table
	plan, found := steps.Type("steps", "texts", list, func(string) *steps.Input {
		return steps.NewInput("texts", []steps.Column{{Name: "x", Type: expr.String}, {Name: "was", Type: expr.String}, {Name: "i", Type: expr.Integer}}, []string{"i"})
	})
	if len(found) > 0 {
		t.Fatal(found)
	}
	st, err := s.printer(zone).Print(plan)
	if err != nil {
		t.Fatal(err)
	}
	var out []rel
	for i := range plan.Stages {
		out = append(out, s.ask(t, st.Rows(i, 0)))
	}
	counts := rel{}
	if len(st.Losses) > 0 {
		counts = s.ask(t, st.Count(nil, st.Losses))
	}
	return append(out, counts), st
}

func expectEach(t *testing.T, want map[string]any, zone *time.Location, list []steps.Step) {
	t.Helper()
	texts := sortedNames(want)
	got, _ := oneColumn(t, zone, texts, list)
	for _, row := range got[len(got)-2].rows {
		if a, b := cell(row[0]), cell(want[row[1].(string)]); a != b {
			t.Errorf("%q gives %s, not %s", row[1], a, b)
		}
	}
	if n := len(got[len(got)-2].rows); n != len(texts) {
		t.Errorf("%d rows of %d", n, len(texts))
	}
}

func TestProvinces(t *testing.T) {
	t.Parallel()
	expectEach(t, map[string]any{
		"广东": "广东省", "广东省": "广东省", " 广东省深圳市南山区": "广东省", "粤": "广东省", "Guangdong": "广东省", "深圳": "广东省", "深圳市南山区": "广东省",
		"北京": "北京市", "北京朝阳区建国路": "北京市", "内蒙古呼和浩特": "内蒙古自治区", "内蒙": "内蒙古自治区", "新疆伊犁": "新疆维吾尔自治区",
		"吉林": "吉林省", "吉林市": "吉林省", "海南": "海南省", "海南州": "青海省", "海南藏族自治州": "青海省", "重庆": "重庆市", "Inner  Mongolia": "内蒙古自治区",
		"香港": "香港特别行政区", "臺灣": "台湾省", "火星": nil, "": nil, "陕西": "陕西省", "山西": "山西省", "Shaanxi": "陕西省", "Shanxi": "山西省",
	}, time.UTC, []steps.Step{{Standardise: []steps.Standard{{Column: "x", As: "province"}}}})
}

func TestCities(t *testing.T) {
	t.Parallel()
	expectEach(t, map[string]any{
		"深圳": "深圳市", "深圳市": "深圳市", "广东深圳": "深圳市", "广东省深圳市南山区": "深圳市", "北京市朝阳区": "北京市", "北京朝阳区": "北京市", "朝阳": "朝阳市",
		"辽宁朝阳": "朝阳市", "吉林省吉林市": "吉林市", "吉林市": "吉林市", "恩施": "恩施土家族苗族自治州", "恩施州利川市": "恩施土家族苗族自治州", "重庆": "重庆市",
		"广东省": nil, "火星": nil, "苏州": "苏州市", "宿州": "宿州市", "湖南吉首": nil, "大理": "大理白族自治州", "广东苏州": nil, "香港": "香港特别行政区", "呼市": "呼和浩特市",
	}, time.UTC, []steps.Step{{Standardise: []steps.Standard{{Column: "x", As: "city"}}}})
}

func TestPhones(t *testing.T) {
	t.Parallel()
	expectEach(t, map[string]any{
		"138 1234 5678": "+8613812345678", "+86-138-1234-5678": "+8613812345678", "0086 13812345678": "+8613812345678", "８６１３８１２３４５６７８": "+8613812345678",
		"(010) 6277-1234": "+861062771234", "0755-88887777": "+8675588887777", "+44 20 7946 0958": "+442079460958", "0044 20 7946 0958": "+442079460958",
		"12345": nil, "128 1234 5678": nil, "call me": nil, "+0123456789": nil,
	}, time.UTC, []steps.Step{{Standardise: []steps.Standard{{Column: "x", As: "phone"}}}})
}

func TestDates(t *testing.T) {
	t.Parallel()
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	expectEach(t, map[string]any{
		"2026-01-05": day(1, 5), "2026/1/5": day(1, 5), "2026年1月5日": day(1, 5), "20260105": day(1, 5), " 2026.12.31 ": day(12, 31), "２０２６－０１－０５": day(1, 5),
		"2026-02-30": nil, "20261305": nil, "2026-1": nil, "5.1.2026": nil, "202615": nil,
	}, time.UTC, []steps.Step{{Standardise: []steps.Standard{{Column: "x", As: "date"}}}})
	expectEach(t, map[string]any{"5.1.2026": day(1, 5), "05.01.2026": day(1, 5), "31.4.2026": nil, "2026-01-05": nil},
		time.UTC, []steps.Step{{Cast: []steps.Cast{{Column: "x", Type: expr.Date, Format: "%d.%m.%Y"}}}})
}

// TestClocks reads texts by the clocks of a place, and goes back.
func TestClocks(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(h, m int) time.Time { return time.Date(2026, 3, 29, h, m, 0, 0, time.UTC) }
	want := map[string]any{
		"2026-03-29 01:59:00": at(0, 59), "2026-03-29 03:00:00": at(1, 0), "2026-03-29 02:30:00": at(1, 30), // skipped: the later instant
		"2026-10-25 02:30:00":       time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), // twice: the earlier one
		"2026-03-29T05:00:00+08:00": time.Date(2026, 3, 28, 21, 0, 0, 0, time.UTC), "2026-03-29 05:00:00.5Z": at(5, 0).Add(500 * time.Millisecond),
		"2026-07-01": time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC), "1850-01-01 00:00:00": time.Date(1849, 12, 31, 23, 0, 0, 0, time.UTC), "2026-03-29 25:00:00": nil,
		"2026-07-01Z": nil, "2026-07-01+08:00": nil, "2026-07-01 -0700": nil, " 2026/7/1 08:00 +0800": time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
	}
	cast := steps.Step{Cast: []steps.Cast{{Column: "x", Type: expr.Timestamp}}}
	expectEach(t, want, berlin, []steps.Step{cast})
	for s, v := range want {
		if v == nil {
			delete(want, s)
			continue
		}
		want[s] = v.(time.Time).In(berlin).Format(time.DateOnly)
		if s[0] == '1' {
			want[s] = "1850-01-01"
		}
	}
	expectEach(t, want, berlin, []steps.Step{cast, {Derive: []steps.Derived{{Name: "x", Expr: "cast(date(x) as string)"}}}})
}

func TestLooseNumbers(t *testing.T) {
	t.Parallel()
	expectEach(t, map[string]any{"1,234.50": 1234.5, "￥ 12": 12.0, "12%": 0.12, "-5.5%": -0.055, "$1e3": nil, "1.2.3": nil, "12.345%": 0.12345, "1.2345678": nil},
		time.UTC, []steps.Step{{Cast: []steps.Cast{{Column: "x", Type: expr.Decimal, Precision: 18, Scale: 6, Format: "loose"}}}})
	expectEach(t, map[string]any{"1,234": int64(1234), "12.0": nil, "1 000": int64(1000)},
		time.UTC, []steps.Step{{Cast: []steps.Cast{{Column: "x", Type: expr.Integer, Format: "loose"}}}})
}

// TestLosses counts values that do not convert and leaves out blanks, and
// lists the rows that are set aside.
func TestLosses(t *testing.T) {
	t.Parallel()
	texts := []string{"1", "x", "", " ", "2.5", "7"}
	got, _ := oneColumn(t, time.UTC, texts, []steps.Step{{Cast: []steps.Cast{{Column: "x", Type: expr.Integer}}}})
	if n := cell(got[2].rows[0][0]); n != "2" {
		t.Errorf("%s values lost, not 2", n)
	}
	got, st := oneColumn(t, time.UTC, texts, []steps.Step{{Cast: []steps.Cast{{Column: "x", Type: expr.Integer, OnError: "reject"}}}})
	if n := len(got[1].rows); n != 4 {
		t.Errorf("%d rows stay, not 4", n)
	}
	if q := st.Rejects(func(string) bool { return false }, "not_an_integer"); q.Text == "" {
		t.Error("no rejects")
	}
}

// TestHash masks with a salt, the same for the same.
func TestHash(t *testing.T) {
	t.Parallel()
	got, st := oneColumn(t, time.UTC, []string{"a", "b", "a"}, []steps.Step{{Mask: []steps.Mask{{Column: "x", How: "hash", Salt: &steps.Salt{Vault: "pii"}}}}})
	want := fmt.Sprintf("%x", sha256.Sum256([]byte("peppera")))
	rows := got[1].rows
	if rows[0][0] != rows[2][0] || rows[0][0] == rows[1][0] || rows[0][0] != want {
		t.Errorf("hashes %v", rows)
	}
	if q := st.Rows(1, 0); strings.Contains(q.Text, "pepper") {
		t.Error("the salt stands in the statement")
	}
}

// TestManyValues maps by a table what is too much for one comparison after the
// other.
func TestManyValues(t *testing.T) {
	t.Parallel()
	want, values := map[string]any{"other": "none"}, map[string]string{}
	for i := range 100 {
		k := fmt.Sprintf("k%d", i)
		values[k] = fmt.Sprintf("v%d", i)
		want[k] = values[k]
	}
	expectEach(t, want, time.UTC, []steps.Step{{Map: &steps.Mapping{Column: "x", Values: values, Default: "none"}}})
}
