package expr_test

import (
	"strings"
	"testing"
)

func TestLinear(t *testing.T) {
	t.Parallel()
	show := func(src string) string {
		l, ok := check(t, src).Linear()
		if !ok {
			return "no"
		}
		var out []string
		for _, m := range l.Terms {
			out = append(out, m.Factor.SQL(plain{}).Text+"*"+m.Column.Ref.(string))
		}
		if l.Constant != nil {
			out = append(out, l.Constant.SQL(plain{}).Text)
		}
		return strings.Join(out, " + ")
	}
	for src, want := range map[string]string{
		"qty": "1*qty", "-qty": "-1*qty", "qty * 2 - 3": "2*qty + -3", "(2 + 1) * (qty - price)": "3*qty + -3*price",
		"price * 0.95 + qty * 1.50 - 0.05": "0.95*price + 1.50*qty + -0.05", "-(price - 3) * 2 + price": "-1*price + 6",
		"price * 0.50 + price * 1.5": "2.00*price", "qty - qty": "0*qty", "0.5 * (price * 0.5)": "no", // three decimals multiplied are a float
		"qty * price": "no", "qty / 2": "no", "score + 1": "no", "3 + 4": "no", "abs(qty)": "no", "qty % 2": "no", "qty * 1.": "no",
		"case when paid then qty end": "no", "price * 9223372036854775808": "9223372036854775808*price",
	} {
		if got := show(src); got != want {
			t.Errorf("%s is %s, want %s", src, got, want)
		}
	}
}
