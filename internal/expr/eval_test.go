package expr_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/expr"
)

func TestEval(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) time.Time {
		d, err := time.Parse("2006-01-02", s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	row := map[string]any{
		"amount": 12.5, "price": nil, "qty": int64(3), "score": math.NaN(), "channel": "网店 web", "paid": true,
		"day": day("2026-02-28"), "at": time.Date(2026, 1, 31, 17, 30, 0, 0, time.UTC), "seen": nil,
	}
	env := expr.Env{Value: func(ref any) any { return row[ref.(string)] }, Zone: zone}
	for src, want := range map[string]any{
		"qty + 1": int64(4), "qty / 2": 1.5, "qty / 0": nil, "amount * qty": 37.5, "qty % 2": int64(1), "qty % 0": nil, "-7 % 4": int64(-3),
		"price + 1": nil, "score > 1": nil, "price is null": true, "price is not null": false, "-amount": -12.5,
		"false and price > 1": false, "true or price > 1": true, "true and price > 1": nil, "not (price > 1)": nil,
		"qty in (1, 3)": true, "qty in (1, price)": nil, "qty not in (1, 2)": true, "qty in (3, price)": true,
		"qty between 1 and 3": true, "qty between price and 2": false, "qty not between 4 and 5": true,
		"channel like '网店%'": true, "channel like '_店 w_b'": true, "channel like '%WEB'": false, "'a%b' like 'a%%b'": true, "'' like '%'": true,
		"channel || '!'": "网店 web!", "channel || null": nil, "concat(channel, null, '!')": "网店 web!",
		"case when price > 1 then 'a' when paid then 'b' else 'c' end": "b", "case qty when 1 then 1 end": nil, "case qty when 3 then 1 else 0.5 end": 1.0,
		"if(price > 1, 1, 2)": int64(2), "coalesce(price, qty)": 3.0, "nullif(qty, 3)": nil, "nullif(qty, 4)": int64(3),
		"greatest(1, price, 2.5)": 2.5, "least(3, 1)": int64(1), "greatest(price, price)": nil,
		"round(2.5)": 3.0, "round(-2.5)": -3.0, "round(1234, -2)": int64(1200), "round(amount, 0)": 13.0, "floor(-1.5)": -2.0, "ceil(1.2)": 2.0, "abs(-3)": int64(3),
		"sqrt(-1)": nil, "ln(0)": nil, "exp(1000)": nil, "power(2, 10)": 1024.0, "power(-1, 0.5)": nil,
		"lower('ÀB')": "àb", "upper('ab')": "AB", "trim('  a ')": "a", "length(channel)": int64(6), "left(channel, 2)": "网店", "right(channel, 3)": "web",
		"left(channel, -1)": "", "left(channel, 99)": "网店 web", "substr(channel, 2, 3)": "店 w", "substr(channel, 0)": "网店 web", "substr(channel, 99, 1)": "",
		"replace(channel, 'web', 'x')": "网店 x", "replace('a', '', 'x')": "a", "contains(channel, '店')": true, "starts_with(channel, 'web')": false,
		// 17:30 UTC is 01:30 the next day in Shanghai.
		"date(at)": day("2026-02-01"), "year(at)": int64(2026), "month(at)": int64(2), "hour(at)": int64(1), "dow(at)": int64(7), "quarter(day)": int64(1),
		"at >= '2026-02-01'": true, "at < '2026-02-01 01:30'": false, "at = timestamp '2026-01-31T17:30:00Z'": true, "at > day": false, "at > seen": nil,
		"days_between(at, day)": int64(27), "day = '2026-02-28'": true, "day < '2026-02-28 00:01'": true, "date_trunc('week', day)": day("2026-02-23"),
		"date_trunc('month', at)": day("2026-02-01"), "date_trunc('quarter', at)": day("2026-01-01"), "date_trunc('year', at)": day("2026-01-01"),
		"cast('12' as integer)": int64(12), "cast('x' as integer)": nil, "try_cast('1.5' as decimal)": 1.5, "cast(2.5 as integer)": int64(3), "cast(paid as integer)": int64(1),
		"cast('2026-02-28' as date) = day": true, "cast(at as date)": day("2026-02-01"), "cast(qty as string)": "3", "cast('yes' as boolean)": true, "cast(day as string)": "2026-02-28",
	} {
		got, err := env.Eval(check(t, src))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %v (%T) %v, want %v", src, got, got, err, want)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	t.Parallel()
	for src, value := range map[string]any{"qty + 9223372036854775807": 1, "qty * 2": int64(math.MaxInt64), "-qty": int64(math.MinInt64),
		"qty - 1": int64(math.MinInt64), "qty + 1": "text", "paid": 3, "channel": true, "qty > 1": 1.5, "day": "x", "abs(qty)": int64(math.MinInt64), "amount": struct{}{}} {
		_, err := check(t, src).Eval(func(any) any { return value })
		if _, ok := err.(*expr.Error); !ok {
			t.Errorf("%s with %v: %v", src, value, err)
		}
	}
}

// drawNode makes any tree that Parse can give.
func drawNode(t *rapid.T, depth int) expr.Node {
	sub := func() expr.Node { return drawNode(t, depth-1) }
	list := func() []expr.Node {
		out := make([]expr.Node, rapid.IntRange(1, 3).Draw(t, "n"))
		for i := range out {
			out[i] = sub()
		}
		return out
	}
	which := rapid.IntRange(0, 14).Draw(t, "node")
	if depth <= 0 {
		which %= 6
	}
	not := rapid.Bool().Draw(t, "not")
	switch which {
	case 0:
		part := rapid.OneOf(rapid.SampledFrom([]string{"a", "销售额", "实付 金额", "and", "b`c", "date", "left", "1x", "Ünï"}), rapid.StringN(1, 5, -1).Filter(storable))
		return &expr.Name{Parts: rapid.SliceOfN(part, 1, 3).Draw(t, "parts")}
	case 1:
		return &expr.Number{Text: rapid.SampledFrom([]string{"0", "12", "0.5", ".5", "1e3", "2E-4", "99999999999999999999"}).Draw(t, "number")}
	case 2:
		return &expr.Text{Value: rapid.String().Filter(storable).Draw(t, "text")}
	case 3:
		return &expr.Bool{Value: not}
	case 4:
		return &expr.None{}
	case 5:
		return &expr.Moment{Type: expr.Timestamp, Value: rapid.SampledFrom([]string{"2026-01-01", "2026-01-01 08:00:00.5", "2026-01-01T08:00:00+08:00"}).Draw(t, "moment")}
	case 6:
		return &expr.Unary{Op: rapid.SampledFrom([]string{"-", "not"}).Draw(t, "op"), X: sub()}
	case 7, 8:
		op := rapid.SampledFrom([]string{"+", "-", "*", "/", "%", "||", "=", "<>", "<", "<=", ">", ">=", "and", "or"}).Draw(t, "op")
		return &expr.Binary{Op: op, L: sub(), R: sub()}
	case 9:
		return &expr.IsNull{X: sub(), Not: not}
	case 10:
		return &expr.In{X: sub(), List: list(), Not: not}
	case 11:
		return &expr.Between{X: sub(), Lo: sub(), Hi: sub(), Not: not}
	case 12:
		return &expr.Like{X: sub(), Pattern: sub(), Not: not}
	case 13:
		c := &expr.Case{Whens: []expr.When{{If: sub(), Then: sub()}}}
		if not {
			c.Operand, c.Else = sub(), sub()
		}
		return c
	}
	if not {
		return &expr.Cast{X: sub(), To: expr.Decimal, Try: rapid.Bool().Draw(t, "try")}
	}
	return &expr.Call{Function: rapid.SampledFrom([]string{"coalesce", "left", "if", "date"}).Draw(t, "function"), Args: list()}
}

func storable(s string) bool {
	for _, r := range s {
		if r == 0 || r == '\uFFFD' {
			return false
		}
	}
	return true
}

// TestSourceRoundTrip: what String writes parses to the same tree, and again
// to the same text.
func TestSourceRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := drawNode(t, 4)
		src := n.String()
		back, err := expr.Parse(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if !expr.Equal(n, back) {
			t.Fatalf("%s became %s", src, back)
		}
		if back.String() != src {
			t.Fatalf("%s is written %s", src, back)
		}
	})
}

func TestEqualTellsApart(t *testing.T) {
	t.Parallel()
	different := []string{"a", "`a b`", "a.b", "1", "1.0", "'a'", "true", "false", "null", "date '2026-01-01'", "-a", "not a", "a + b", "a - b", "b + a",
		"a is null", "a is not null", "a in (b)", "a not in (b)", "a in (b, b)", "a between a and b", "a like b", "a not like b",
		"case when a then b end", "case when a then b else b end", "case a when a then b end", "abs(a)", "floor(a)", "cast(a as date)", "try_cast(a as date)"}
	for i, x := range different {
		for j, y := range different {
			a, err1 := expr.Parse(x)
			b, err2 := expr.Parse("( " + y + " )")
			if err1 != nil || err2 != nil {
				t.Fatal(x, y, err1, err2)
			}
			if expr.Equal(a, b) != (i == j) {
				t.Errorf("Equal(%s, %s) is %v", x, y, i != j)
			}
		}
	}
}

// FuzzParse: no input makes the parser panic, and what it accepts it writes in
// a form that it accepts again. What checks also prints and evaluates.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "amount / qty", "销售额 > 100 and `实付 金额` is not null", "case when paid then 1 else 'x' end",
		"at between '2026-01-01' and timestamp '2026-01-01T00:00:00Z'", "not a in (1,2.5e3,.5) or b like '%''%'", "((((", "a.b.`c`.d", "- - -1",
		"cast(try_cast(a as date) as string)", "round(1,-3)", "left(channel, qty) || 'x'", "1 < 2 < 3", "'", "`", "“a”", "date '2026-02-30'", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		n, err := expr.Parse(src)
		if err != nil {
			if e, ok := err.(*expr.Error); !ok || e.Offset < 0 || e.End < e.Offset || e.End > len([]rune(src)) || e.Text.ZH == "" {
				t.Fatalf("bad error %#v", err)
			}
			return
		}
		back, err := expr.Parse(n.String())
		if err != nil || !expr.Equal(n, back) {
			t.Fatalf("%q is written %q: %v", src, n.String(), err)
		}
		typed, err := expr.Check(n, orders)
		if err != nil {
			if _, ok := err.(*expr.Error); !ok {
				t.Fatalf("bad error %#v", err)
			}
			return
		}
		typed.Print(plain{}, column)
		if _, err := typed.Eval(func(any) any { return nil }); err != nil {
			if _, ok := err.(*expr.Error); !ok {
				t.Fatalf("bad error %#v", err)
			}
		}
	})
}
