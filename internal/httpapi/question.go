package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lodestar/internal/access"
	"lodestar/internal/explain"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

type dimensionsBody struct {
	Metrics []string `json:"metrics" nullable:"false"`
}

type questionIn struct {
	Body question
}

// question is a query object, read by the one decoder that all doors share.
type question struct {
	value query.Request
	err   error
}

func (q *question) get() (query.Request, error) { return q.value, q.err }

func (q *question) decode(data []byte) {
	if q.err = plainText(data); q.err == nil {
		q.value, q.err = query.Decode(data)
	}
}

// Schema documents the query object.
func (question) Schema(r huma.Registry) *huma.Schema { return schemaOf[query.Request](r) }

// questionRoutes are for asking: the query object and what helps to write it.
func (a *API) questionRoutes() {
	const tag = "Query"
	ask := operation{id: "query", method: "POST", path: "/query", role: access.Viewer, tag: tag, status: http.StatusOK,
		summary: "Ask for metrics by dimensions", instead: a.asArrow}
	register(a, ask,
		func(ctx context.Context, who access.Actor, in *questionIn) (*out[*query.Result], error) {
			q, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			res, err := a.cfg.Queries.Query(ctx, who, q)
			return &out[*query.Result]{res}, err
		})
	a.describe(ask, func(o *huma.Operation) {
		o.Responses["200"].Content[arrowType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	})
	for id, path := range map[string]string{"planQuery": "/query/plan", "explainQuery": "/query/explain"} {
		register(a, operation{id: id, method: "POST", path: path, role: access.Viewer, tag: tag, status: http.StatusOK,
			summary: "How a question would be answered: the plan after each pass, the SQL, versions and lineage"},
			func(ctx context.Context, who access.Actor, in *questionIn) (*out[*query.Plan], error) {
				q, err := in.Body.get()
				if err != nil {
					return nil, err
				}
				p, err := a.cfg.Queries.Plan(ctx, who, q)
				return &out[*query.Plan]{p}, err
			})
	}
	register(a, operation{id: "listDimensions", method: "POST", path: "/dimensions", role: access.Viewer, tag: tag,
		status: http.StatusOK, summary: "Which dimensions fit these metrics, and why others do not"},
		func(_ context.Context, _ access.Actor, in *struct{ Body body[dimensionsBody] }) (*out[items[semantic.DimensionInfo]], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			return &out[items[semantic.DimensionInfo]]{listOf(a.cfg.Model().Dimensions(b.Metrics))}, nil
		})
	register(a, operation{id: "listValues", method: "POST", path: "/values", role: access.Viewer, tag: tag,
		status: http.StatusOK, summary: "The members of a dimension, most frequent first"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[query.ValuesRequest] }) (*out[items[query.Value]], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			v, err := a.cfg.Queries.Values(ctx, who, b)
			return &out[items[query.Value]]{listOf(v)}, err
		})
	a.writingRoutes()
	register(a, operation{id: "explain", method: "POST", path: "/explain", role: access.Viewer, tag: "Explain",
		status: http.StatusOK, summary: "Why a metric moved between two periods"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[explain.Request] }) (*out[*explain.Explanation], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			e, err := a.cfg.Explain.Explain(ctx, who, b)
			return &out[*explain.Explanation]{e}, err
		})
}
