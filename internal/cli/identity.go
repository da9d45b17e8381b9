package cli

import (
	"net/url"
	"strings"
	"time"

	"lodestar/internal/identity"
)

type identityCmd struct {
	Report    identityReportCmd    `cmd:"" help:"${help_identity_report}"`
	Refresh   identityRefreshCmd   `cmd:"" help:"${help_identity_refresh}"`
	Find      identityFindCmd      `cmd:"" help:"${help_identity_find}"`
	Conflicts identityConflictsCmd `cmd:"" help:"${help_identity_conflicts}"`
}

type entityArg struct {
	Entity string `arg:"" help:"${help_identity_entity}"`
}

func (e entityArg) path(rest string) string {
	return api + "/entities/" + url.PathEscape(e.Entity) + "/identity" + rest
}

func (r *run) printReports(list []identity.Report) error {
	g := grid{head: []string{"at", "source", "ids", "matched", "rate", "links", "held", "entities", "largest"}}
	for _, rep := range list {
		for _, s := range rep.Sources {
			g.rows = append(g.rows, []any{rep.At.Format(time.RFC3339), s.Name, s.IDs, s.Matched, s.Rate, s.Links, s.Held, rep.Entities, rep.Largest})
		}
	}
	return r.print(g, list)
}

type identityReportCmd struct{ entityArg }

// Run prints the match rates of the sources, a report a day.
func (c *identityReportCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []identity.Report `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", c.path(""), nil, &all); err != nil {
			return err
		}
		return r.printReports(all.Items)
	})
}

type identityRefreshCmd struct{ entityArg }

// Run stitches an entity now.
func (c *identityRefreshCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var rep identity.Report
		if err := cl.call(r.ctx, "POST", c.path("/refresh"), nil, &rep); err != nil {
			return err
		}
		return r.printReports([]identity.Report{rep})
	})
}

type identityFindCmd struct {
	entityArg
	Kind  string `arg:"" help:"${help_identity_kind}"`
	Value string `arg:"" help:"${help_identity_value}"`
}

// Run prints the ids of an entity, and what links them.
func (c *identityFindCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var who identity.Who
		query := url.Values{"kind": {c.Kind}, "value": {c.Value}}
		if err := cl.call(r.ctx, "GET", c.path("/find?"+query.Encode()), nil, &who); err != nil {
			return err
		}
		g := grid{head: []string{"unified", "kind", "value", "linked by"}}
		for _, id := range who.IDs {
			var by []string
			for _, l := range who.Links {
				if !l.Held && (l.A == id || l.B == id) {
					by = append(by, l.Source)
				}
			}
			g.rows = append(g.rows, []any{who.Unified, id.Kind, id.Value, strings.Join(by, " ")})
		}
		return r.print(g, who)
	})
}

type identityConflictsCmd struct{ entityArg }

// Run prints the links that were held back.
func (c *identityConflictsCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []identity.Claim `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", c.path("/conflicts?limit=10000"), nil, &all); err != nil {
			return err
		}
		g := grid{head: []string{"kind", "value", "with", "value", "source", "seen", "limit of", "limit"}}
		for _, l := range all.Items {
			if l.Parted {
				l.Kind = "parted"
			}
			g.rows = append(g.rows, []any{l.A.Kind, l.A.Value, l.B.Kind, l.B.Value, l.Source, l.Seen, l.Kind, l.Limit})
		}
		return r.print(g, all.Items)
	})
}
