package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

func TestNewFillsBothTexts(t *testing.T) {
	t.Parallel()
	e := fault.New(fault.NotFound, "unknown_metric", text.Text{ZH: "没有名为 {name} 的指标", EN: "no metric named {name}"}, "name", "gmv")
	if e.Text.ZH != "没有名为 gmv 的指标" || e.Text.EN != "no metric named gmv" || e.Params["name"] != "gmv" {
		t.Errorf("%+v", e)
	}
	if e.Error() != "no metric named gmv" {
		t.Errorf("message %q", e.Error())
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	known := fault.New(fault.Conflict, "changed", text.Same("changed meanwhile"))
	if got := fault.Of(fmt.Errorf("put: %w", known)); got != known {
		t.Errorf("the fault in the chain was not found: %v", got)
	}
	secret := errors.New("open /secret/path: no such file")
	got := fault.Of(secret)
	if got.Kind != fault.Internal || strings.Contains(got.Text.EN+got.Text.ZH, "secret") {
		t.Errorf("an unknown error shows its text: %+v", got)
	}
	if !errors.Is(got, secret) || !strings.Contains(got.Error(), "secret") {
		t.Error("the log does not get the cause")
	}
}

func TestWrapLeavesTheOriginal(t *testing.T) {
	t.Parallel()
	canceled := fault.New(fault.Canceled, "canceled", text.Same("canceled"))
	inner := canceled.Wrap(errors.New("context canceled"))
	outer := canceled.Wrap(inner)
	if errors.Unwrap(canceled) != nil {
		t.Error("the fault itself got a cause")
	}
	if errors.Is(outer, errors.ErrUnsupported) || !errors.Is(outer, inner) {
		t.Error("a fault wrapped twice does not lead to its first cause")
	}
	if got := outer.Error(); got != "canceled: canceled: context canceled" {
		t.Errorf("message %q", got)
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	denied := fmt.Errorf("x: %w", fault.New(fault.Denied, "denied", text.Same("no")))
	if !fault.Is(denied, fault.Denied) || fault.Is(denied, fault.Invalid) {
		t.Error("Is does not tell kinds apart")
	}
	if fault.Is(nil, fault.Internal) || !fault.Is(errors.New("x"), fault.Internal) {
		t.Error("nil is no fault, an unknown error is Internal")
	}
}

func TestWrapAndAt(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk full")
	e := fault.New(fault.Unavailable, "busy", text.Same("try later")).Wrap(cause).
		At("spec.expr", "syntax", text.Same("expected )"))
	if !errors.Is(e, cause) || e.Error() != "try later: disk full" {
		t.Errorf("cause: %v", e)
	}
	if len(e.Fields) != 1 || e.Fields[0].Path != "spec.expr" || e.Fields[0].Code != "syntax" {
		t.Errorf("fields: %+v", e.Fields)
	}
}

func TestKindsHaveDistinctNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, k := range fault.Kinds() {
		if int(k) != i || k.String() == "" || seen[k.String()] {
			t.Errorf("kind %d is named %q", k, k)
		}
		seen[k.String()] = true
	}
	if len(seen) != int(fault.RateLimited)+1 {
		t.Errorf("%d names for %d kinds", len(seen), fault.RateLimited+1)
	}
}
