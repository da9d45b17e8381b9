package metrictest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// guardLimit is how long the tests of one change may take: nobody else can
// change definitions meanwhile.
const guardLimit = 30 * time.Second

// Guard runs the tests that a change of definitions can affect, before the
// change is stored.
type Guard struct {
	Open func(context.Context) (Bench, error)
}

// Try gives an error finding for each case that the change breaks, and a
// warning for each that was broken before and stays so. A test that is changed
// itself has to pass.
func (g Guard) Try(ctx context.Context, t catalog.Trial) []catalog.Finding {
	tests := affected(t)
	if len(tests) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, guardLimit)
	defer cancel()
	out, err := g.try(ctx, t, tests)
	if err != nil {
		why := fault.Of(err).Text
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			why = text.Text{ZH: "超过 {n} 秒", EN: "it took longer than {n} seconds"}.With("n", guardLimit.Seconds())
		}
		return []catalog.Finding{{Kind: KindTest, Name: tests[0].Metadata.Name, Path: "spec", Rule: "tests_not_run", Severity: catalog.Error,
			Text: text.Text{ZH: "受影响的指标测试未能运行：{why}", EN: "the metric tests that this affects could not be run: {why}"}.With("why", why)}}
	}
	return out
}

func (g Guard) try(ctx context.Context, t catalog.Trial, tests []*catalog.Resource) (out []catalog.Finding, err error) {
	bench, err := g.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	after, _ := semantic.Compile(t.After.Published(""))
	var before *semantic.Model // compiled when something fails
	for _, r := range tests {
		outcomes, err := Run(ctx, bench, after, r)
		if err != nil {
			return nil, err
		}
		var failing []Outcome
		for _, o := range outcomes {
			if !o.OK {
				failing = append(failing, o)
			}
		}
		if len(failing) == 0 {
			continue
		}
		broken := map[string]bool{}
		if !slices.Contains(t.Changed, r.Ref()) {
			if before == nil {
				before, _ = semantic.Compile(t.Before.Published(""))
			}
			earlier, err := Run(ctx, bench, before, r)
			if err != nil {
				return nil, err
			}
			for _, o := range earlier {
				broken[o.Label()] = !o.OK
			}
		}
		for _, o := range failing {
			out = append(out, o.finding(r, broken[o.Label()]))
		}
	}
	return out, nil
}

// finding says that a case fails. One that failed before the change, too, is
// no reason to refuse it.
func (o Outcome) finding(r *catalog.Resource, before bool) catalog.Finding {
	f := catalog.Finding{Position: o.At, Kind: KindTest, Name: r.Metadata.Name, Path: o.Path, Rule: "test_failed", Severity: catalog.Error,
		Text: text.Text{ZH: "指标测试 {test} 未通过：{why}", EN: "the metric test {test} fails: {why}"}}
	if before {
		f.Severity = catalog.Warning
		f.Text = text.Text{ZH: "指标测试 {test} 修改前就未通过：{why}", EN: "the metric test {test} fails, as it did before this change: {why}"}
	}
	f.Text = f.Text.With("test", o.Label(), "why", text.Text{ZH: o.Words(text.ZH), EN: o.Words(text.EN)})
	return f
}

// affected lists the tests that the change can touch: those changed
// themselves, those that stand on something changed, and all when a setting of
// the whole workspace changed.
func affected(t catalog.Trial) []*catalog.Resource {
	hit := map[catalog.Ref]bool{}
	all := false
	for _, ref := range t.Changed {
		hit[ref] = true
		// Every period depends on these, and nothing refers to them by name.
		all = all || ref.Kind == semantic.KindWorkspace || ref.Kind == "Calendar"
		for _, user := range t.After.Dependants(ref.Kind, ref.Name) {
			hit[user] = true
		}
	}
	var out []*catalog.Resource
	for _, r := range t.After.Published(KindTest) {
		if all || hit[r.Ref()] {
			out = append(out, r)
		}
	}
	return out
}

// Count says how many cases passed and failed, for people.
func Count(outcomes []Outcome) (passed, failed int) {
	for _, o := range outcomes {
		if o.OK {
			passed++
		} else {
			failed++
		}
	}
	return passed, failed
}

// String is for messages of tests.
func (o Outcome) String() string { return fmt.Sprintf("%s: %v %s", o.Label(), o.OK, o.Words(text.EN)) }
