package cli

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"lodestar/internal/event"
	"lodestar/internal/text"
)

type writekeyCmd struct {
	List   writekeyListCmd   `cmd:"" help:"${help_writekey_list}"`
	Create writekeyCreateCmd `cmd:"" help:"${help_writekey_create}"`
	On     writekeyOnCmd     `cmd:"" help:"${help_writekey_on}"`
	Off    writekeyOffCmd    `cmd:"" help:"${help_writekey_off}"`
	Delete writekeyDeleteCmd `cmd:"" help:"${help_writekey_delete}"`
}

const keysPath = api + "/events/keys"

type writekeyListCmd struct{}

// Run lists the write keys, without what they are made of.
func (writekeyListCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []event.Key `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", keysPath, nil, &all); err != nil {
			return err
		}
		g := grid{head: []string{"name", "key", "on", "calls", "by", "at", "used"}}
		for _, k := range all.Items {
			used := ""
			if k.UsedAt != nil {
				used = k.UsedAt.Format(time.RFC3339)
			}
			g.rows = append(g.rows, []any{k.Name, k.Start + "…", k.On, strings.Join(k.Calls, " "), k.By, k.At.Format(time.RFC3339), used})
		}
		return r.print(g, all.Items)
	})
}

type writekeyCreateCmd struct {
	Name  string   `arg:"" help:"${help_writekey_name}"`
	Calls []string `help:"${help_writekey_calls}" placeholder:"CALL"`
}

// Run makes a write key and prints it: it is told this once.
func (c *writekeyCreateCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var made struct {
			event.Key
			WriteKey string `json:"writeKey"`
		}
		if err := cl.call(r.ctx, "POST", keysPath, event.NewKey{Name: c.Name, Calls: c.Calls}, &made); err != nil {
			return err
		}
		r.note(text.Text{EN: "the write key of {name}; keep it, it is not shown again", ZH: "{name} 的写入密钥，仅显示一次，请妥善保存"}, "name", c.Name)
		if r.flags.Output == "json" {
			return r.printJSON(map[string]string{"writeKey": made.WriteKey})
		}
		_, err := fmt.Fprintln(r.rt.Stdout, made.WriteKey)
		return err
	})
}

type writekeyOnCmd struct {
	Name string `arg:"" help:"${help_writekey_name}"`
}

// Run switches a write key on.
func (c *writekeyOnCmd) Run(r *run) error { return r.switchKey(c.Name, true) }

type writekeyOffCmd struct {
	Name string `arg:"" help:"${help_writekey_name}"`
}

// Run switches a write key off.
func (c *writekeyOffCmd) Run(r *run) error { return r.switchKey(c.Name, false) }

func (r *run) switchKey(name string, on bool) error {
	return r.with(func(cl *client) error {
		if err := cl.call(r.ctx, "PATCH", keysPath+"/"+url.PathEscape(name), map[string]bool{"on": on}, nil); err != nil {
			return err
		}
		said := text.Text{EN: "the write key of {name} is off; what it sends is refused", ZH: "已停用 {name} 的写入密钥，其上报将被拒绝"}
		if on {
			said = text.Text{EN: "the write key of {name} is on", ZH: "已启用 {name} 的写入密钥"}
		}
		r.note(said, "name", name)
		return nil
	})
}

type writekeyDeleteCmd struct {
	Name string `arg:"" help:"${help_writekey_name}"`
}

// Run lets go of a write key.
func (c *writekeyDeleteCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		if err := cl.call(r.ctx, "DELETE", keysPath+"/"+url.PathEscape(c.Name), nil, nil); err != nil {
			return err
		}
		r.note(text.Text{EN: "deleted the write key of {name}", ZH: "已删除 {name} 的写入密钥"}, "name", c.Name)
		return nil
	})
}
