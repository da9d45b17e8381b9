package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Problem is the body of every answer that is not a success (RFC 9457).
type Problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"` // what happened and what to do, in the reader's language
	Code   string         `json:"code"`   // stable word for programs
	Params map[string]any `json:"params,omitempty"`
	Errors []ProblemField `json:"errors,omitempty" nullable:"false"`
}

// ProblemField is what is wrong in one part of the request.
type ProblemField struct {
	Path   string `json:"path"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problem documents.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders gives Retry-After to those who should come back.
func (p *Problem) GetHeaders() http.Header {
	if s, ok := p.Params["retryAfter"].(int); ok {
		return http.Header{"Retry-After": {strconv.Itoa(s)}}
	}
	return nil
}

// statusCanceled is what many proxies write for a caller that went away.
const statusCanceled = 499

const problemType = "application/problem+json"

type outcome struct {
	status int
	title  text.Text
}

// outcomeOf is the one table from what went wrong to an HTTP status.
func outcomeOf(k fault.Kind) outcome {
	switch k {
	case fault.Invalid:
		return outcome{http.StatusUnprocessableEntity, text.Text{EN: "The request is not valid", ZH: "请求有误"}}
	case fault.NotFound:
		return outcome{http.StatusNotFound, text.Text{EN: "Not found", ZH: "找不到"}}
	case fault.Conflict:
		return outcome{http.StatusConflict, text.Text{EN: "Conflict with the current state", ZH: "与当前状态冲突"}}
	case fault.Denied:
		return outcome{http.StatusForbidden, text.Text{EN: "Not allowed", ZH: "没有权限"}}
	case fault.Unauthenticated:
		return outcome{http.StatusUnauthorized, text.Text{EN: "Sign in first", ZH: "请先登录"}}
	case fault.Unavailable:
		return outcome{http.StatusServiceUnavailable, text.Text{EN: "Not available right now", ZH: "暂时不可用"}}
	case fault.Timeout:
		return outcome{http.StatusGatewayTimeout, text.Text{EN: "It took too long", ZH: "耗时过长"}}
	case fault.Canceled:
		return outcome{statusCanceled, text.Text{EN: "Canceled by the caller", ZH: "请求已取消"}}
	case fault.TooLarge:
		return outcome{http.StatusRequestEntityTooLarge, text.Text{EN: "Too large", ZH: "超出大小限制"}}
	case fault.RateLimited:
		return outcome{http.StatusTooManyRequests, text.Text{EN: "Too many requests", ZH: "请求过于频繁"}}
	default:
		return outcome{http.StatusInternalServerError, text.Text{EN: "Server error", ZH: "服务器出错"}}
	}
}

// problemOf puts a fault into the reader's language.
func problemOf(err error, lang text.Lang) *Problem {
	f := fault.Of(err)
	o := outcomeOf(f.Kind)
	p := &Problem{Type: "about:blank", Title: o.title.In(lang), Status: o.status,
		Detail: f.Text.In(lang), Code: f.Code, Params: f.Params}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField{field.Path, field.Code, field.Text.In(lang)})
	}
	return p
}

// writeProblem answers outside of an operation, e.g. from a middleware.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	writeProblemAs(w, r, outcomeOf(fault.Of(err).Kind).status, err)
}

// writeProblemAs is for what only HTTP knows, such as a wrong method.
func writeProblemAs(w http.ResponseWriter, r *http.Request, status int, err error) {
	p := problemOf(err, langOf(r.Context()))
	p.Status = status
	body, encodeErr := json.Marshal(p)
	if encodeErr != nil { // params that JSON cannot hold: the rest still can
		p.Params = nil
		body, _ = json.Marshal(p)
	}
	for name, v := range p.GetHeaders() {
		w.Header()[name] = v
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// translate turns the router library's own findings about parameters and
// bodies into the same problem shape, in the reader's language.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	lang := langOf(ctx.Context())
	f := invalidRequest()
	if m.Status == http.StatusRequestEntityTooLarge {
		f = tooLargeBody()
	}
	if len(m.Errors) == 0 {
		reason := libraryWords(m.Detail)
		f.At("body", "invalid_body", reason)
	}
	for _, e := range m.Errors {
		path := e.Location
		for _, where := range []string{"query.", "path.", "header."} {
			path = strings.TrimPrefix(path, where)
		}
		f.At(path, "invalid_parameter", libraryWords(e.Message))
	}
	p := problemOf(f, lang)
	p.Status = m.Status
	return p, nil
}

// libraryWords says in both languages what the router library found.
func libraryWords(msg string) text.Text {
	for _, w := range []struct{ has, zh string }{
		{"parameter is missing", "缺少这个参数"},
		{"unknown query parameter", "没有这个参数"},
		{"invalid integer", "应为整数"},
		{"invalid boolean", "应为 true 或 false"},
		{"invalid floating value", "应为数字"},
		{"invalid date/time", "应为日期时间"},
		{"expected value to be one of", "取值不在允许范围内"},
		{"expected number", "数值超出允许范围"},
		{"expected length", "长度不符合要求"},
		{"request body is required", "缺少请求内容"},
	} {
		if strings.Contains(msg, w.has) {
			return text.Text{EN: msg, ZH: w.zh}
		}
	}
	return text.Text{EN: msg, ZH: "内容不符合要求"}
}

func invalidRequest() *fault.Error {
	return fault.New(fault.Invalid, "invalid_request", text.Text{
		EN: "the request is not valid; see errors for what to change",
		ZH: "请求有误，需要改的地方见 errors"})
}

func tooLargeBody() *fault.Error {
	return fault.New(fault.TooLarge, "body_too_large", text.Text{
		EN: "the request is larger than this address accepts",
		ZH: "请求内容超出大小限制"})
}
