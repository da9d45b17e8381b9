package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"lodestar/internal/query"
	"lodestar/internal/text"
)

type rollupCmd struct {
	List    rollupListCmd    `cmd:"" help:"${help_rollup_list}"`
	Propose rollupProposeCmd `cmd:"" help:"${help_rollup_propose}"`
	Refresh rollupRefreshCmd `cmd:"" help:"${help_rollup_refresh}"`
	Verify  rollupVerifyCmd  `cmd:"" help:"${help_rollup_verify}"`
}

type rollupListCmd struct{}

// Run lists the roll-ups.
func (rollupListCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []query.RollupStatus `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", api+"/data/rollups", nil, &all); err != nil {
			return err
		}
		g := grid{head: []string{"name", "dataset", "state", "rows", "base", "built", "hits"}}
		for _, s := range all.Items {
			built := ""
			if !s.BuiltAt.IsZero() {
				built = s.BuiltAt.Format(time.RFC3339)
			}
			g.rows = append(g.rows, []any{s.Name, s.Dataset, s.State, s.Rows, s.Base, built, s.Hits})
		}
		return r.print(g, all.Items)
	})
}

type rollupProposeCmd struct{}

// Run prints the roll-ups that questions of the past would have been answered
// from, as a file to apply; what they are for stands in comments.
func (rollupProposeCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []query.Proposal `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", api+"/data/rollups/proposals", nil, &all); err != nil {
			return err
		}
		if r.flags.Output != "table" {
			g := grid{head: []string{"name", "dataset", "grain", "dimensions", "metrics", "rows", "base", "questions", "millis"}}
			for _, p := range all.Items {
				g.rows = append(g.rows, []any{p.Name, p.Dataset, p.Grain, strings.Join(p.Dimensions, " "), strings.Join(p.Metrics, " "), p.Rows, p.Base, p.Count, p.Millis})
			}
			return r.print(g, all.Items)
		}
		if len(all.Items) == 0 {
			r.note(text.Text{EN: "nothing that was asked so far would gain from a roll-up", ZH: "到目前为止的查询都不需要汇总表"})
		}
		var b strings.Builder
		for i, p := range all.Items {
			if i > 0 {
				b.WriteString("---\n")
			}
			if err := r.describeProposal(&b, p); err != nil {
				return err
			}
			b.WriteString(p.YAML)
		}
		_, err := fmt.Fprint(r.rt.Stdout, b.String())
		return err
	})
}

func (r *run) describeProposal(b *strings.Builder, p query.Proposal) error {
	about := text.Text{EN: "at most {rows} rows for {base}; asked {count} times, {seconds} s in all",
		ZH: "最多 {rows} 行，代表明细 {base} 行；共查询 {count} 次，累计 {seconds} 秒"}.With(
		"rows", p.Rows, "base", p.Base, "count", p.Count, "seconds", fmt.Sprintf("%.2f", p.Millis/1000))
	fmt.Fprintf(b, "# %s\n", about.In(r.lang))
	for _, q := range p.Questions {
		shape, err := json.Marshal(q.Shape)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "#   %d × %s\n", q.Count, shape)
	}
	return nil
}

type rollupRefreshCmd struct {
	Name string `arg:"" help:"${help_rollup_name}"`
}

// Run builds a roll-up that is behind.
func (c *rollupRefreshCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var s query.RollupStatus
		if err := cl.call(r.ctx, "POST", api+"/rollups/"+url.PathEscape(c.Name)+"/refresh", nil, &s); err != nil {
			return err
		}
		r.note(text.Text{EN: "{name} holds {rows} rows for {base}", ZH: "{name} 共 {rows} 行，代表明细 {base} 行"},
			"name", s.Name, "rows", s.Rows, "base", s.Base)
		return nil
	})
}

type rollupVerifyCmd struct {
	Name string `arg:"" help:"${help_rollup_name}"`
}

// Run compares a roll-up with its rows; a difference is a failure.
func (c *rollupVerifyCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var check query.RollupCheck
		if err := cl.call(r.ctx, "POST", api+"/rollups/"+url.PathEscape(c.Name)+"/verify", nil, &check); err != nil {
			return err
		}
		g := grid{head: []string{"difference"}}
		for _, d := range check.Different {
			g.rows = append(g.rows, []any{d})
		}
		if err := r.print(g, check); err != nil {
			return err
		}
		if len(check.Different) > 0 {
			return errReported
		}
		r.note(text.Text{EN: "{n} values of {name} are those of the rows", ZH: "{name} 的 {n} 个值与明细一致"}, "n", check.Compared, "name", check.Name)
		return nil
	})
}
