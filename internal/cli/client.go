package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"lodestar/internal/text"
)

// client talks to one workspace, wherever it is.
type client struct {
	http  *http.Client
	base  string
	token string
	lang  text.Lang
	close func() error
}

// connect opens the workspace that the flags name. The caller closes it.
func (r *run) connect() (*client, error) {
	server := r.flags.Server
	if server == "" && r.flags.Data == "" {
		server = r.rt.Getenv("LODESTAR_SERVER")
	}
	if server != "" {
		if r.flags.Data != "" {
			return nil, wrongUse(say(msgDataOrServer))
		}
		u, err := url.Parse(server)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, wrongUse(say(msgBadServer), "url", server)
		}
		token := r.flags.Token
		if token == "" {
			token = r.rt.Getenv("LODESTAR_TOKEN")
		}
		return &client{http: &http.Client{}, base: strings.TrimRight(server, "/"), token: token, lang: r.lang,
			close: func() error { return nil }}, nil
	}
	local, err := r.rt.Local(r.ctx, LocalOptions{DataDir: r.dataDir(), Log: r.log})
	if err != nil {
		return nil, err
	}
	return &client{http: &http.Client{Transport: local.Transport}, base: "http://localhost", lang: r.lang, close: local.Close}, nil
}

// local reports whether the workspace is open in this process alone.
func (c *client) local() bool { return c.http.Transport != nil }

// with runs f on the workspace and closes it.
func (r *run) with(f func(*client) error) error {
	c, err := r.connect()
	if err != nil {
		return err
	}
	err = f(c)
	if cerr := c.close(); err == nil {
		err = cerr
	}
	return err
}

// problemError is a problem document that the server sent.
type problemError struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Errors []struct {
		Path   string `json:"path"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

func (p *problemError) Error() string { return p.Detail }

func (p *problemError) print(w io.Writer) {
	fmt.Fprintln(w, "lodestar: "+p.Detail)
	for _, e := range p.Errors {
		if len(p.Errors) == 1 && strings.Contains(p.Detail, e.Detail) && e.Path == "" {
			continue
		}
		fmt.Fprintf(w, "  %s: %s (%s)\n", e.Path, e.Detail, e.Code)
	}
}

// do sends a request and gives the answer of a success; the caller closes its
// body. Any other answer is a *problemError.
func (c *client) do(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Language", string(c.lang))
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	p := &problemError{Status: res.StatusCode}
	if json.Unmarshal(data, p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("%s %s: %s", method, path, res.Status)
	}
	return nil, p
}

// call sends in as JSON (nil for none) and decodes the answer into out (nil to
// ignore it). Numbers keep their exact text when out holds any values.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	contentType := ""
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body, contentType = bytes.NewReader(data), "application/json"
	}
	res, err := c.do(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		_, err := io.Copy(io.Discard, res.Body)
		return err
	}
	dec := json.NewDecoder(res.Body)
	dec.UseNumber()
	return dec.Decode(out)
}

const api = "/api/v1"

func decodeInto(r io.Reader, v any) error { return json.NewDecoder(r).Decode(v) }
