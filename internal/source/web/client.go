package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/record"
	"lodestar/internal/text"
)

// Auth says who asks.
type Auth struct {
	Type     string // empty for nobody | basic | bearer | header | oauth2
	User     string // of oauth2 the client's id
	Password string // of oauth2 the client's secret
	Token    string
	Header   string // of the token
	TokenURL string
	Scopes   []string
}

// Config is what all requests need.
type Config struct {
	URL       string
	Headers   map[string]string
	Auth      Auth
	Transport http.RoundTripper // which decides where connections may go
	Now       func() time.Time
	Wait      func(ctx context.Context, d time.Duration) error // before another try
}

// Limits of answers and of tries.
const (
	mostAnswer   = 32 << 20 // bytes of one answer with records
	mostTries    = 6
	mostDials    = 2               // tries when nobody listens there
	longestWait  = 2 * time.Minute // that a server may ask for
	mostRedirect = 5
)

type client struct {
	Config
	http    *http.Client
	away    bool      // redirects may lead to other hosts, without who we are
	token   string    // of oauth2
	expires time.Time // when it does
}

func newClient(c Config, away bool) *client {
	if c.Wait == nil {
		c.Wait = func(ctx context.Context, d time.Duration) error {
			select {
			case <-ctx.Done():
				return source.Stopped(ctx, ctx.Err())
			case <-time.After(d):
				return nil
			}
		}
	}
	out := &client{Config: c, away: away}
	out.http = &http.Client{Transport: c.Transport, CheckRedirect: out.redirect}
	return out
}

// redirect follows within a host; elsewhere only where no secret goes along.
func (c *client) redirect(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > mostRedirect:
		return errLed("it is led around in a circle", "重定向次数过多")
	case first.Scheme == "https" && r.URL.Scheme != "https":
		return errLed("it is led to an address without encryption", "被重定向到未加密的地址")
	case r.URL.Host != first.Host && !c.away:
		return errLed("it is led to another host, "+r.URL.Host+"; write that address if it is the right one", "被重定向到另一主机 "+r.URL.Host+"；若确认无误请直接填写该地址")
	}
	r.Header.Del("Referer") // which has the address that led here, and what is in it
	if r.URL.Host != first.Host {
		for name := range c.Headers {
			r.Header.Del(name)
		}
		r.Header.Del(c.Auth.Header)
		r.Header.Del("Authorization")
	}
	return nil
}

func errLed(en, zh string) error {
	return fault.New(fault.Invalid, "redirect_refused", text.Text{EN: "the request was not followed: " + en, ZH: "请求未被执行：" + zh})
}

// ask sends a request until there is an answer. The body is to be closed.
func (c *client) ask(ctx context.Context, method, address, body string) (*http.Response, error) {
	fresh := false // whether the token was renewed
	for try := 1; ; try++ {
		r, err := c.once(ctx, method, address, body)
		if err == nil && r.StatusCode == http.StatusUnauthorized && c.Auth.Type == "oauth2" && !fresh {
			fresh, c.token = true, ""
			_ = r.Body.Close()
			continue
		}
		wait, again := patience(r, err, try, c.Now)
		if err == nil && !again {
			if r.StatusCode < 300 {
				return r, nil
			}
			_ = r.Body.Close()
			return nil, refused(r)
		}
		if err != nil {
			again = again && (try < mostDials || !nobody(err))
			err = c.fault(ctx, err)
			again = again && fault.Is(err, fault.Unavailable)
		} else {
			_ = r.Body.Close()
			err = refused(r)
		}
		if !again || try >= mostTries {
			return nil, err
		}
		if err := c.Wait(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// nobody reports whether there was not even a connection.
func nobody(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// patience tells whether to try again, and after how long.
func patience(r *http.Response, err error, try int, now func() time.Time) (time.Duration, bool) {
	wait := time.Second << (try - 1)
	if err != nil {
		return wait, true
	}
	switch r.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusInternalServerError:
		return wait, true
	default:
		return 0, false
	}
	after := r.Header.Get("Retry-After")
	if n, err := strconv.Atoi(after); err == nil && n >= 0 {
		wait = time.Duration(min(n, 1<<30)) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		wait = max(0, at.Sub(now()))
	}
	return wait, wait <= longestWait
}

func (c *client) once(ctx context.Context, method, address, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad_address", text.Text{EN: "the address cannot be used", ZH: "地址不可用"}).Wrap(err)
	}
	r.Header.Set("User-Agent", "lodestar")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.Headers {
		r.Header.Set(name, value)
	}
	switch c.Auth.Type {
	case "basic":
		r.SetBasicAuth(c.Auth.User, c.Auth.Password)
	case "bearer":
		r.Header.Set("Authorization", "Bearer "+c.Auth.Token)
	case "header":
		r.Header.Set(c.Auth.Header, c.Auth.Token)
	case "oauth2":
		if err := c.sign(ctx); err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.http.Do(r)
}

// sign gets a token by the client's own credentials, when there is none that
// lasts.
func (c *client) sign(ctx context.Context) error {
	if c.token != "" && c.Now().Before(c.expires) {
		return nil
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(c.Auth.Scopes) > 0 {
		form.Set("scope", strings.Join(c.Auth.Scopes, " "))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Auth.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(c.Auth.User), url.QueryEscape(c.Auth.Password))
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusBadRequest {
		answer.StatusCode = http.StatusUnauthorized // invalid_client, by some
	}
	if answer.StatusCode >= 300 {
		return refused(answer)
	}
	var given struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&given); err != nil || given.Token == "" {
		return fault.New(fault.Unavailable, "no_token", text.Text{
			EN: "the server at tokenURL gives no token; check the address and the client's id and secret", ZH: "tokenURL 没有返回令牌；请检查地址及客户端 id 和密钥"})
	}
	lasts := 5 * time.Minute
	if given.Expires > 0 {
		lasts = time.Duration(min(given.Expires, 1<<30)) * time.Second
	}
	c.token, c.expires = given.Token, c.Now().Add(lasts-lasts/10)
	return nil
}

// refused says what a status means.
func refused(r *http.Response) error {
	host := r.Request.URL.Host
	switch r.StatusCode {
	case http.StatusUnauthorized:
		return source.Login(host, nil)
	case http.StatusForbidden:
		return source.NoRight(host, "403 "+r.Request.URL.Path, nil)
	case http.StatusTooManyRequests:
		return fault.New(fault.Unavailable, "source_busy", text.Text{
			EN: "{host} asks for fewer requests; run the sync less often", ZH: "{host} 要求减少请求；请降低同步频率"}, "host", host)
	}
	kind := fault.Invalid
	if r.StatusCode >= 500 {
		kind = fault.Unavailable
	}
	return fault.New(kind, "source_status", text.Text{
		EN: "{host} answers with status {status} to {path}; check the address and its parameters",
		ZH: "{host} 对 {path} 返回状态 {status}；请检查地址和参数"}, "host", host, "status", r.StatusCode, "path", r.Request.URL.Path)
}

// fault says what went wrong on the way. Addresses are left out: there may be a
// key in one.
func (c *client) fault(ctx context.Context, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	if stopped := source.Stopped(ctx, err); stopped != nil {
		return stopped
	}
	host := c.URL
	if u, e := url.Parse(c.URL); e == nil {
		host = u.Host
	}
	return source.Unreachable(host, err)
}

// recoded makes UTF-8 of an answer that says to be in another encoding.
func recoded(b []byte, contentType string) []byte {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["charset"] == "" || utf8.Valid(b) && !bytes.ContainsRune(b, 0) {
		return b // JSON is UTF-8, whatever is said
	}
	e, err := htmlindex.Get(params["charset"])
	if err != nil || e == unicode.UTF8 {
		return b
	}
	if out, err := e.NewDecoder().Bytes(b); err == nil && !bytes.ContainsRune(out, utf8.RuneError) {
		return out
	}
	return b // it is not what it says to be
}

// answer asks and reads a document of JSON.
func (c *client) answer(ctx context.Context, method, address, body string) (any, http.Header, error) {
	for try := 1; ; try++ {
		r, err := c.ask(ctx, method, address, body)
		if err != nil {
			return nil, nil, err
		}
		b, err := io.ReadAll(io.LimitReader(r.Body, mostAnswer+1))
		_ = r.Body.Close()
		switch {
		case err != nil && try < mostTries && ctx.Err() == nil: // it broke off
			if err := c.Wait(ctx, time.Second<<(try-1)); err != nil {
				return nil, nil, err
			}
			continue
		case err != nil:
			return nil, nil, c.fault(ctx, err)
		case len(b) > mostAnswer:
			return nil, nil, fault.New(fault.TooLarge, "answer_too_large", text.Text{
				EN: "an answer has more than {most} MB; ask for smaller pages (page.size)", ZH: "单次应答超过 {most} MB；请减小每页记录数（page.size）"}, "most", mostAnswer>>20)
		}
		out, err := record.Parse(recoded(b, r.Header.Get("Content-Type")))
		if err != nil {
			return nil, nil, fault.New(fault.Invalid, "not_json", text.Text{
				EN: "the answer to {path} is not JSON; check the address", ZH: "{path} 的应答不是 JSON；请检查地址"}, "path", r.Request.URL.Path).
				Wrap(fmt.Errorf("%d bytes: %w", len(b), err))
		}
		return out, r.Header, nil
	}
}
