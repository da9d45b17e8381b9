package tree

import (
	"cmp"
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// behind is the share of the way expected by now below which growth is watched.
const behind = 0.95

// States of a verdict, from best to worst but for unknown.
const (
	healthy   = "healthy"
	watch     = "watch"
	unhealthy = "unhealthy"
	unknown   = "unknown"
)

func severity(state string) int { return slices.Index([]string{healthy, watch, unhealthy}, state) }

// reason is a line of evidence with how bad it is.
type reason struct {
	query.Warning
	state string
}

// verdict judges the health of growth: the worst guardrail decides; being
// behind the target, or data that are late, also behind a guardrail, is at least
// to be watched. It is unknown
// when neither the root nor any guardrail has something to judge.
func (e *evaluation) verdict(s *State) Verdict {
	var all []reason
	judged := 0
	for _, g := range s.Guardrails {
		params := map[string]any{"metric": g.Metric, "state": g.State}
		switch g.State {
		case "unknown":
			state := healthy
			if g.Late {
				state = watch
			}
			all = append(all, reason{query.Warning{Code: "guardrail_unknown", Params: params, Text: g.Evidence}, state})
			continue
		case watch, unhealthy:
			all = append(all, reason{query.Warning{Code: "guardrail_" + g.State, Params: params,
				Text: text.Text{ZH: "{evidence}（要求：{words}）", EN: "{evidence} (it must hold that {words})"}.
					With("evidence", g.Evidence, "words", g.Words)}, g.State})
		}
		judged++
	}
	root := s.Nodes[0]
	if r, ok := e.pace(root); ok {
		all = append(all, r)
	}
	if r, ok := e.lateData(); ok {
		all = append(all, r)
	}
	all = append(all, e.brokenData()...)
	if root.Value == nil {
		all = append(all, e.rootMissing(root))
	}
	state := healthy
	for _, r := range all {
		if severity(r.state) > severity(state) {
			state = r.state
		}
	}
	if state == healthy && (root.Value == nil || judged == 0 && len(s.Guardrails) > 0) {
		state = unknown
	}
	if state == healthy && judged > 0 {
		all = append(all, reason{query.Warning{Code: "guardrails_hold", Params: map[string]any{"count": judged},
			Text: text.Text{ZH: "{n} 条护栏都守住了", EN: "all {n} guardrails hold"}.With("n", judged)}, healthy})
	}
	slices.SortStableFunc(all, func(a, b reason) int { return cmp.Compare(severity(b.state), severity(a.state)) })
	v := Verdict{State: state, Reasons: []query.Warning{}}
	for _, r := range all {
		v.Reasons = append(v.Reasons, r.Warning)
	}
	return v
}

// pace says when the root is behind its target.
func (e *evaluation) pace(root NodeState) (reason, bool) {
	t := root.Target
	if t == nil || t.Pace == nil || *t.Pace >= behind {
		return reason{}, false
	}
	number := func(v *float64) text.Text {
		return both(func(l text.Lang) string { return text.FormatValue(v, root.Unit, root.Format, l) })
	}
	return reason{query.Warning{Code: "behind_target", Params: map[string]any{"target": t.Target, "pace": *t.Pace},
		Text: text.Text{
			ZH: "{metric}落后于目标：按进度应为 {expected}，实际 {actual}，是应有进度的 {pace}",
			EN: "{metric} is behind its target: {actual} where {expected} was expected by now, {pace} of the way"}.
			With("metric", root.Title, "expected", number(t.Expected), "actual", number(t.Actual),
				"pace", text.FormatNumber(*t.Pace, "percent", "0", text.EN))}, watch}, true
}

// brokenData says which promises about the data are broken that numbers of the
// tree rest on, each once.
func (e *evaluation) brokenData() []reason {
	var out []reason
	seen := map[string]bool{}
	for _, f := range e.board.freshness {
		for _, d := range f.Distrust {
			if key := d.Dataset + " " + d.Rule; !seen[key] {
				seen[key] = true
				out = append(out, reason{query.Warning{Code: "data_quality", Params: map[string]any{"dataset": d.Dataset, "rule": d.Rule, "since": d.Since},
					Text: text.Text{ZH: "数据有问题：{title} 不满足规则“{label}”，先看数据，再看业务",
						EN: "the data are in doubt: {title} breaks its rule {label}; look at the data before the business"}.
						With("title", d.Title, "label", d.Label)}, watch})
			}
		}
	}
	return out
}

// lateData says which numbers of the tree rest on late data.
func (e *evaluation) lateData() (reason, bool) {
	var names []string
	var zh, en []string
	seen := map[string]bool{}
	oldest := ""
	for i, ref := range e.board.refs {
		m := e.model.Metric(ref.Metric)
		if m == nil || e.board.failures[i] != nil || !e.board.late(e, i) {
			continue
		}
		for _, d := range m.Datasets {
			if m.Simple == nil || seen[d.Name] {
				continue
			}
			seen[d.Name] = true
			names = append(names, d.Name)
			to := e.board.freshness[i].DataTo
			day := text.Text{ZH: "未知时间", EN: "an unknown day"}
			if !to.IsZero() {
				day = e.label(to, calendar.Day)
				if stamp := to.Format("2006-01-02"); oldest == "" || stamp < oldest {
					oldest = stamp
				}
			}
			zh = append(zh, d.Title.In(text.ZH)+"（到 "+day.In(text.ZH)+"）")
			en = append(en, d.Title.In(text.EN)+" (up to "+day.In(text.EN)+")")
		}
	}
	if len(names) == 0 {
		return reason{}, false
	}
	return reason{query.Warning{Code: "data_late", Params: map[string]any{"datasets": names, "dataTo": oldest},
		Text: text.Text{ZH: "数据晚到：{list}，相关数字偏低不等于业务下滑", EN: "data are late: {list}; low numbers there are no fall of the business"}.
			With("list", text.Text{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")})}, watch}, true
}

func (e *evaluation) rootMissing(root NodeState) reason {
	why := text.Text{}
	switch {
	case root.Error != nil:
		why = root.Error.Text
	case root.NoValue != nil:
		why = root.NoValue.Text
	}
	return reason{query.Warning{Code: "no_value", Params: map[string]any{"metric": root.Metric},
		Text: text.Text{ZH: "{metric}没有值：{why}", EN: "{metric} has no value: {why}"}.With("metric", root.Title, "why", why)}, healthy}
}
