package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

func invalid(path, code string, t text.Text, params ...any) *fault.Error {
	f := fault.New(fault.Invalid, code, t, params...)
	return f.At(path, code, f.Text)
}

func ofExpr(path string, err error) error {
	var e *expr.Error
	if errors.As(err, &e) {
		return e.Fault(path)
	}
	return err
}

// outputScope resolves the names of the answer's columns. Refs are positions.
type outputScope struct{ q *question }

// Resolve satisfies expr.Scope.
func (s outputScope) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	names := s.q.names()
	i := slices.Index(names, name)
	if i < 0 {
		return expr.Symbol{}, expr.UnknownName(name, names)
	}
	return expr.Symbol{Ref: i, Type: s.q.columnType(i)}, nil
}

func resolveHaving(q *question, r Request) error {
	src := strings.TrimSpace(r.Having)
	if src == "" {
		return nil
	}
	n, err := expr.Parse(src)
	if err != nil {
		return ofExpr("having", err)
	}
	if q.having, err = expr.CheckBool(n, outputScope{q}); err != nil {
		return ofExpr("having", err)
	}
	return nil
}

func (q *question) column(path, name string) (int, error) {
	names := q.names()
	i := slices.Index(names, name)
	if i >= 0 {
		return i, nil
	}
	return 0, suggest(invalid(path, "unknown_column", text.Text{
		ZH: "结果里没有名为 {name} 的列", EN: "the answer has no column {name}"}, "name", name), name, names)
}

// suggest adds the name that was probably meant to a fault of one field.
func suggest(f *fault.Error, name string, names []string) *fault.Error {
	if near := expr.Didyoumean(name, names); near != "" {
		f.Params["suggestion"] = near
		f.Text.ZH += "，是不是想写 " + near + "？"
		f.Text.EN += "; did you mean " + near + "?"
		f.Fields[0].Text = f.Text
	}
	return f
}

func resolveTop(q *question, r Request) error {
	if r.Top == nil {
		return nil
	}
	if r.Top.N < 1 || r.Top.N > maxTop {
		return invalid("top.n", "bad_top", text.Text{
			ZH: "top.n 须在 1 到 {max} 之间", EN: "top.n must be 1 to {max}"}, "max", maxTop)
	}
	if !slices.ContainsFunc(q.keys, func(k key) bool { return !k.isTime() }) {
		return invalid("top", "top_needs_dimension", text.Text{
			ZH: "top 需要至少一个非时间维度", EN: "top needs a dimension that is not time"})
	}
	by := strings.TrimPrefix(r.Top.By, "-")
	if by == "" {
		by = q.metrics[0].name
	}
	i, err := q.column("top.by", by)
	if err != nil {
		return err
	}
	if i < len(q.keys) {
		return invalid("top.by", "top_needs_metric", text.Text{
			ZH: "top.by 须是指标列，{name} 是维度", EN: "top.by must be a metric; {name} is a dimension"}, "name", by)
	}
	if m, _, previous := q.parts(i); previous && q.metrics[m].option != nil {
		return invalid("top.by", "top_by_option", text.Text{
			ZH: "top.by 不能是 {name}：占比、排名和移动平均按指标本身的值取前几名，请写指标列",
			EN: "top.by cannot be {name}: with shares, ranks and moving averages the top goes by the metric's own value; name the metric"}, "name", by)
	}
	q.top = &topTerm{n: r.Top.N, column: i, others: r.Top.Others}
	return nil
}

func resolveOrder(q *question, r Request) error {
	for i, name := range r.Order {
		bare, desc := strings.CutPrefix(name, "-")
		at, err := q.column(fmt.Sprintf("order[%d]", i), bare)
		if err != nil {
			return err
		}
		q.order = append(q.order, orderTerm{at, desc})
	}
	if q.rows != nil && q.rows.extent {
		return nil // one row
	}
	if len(r.Order) == 0 {
		for i, k := range q.keys {
			if k.isTime() {
				q.order = append(q.order, orderTerm{column: i})
			}
		}
		if len(q.metrics) > 0 {
			q.order = append(q.order, orderTerm{column: len(q.keys), desc: true})
		}
	}
	for i := range q.keys { // ties always fall the same way
		if !slices.ContainsFunc(q.order, func(o orderTerm) bool { return o.column == i }) {
			q.order = append(q.order, orderTerm{column: i})
		}
	}
	return nil
}

func resolveLimit(q *question, r Request) error {
	switch {
	case r.Limit < 0:
		return invalid("limit", "bad_limit", text.Text{ZH: "limit 不能为负", EN: "limit must not be negative"})
	case r.Limit == 0:
		q.limit = DefaultLimit
	default:
		q.limit = min(r.Limit, MaxLimit)
	}
	times := 0
	for _, k := range q.keys {
		if k.isTime() {
			times++
		}
	}
	if q.fill && times > 1 {
		return invalid("fill", "fill_one_time", text.Text{
			ZH: "补齐空缺时只能按一个时间分组", EN: "fill works with one time to group by"})
	}
	q.fill = q.fill && times == 1
	return nil
}
