package cli

import (
	"fmt"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/explain"
	"lodestar/internal/query"
)

type explainCmd struct {
	Metric   string   `arg:"" help:"${help_explain_metric}"`
	From     string   `help:"${help_explain_from}" placeholder:"PERIOD"`
	To       string   `help:"${help_explain_to}" placeholder:"PERIOD"`
	Period   string   `help:"${help_explain_period}" placeholder:"GRAIN"`
	Compare  string   `help:"${help_explain_compare}" placeholder:"previous_period"`
	By       []string `short:"b" sep:"," help:"${help_explain_by}" placeholder:"NAME"`
	Where    string   `short:"w" help:"${help_query_where}"`
	Limit    int      `help:"${help_explain_limit}" placeholder:"N"`
	Timezone string   `help:"${help_query_timezone}" placeholder:"ZONE"`
	AsOf     string   `help:"${help_query_as_of}" placeholder:"now|latest|DATE"`
}

// Run asks why a metric moved.
func (c *explainCmd) Run(r *run) error {
	req := explain.Request{Metric: c.Metric, Where: c.Where, Period: calendar.Grain(c.Period), Compare: c.Compare,
		By: c.By, Limit: c.Limit, Timezone: c.Timezone, AsOf: c.AsOf}
	for _, side := range []struct {
		text string
		to   **query.TimeRange
	}{{c.From, &req.From}, {c.To, &req.To}} {
		if side.text == "" {
			continue
		}
		t, err := periodRange(side.text)
		if err != nil {
			return err
		}
		*side.to = &t
	}
	return r.with(func(cl *client) error {
		var e explain.Explanation
		if err := cl.call(r.ctx, "POST", api+"/explain", req, &e); err != nil {
			return err
		}
		for _, w := range e.Warnings {
			fmt.Fprintln(r.rt.Stderr, say(msgWarning).In(r.lang)+w.Text.In(r.lang))
		}
		return r.printExplanation(&e)
	})
}

// periodRange reads a period: two dates "2026-01-01..2026-02-01" (the end is
// not part of it), a year, quarter (2026-Q1), month, ISO week (2026-W05) or day.
func periodRange(s string) (query.TimeRange, error) {
	from, to, both := strings.Cut(s, "..")
	if both {
		return query.TimeRange{From: from, To: to}, nil
	}
	first, next, ok := civilPeriod(s)
	if !ok {
		return query.TimeRange{}, wrongUse(say(msgBadPeriod), "text", s)
	}
	return query.TimeRange{From: first.Format(time.DateOnly), To: next.Format(time.DateOnly)}, nil
}

// civilPeriod gives the first day of the period and of the one after it.
func civilPeriod(s string) (first, next time.Time, ok bool) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, t.AddDate(0, 0, 1), true
	}
	if t, err := time.Parse("2006-01", s); err == nil {
		return t, t.AddDate(0, 1, 0), true
	}
	if t, err := time.Parse("2006", s); err == nil {
		return t, t.AddDate(1, 0, 0), true
	}
	var year, n int
	if c, err := fmt.Sscanf(s, "%4d-Q%1d", &year, &n); c == 2 && err == nil && n >= 1 && n <= 4 && len(s) == 7 {
		t := time.Date(year, time.Month(3*n-2), 1, 0, 0, 0, 0, time.UTC)
		return t, t.AddDate(0, 3, 0), true
	}
	if c, err := fmt.Sscanf(s, "%4d-W%2d", &year, &n); c == 2 && err == nil && n >= 1 && n <= 53 && len(s) == 8 {
		// 4 January is always in week 1, which starts on its Monday.
		jan4 := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
		t := jan4.AddDate(0, 0, 7*(n-1)-(int(jan4.Weekday())+6)%7)
		return t, t.AddDate(0, 0, 7), true
	}
	return first, next, false
}

func (r *run) printExplanation(e *explain.Explanation) error {
	g := grid{head: []string{"part", "member", "from", "to", "contribution", "share"},
		right: map[int]bool{2: true, 3: true, 4: true, 5: true}}
	if e.Formula != nil {
		r.formulaRows(&g, e.Formula.Parts, "")
	}
	for _, d := range e.Dimensions {
		for _, m := range d.Members {
			g.rows = append(g.rows, []any{d.Dimension, memberName(m.Value), num(m.From), num(m.To), m.Contribution, percent(m.Share)})
		}
		if d.Others != nil {
			g.rows = append(g.rows, []any{d.Dimension, say(msgOthers).In(r.lang), num(d.Others.From), num(d.Others.To),
				d.Others.Contribution, percent(d.Others.Share)})
		}
		if d.Overlap != 0 {
			g.rows = append(g.rows, []any{d.Dimension, say(msgOverlap).In(r.lang), nil, nil, d.Overlap, nil})
		}
	}
	if r.flags.Output == "table" {
		if _, err := fmt.Fprintln(r.rt.Stdout, e.Sentence.In(r.lang)); err != nil {
			return err
		}
		for _, f := range e.Findings {
			if _, err := fmt.Fprintln(r.rt.Stdout, "· "+f.Text.In(r.lang)); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(r.rt.Stdout); err != nil {
			return err
		}
	}
	return r.print(g, e)
}

func (r *run) formulaRows(g *grid, parts []explain.FormulaPart, indent string) {
	for _, p := range parts {
		name := p.Metric
		if name == "" {
			name = p.Title.In(r.lang)
		}
		g.rows = append(g.rows, []any{indent + p.Op + " " + name, nil, num(p.From), num(p.To), p.Contribution, percent(p.Share)})
		r.formulaRows(g, p.Parts, indent+"  ")
	}
}

func memberName(v any) any {
	if v == nil {
		return "NULL"
	}
	return v
}

func num(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

func percent(v *float64) any {
	if v == nil {
		return nil
	}
	return fmt.Sprintf("%.1f%%", 100**v)
}
