package cli

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/event"
	"lodestar/internal/text"
)

type eventsCmd struct {
	Report     eventsReportCmd     `cmd:"" help:"${help_events_report}"`
	Quarantine eventsQuarantineCmd `cmd:"" help:"${help_events_quarantine}"`
	Replay     eventsReplayCmd     `cmd:"" help:"${help_events_replay}"`
	Dismiss    eventsDismissCmd    `cmd:"" help:"${help_events_dismiss}"`
	Propose    eventsProposeCmd    `cmd:"" help:"${help_events_propose}"`
}

type eventsReportCmd struct {
	Days int `default:"14" help:"${help_events_days}"`
}

// Run prints how events keep the tracking plan.
func (c *eventsReportCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var rep event.Report
		if err := cl.call(r.ctx, "GET", api+"/events/report?days="+strconv.Itoa(c.Days), nil, &rep); err != nil {
			return err
		}
		g := grid{head: []string{"event", "state", "received", "stored", "quarantined", "open", "last", "distorts", "why"}}
		for _, e := range rep.Events {
			last := ""
			if e.Last != nil {
				last = e.Last.Format(time.RFC3339)
			}
			var why []string
			for _, w := range e.Why {
				why = append(why, w.Text.In(r.lang))
			}
			g.rows = append(g.rows, []any{e.Name, e.State, e.Received, e.Stored, e.Set, e.Open, last, strings.Join(append(e.Metrics, e.Targets...), " "), strings.Join(why, "; ")})
		}
		if err := r.print(g, rep); err != nil {
			return err
		}
		for _, c := range rep.Chains {
			if c.Share != nil {
				r.note(text.Text{EN: "{event}: {before} of {took} had {after} before", ZH: "{event}：{took} 个中有 {before} 个此前有 {after}"},
					"event", c.Event, "before", c.Before, "took", c.Took, "after", c.After)
			}
		}
		return nil
	})
}

// selection are the flags that select messages in quarantine.
type selection struct {
	Event    string `help:"${help_events_event}"`
	Kind     string `help:"${help_events_kind}"`
	Property string `help:"${help_events_property}"`
}

func (s selection) filter() event.Filter {
	return event.Filter{Event: s.Event, Kind: s.Kind, Property: s.Property}
}

type eventsQuarantineCmd struct {
	selection
	Messages bool `help:"${help_events_messages}"`
	Limit    int  `default:"50" help:"${help_events_limit}"`
}

// Run counts what is in quarantine, or lists it with what was sent.
func (c *eventsQuarantineCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		if !c.Messages {
			var all struct {
				Items []event.Count `json:"items"`
			}
			if err := cl.call(r.ctx, "GET", api+"/events/quarantine/counts", nil, &all); err != nil {
				return err
			}
			g := grid{head: []string{"event", "layer", "kind", "property", "messages", "example"}}
			for _, n := range all.Items {
				if (c.Event == "" || c.Event == n.Event) && (c.Kind == "" || c.Kind == n.Kind) {
					g.rows = append(g.rows, []any{n.Event, n.Layer, n.Kind, n.Property, n.N, n.Text.In(r.lang)})
				}
			}
			return r.print(g, all.Items)
		}
		q := url.Values{"event": {c.Event}, "kind": {c.Kind}, "property": {c.Property}, "limit": {strconv.Itoa(c.Limit)}}
		var all struct {
			Items []event.Message `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", api+"/events/quarantine?"+q.Encode(), nil, &all); err != nil {
			return err
		}
		g := grid{head: []string{"id", "event", "received", "reasons", "payload"}}
		for _, m := range all.Items {
			var why []string
			for _, x := range m.Reasons {
				why = append(why, x.Text.In(r.lang))
			}
			g.rows = append(g.rows, []any{m.ID, m.Event, m.Received.Format(time.RFC3339), strings.Join(why, "; "), string(m.Payload)})
		}
		return r.print(g, all.Items)
	})
}

type eventsReplayCmd struct {
	selection
	Do    string `help:"${help_events_do}" placeholder:"RULE"`
	On    string `help:"${help_events_on}" placeholder:"PROPERTY"`
	To    string `help:"${help_events_to}"`
	Value string `help:"${help_events_value}"`
	Dry   bool   `help:"${help_events_dry}"`
}

// Run checks messages in quarantine again and stores what keeps the plan now.
func (c *eventsReplayCmd) Run(r *run) error {
	req := event.Replay{Filter: c.filter(), Dry: c.Dry}
	if c.Do != "" {
		on := c.On
		if on == "" {
			on = c.Property
		}
		req.Rule = &event.Rule{Do: c.Do, Property: on, To: c.To, Value: c.Value}
	}
	return r.with(func(cl *client) error {
		var done event.Replayed
		if err := cl.call(r.ctx, "POST", api+"/events/quarantine/replay", req, &done); err != nil {
			return err
		}
		g := grid{head: []string{"layer", "kind", "property", "messages", "example"}}
		for _, w := range done.Why {
			g.rows = append(g.rows, []any{w.Layer, w.Kind, w.Property, w.N, w.Text.In(r.lang)})
		}
		if err := r.print(g, done); err != nil {
			return err
		}
		said := text.Text{EN: "{stored} of {tried} messages are stored now, {left} are left", ZH: "{tried} 条中已入库 {stored} 条，剩余 {left} 条"}
		if c.Dry {
			said = text.Text{EN: "{stored} of {tried} messages would be stored, {left} would be left", ZH: "{tried} 条中可入库 {stored} 条，将剩余 {left} 条"}
		}
		r.note(said, "stored", done.Stored, "tried", done.Tried, "left", done.Left)
		return nil
	})
}

type eventsDismissCmd struct{ selection }

// Run gives up messages in quarantine.
func (c *eventsDismissCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var done struct {
			Dismissed int64 `json:"dismissed"`
		}
		if err := cl.call(r.ctx, "POST", api+"/events/quarantine/dismiss", c.filter(), &done); err != nil {
			return err
		}
		r.note(text.Text{EN: "gave up {n} messages", ZH: "已放弃 {n} 条消息"}, "n", done.Dismissed)
		return nil
	})
}

type eventsProposeCmd struct{}

// Run prints entries for the tracking plan, as a file to apply.
func (eventsProposeCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []event.Proposal `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", api+"/events/proposals", nil, &all); err != nil {
			return err
		}
		if r.flags.Output != "table" {
			g := grid{head: []string{"name", "sent", "seen", "because"}}
			for _, p := range all.Items {
				g.rows = append(g.rows, []any{p.Name, p.Sent, p.Seen, p.Because.In(r.lang)})
			}
			return r.print(g, all.Items)
		}
		if len(all.Items) == 0 {
			r.note(text.Text{EN: "everything that is sent is in the plan", ZH: "所有上报都已在计划中"})
		}
		for i, p := range all.Items {
			if i > 0 {
				fmt.Fprintln(r.rt.Stdout, "---")
			}
			if _, err := fmt.Fprintf(r.rt.Stdout, "# %s\n%s", p.Because.In(r.lang), p.YAML); err != nil {
				return err
			}
		}
		return nil
	})
}
