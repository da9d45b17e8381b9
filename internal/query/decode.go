package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// Decode reads a request from JSON, strictly: an unknown field or anything
// after the object is an Invalid fault that says what to write.
func Decode(b []byte) (Request, error) {
	var r Request
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return Request{}, badJSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Request{}, invalid("", "bad_request", text.Text{
			ZH: "查询对象之后还有多余的内容", EN: "there is more after the query object"})
	}
	return r, nil
}

func badJSON(err error) error {
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrong):
		return invalid(wrong.Field, "wrong_type", text.Text{
			ZH: "{field} 的类型不对，这里不能是 {value}", EN: "{field} has the wrong type: {value} does not go here"},
			"field", wrong.Field, "value", wrong.Value)
	case errors.As(err, &syntax):
		return invalid("", "bad_json", text.Text{
			ZH: "不是合法的 JSON（第 {at} 个字节附近）", EN: "not valid JSON, near byte {at}"}, "at", syntax.Offset)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("", "bad_json", text.Text{ZH: "JSON 不完整", EN: "the JSON is not complete"})
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		f := invalid(name, "unknown_field", text.Text{
			ZH: "查询对象没有 {name} 这个字段", EN: "the query object has no field {name}"}, "name", name)
		if near := expr.Didyoumean(name, fieldNames()); near != "" {
			f.Params["suggestion"] = near
			f.Text.ZH += "，是不是想写 " + near + "？"
			f.Text.EN += "; did you mean " + near + "?"
			f.Fields[0].Text = f.Text
		}
		return f
	}
	return invalid("", "bad_request", text.Text{ZH: "查询对象有误：{why}", EN: "the query object is wrong: {why}"}, "why", err.Error())
}

// fieldNames lists the fields of a request and of its parts.
func fieldNames() []string {
	var out []string
	for _, v := range []any{Request{}, MetricRef{}, byJSON{}, TimeRange{}, Compare{}, Top{}, Share{}, Rank{}, Moving{}} {
		t := reflect.TypeOf(v)
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			out = append(out, name)
		}
	}
	return out
}
