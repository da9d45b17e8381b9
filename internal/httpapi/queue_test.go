package httpapi

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// TestRetryAfter: who is sent away because the line is full is told when to
// come back, from an operation and from a middleware alike.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	full := fault.New(fault.Unavailable, "queue_full", text.Text{EN: "again in {retryAfter} s", ZH: "{retryAfter} 秒后再试"}, "retryAfter", 7)
	w := httptest.NewRecorder()
	writeProblem(w, httptest.NewRequest("POST", "/", nil), errors.Join(full))
	if w.Code != 503 || w.Header().Get("Retry-After") != "7" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if got := problemOf(full, text.EN).GetHeaders().Get("Retry-After"); got != "7" {
		t.Errorf("an operation says %q", got)
	}
	if h := problemOf(fault.New(fault.NotFound, "none", text.Same("none")), text.EN).GetHeaders(); len(h) > 0 {
		t.Errorf("another problem has headers %v", h)
	}
}

// TestFiguresAreShown at /-/metrics, each with its type.
func TestFiguresAreShown(t *testing.T) {
	t.Parallel()
	a := testAPI(t, func(c *Config) {
		c.Figures = func() []Figure {
			return []Figure{{"lodestar_x", "What it is.", 2.5, false}, {"lodestar_y_total", "Of y.", 3, true}}
		}
	})
	got := ask(a, access.Actor{}, "GET", "/-/metrics", "").Body.String()
	for _, want := range []string{"# HELP lodestar_x What it is.\n# TYPE lodestar_x gauge\nlodestar_x 2.5\n",
		"# TYPE lodestar_y_total counter\nlodestar_y_total 3\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
