package engines

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/gate"
)

// again is for how long an engine that could not be reached is not tried anew,
// so that questions do not all wait for it.
const again = 5 * time.Second

// link is a connection, open or not.
type link struct {
	set *Set
	of  Connection

	opening sync.Mutex // held by the one who opens

	mu     sync.Mutex
	tables map[string]direct.Table
	direct *direct.Warehouse
	house  warehouse.Warehouse
	secret string
	closed bool
	failed error
	until  time.Time // before this, failed stands
}

func (l *link) follow(tables map[string]direct.Table) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tables = tables
	if l.direct != nil {
		l.direct.Follow(tables)
	}
}

// open gives the warehouse, or why there is none.
func (l *link) open(ctx context.Context) (warehouse.Warehouse, error) {
	if w, err := l.known(); w != nil || err != nil {
		return w, err
	}
	l.opening.Lock()
	defer l.opening.Unlock()
	if w, err := l.known(); w != nil || err != nil {
		return w, err
	}
	secret, opened, err := l.of.open(ctx, l.set.c)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secret = secret
	if err != nil {
		err = named(l.of, secret, err)
		if ctx.Err() == nil {
			l.failed, l.until = err, l.set.c.Now().Add(again)
		}
		return nil, err
	}
	if l.closed {
		return nil, errors.Join(gone(l.of.Name), opened.Close())
	}
	opened.Follow(l.tables)
	l.direct, l.failed = opened, nil
	l.house = house{gate.New(opened, l.set.c.Gate), l}
	return l.house, nil
}

func (l *link) known() (warehouse.Warehouse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, gone(l.of.Name)
	case l.house != nil:
		return l.house, nil
	case l.failed != nil && l.set.c.Now().Before(l.until):
		return nil, l.failed
	}
	return nil, nil
}

func gone(name string) error {
	return fault.New(fault.Unavailable, "connection_changed", text.Text{
		EN: "the connection {connection} was changed just now; ask again", ZH: "连接 {connection} 刚被修改，请重试"}, "connection", name)
}

func (l *link) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.direct == nil {
		return nil
	}
	return l.direct.Close()
}

// fault names the connection in an error of its engine.
func (l *link) fault(err error) error {
	if err == nil {
		return nil
	}
	l.mu.Lock()
	secret := l.secret
	l.mu.Unlock()
	return named(l.of, secret, err)
}

// named says which connection an error is of, and leaves out the secret, should
// a driver have put it in.
func named(c Connection, secret string, err error) error {
	if secret != "" && strings.Contains(err.Error(), secret) {
		clean := errors.New(strings.ReplaceAll(err.Error(), secret, "…"))
		var f *fault.Error
		if !errors.As(err, &f) {
			return clean
		}
		err = f.Wrap(clean)
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Canceled || f.Kind == fault.RateLimited {
		return err
	}
	out := f.Wrap(err)
	out.Text = text.Text{EN: "connection {c}: ", ZH: "连接 {c}："}.With("c", c.Name)
	out.Text.EN += f.Text.EN
	out.Text.ZH += f.Text.ZH
	out.Params = map[string]any{"connection": c.Name}
	for k, v := range f.Params {
		out.Params[k] = v
	}
	return out
}
