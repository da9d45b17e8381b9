package text

import (
	"math"
	"strconv"
	"strings"
)

// None stands where there is no value.
const None = "—"

// FormatNumber writes a value for people. Units: "percent" is a fraction shown
// times 100 with %; a three-letter currency code gives its symbol; "" nothing;
// any other word follows the number. From 10,000 on, numbers shorten to 万,
// 亿 and 万亿, or K, M, B and T, with one decimal.
//
// Format sets the decimals: "0" none, "0.00" two, also for shortened numbers;
// with a comma, as in "#,##0.00", nothing is shortened. NaN and infinities
// give None. Digits are grouped by three; the minus sign is U+2212, as on the page.
func FormatNumber(v float64, unit, format string, l Lang) string {
	return formatSigned(v, unit, format, l, false)
}

// FormatValue is FormatNumber for a value that may be missing.
func FormatValue(v *float64, unit, format string, l Lang) string {
	if v == nil {
		return None
	}
	return FormatNumber(*v, unit, format, l)
}

// FormatChange writes a difference with its sign, percent in percentage
// points: +1.2 pp, +1.2个百分点, −¥1.2万. No change has no sign.
func FormatChange(v float64, unit, format string, l Lang) string {
	return formatSigned(v, unit, format, l, true)
}

// FormatRate writes a relative change given as a fraction: +12.3%.
func FormatRate(v float64, l Lang) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return None
	}
	digits := group(strconv.FormatFloat(math.Abs(v)*100, 'f', 1, 64))
	return signOf(v, digits, true) + digits + "%"
}

func formatSigned(v float64, unit, format string, l Lang, change bool) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return None
	}
	style := parseFormat(format)
	size := math.Abs(v)
	before, after := "", ""
	var digits string
	switch symbol, places, money := currency(unit); {
	case unit == "percent":
		digits = group(strconv.FormatFloat(size*100, 'f', style.or(1), 64))
		after = percentMark(change, l)
	case money:
		before = symbol
		if size >= 1000 {
			places = 0
		}
		digits = style.short(size, places, l)
	default:
		digits = style.short(size, naturalPlaces(size), l)
		after = unitWord(unit)
	}
	return signOf(v, digits, change) + before + digits + after
}

func percentMark(change bool, l Lang) string {
	switch {
	case !change:
		return "%"
	case l == ZH:
		return "个百分点"
	}
	return " pp"
}

// signOf gives the sign of what is shown: a value that rounds to zero has none.
func signOf(v float64, digits string, plus bool) string {
	if !strings.ContainsAny(digits, "123456789") {
		return ""
	}
	if v < 0 {
		return "−"
	}
	if plus {
		return "+"
	}
	return ""
}

// unitWord follows the number, after a blank unless it is Chinese.
func unitWord(unit string) string {
	if unit == "" {
		return ""
	}
	if r := []rune(unit)[0]; r >= 0x2E80 {
		return unit
	}
	return " " + unit
}

// style is a parsed format string.
type style struct {
	decimals int // -1: not said
	full     bool
}

func parseFormat(format string) style {
	if format == "" {
		return style{decimals: -1}
	}
	s := style{full: strings.Contains(format, ",")}
	if _, part, ok := strings.Cut(format, "."); ok {
		s.decimals = min(strings.Count(part, "0"), 12)
	}
	return s
}

func (s style) or(places int) int {
	if s.decimals < 0 {
		return places
	}
	return s.decimals
}

// scale is a step at which numbers shorten.
type scale struct {
	size   float64
	suffix string
}

func scales(l Lang) []scale {
	if l == ZH {
		return []scale{{1e12, "万亿"}, {1e8, "亿"}, {1e4, "万"}}
	}
	return []scale{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}}
}

// short writes a size >= 0, shortened from 10,000 on. A number that rounds up
// to the next step is written in that step: 9,999.99万 is 1亿.
func (s style) short(size float64, places int, l Lang) string {
	plain := strconv.FormatFloat(size, 'f', s.or(places), 64)
	if rounded, err := strconv.ParseFloat(plain, 64); s.full || err != nil || rounded < 1e4 {
		return group(plain)
	}
	for _, step := range scales(l) {
		digits := strconv.FormatFloat(size/step.size, 'f', s.or(1), 64)
		if rounded, err := strconv.ParseFloat(digits, 64); err != nil || rounded < 1 {
			continue
		}
		if s.decimals < 0 {
			digits = strings.TrimSuffix(digits, ".0")
		}
		return group(digits) + step.suffix
	}
	return group(plain)
}

// naturalPlaces is how many decimals a number needs when nobody said.
func naturalPlaces(size float64) int {
	switch {
	case size == math.Trunc(size), size >= 1000:
		return 0
	case size >= 1:
		return 2
	case size >= 0.1:
		return 3
	}
	// Three digits that count, within reason.
	return min(2-int(math.Floor(math.Log10(size))), 8)
}

// group puts a comma after every three digits before the point.
func group(s string) string {
	whole, part, point := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		return whole + "." + part
	}
	return whole
}

// currency gives the symbol and usual decimals of a currency code; any other
// three capital letters stand for themselves.
func currency(code string) (symbol string, places int, ok bool) {
	switch code {
	case "CNY":
		return "¥", 2, true
	case "JPY":
		return "JP¥", 0, true
	case "KRW":
		return "₩", 0, true
	case "USD":
		return "$", 2, true
	case "EUR":
		return "€", 2, true
	case "GBP":
		return "£", 2, true
	case "HKD":
		return "HK$", 2, true
	case "TWD":
		return "NT$", 2, true
	case "INR":
		return "₹", 2, true
	}
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", 0, false
	}
	return code + " ", 2, true
}
