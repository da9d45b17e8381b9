package cli

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/text"
)

type userCmd struct {
	List  userListCmd  `cmd:"" help:"${help_user_list}"`
	Add   userAddCmd   `cmd:"" help:"${help_user_add}"`
	Reset userResetCmd `cmd:"" help:"${help_user_reset}"`
}

type userListCmd struct{}

// Run lists the people.
func (userListCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []access.User `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", api+"/users", nil, &all); err != nil {
			return err
		}
		g := grid{head: []string{"name", "title", "role", "disabled"}}
		for _, u := range all.Items {
			g.rows = append(g.rows, []any{u.Name, u.Title, u.Role, u.Disabled})
		}
		return r.print(g, all.Items)
	})
}

type userAddCmd struct {
	Name          string `arg:"" help:"${help_user_name}"`
	Title         string `help:"${help_user_title}"`
	Role          string `default:"viewer" enum:"viewer,editor,admin" help:"${help_user_role}"`
	PasswordStdin bool   `help:"${help_user_password}"`
}

// Run adds a person, with a password that is given or made up.
func (c *userAddCmd) Run(r *run) error {
	password, made, err := r.password(c.PasswordStdin)
	if err != nil {
		return err
	}
	return r.with(func(cl *client) error {
		var u access.User
		body := map[string]any{"name": c.Name, "title": c.Title, "role": c.Role, "password": password, "lang": r.lang}
		if err := cl.call(r.ctx, "POST", api+"/users", body, &u); err != nil {
			return err
		}
		r.note(text.Text{EN: "added {name} as {role}", ZH: "已添加 {name}，角色为{role}"}, "name", u.Name, "role", u.Role.Title())
		return r.tellPassword(password, made)
	})
}

type userResetCmd struct {
	Name          string `arg:"" help:"${help_user_name}"`
	PasswordStdin bool   `help:"${help_user_password}"`
}

// Run gives a person a new password and ends the sessions.
func (c *userResetCmd) Run(r *run) error {
	password, made, err := r.password(c.PasswordStdin)
	if err != nil {
		return err
	}
	return r.with(func(cl *client) error {
		body := map[string]any{"password": password, "disabled": false}
		if err := cl.call(r.ctx, "PATCH", api+"/users/"+url.PathEscape(c.Name), body, nil); err != nil {
			return err
		}
		r.note(text.Text{EN: "{name} has a new password and is signed out everywhere", ZH: "已为 {name} 设置新密码，原有登录全部失效"}, "name", c.Name)
		return r.tellPassword(password, made)
	})
}

// password reads one line of standard input, or makes one up. It is never a
// flag: those show up in lists of processes.
func (r *run) password(fromStdin bool) (password string, made bool, err error) {
	if !fromStdin {
		return rand.Text()[:20], true, nil
	}
	line, err := bufio.NewReader(r.rt.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	password = strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", false, wrongUse(say(msgPasswordEmpty))
	}
	return password, false, nil
}

// tellPassword prints a password that was made up: it is the command's answer.
func (r *run) tellPassword(password string, made bool) error {
	if !made {
		return nil
	}
	if r.flags.Output == "json" {
		return r.printJSON(map[string]string{"password": password})
	}
	_, err := fmt.Fprintln(r.rt.Stdout, password)
	return err
}
