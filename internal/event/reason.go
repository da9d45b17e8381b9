package event

import (
	"encoding/json"

	"lodestar/internal/text"
)

// Reason says in what a message breaks the plan.
type Reason struct {
	Layer    string `json:"layer"` // event | property | id
	Kind     string `json:"kind"`  // see Kinds
	Property string `json:"property,omitempty"`
	Found    string `json:"found,omitempty"`
	Expected string `json:"expected,omitempty"`
}

// The kinds of reasons, by layer.
const (
	UnplannedEvent  = "unplanned_event"
	UnknownCall     = "unknown_call"
	NoName          = "no_name"
	TooLarge        = "too_large"
	BadTime         = "bad_time"
	ColumnsDiffer   = "columns_differ"
	RequiredMissing = "required_missing"
	WrongType       = "wrong_type"
	NotAllowed      = "not_allowed"
	OutOfRange      = "out_of_range"
	NoMatch         = "no_match"
	UnknownProperty = "unknown_property"
	MissingID       = "missing_id"
	BadID           = "bad_id"
)

// Layers of the plan.
const (
	LayerEvent    = "event"
	LayerProperty = "property"
	LayerID       = "id"
)

// Text says the reason in words.
func (r Reason) Text() text.Text {
	expected := text.Same(r.Expected)
	if r.Kind == WrongType || r.Kind == RequiredMissing {
		expected = typeWords(r.Expected)
	}
	return words(r.Kind).With("property", r.Property, "found", r.Found, "expected", expected)
}

// typeWords names a type as people do.
func typeWords(t string) text.Text {
	switch t {
	case "string", "text":
		return text.Text{EN: "text", ZH: "文本"}
	case "integer":
		return text.Text{EN: "an integer", ZH: "整数"}
	case "decimal", "float":
		return text.Text{EN: "a number", ZH: "数值"}
	case "boolean":
		return text.Text{EN: "true or false", ZH: "布尔值（true 或 false）"}
	case "date":
		return text.Text{EN: "a date such as 2026-01-31", ZH: "日期（如 2026-01-31）"}
	case "timestamp":
		return text.Text{EN: "a time such as 2026-01-31T23:59:59Z", ZH: "时间（如 2026-01-31T23:59:59Z）"}
	case "object":
		return text.Text{EN: "an object", ZH: "对象"}
	}
	return text.Same(t)
}

func words(kind string) text.Text {
	switch kind {
	case UnplannedEvent:
		return text.Text{EN: "the event {found} is not in the tracking plan", ZH: "事件 {found} 不在埋点计划中"}
	case UnknownCall:
		return text.Text{EN: "{found} is no call; it is one of {expected}", ZH: "没有 {found} 这种调用，可用：{expected}"}
	case NoName:
		return text.Text{EN: "the event has no name", ZH: "缺少事件名"}
	case TooLarge:
		return text.Text{EN: "the message has {found} bytes, more than {expected}", ZH: "消息 {found} 字节，超过上限 {expected}"}
	case BadTime:
		return text.Text{EN: "{property} is {found}, which is no usable time: {expected}", ZH: "{property} 的值 {found} 不是可用的时间：{expected}"}
	case ColumnsDiffer:
		return text.Text{EN: "the stored rows of {found} do not fit its plan; change the plan back, or delete the rows", ZH: "{found} 已存数据与计划的列不一致；请改回计划，或清空数据"}
	case RequiredMissing:
		return text.Text{EN: "the required property {property} is missing", ZH: "缺少必填属性 {property}"}
	case WrongType:
		return text.Text{EN: "{property} is {found}, not {expected}", ZH: "{property} 的值 {found} 不是{expected}"}
	case NotAllowed:
		return text.Text{EN: "{property} is {found}, which is not among {expected}", ZH: "{property} 的值 {found} 不在允许范围 {expected} 内"}
	case OutOfRange:
		return text.Text{EN: "{property} is {found}, outside of {expected}", ZH: "{property} 的值 {found} 超出 {expected}"}
	case NoMatch:
		return text.Text{EN: "{property} is {found}, which does not match {expected}", ZH: "{property} 的值 {found} 不符合 {expected}"}
	case UnknownProperty:
		return text.Text{EN: "the property {property} is not in the plan", ZH: "属性 {property} 不在计划中"}
	case MissingID:
		return text.Text{EN: "the id {property} is missing", ZH: "缺少编号 {property}"}
	case BadID:
		return text.Text{EN: "{property} is no usable id: {expected}", ZH: "{property} 不是可用的编号：{expected}"}
	}
	return text.Same(kind)
}

// encode writes reasons as they are kept.
func encode(rs []Reason) (string, error) {
	b, err := json.Marshal(rs)
	return string(b), err
}

func decode(s string) (out []Reason, err error) {
	err = json.Unmarshal([]byte(s), &out)
	return out, err
}

// shown is a value as it is told: short, and without its quotes.
func shown(v []byte) string {
	if isText(v) {
		v = unquoted(v)
	}
	return cut(string(v), 80)
}
