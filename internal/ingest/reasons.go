package ingest

import "lodestar/internal/text"

// Why a record or a value is set aside.
const (
	tooFewColumns  = "too_few_columns"
	tooManyColumns = "too_many_columns"
	recordTooLong  = "record_too_long"
	unclosedQuote  = "unclosed_quote"
	badQuote       = "bad_quote"
	nulByte        = "nul_byte"
	badEncoding    = "bad_encoding"
	notAnObject    = "not_an_object"
	badJSON        = "bad_json"
	notANumber     = "not_a_number"
	notAnInteger   = "not_an_integer"
	outOfRange     = "out_of_range"
	wouldRound     = "would_round"
	notABoolean    = "not_a_boolean"
	notADate       = "not_a_date"
	notATime       = "not_a_time"
	keyMissing     = "key_missing"
	sameKey        = "same_key"
	knownKey       = "known_key"
	notConverted   = "not_converted"
)

// reasonText says a reason in words; value is what the reject holds.
func reasonText(reason, value string) text.Text {
	for _, r := range reasonTexts {
		if r.reason == reason {
			return r.text.With("value", value)
		}
	}
	return text.Same(reason)
}

var reasonTexts = [...]struct {
	reason string
	text   text.Text
}{
	{tooFewColumns, text.Text{ZH: "列数不够", EN: "fewer values than columns"}},
	{tooManyColumns, text.Text{ZH: "列数过多", EN: "more values than columns"}},
	{recordTooLong, text.Text{ZH: "单条记录超过 1 MiB，只保留了开头", EN: "the record is longer than 1 MiB; only its head is kept"}},
	{unclosedQuote, text.Text{ZH: "引号没有闭合", EN: "a quote is never closed"}},
	{badQuote, text.Text{ZH: "引号闭合后还有多余的字符", EN: "text follows a closing quote"}},
	{nulByte, text.Text{ZH: "含有 NUL 字节", EN: "the record holds a NUL byte"}},
	{badEncoding, text.Text{ZH: "含有不符合文件编码的字节", EN: "some bytes do not fit the file's encoding"}},
	{notAnObject, text.Text{ZH: "不是 JSON 对象", EN: "not a JSON object"}},
	{badJSON, text.Text{ZH: "不是合法的 JSON", EN: "not valid JSON"}},
	{notANumber, text.Text{ZH: "不是数值", EN: "not a number"}},
	{notAnInteger, text.Text{ZH: "不是整数", EN: "not a whole number"}},
	{outOfRange, text.Text{ZH: "数值超出该列的范围", EN: "the number is too large for the column"}},
	{wouldRound, text.Text{ZH: "小数位数超过该列的精度，存入会被舍入", EN: "more decimals than the column holds; storing it would round"}},
	{notABoolean, text.Text{ZH: "不是布尔值", EN: "neither true nor false"}},
	{notADate, text.Text{ZH: "不是日期", EN: "not a date"}},
	{notATime, text.Text{ZH: "不是时间", EN: "not a time"}},
	{keyMissing, text.Text{ZH: "主键为空", EN: "the primary key is missing"}},
	{sameKey, text.Text{ZH: "主键与第 {value} 行相同", EN: "same key as line {value}"}},
	{knownKey, text.Text{ZH: "主键已在之前导入的数据中；要更新请用“按键更新”", EN: "the key was loaded before; to update rows, use upsert"}},
	{notConverted, text.Text{ZH: "无法转换为新的类型", EN: "does not convert to the new type"}},
}
