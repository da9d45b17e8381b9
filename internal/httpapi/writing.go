package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// language is what expressions are made of besides names.
type language struct {
	Functions []function `json:"functions" nullable:"false"`
	Keywords  []string   `json:"keywords" nullable:"false"`
}

// function is a function of expressions.
type function struct {
	Name      string    `json:"name"`
	Signature string    `json:"signature"`
	Doc       text.Text `json:"doc"`
}

// writingRoutes help to write expressions and metrics, before anything is
// stored.
func (a *API) writingRoutes() {
	const tag = "Expressions"
	register(a, operation{id: "getLanguage", method: "GET", path: "/expr/language", role: access.Viewer, tag: tag,
		summary: "Functions and keywords of expressions"},
		func(context.Context, access.Actor, *nothing) (*out[language], error) {
			l := language{Keywords: expr.Keywords()}
			for _, f := range expr.Functions() {
				l.Functions = append(l.Functions, function{f.Name, f.Signature, f.Doc})
			}
			return &out[language]{l}, nil
		})
	register(a, operation{id: "checkExpr", method: "POST", path: "/expr/check", role: access.Viewer, tag: tag,
		status: http.StatusOK, summary: "What an expression is, and what is wrong with it at which place"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[query.ExprRequest] }) (*out[query.ExprCheck], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			c, err := a.cfg.Queries.CheckExpr(ctx, who, b)
			return &out[query.ExprCheck]{c}, err
		})
	register(a, operation{id: "previewMetric", method: "POST", path: "/metrics/preview", role: access.Editor, tag: "Metrics",
		status: http.StatusOK, summary: "The last 90 days of a metric that is not stored, and what its condition does to the rows"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[query.PreviewRequest] }) (*out[*query.Preview], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			p, err := a.cfg.Queries.Preview(ctx, who, b)
			return &out[*query.Preview]{p}, err
		})
}
