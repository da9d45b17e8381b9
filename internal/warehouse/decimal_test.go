package warehouse_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"lodestar/internal/warehouse"
)

func TestDecimalText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		unscaled, scale := rapid.Int64().Draw(t, "unscaled"), rapid.IntRange(0, 30).Draw(t, "scale")
		d := warehouse.NewDecimal(unscaled, scale)
		back, err := warehouse.ParseDecimal(d.String())
		if err != nil || back.Unscaled().Cmp(big.NewInt(unscaled)) != 0 || back.Scale() != scale {
			t.Fatalf("%d / 10^%d is %s, back %v, %v", unscaled, scale, d, back, err)
		}
		var number json.Number
		text, err := json.Marshal(d)
		if err != nil || json.Unmarshal(text, &number) != nil {
			t.Fatalf("JSON %s, %v", text, err)
		}
		if f, err := number.Float64(); err != nil || f != d.Float64() {
			t.Fatalf("float %v, want %v", d.Float64(), f)
		}
	})
}

func TestDecimalForms(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	for want, d := range map[string]warehouse.Decimal{
		"-0.05": warehouse.NewDecimal(-5, 2), "12.30": warehouse.NewDecimal(1230, 2), "7": warehouse.NewDecimal(7, 0),
		"0": {}, "-1234567890123456789012345.67890": warehouse.BigDecimal(huge, 5),
	} {
		if d.String() != want {
			t.Errorf("got %s, want %s", d, want)
		}
	}
	for _, bad := range []string{"", "x", "1.2.3", "1.-2", "1_0", "1e3"} {
		if d, err := warehouse.ParseDecimal(bad); err == nil {
			t.Errorf("%q is %s", bad, d)
		}
	}
}
