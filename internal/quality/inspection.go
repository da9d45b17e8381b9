package quality

import (
	"context"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// inspectionDone is what the trail calls an inspection that a person confirms.
const inspectionDone = "inspection.done"

const (
	mostInspections = 500  // of a dataset, that are looked through
	longestNote     = 2000 // characters
)

// Inspect writes down that a person did what a rule of kind inspection asks,
// with what was found, and checks the rules. Editors may. Faults: NotFound for
// a dataset or a rule of that kind that there is not, Invalid without a note.
func (s *Service) Inspect(ctx context.Context, who access.Actor, dataset, rule, note string) (Run, error) {
	if err := who.Must(access.Editor); err != nil {
		return Run{}, err
	}
	d := s.Model().Dataset(dataset)
	if d == nil {
		return Run{}, semantic.UnknownDataset(dataset)
	}
	if !slices.ContainsFunc(d.Rules(), func(r *semantic.Rule) bool { return r.ID == rule && r.Rule == semantic.RuleInspection }) {
		return Run{}, fault.New(fault.NotFound, "unknown_inspection", text.Text{
			ZH: "数据集 {dataset} 没有名为 {name} 的点检规则", EN: "{dataset} has no rule of kind inspection called {name}"}, "dataset", dataset, "name", rule)
	}
	note = strings.TrimSpace(note)
	if note == "" || len([]rune(note)) > longestNote {
		t := text.Text{ZH: "请写明查了什么、结果如何（不超过 {n} 字）", EN: "write what was looked at and found, in at most {n} characters"}.With("n", longestNote)
		return Run{}, fault.New(fault.Invalid, "inspection_note", t).At("note", "required", t)
	}
	err := s.Trail.Record(ctx, audit.Entry{At: s.Now().UTC(), Actor: who.Name, Via: who.Via, Action: inspectionDone, Kind: semantic.KindDataset, Name: dataset,
		Detail: map[string]any{"rule": rule, "note": note}})
	if err != nil {
		return Run{}, err
	}
	return s.run(ctx, dataset, ByHand, who.Name)
}

// inspected judges whether what a rule asks was looked after lately; its
// examples are the last times.
func (s *Service) inspected(ctx context.Context, c *check) (Result, error) {
	all, err := s.Trail.List(ctx, audit.Filter{Action: inspectionDone, Kind: semantic.KindDataset, Name: c.rule.Dataset.Name}, 0, mostInspections)
	if err != nil {
		return Result{}, err
	}
	out := c.result(Kept)
	bound := c.rule.Age.Seconds()
	out.Checked, out.Bound = 1, &bound
	done := &Examples{Columns: []string{"at", "by", "note"}, Rows: [][]any{}}
	zone := s.Model().Calendar().Zone
	var last time.Time
	for _, e := range all {
		if e.Detail["rule"] != c.rule.ID || len(done.Rows) == mostExamples {
			continue
		}
		if last.IsZero() {
			last = e.At
		}
		done.Rows = append(done.Rows, []any{e.At.In(zone).Format("2006-01-02 15:04"), e.Actor, e.Detail["note"]})
	}
	if last.IsZero() {
		out.State, out.Broken = Broken, 1
		out.Note = text.Text{ZH: "还没有人确认过点检", EN: "nobody has confirmed an inspection yet"}
		return out, nil
	}
	age := max(0, s.Now().Sub(last)).Seconds()
	out.Observed, out.Examples = &age, done
	due := last.Add(c.rule.Age).In(zone).Format("2006-01-02 15:04")
	out.Note = text.Text{ZH: "下次应在 {due} 之前", EN: "the next one is due by {due}"}.With("due", due)
	if age > bound {
		out.State, out.Broken = Broken, 1
		out.Note = text.Text{ZH: "点检自 {due} 起逾期", EN: "an inspection has been due since {due}"}.With("due", due)
	}
	return out, nil
}
