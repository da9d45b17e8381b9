package expr_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lodestar/internal/expr"
)

// plain is a dialect that writes readable SQL.
type plain struct{}

func (plain) Quote(ident string) string { return `"` + ident + `"` }

func (plain) Literal(v any, t expr.Type) expr.SQL {
	switch v := v.(type) {
	case nil:
		return expr.SQL{Text: "NULL"}
	case string:
		if t == expr.Decimal {
			return expr.SQL{Text: v}
		}
		return expr.SQL{Text: "?", Args: []any{v}}
	case time.Time:
		if t == expr.Date {
			return expr.SQL{Text: "DATE '" + v.Format("2006-01-02") + "'"}
		}
		return expr.SQL{Text: "TIMESTAMP '" + v.Format("2006-01-02 15:04:05") + "'"}
	}
	return expr.SQL{Text: fmt.Sprint(v)}
}

func (plain) Cast(x expr.SQL, from, to expr.Type) expr.SQL {
	return expr.Concat("CAST(", x, " AS "+string(to)+")")
}

func (plain) Divide(a, b expr.SQL) expr.SQL { return expr.Concat("(", a, " / ", b, ")") }

func (plain) Call(function string, args []expr.SQL) expr.SQL {
	return expr.Concat(function+"(", expr.Join(args, ", "), ")")
}

// columns is a scope of single and dotted names; the reference is the name.
type columns map[string]expr.Type

func (c columns) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	t, ok := c[name]
	if !ok {
		var names []string
		for n := range c {
			names = append(names, n)
		}
		return expr.Symbol{}, expr.UnknownName(name, names)
	}
	return expr.Symbol{Ref: name, Type: t}, nil
}

// orders is what most tests check against.
var orders = columns{
	"amount": expr.Decimal, "price": expr.Decimal, "qty": expr.Integer, "score": expr.Float, "channel": expr.String,
	"paid": expr.Boolean, "day": expr.Date, "at": expr.Timestamp, "seen": expr.Timestamp,
	"销售额": expr.Decimal, "实付 金额": expr.Decimal, "store.region": expr.String,
}

func column(ref any) expr.SQL { return expr.SQL{Text: plain{}.Quote(ref.(string))} }

func check(t *testing.T, src string) *expr.Typed {
	t.Helper()
	n, err := expr.Parse(src)
	if err != nil {
		t.Fatalf("parse %s: %v", src, err)
	}
	typed, err := expr.Check(n, orders)
	if err != nil {
		t.Fatalf("check %s: %v", src, err)
	}
	return typed
}

func TestPrint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		src, want string
		args      []any
	}{
		{"amount / qty", `("amount" / "qty")`, nil},
		{"amount - price * 2 + .5", `(("amount" - ("price" * 2)) + 0.5)`, nil},
		{"-amount % 3", `mod((-"amount"), 3)`, nil},
		{"channel <> 'it''s'", `("channel" <> ?)`, []any{"it's"}},
		{"channel in ('web', 'app') and not paid", `(("channel" IN (?, ?)) AND (NOT "paid"))`, []any{"web", "app"}},
		{"channel not like '%x_'", `(NOT like("channel", ?))`, []any{"%x_"}},
		{"store.region is not null or qty is null", `((NOT ("store.region" IS NULL)) OR ("qty" IS NULL))`, nil},
		{"销售额 > 100 and `实付 金额` >= 1e2", `(("销售额" > 100) AND ("实付 金额" >= 100))`, nil},
		{"qty not between 1 and 3", `(NOT (("qty" >= 1) AND ("qty" <= 3)))`, nil},
		{"case channel when 'a' then 1 else 2.5 end", `(CASE WHEN ("channel" = ?) THEN 1 ELSE 2.5 END)`, []any{"a"}},
		{"case when paid then qty end", `(CASE WHEN "paid" THEN "qty" ELSE NULL END)`, nil},
		{"if(paid, 1, 0)", `(CASE WHEN "paid" THEN 1 ELSE 0 END)`, nil},
		{"day >= '2026-01-31'", `("day" >= DATE '2026-01-31')`, nil},
		{"round(amount)", `round("amount", 0)`, nil},
		{"cast(amount as integer)", `CAST(round("amount", 0) AS integer)`, nil},
		{"left(channel, -1) || 'x'", `(left("channel", 0) || ?)`, []any{"x"}},
		{"left(channel, qty)", `left("channel", (CASE WHEN ("qty" < 0) THEN 0 ELSE "qty" END))`, nil},
		{"date_trunc('month', day)", `trunc_month("day")`, nil},
		{"amount * price * 2", `(("amount" * "price") * 2)`, nil},
		{"amount * price * amount", `(CAST(("amount" * "price") AS float) * CAST("amount" AS float))`, nil},
	} {
		got := check(t, tt.src).Print(plain{}, column)
		if got.Text != tt.want || fmt.Sprint(got.Args) != fmt.Sprint(tt.args) {
			t.Errorf("%s\n got %s %v\nwant %s %v", tt.src, got.Text, got.Args, tt.want, tt.args)
		}
	}
}

func TestPrintInZone(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	p := expr.Printer{Dialect: plain{}, Column: column, Zone: zone,
		Local: func(x expr.SQL) expr.SQL { return expr.Concat("local(", x, ")") }}
	for _, tt := range []struct{ src, want string }{
		{"at >= '2026-01-01'", `("at" >= TIMESTAMP '2025-12-31 16:00:00')`},
		{"at >= date '2026-01-01'", `("at" >= TIMESTAMP '2025-12-31 16:00:00')`},
		{"at >= timestamp '2026-01-01T08:00:00Z'", `("at" >= TIMESTAMP '2026-01-01 08:00:00')`},
		{"at between '2026-01-01' and '2026-01-02 12:30'", `(("at" >= TIMESTAMP '2025-12-31 16:00:00') AND ("at" <= TIMESTAMP '2026-01-02 04:30:00'))`},
		{"at in ('2026-01-01')", `("at" IN (TIMESTAMP '2025-12-31 16:00:00'))`},
		{"year(at) = 2026", `(year(local("at")) = 2026)`},
		{"date(at) = day", `(date(local("at")) = "day")`},
		{"at < day", `(local("at") < CAST("day" AS timestamp))`},
		{"at < seen", `("at" < "seen")`},
		{"days_between(day, at)", `days_between("day", date(local("at")))`},
		{"cast(at as date)", `CAST(local("at") AS date)`},
		{"coalesce(at, '2026-01-01') = seen", `(coalesce("at", TIMESTAMP '2025-12-31 16:00:00') = "seen")`},
		{"hour(at) >= 9", `(hour(local("at")) >= 9)`},
	} {
		if got := p.Print(check(t, tt.src)); got.Text != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.src, got.Text, tt.want)
		}
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]expr.Type{
		"qty + 1": expr.Integer, "qty / 2": expr.Float, "qty + amount": expr.Decimal, "amount + score": expr.Float,
		"qty > 1": expr.Boolean, "null": expr.Null, "coalesce(qty, 0.5)": expr.Decimal, "date(at)": expr.Date,
		"case when paid then null else at end": expr.Timestamp, "1e3": expr.Float, "99999999999999999999": expr.Decimal,
		"amount * amount * amount": expr.Float, "round(score, 2)": expr.Float, "nullif(channel, '')": expr.String,
		"amount % qty": expr.Decimal, "-qty": expr.Integer, "length(channel)": expr.Integer,
	} {
		if got := check(t, src).Type(); got != want {
			t.Errorf("%s is %s, want %s", src, got, want)
		}
	}
}

func TestSymbols(t *testing.T) {
	t.Parallel()
	got := check(t, "qty + amount * qty > 1 and store.region = 'x'").Symbols()
	want := []expr.Symbol{{Ref: "qty", Type: expr.Integer}, {Ref: "amount", Type: expr.Decimal}, {Ref: "store.region", Type: expr.String}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("symbols %v, want %v", got, want)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		src, code   string
		offset, end int
		suggestion  string
	}{
		{"", "syntax", 0, 0, ""},
		{"amount +", "syntax", 8, 8, ""},
		{"销售额 + amout", "unknown_name", 6, 11, "amount"},
		{"销售", "unknown_name", 0, 2, "销售额"},
		{"rond(amount)", "unknown_function", 0, 4, "round"},
		{"round()", "wrong_arguments", 0, 7, ""},
		{"round(amount, qty)", "wrong_arguments", 14, 17, ""},
		{"amount > '5'", "wrong_type", 0, 12, ""},
		{"channel + 1", "wrong_type", 0, 7, ""},
		{"day > '2026-13-01'", "bad_literal", 6, 18, ""},
		{"date '2026-02-30'", "bad_literal", 5, 17, ""},
		{"day + 1", "wrong_type", 0, 7, ""},
		{"channel = null", "null_comparison", 0, 14, ""},
		{"qty in (1, null)", "null_comparison", 11, 15, ""},
		{"1 < qty < 3", "syntax", 8, 9, ""},
		{"(amount", "syntax", 7, 7, ""},
		{"amount)", "syntax", 6, 7, ""},
		{"channel = “web”", "syntax", 10, 11, "'"},
		{"amount × 2", "syntax", 7, 8, "*"},
		{"'open", "syntax", 0, 5, ""},
		{"2nd > 1", "bad_literal", 0, 3, ""},
		{"1e999", "bad_literal", 0, 5, ""},
		{"paid > true", "wrong_type", 0, 11, ""},
		{"if(qty, 1, 2)", "wrong_type", 3, 6, ""},
		{"coalesce(qty, 'a')", "wrong_type", 14, 17, ""},
		{"cast(day as timestamp)", "wrong_type", 12, 21, ""},
		{"date_trunc('hour', at)", "wrong_arguments", 11, 17, ""},
		{"hour(day)", "wrong_type", 5, 8, ""},
		{"not qty", "wrong_type", 4, 7, ""},
		{"qty in ()", "syntax", 8, 9, ""},
		{"``", "syntax", 0, 2, ""},
		{"a; drop table x", "syntax", 1, 2, ""},
		{"a.and", "syntax", 2, 5, ""},
		{"\xff", "syntax", 0, 0, ""},
		{"'a\x00'", "syntax", 0, 0, ""},
	} {
		n, err := expr.Parse(tt.src)
		if err == nil {
			_, err = expr.Check(n, orders)
		}
		e, ok := err.(*expr.Error)
		if !ok {
			t.Errorf("%q: no error but %v", tt.src, err)
			continue
		}
		if e.Code != tt.code || e.Offset != tt.offset || e.End != tt.end || e.Suggestion != tt.suggestion {
			t.Errorf("%q: %s at %d-%d %q (%v), want %s at %d-%d %q", tt.src, e.Code, e.Offset, e.End, e.Suggestion, e, tt.code, tt.offset, tt.end, tt.suggestion)
		}
		if e.Text.ZH == "" || e.Text.EN == "" || strings.Contains(e.Text.ZH+e.Text.EN, "{") {
			t.Errorf("%q: text not complete: %+v", tt.src, e.Text)
		}
	}
}

func TestCheckBool(t *testing.T) {
	t.Parallel()
	for src, good := range map[string]bool{"paid": true, "qty > 1": true, "qty": false, "'a'": false} {
		n, err := expr.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := expr.CheckBool(n, orders); (err == nil) != good {
			t.Errorf("CheckBool(%s): %v", src, err)
		}
		if _, err := expr.CheckNumber(n, orders); (err == nil) != (src == "qty") {
			t.Errorf("CheckNumber(%s): %v", src, err)
		}
	}
}

func TestHostileInputIsAnError(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"brackets": strings.Repeat("(", 100_000), "a megabyte": strings.Repeat("a+", 1<<19) + "a",
		"minus": strings.Repeat("-", 50_000) + "1", "not": strings.Repeat("not ", 20_000) + "true",
		"chain": strings.Repeat("a+", 2_000) + "a", "case": strings.Repeat("case when ", 5_000), "calls": strings.Repeat("abs(", 20_000),
		"or": strings.Repeat("a or ", 5_000) + "a",
	} {
		_, err := expr.Parse(src)
		e, ok := err.(*expr.Error)
		if !ok || e.Code != "too_deep" && e.Code != "too_long" {
			t.Errorf("%s: %v", name, err)
		}
	}
	wide := "qty in (" + strings.Repeat("1,", 10_000) + "1)"
	if _, err := expr.Parse(wide); err != nil {
		t.Errorf("a long list is no danger: %v", err)
	}
}

// TestDoublingIsRefused: parts that are printed twice, nested, would double
// with each level.
func TestDoublingIsRefused(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string][2]string{
		"between": {"if(", " between 1 and 2, 1, 0)"}, "case": {"case ", " when 1 then 1 when 2 then 2 end"}, "left": {"length(left('abc', ", "))"},
	} {
		n, err := expr.Parse(strings.Repeat(wrap[0], 60) + "qty" + strings.Repeat(wrap[1], 60))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = expr.Check(n, orders)
		if e, ok := err.(*expr.Error); !ok || e.Code != "too_long" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, from, to, want string }{
		{"amount  / amount.x -  'amount'", "amount", "net", "net  / net.x -  'amount'"},
		{"store.region='a' and region = 'b'", "store.region", "shop.area", "shop.area='a' and region = 'b'"},
		{"`实付 金额`>1 or x", "实付 金额", "paid", "paid>1 or x"},
		{"x+1", "x", "order no", "`order no`+1"},
		{"case when`a`then 1 end", "a", "b", "case when`b`then 1 end"},
	} {
		got, err := expr.Rename(tt.src, strings.Split(tt.from, "."), strings.Split(tt.to, "."))
		if err != nil || got != tt.want {
			t.Errorf("%s: %s %v, want %s", tt.src, got, err, tt.want)
		}
	}
	if _, err := expr.Rename("a +", []string{"a"}, []string{"b"}); err == nil {
		t.Error("a broken source was renamed")
	}
}

func TestDidyoumean(t *testing.T) {
	t.Parallel()
	names := []string{"revenue", "orders", "活跃家庭数", "客单价"}
	for name, want := range map[string]string{"revenu": "revenue", "Revenue": "revenue", "odrers": "orders",
		"活跃家庭": "活跃家庭数", "客单": "客单价", "x": "", "": "", "完全不同的": ""} {
		if got := expr.Didyoumean(name, names); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
