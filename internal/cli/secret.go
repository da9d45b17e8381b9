package cli

import (
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"lodestar/internal/text"
	"lodestar/internal/vault"
)

type secretCmd struct {
	List   secretListCmd   `cmd:"" help:"${help_secret_list}"`
	Put    secretPutCmd    `cmd:"" help:"${help_secret_put}"`
	Delete secretDeleteCmd `cmd:"" help:"${help_secret_delete}"`
}

type secretListCmd struct{}

// Run lists the names of the secrets.
func (secretListCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []vault.Entry `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", api+"/secrets", nil, &all); err != nil {
			return err
		}
		g := grid{head: []string{"name", "by", "at"}}
		for _, s := range all.Items {
			g.rows = append(g.rows, []any{s.Name, s.By, s.At.Format(time.RFC3339)})
		}
		return r.print(g, all.Items)
	})
}

type secretPutCmd struct {
	Name string `arg:"" help:"${help_secret_name}"`
}

// Run gives the vault what stands on standard input, without the line break at
// its end. A secret is never a flag: those show up in lists of processes.
func (c *secretPutCmd) Run(r *run) error {
	b, err := io.ReadAll(io.LimitReader(r.rt.Stdin, 1<<20))
	if err != nil {
		return errors.Join(wrongUse(say(msgPasswordEmpty)), err)
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	return r.with(func(cl *client) error {
		if err := cl.call(r.ctx, "PUT", api+"/secrets/"+url.PathEscape(c.Name), map[string]string{"value": value}, nil); err != nil {
			return err
		}
		r.note(text.Text{EN: "the vault keeps {name}; write it in a connection as {vault: {name}}", ZH: "已存入保险箱：{name}；在连接中写作 {vault: {name}}"}, "name", c.Name)
		return nil
	})
}

type secretDeleteCmd struct {
	Name string `arg:"" help:"${help_secret_name}"`
}

// Run lets go of a secret.
func (c *secretDeleteCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		return cl.call(r.ctx, "DELETE", api+"/secrets/"+url.PathEscape(c.Name), nil, nil)
	})
}
