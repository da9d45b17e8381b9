package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

type queryCmd struct {
	JSON     string   `name:"json" help:"${help_query_json}" placeholder:"FILE|-"`
	Metric   []string `short:"m" sep:"," help:"${help_query_metric}" placeholder:"NAME"`
	By       []string `short:"b" sep:"," help:"${help_query_by}" placeholder:"NAME"`
	Where    string   `short:"w" help:"${help_query_where}"`
	Having   string   `help:"${help_query_having}"`
	From     string   `help:"${help_query_from}" placeholder:"DATE"`
	To       string   `help:"${help_query_to}" placeholder:"DATE"`
	Last     string   `help:"${help_query_last}" placeholder:"\"30 days\""`
	This     string   `help:"${help_query_this}" placeholder:"GRAIN"`
	ToDate   string   `help:"${help_query_to_date}" placeholder:"GRAIN"`
	Compare  string   `help:"${help_query_compare}" placeholder:"previous_period"`
	Align    string   `help:"${help_query_align}" placeholder:"weekday"`
	Holiday  string   `help:"${help_query_holiday}" placeholder:"spring_festival"`
	Calendar string   `help:"${help_query_calendar}" placeholder:"NAME"`
	Totals   bool     `help:"${help_query_totals}"`
	Top      int      `help:"${help_query_top}" placeholder:"N"`
	TopBy    string   `help:"${help_query_top_by}" placeholder:"NAME"`
	Others   bool     `help:"${help_query_others}"`
	Order    []string `sep:"," help:"${help_query_order}" placeholder:"NAME"`
	Limit    int      `help:"${help_query_limit}" placeholder:"N"`
	Fill     bool     `help:"${help_query_fill}"`
	Timezone string   `help:"${help_query_timezone}" placeholder:"ZONE"`
	AsOf     string   `help:"${help_query_as_of}" placeholder:"now|latest|DATE"`
	Plan     bool     `aliases:"explain" help:"${help_query_plan}"`
}

// Run asks and prints.
func (c *queryCmd) Run(r *run) error {
	req, err := c.request(r)
	if err != nil {
		return err
	}
	return r.with(func(cl *client) error {
		if c.Plan {
			var plan json.RawMessage
			if err := cl.call(r.ctx, "POST", api+"/query/plan", req, &plan); err != nil {
				return err
			}
			return r.printPlan(plan)
		}
		var raw json.RawMessage
		if err := cl.call(r.ctx, "POST", api+"/query", req, &raw); err != nil {
			return err
		}
		return r.printResult(raw)
	})
}

// request gives the question: a JSON text as it is, or what the flags say.
func (c *queryCmd) request(r *run) (any, error) {
	if c.JSON != "" {
		if len(c.Metric) > 0 {
			return nil, wrongUse(say(msgJSONOrFlags))
		}
		data, err := readInput(r, c.JSON)
		if err != nil {
			return nil, err
		}
		if !json.Valid(data) {
			return nil, fault.New(fault.Invalid, "bad_json", text.Text{EN: "{file} is not valid JSON", ZH: "{file} 不是有效的 JSON"}, "file", c.JSON)
		}
		return json.RawMessage(data), nil
	}
	if len(c.Metric) == 0 {
		return nil, wrongUse(say(msgMetricNeeded))
	}
	req := query.Request{Where: c.Where, Having: c.Having, Totals: c.Totals, Order: c.Order, Limit: c.Limit,
		Fill: c.Fill, Timezone: c.Timezone, AsOf: c.AsOf, Calendar: c.Calendar}
	for _, m := range c.Metric {
		name, as, _ := strings.Cut(m, "=")
		req.Metrics = append(req.Metrics, query.MetricRef{Metric: name, As: as})
	}
	for _, b := range c.By {
		req.By = append(req.By, parseBy(b))
	}
	t := query.TimeRange{From: c.From, To: c.To, Last: c.Last, This: calendar.Grain(c.This), ToDate: calendar.Grain(c.ToDate)}
	if t != (query.TimeRange{}) {
		req.Time = &t
	}
	if c.Compare != "" {
		req.Compare = &query.Compare{To: c.Compare, Align: c.Align, Holiday: c.Holiday}
	}
	if c.Top > 0 {
		by := c.TopBy
		if by == "" {
			by = req.Metrics[0].Name()
		}
		req.Top = &query.Top{N: c.Top, By: by, Others: c.Others}
	}
	return req, nil
}

// parseBy reads a dimension: "week" and "time.week" are grains of the metrics'
// own time, "shipped_at.week" of another time. Grains that only some calendars
// have need the word time in front.
func parseBy(s string) query.By {
	of, last, dotted := cutLast(s)
	switch {
	case dotted && of == "time" && (last == "dow" || last == "doy"):
		return query.By{Part: last}
	case dotted && of == "time":
		return query.By{Time: calendar.Grain(last)}
	}
	if !slices.Contains(calendar.Grains(), calendar.Grain(last)) {
		return query.By{Dimension: s}
	}
	if !dotted || of == "time" {
		of = ""
	}
	return query.By{Time: calendar.Grain(last), Of: of}
}

func cutLast(s string) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return "", s, false
}

func readInput(r *run, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(r.rt.Stdin)
	}
	return os.ReadFile(file)
}

// answer is the part of a query.Result that is printed, with numbers as sent.
type answer struct {
	Columns []struct {
		Name   string `json:"name"`
		Metric string `json:"metric"`
	} `json:"columns"`
	Rows      [][]any         `json:"rows"`
	Totals    [][]any         `json:"totals"`
	Others    [][]any         `json:"others"`
	Warnings  []query.Warning `json:"warnings"`
	Truncated bool            `json:"truncated"`
}

func (r *run) printResult(raw json.RawMessage) error {
	var a answer
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&a); err != nil {
		return err
	}
	for _, w := range a.Warnings {
		fmt.Fprintln(r.rt.Stderr, say(msgWarning).In(r.lang)+w.Text.In(r.lang))
	}
	if a.Truncated {
		r.note(say(msgTruncated))
	}
	g := grid{right: map[int]bool{}}
	for i, c := range a.Columns {
		g.head = append(g.head, c.Name)
		g.right[i] = c.Metric != ""
	}
	g.rows = a.Rows
	g.rows = append(g.rows, named(a.Others, say(msgOthers).In(r.lang))...)
	g.rows = append(g.rows, named(a.Totals, say(msgTotal).In(r.lang))...)
	if r.flags.Output == "csv" {
		g.rows = a.Rows
	}
	return r.print(g, raw)
}

// named puts a word into the first empty cell of summary rows.
func named(rows [][]any, word string) [][]any {
	for _, row := range rows {
		if i := slices.Index(row, nil); i >= 0 {
			row[i] = word
		}
	}
	return rows
}
