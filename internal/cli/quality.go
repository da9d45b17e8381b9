package cli

import (
	"net/url"
	"time"

	"lodestar/internal/quality"
	"lodestar/internal/text"
)

type qualityCmd struct {
	Run  qualityRunCmd  `cmd:"" help:"${help_quality_run}"`
	List qualityListCmd `cmd:"" help:"${help_quality_list}"`

	Inspected qualityInspectedCmd `cmd:"" help:"${help_quality_inspected}"`
}

type qualityInspectedCmd struct {
	Dataset string `arg:"" help:"${help_quality_dataset}"`
	Rule    string `arg:"" help:"${help_quality_inspection}"`
	Note    string `required:"" help:"${help_quality_note}"`
}

// Run confirms an inspection.
func (c *qualityInspectedCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var done quality.Run
		body := map[string]string{"rule": c.Rule, "note": c.Note}
		if err := cl.call(r.ctx, "POST", api+"/datasets/"+url.PathEscape(c.Dataset)+"/quality/inspections", body, &done); err != nil {
			return err
		}
		return r.print(r.results(done.Results), done)
	})
}

type qualityRunCmd struct {
	Dataset string `arg:"" help:"${help_quality_dataset}"`
}

// Run checks the rules of a dataset; an error rule that is broken is a failure.
func (c *qualityRunCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var done quality.Run
		if err := cl.call(r.ctx, "POST", api+"/datasets/"+url.PathEscape(c.Dataset)+"/quality/run", nil, &done); err != nil {
			return err
		}
		if err := r.print(r.results(done.Results), done); err != nil {
			return err
		}
		for _, x := range done.Results {
			if x.State == quality.Broken && x.Severity == "error" {
				return errReported
			}
		}
		r.note(text.Text{EN: "{n} rules over {rows} rows of {name} were checked", ZH: "已检查 {name} 的 {n} 条规则，共 {rows} 行"},
			"n", len(done.Results), "rows", done.Rows, "name", c.Dataset)
		return nil
	})
}

type qualityListCmd struct {
	Dataset string `arg:"" optional:"" help:"${help_quality_dataset}"`
}

// Run lists the rules of a dataset with what was found last, or how all
// datasets and metrics are doing.
func (c *qualityListCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		if c.Dataset == "" {
			var s quality.Scores
			if err := cl.call(r.ctx, "GET", api+"/data/quality", nil, &s); err != nil {
				return err
			}
			g := grid{head: []string{"kind", "name", "score", "rules", "broken", "checked"}}
			for _, x := range s.Datasets {
				g.rows = append(g.rows, []any{"dataset", x.Name, scoreCell(x.Score), x.Score.Rules, x.Score.Broken, stamp(x.CheckedAt)})
			}
			for _, x := range s.Metrics {
				g.rows = append(g.rows, []any{"metric", x.Name, scoreCell(x.Score), x.Score.Rules, x.Score.Broken, ""})
			}
			return r.print(g, s)
		}
		var report quality.RuleReport
		if err := cl.call(r.ctx, "GET", api+"/datasets/"+url.PathEscape(c.Dataset)+"/quality", nil, &report); err != nil {
			return err
		}
		return r.print(r.results(report.Results), report)
	})
}

func scoreCell(s quality.Score) any {
	if s.Value == nil {
		return nil
	}
	return *s.Value
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func (r *run) results(list []quality.Result) grid {
	g := grid{head: []string{"rule", "kind", "severity", "state", "checked", "broken", "since", "note"}}
	for _, x := range list {
		g.rows = append(g.rows, []any{x.Rule, x.Kind, x.Severity, x.State, x.Checked, x.Broken, stamp(x.Since), x.Note.In(r.lang)})
	}
	return g
}
