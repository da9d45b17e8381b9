package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// body is a JSON request body. It is decoded strictly, and what is wrong with
// it is kept as a fault in both languages until the handler asks for it.
type body[T any] struct {
	value T
	err   error
}

// get gives the body, or the fault that says what is wrong with it.
func (b *body[T]) get() (T, error) { return b.value, b.err }

// Schema documents the body as the type that it holds.
func (b body[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf[T](r) }

func (b *body[T]) decode(data []byte) { b.err = strictJSON(data, &b.value) }

// encoded is a body that is JSON already.
type encoded []byte

// encode writes a body before the status is sent, so that a value that JSON
// cannot hold becomes a problem instead of half an answer.
func (a *API) encode(ctx huma.Context, status string, v any) (any, error) {
	if !strings.HasPrefix(status, "2") {
		return v, nil
	}
	var b bytes.Buffer
	err := huma.DefaultJSONFormat.Marshal(&b, v)
	if err == nil {
		return encoded(b.Bytes()), nil
	}
	_, w := humago.Unwrap(ctx)
	r := requestOf(ctx.Context())
	if r == nil {
		return nil, err
	}
	writeProblem(w, r, a.asFault(ctx.Context(), unwritable(err)))
	return encoded(nil), nil
}

// unwritable says why an answer is no JSON. Times of five-digit years and
// infinite numbers come from what was asked; anything else is our mistake.
func unwritable(err error) error {
	var number *json.UnsupportedValueError
	if errors.As(err, &number) || strings.Contains(err.Error(), "year outside of range") {
		return fault.New(fault.Invalid, "out_of_range", text.Text{
			EN: "the answer holds a number or a time too large to be written; ask for a smaller range",
			ZH: "结果中有超出可表示范围的数值或时间，请缩小范围"}).Wrap(err)
	}
	return err
}

// format is how JSON comes in and goes out.
func format() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			if data, ok := v.(encoded); ok {
				_, err := w.Write(data)
				return err
			}
			return huma.DefaultJSONFormat.Marshal(w, v)
		},
		Unmarshal: func(data []byte, v any) error {
			if d, ok := v.(interface{ decode([]byte) }); ok {
				d.decode(data)
				return nil
			}
			return json.Unmarshal(data, v)
		},
	}
}

// strictJSON refuses unknown fields, wrong types and trailing text.
func strictJSON(data []byte, v any) error {
	if err := plainText(data); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return explainJSON(err, data)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badJSON("body", "trailing_text", text.Text{
			EN: "there is more text after the JSON value", ZH: "JSON 之后还有多余内容"})
	}
	return nil
}

// plainText refuses bytes that are no text, and the NUL character, which not
// every store can hold.
func plainText(data []byte) error {
	if !utf8.Valid(data) {
		return badJSON("body", "bad_encoding", text.Text{EN: "the body is not UTF-8", ZH: "请求内容不是 UTF-8 编码"})
	}
	for rest := data; ; {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			return nil
		}
		slashes := 0
		for slashes < i && rest[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return badJSON("body", "control_character", text.Text{
				EN: `the text holds the character NUL (\u0000); take it out`, ZH: `文本中含有空字符（\u0000），请去掉`})
		}
		rest = rest[i+6:]
	}
}

func explainJSON(err error, data []byte) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	msg := err.Error()
	switch {
	case errors.As(err, &syntax):
		return badJSON("body", "bad_json", text.Text{
			EN: "not valid JSON near line {line}: {why}", ZH: "第 {line} 行附近不是有效的 JSON：{why}"}.
			With("line", 1+bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n")), "why", syntax.Error()))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return badJSON("body", "bad_json", text.Text{EN: "the JSON ends too early", ZH: "JSON 不完整"})
	case errors.As(err, &wrong):
		path := wrong.Field
		if path == "" {
			path = "body"
		}
		return badJSON(path, "wrong_type", text.Text{
			EN: "a JSON {got} cannot stand here", ZH: "这里不能是 JSON 的 {got}"}.With("got", wrong.Value))
	case strings.Contains(msg, "unknown field "):
		_, field, _ := strings.Cut(msg, "unknown field ")
		field = strings.Trim(field, `"`)
		return badJSON(field, "unknown_field", text.Text{
			EN: "there is no field {field} here", ZH: "这里没有字段 {field}"}.With("field", field))
	}
	return badJSON("body", "bad_value", text.Same(strings.TrimPrefix(msg, "json: ")))
}

func badJSON(path, code string, t text.Text) error {
	f := fault.New(fault.Invalid, "invalid_request", text.Text{
		EN: "the request is not valid: {why}", ZH: "请求有误：{why}"}, "why", t)
	f.Params = nil
	return f.At(path, code, t)
}
