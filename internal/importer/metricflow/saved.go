package metricflow

import (
	"strconv"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// Query is a question as MetricFlow takes it.
type Query struct {
	Metrics   []string
	GroupBy   []string // names such as listing__country or metric_time__month
	Where     []string // SQL with references, joined with AND
	From, To  string   // both included; empty for no range
	OrderBy   []string // names, "-" in front for descending
	Limit     int      // 0 for none
	MinMax    bool     // only the least and greatest value of the one group-by item
	KeepRows  bool     // without metrics: repeated rows stay
	SavedName string   // a saved query that the rest adds to
}

type savedText struct {
	Name        string           `json:"name"`
	Params      paramsOfQuery    `json:"query_params"`
	Exports     catalog.Document `json:"exports"`
	Description *string          `json:"description"`
	Label       *string          `json:"label"`
	Tags        catalog.Document `json:"tags"`
	Config      catalog.Document `json:"config"`
	Metadata    catalog.Document `json:"metadata"`
	Cache       catalog.Document `json:"cache"`
}

type paramsOfQuery struct {
	Metrics []string         `json:"metrics"`
	GroupBy []string         `json:"group_by"`
	Where   catalog.Document `json:"where"`
	OrderBy []string         `json:"order_by"`
	Limit   *int             `json:"limit"`
}

func (r *reader) savedQuery(d catalog.Document) {
	var t savedText
	name := strings.ToLower(d.At("name").Text())
	if !r.into(d, &t, "saved_query", name) {
		return
	}
	q := Query{Metrics: lowerAll(t.Params.Metrics), Where: r.filterTexts(t.Params.Where, "saved_query", name)}
	if t.Params.Limit != nil {
		q.Limit = *t.Params.Limit
	}
	for _, g := range t.Params.GroupBy {
		item, _, err := asName(g)
		if err != nil {
			r.fail(d.Position(), "saved_query", name, "bad_reference", text.Text{EN: "{what} cannot be read", ZH: "无法识别 {what}"}, "what", g)
			return
		}
		q.GroupBy = append(q.GroupBy, item)
	}
	for _, o := range t.Params.OrderBy {
		item, desc, err := asName(o)
		if err != nil {
			r.fail(d.Position(), "saved_query", name, "bad_reference", text.Text{EN: "{what} cannot be read", ZH: "无法识别 {what}"}, "what", o)
			return
		}
		if desc {
			item = "-" + item
		}
		q.OrderBy = append(q.OrderBy, item)
	}
	r.out.saved = append(r.out.saved, &savedQuery{at: d.Position(), name: name, query: q})
	r.report.Object("saved_query " + name)
	if !t.Exports.IsZero() {
		r.report.Lose(t.Exports.Position(), "saved_query "+name, "exports", text.Text{
			EN: "exports to tables are not carried over", ZH: "导出到表的设置（exports）不导入"})
	}
}

// asName turns Dimension('x'), TimeDimension('x', 'month'), Entity('x') and
// Metric('m') into a name; a plain name stays as it is. The reference may go on
// with .descending(True), .grain('month') or .date_part('year').
func asName(s string) (name string, desc bool, err error) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "(") {
		return strings.ToLower(s), false, nil
	}
	ref, err := parseReference(s)
	if err != nil {
		return "", false, err
	}
	return ref.dunder(), ref.desc, nil
}

// plainInt reads a whole number.
func plainInt(s string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return n, err == nil
}
