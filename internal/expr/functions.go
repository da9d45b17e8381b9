package expr

import "lodestar/internal/text"

// class is what an argument may be.
type class int

const (
	anyValue  class = iota // any type; all such arguments of a call must agree
	number                 // integer, decimal or float
	whole                  // integer
	wholeFix               // an integer literal, perhaps negative
	textual                // string
	moment                 // date or timestamp; a text literal that reads as one
	instant                // timestamp
	condition              // boolean
	unitName               // 'day' | 'week' | 'month' | 'quarter' | 'year'
)

// Result types that depend on the arguments.
const (
	sameAsFirst Type = "=first"  // the type of the first argument
	common      Type = "=common" // the type that all anyValue or number arguments fit
)

// Function is a scalar function of the language. Engines implement each by its
// Name in Dialect.Call. The rules that hold on every engine:
//
//   - A NULL argument gives NULL, but for coalesce, concat, greatest, least, if.
//   - Text counts and positions are in characters (code points), from 1.
//   - A result that is not a finite number is NULL (sqrt(-1), ln(0), power).
//   - Times passed to Dialect.Call are a DATE or a naive timestamp that is
//     already local to the query's zone; Printer.Local has been applied.
//
// Names passed to Dialect.Call, with what they mean:
//
//	coalesce(a, …)        first that is not NULL
//	nullif(a, b)          NULL when a = b, else a
//	abs(x)                type of x
//	round(x, n)           half away from zero; n is a literal, may be negative; type of x
//	round_float(x, n)     the same for a float
//	floor(x) ceil(x)      type of x, which is no integer
//	sqrt(x) ln(x) exp(x)  float; NULL outside the domain or when not finite
//	power(x, y)           float; NULL when undefined or not finite
//	greatest(…) least(…)  NULLs are ignored; NULL when all are
//	mod(a, b)             remainder with the sign of a; NULL when b is 0
//	mod_float(a, b)       the same when one is a float
//	lower(s) upper(s)     Unicode, one to one
//	trim(s)               without blanks (U+0020) at both ends
//	length(s)             characters
//	substr(s, from, n)    from >= 1 and n >= 0 always hold; n may be missing
//	left(s, n) right(s, n)  n >= 0 always holds
//	replace(s, a, b)      every a by b; unchanged when a is empty
//	concat(…)             NULL counts as empty text
//	starts_with(s, p) contains(s, p)  by bytes, no patterns
//	like(s, p)            % and _ only; no escape character; case matters
//	year(t) quarter(t) month(t) day(t)  integer
//	dow(t)                1 = Monday … 7 = Sunday
//	hour(t)               0 … 23
//	date(t)               the DATE of a naive timestamp
//	days_between(a, b)    integer days from DATE a to DATE b, negative when b is earlier
//	trunc_day trunc_week trunc_month trunc_quarter trunc_year (t)
//	                      first DATE of the period; weeks start on Monday
//
// if(c, a, b) is printed as CASE; cast and try_cast go through Dialect.Cast;
// and, or, not, comparison, + - * and || are printed as in standard SQL.
type Function struct {
	Name      string
	Signature string    // as shown to people
	Doc       text.Text // one line
	params    []class
	optional  int  // of the params, how many at the end may be missing
	variadic  bool // the last param may repeat
	result    Type
}

// functions is the whole list; nothing writes to it.
var functions = [...]Function{
	{"abs", "abs(x)", text.Text{ZH: "绝对值", EN: "absolute value"}, []class{number}, 0, false, sameAsFirst},
	{"ceil", "ceil(x)", text.Text{ZH: "向上取整", EN: "round up"}, []class{number}, 0, false, sameAsFirst},
	{"coalesce", "coalesce(a, b, …)", text.Text{ZH: "第一个非空值", EN: "first value that is not null"}, []class{anyValue, anyValue}, 1, true, common},
	{"concat", "concat(a, b, …)", text.Text{ZH: "连接文本，空值当作空文本", EN: "join texts; null counts as empty"}, []class{textual}, 0, true, String},
	{"contains", "contains(s, part)", text.Text{ZH: "是否包含", EN: "whether s contains part"}, []class{textual, textual}, 0, false, Boolean},
	{"date", "date(t)", text.Text{ZH: "时间所在的日期", EN: "the day of a time"}, []class{moment}, 0, false, Date},
	{"date_trunc", "date_trunc('month', t)", text.Text{ZH: "时间所在周期的第一天", EN: "first day of the period of a time"}, []class{unitName, moment}, 0, false, Date},
	{"day", "day(t)", text.Text{ZH: "几号，1 到 31", EN: "day of the month, 1 to 31"}, []class{moment}, 0, false, Integer},
	{"days_between", "days_between(from, to)", text.Text{ZH: "相隔天数", EN: "days from one date to another"}, []class{moment, moment}, 0, false, Integer},
	{"dow", "dow(t)", text.Text{ZH: "星期几，1 为星期一", EN: "day of the week, 1 is Monday"}, []class{moment}, 0, false, Integer},
	{"exp", "exp(x)", text.Text{ZH: "e 的 x 次方", EN: "e to the power of x"}, []class{number}, 0, false, Float},
	{"floor", "floor(x)", text.Text{ZH: "向下取整", EN: "round down"}, []class{number}, 0, false, sameAsFirst},
	{"greatest", "greatest(a, b, …)", text.Text{ZH: "最大的一个，忽略空值", EN: "the largest, ignoring nulls"}, []class{anyValue, anyValue}, 1, true, common},
	{"hour", "hour(t)", text.Text{ZH: "几点，0 到 23", EN: "hour of the day, 0 to 23"}, []class{instant}, 0, false, Integer},
	{"if", "if(condition, a, b)", text.Text{ZH: "条件成立取 a，否则取 b", EN: "a when the condition holds, else b"}, []class{condition, anyValue, anyValue}, 0, false, common},
	{"least", "least(a, b, …)", text.Text{ZH: "最小的一个，忽略空值", EN: "the smallest, ignoring nulls"}, []class{anyValue, anyValue}, 1, true, common},
	{"left", "left(s, n)", text.Text{ZH: "左边 n 个字", EN: "the first n characters"}, []class{textual, whole}, 0, false, String},
	{"length", "length(s)", text.Text{ZH: "字数", EN: "number of characters"}, []class{textual}, 0, false, Integer},
	{"ln", "ln(x)", text.Text{ZH: "自然对数", EN: "natural logarithm"}, []class{number}, 0, false, Float},
	{"lower", "lower(s)", text.Text{ZH: "转为小写", EN: "lower case"}, []class{textual}, 0, false, String},
	{"month", "month(t)", text.Text{ZH: "月份，1 到 12", EN: "month, 1 to 12"}, []class{moment}, 0, false, Integer},
	{"nullif", "nullif(a, b)", text.Text{ZH: "两者相等时为空，否则取 a", EN: "null when both are equal, else a"}, []class{anyValue, anyValue}, 0, false, sameAsFirst},
	{"power", "power(x, y)", text.Text{ZH: "x 的 y 次方", EN: "x to the power of y"}, []class{number, number}, 0, false, Float},
	{"quarter", "quarter(t)", text.Text{ZH: "季度，1 到 4", EN: "quarter, 1 to 4"}, []class{moment}, 0, false, Integer},
	{"replace", "replace(s, old, new)", text.Text{ZH: "替换文本", EN: "replace text"}, []class{textual, textual, textual}, 0, false, String},
	{"right", "right(s, n)", text.Text{ZH: "右边 n 个字", EN: "the last n characters"}, []class{textual, whole}, 0, false, String},
	{"round", "round(x, decimals)", text.Text{ZH: "四舍五入", EN: "round half away from zero"}, []class{number, wholeFix}, 1, false, sameAsFirst},
	{"sqrt", "sqrt(x)", text.Text{ZH: "平方根", EN: "square root"}, []class{number}, 0, false, Float},
	{"starts_with", "starts_with(s, prefix)", text.Text{ZH: "是否以此开头", EN: "whether s starts with prefix"}, []class{textual, textual}, 0, false, Boolean},
	{"substr", "substr(s, from, n)", text.Text{ZH: "从第 from 个字起取 n 个字", EN: "n characters from position from, counted from 1"}, []class{textual, whole, whole}, 1, false, String},
	{"trim", "trim(s)", text.Text{ZH: "去掉两端空格", EN: "without blanks at both ends"}, []class{textual}, 0, false, String},
	{"upper", "upper(s)", text.Text{ZH: "转为大写", EN: "upper case"}, []class{textual}, 0, false, String},
	{"year", "year(t)", text.Text{ZH: "年份", EN: "year"}, []class{moment}, 0, false, Integer},
}

// Functions lists the functions of the language by name, for help and
// completion.
func Functions() []Function { return append([]Function(nil), functions[:]...) }

func findFunction(name string) (Function, bool) {
	for i := range functions {
		if functions[i].Name == name {
			return functions[i], true
		}
	}
	return Function{}, false
}

func functionNames() []string {
	names := make([]string, 0, len(functions)+2)
	for i := range functions {
		names = append(names, functions[i].Name)
	}
	return append(names, "cast", "try_cast")
}
