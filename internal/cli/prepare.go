package cli

import (
	"errors"
	"net/url"

	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/prepare"
	"lodestar/internal/text"
)

type refreshCmd struct {
	Dataset string `arg:"" help:"${help_refresh_dataset}"`
}

// Run makes the rows of a dataset anew by its steps, and waits for it.
func (c *refreshCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var l ingest.Load
		if err := cl.call(r.ctx, "POST", api+"/datasets/"+url.PathEscape(c.Dataset)+"/refresh", nil, &l); err != nil {
			return err
		}
		return (&loadCmd{Dataset: c.Dataset}).follow(r, cl, l)
	})
}

type previewCmd struct {
	Dataset string `arg:"" help:"${help_preview_dataset}"`
	Step    *int   `help:"${help_preview_step}" placeholder:"N"`
	Rows    int    `help:"${help_preview_rows}" default:"20"`
}

// Run prints the table after a step; what the step did goes to standard error.
func (c *previewCmd) Run(r *run) error {
	if c.Rows < 1 || c.Rows > 500 {
		return wrongUse(text.Text{EN: "--rows is 1 to 500", ZH: "--rows 须在 1 到 500 之间"})
	}
	return r.with(func(cl *client) error {
		var p prepare.Preview
		req := prepare.PreviewRequest{Dataset: c.Dataset, Step: c.Step, Rows: c.Rows}
		if err := cl.call(r.ctx, "POST", api+"/preparation/preview", req, &p); err != nil {
			return err
		}
		return errors.Join(c.print(r, &p), c.tell(r, &p))
	})
}

func (c *previewCmd) print(r *run, p *prepare.Preview) error {
	if len(p.Stages) == 0 {
		return nil
	}
	g := grid{rows: p.Rows}
	for _, col := range p.Stages[p.Step].Columns {
		g.head = append(g.head, col.Name)
	}
	return r.print(g, p)
}

// tell says what the step did to the rows.
func (c *previewCmd) tell(r *run, p *prepare.Preview) error {
	if len(p.Findings) > 0 {
		at, f := text.Text{EN: "step {step}: ", ZH: "第 {step} 步："}.With("step", len(p.Stages)), p.Findings[0].Text
		return fault.New(fault.Invalid, "steps_wrong", text.Text{EN: at.EN + f.EN, ZH: at.ZH + f.ZH})
	}
	if p.Missing != "" {
		return fault.New(fault.Conflict, "input_without_rows", text.Text{
			EN: "nothing was loaded into {name} yet", ZH: "{name} 还没有数据"}, "name", p.Missing)
	}
	r.note(text.Text{EN: "step {step}: {before} rows before, {total} after, {ms} ms", ZH: "第 {step} 步：之前 {before} 行，之后 {total} 行，用时 {ms} 毫秒"},
		"step", p.Step, "before", p.Before, "total", p.Total, "ms", p.Millis)
	for _, l := range p.Lost {
		r.note(text.Text{EN: "step {step}: {n} values of {column} could not be read", ZH: "第 {step} 步：{column} 有 {n} 个值无法识别"},
			"step", l.Step, "n", l.Count, "column", l.Column)
	}
	for _, f := range p.Fans {
		r.note(text.Text{EN: "step {step}: {n} keys have several rows in {dataset}, so rows multiply", ZH: "第 {step} 步：{dataset} 中有 {n} 个键对应多行，行数会变多"},
			"step", f.Step, "n", f.Keys, "dataset", f.Dataset)
	}
	return nil
}
