// Package program runs the built program as people do and asks it over HTTP.
package program

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/bench/model"
)

// Binary is the program that make build leaves.
const Binary = "bin/lodestar"

// Program is a running server.
type Program struct {
	URL   string
	token string
	cmd   *exec.Cmd
	lines *bufio.Scanner // of standard error
}

// Serve starts the program on a data directory and a free port. It does not
// wait until the server answers.
func Serve(dir, token string) (*Program, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		return nil, err
	}
	p := &Program{URL: "http://" + addr, token: token}
	return p, p.start("serve", "--data", dir, "--addr", addr)
}

// Demo starts the demo and waits for its address, which lets a browser in.
func Demo() (*Program, error) {
	p := &Program{}
	if err := p.start("demo", "--addr", "127.0.0.1:0", "--no-open"); err != nil {
		return nil, err
	}
	for p.lines.Scan() {
		if i := strings.Index(p.lines.Text(), "http://"); i >= 0 {
			p.URL = strings.Fields(p.lines.Text()[i:])[0]
			go p.drain()
			return p, nil
		}
	}
	return nil, errors.Join(errors.New("the demo ended without an address"), p.Stop())
}

func (p *Program) start(args ...string) error {
	if _, err := os.Stat(Binary); err != nil {
		return fmt.Errorf("%s is missing: run make build first", Binary)
	}
	p.cmd = exec.Command(Binary, args...)
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return err
	}
	p.lines = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		return err
	}
	if args[0] == "serve" {
		go p.drain()
	}
	return nil
}

func (p *Program) drain() {
	for p.lines.Scan() {
	}
}

// Stop asks the program to end and waits.
func (p *Program) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// Do calls the API and reads the answer into out when that is not nil.
func (p *Program) Do(ctx context.Context, method, path string, body, out any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, p.URL+"/api/v1"+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d: %s", method, path, res.StatusCode, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// Until calls until an answer comes or half a minute is over.
func (p *Program) Until(ctx context.Context, method, path string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := p.Do(ctx, method, path, body, out)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// FirstAnswer asks until the program answers over the generated rows. It is an
// error when there are none.
func (p *Program) FirstAnswer(ctx context.Context) error {
	var out struct {
		Rows [][]any `json:"rows"`
	}
	err := p.Until(ctx, "POST", "/query", map[string]any{"metrics": []string{"revenue"}, "by": []string{"channel"}}, &out)
	if err == nil && len(out.Rows) != 3 {
		return fmt.Errorf("there are %d channels in the rows that are served, not 3", len(out.Rows))
	}
	return err
}

// RSS is the program's resident memory in megabytes of 1,000,000 bytes.
func (p *Program) RSS() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024 / 1e6, err
		}
	}
	return 0, errors.New("no VmRSS in /proc")
}

// Prepare makes a data directory with the benchmark's rows and definitions and
// a token to ask with.
func Prepare(ctx context.Context) (dir, token string, err error) {
	lines, err := bed.Lines()
	if err != nil {
		return "", "", err
	}
	b, err := bed.Loaded(ctx)
	if err != nil {
		return "", "", err
	}
	if err := b.Close(ctx); err != nil {
		return "", "", err
	}
	dir = bed.DataDir(lines)
	kept := filepath.Join(bed.Dir(lines), "token")
	if t, err := os.ReadFile(kept); err == nil {
		return dir, string(t), nil
	}
	if token, err = furnish(ctx, dir); err != nil {
		return "", "", err
	}
	return dir, token, os.WriteFile(kept, []byte(token), 0o600)
}

// furnish sets the workspace up as a person would, applies the definitions and
// makes a token.
func furnish(ctx context.Context, dir string) (token string, err error) {
	cli := func(out any, args ...string) error {
		cmd := exec.CommandContext(ctx, Binary, append(args, "--data", dir)...)
		cmd.Stderr = os.Stderr
		b, err := cmd.Output()
		if err != nil || out == nil {
			return err
		}
		return json.Unmarshal(b, out)
	}
	file := filepath.Join(filepath.Dir(dir), "model.yaml")
	if err := os.WriteFile(file, model.YAML, 0o644); err != nil {
		return "", err
	}
	if err := cli(nil, "apply", "-f", file); err != nil {
		return "", fmt.Errorf("apply: %w", err)
	}
	p, err := Serve(dir, "")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	figure.Say("setting up %s", dir)
	return p.signUp(ctx)
}

// signUp creates the administrator and, with its session, a token.
func (p *Program) signUp(ctx context.Context) (string, error) {
	setup := map[string]string{"name": "bench", "title": "Bench", "password": "correct horse battery", "lang": "en",
		"zone": "Asia/Shanghai", "weekStart": "monday", "currency": "CNY"}
	b, err := json.Marshal(setup)
	if err != nil {
		return "", err
	}
	if err := p.Until(ctx, "GET", "/session", nil, nil); err != nil {
		return "", err
	}
	res, err := http.Post(p.URL+"/api/v1/setup", "application/json", bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		answer, _ := io.ReadAll(res.Body)
		return "", fmt.Errorf("setup: %d: %s", res.StatusCode, answer)
	}
	req, err := http.NewRequestWithContext(ctx, "POST", p.URL+"/api/v1/tokens", strings.NewReader(`{"name": "bench", "role": "admin"}`))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	for _, c := range res.Cookies() {
		req.AddCookie(c)
	}
	made, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer made.Body.Close()
	var t struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(made.Body).Decode(&t); err != nil {
		return "", err
	}
	if t.Token == "" {
		return "", fmt.Errorf("no token: %d", made.StatusCode)
	}
	return t.Token, nil
}
