package cli

import (
	"net/url"
	"time"

	"lodestar/internal/query"
	"lodestar/internal/text"
)

type rollupCmd struct {
	List    rollupListCmd    `cmd:"" help:"${help_rollup_list}"`
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
