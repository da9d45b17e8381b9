package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse"
)

// SessionSQL is what checks of sessions need in the words of an engine.
type SessionSQL struct {
	Slow    string     // a SELECT that takes much longer than the timeout
	Write   string     // a statement that a session must not run; empty where the engine has no such sessions
	Many    string     // a SELECT of some million rows
	Running func() int // how many statements of the warehouse run on the server
}

// Session checks what every warehouse over a server promises: cancelling stops
// the statement on the server, the timeout of a few seconds holds, rows stream,
// and nothing can be written.
func Session(t *testing.T, w warehouse.Warehouse, s SessionSQL) {
	t.Helper()
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, cancel)
		start := time.Now()
		err := drain(ctx, w, s.Slow)
		if !fault.Is(err, fault.Canceled) || time.Since(start) > 1500*time.Millisecond {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		idle(t, s)
	})
	t.Run("timeout", func(t *testing.T) {
		if err := drain(t.Context(), w, s.Slow); !fault.Is(err, fault.Timeout) {
			t.Errorf("%v", err)
		}
		idle(t, s)
	})
	t.Run("stream", func(t *testing.T) {
		rows, err := w.Query(t.Context(), expr.SQL{Text: s.Many})
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if !rows.Next() {
				t.Fatal(rows.Err())
			}
		}
		start := time.Now()
		if err := rows.Close(); err != nil || time.Since(start) > time.Second {
			t.Errorf("closing early took %s, %v", time.Since(start), err)
		}
		idle(t, s)
	})
	if s.Write != "" {
		t.Run("read only", func(t *testing.T) {
			if err := drain(t.Context(), w, s.Write); err == nil {
				t.Error("a session may write")
			}
		})
	}
}

// idle waits a moment until the server runs nothing of the warehouse.
func idle(t *testing.T, s SessionSQL) {
	t.Helper()
	for range 40 {
		if s.Running() == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%d statements go on", s.Running())
}

func drain(ctx context.Context, w warehouse.Warehouse, text string) error {
	rows, err := w.Query(ctx, expr.SQL{Text: text})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Fail runs a statement that must end with an error and gives it.
func Fail(t *testing.T, w warehouse.Warehouse, text string) error {
	t.Helper()
	err := drain(t.Context(), w, text)
	if err == nil {
		t.Fatalf("no error: %s", text)
	}
	return err
}

// Rows runs a statement and compares its rows, values joined by blanks.
func Rows(t *testing.T, w warehouse.Warehouse, text string, want ...string) {
	t.Helper()
	rows, err := w.Query(t.Context(), expr.SQL{Text: w.Dialect().Rebind(text)})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var got []string
	for rows.Next() {
		got = append(got, strings.TrimSuffix(fmt.Sprintln(rows.Values()...), "\n"))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}
