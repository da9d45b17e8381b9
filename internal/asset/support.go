package asset

import (
	"context"
	"slices"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// How well something is held up, and a check of that.
const (
	Good  = "good"
	Watch = "watch"
	Bad   = "bad"
)

// Check is one thing that a metric needs of its data.
type Check struct {
	Of    string    `json:"of"` // Kind/name of what it is about
	Title text.Text `json:"title"`
	Code  string    `json:"code"` // definition | owner | steward | rows | source | freshness | rules
	State string    `json:"state"`
	Text  text.Text `json:"text"` // what is so, and what to do
}

// Support says whether data that are really collected hold a metric or a dataset
// up: whether there are rows, who brings them how often, who answers for them,
// and what is checked.
type Support struct {
	Of     string  `json:"of"`
	State  string  `json:"state"` // of the worst check
	Checks []Check `json:"checks" nullable:"false"`
}

// Support checks a metric with every dataset that flows into it, or a dataset
// with those it is made of; of is Kind/name. Faults: NotFound.
func (s *Service) Support(ctx context.Context, who access.Actor, of string) (Support, error) {
	list, err := s.Supports(ctx, who, []string{of})
	if err != nil {
		return Support{}, err
	}
	return list[0], nil
}

// Supports is Support of several, in their order.
func (s *Service) Supports(ctx context.Context, who access.Actor, of []string) ([]Support, error) {
	all, err := s.Assets(ctx, who)
	if err != nil {
		return nil, err
	}
	byID := map[string]Asset{}
	for _, a := range all {
		byID[id(a.Kind, a.Name)] = a
	}
	g := newGraph(s.Model(), s.Catalog())
	out := make([]Support, len(of))
	for i, one := range of {
		if out[i], err = g.support(byID, one); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// support checks one thing with all that flows into it.
func (g *graph) support(byID map[string]Asset, of string) (Support, error) {
	if kind, name, ok := strings.Cut(of, "/"); ok && kind == semantic.KindDataset {
		of = g.holder(name)
	}
	self, ok := byID[of]
	if !ok || self.Kind != semantic.KindMetric && self.Kind != semantic.KindDataset && self.Kind != semantic.KindEvent {
		return Support{}, fault.New(fault.NotFound, "unknown_node", text.Text{
			ZH: "没有 {of}；请写作 Metric/revenue 或 Dataset/orders", EN: "there is no {of}; write it as Metric/revenue or Dataset/orders"}, "of", of)
	}
	out := Support{Of: of, State: Good, Checks: []Check{}}
	for _, n := range g.of(of, true, false).Nodes {
		a, ok := byID[n.ID]
		if !ok {
			continue
		}
		switch a.Kind {
		case semantic.KindMetric:
			out.definition(a)
			if n.ID == of {
				out.metric(a)
			}
		case semantic.KindDataset, semantic.KindEvent:
			out.definition(a)
			out.dataset(a)
			if n.ID == of {
				out.rules(a)
			}
		}
	}
	slices.SortStableFunc(out.Checks, func(a, b Check) int { return worse(b.State) - worse(a.State) })
	return out, nil
}

func worse(state string) int { return slices.Index([]string{Good, Watch, Bad}, state) }

func (s *Support) add(a Asset, code, state string, t text.Text) {
	s.Checks = append(s.Checks, Check{Of: id(a.Kind, a.Name), Title: a.Title, Code: code, State: state, Text: t})
	if worse(state) > worse(s.State) {
		s.State = state
	}
}

func (s *Support) definition(a Asset) {
	if a.State == string(catalog.Quarantined) {
		s.add(a, "definition", Bad, text.Text{EN: "its definition has a fault; repair it", ZH: "定义有误，请修复"})
	}
}

func (s *Support) metric(a Asset) {
	if a.Owner == "" {
		s.add(a, "owner", Watch, text.Text{EN: "nobody answers for the metric; name an owner", ZH: "没有指标负责人，请指定"})
	} else {
		s.add(a, "owner", Good, text.Text{EN: "{owner} answers for it", ZH: "负责人：{owner}"}.With("owner", a.Owner))
	}
	s.rules(a)
}

func (s *Support) rules(a Asset) {
	switch {
	case a.Score == nil:
		s.add(a, "rules", Watch, text.Text{EN: "no quality rule looks at what it reads; take some of those that are suggested", ZH: "没有质量规则检查其所用数据；可采纳建议的规则"})
	case a.Errors > 0:
		s.add(a, "rules", Bad, text.Text{EN: "quality rules that mark metrics and are broken: {n}", ZH: "有 {n} 条会标记指标的质量规则未通过"}.With("n", a.Errors))
	case a.Broken > 0:
		s.add(a, "rules", Watch, text.Text{EN: "quality rules that only warn and are broken: {n}", ZH: "有 {n} 条警告级质量规则未通过"}.With("n", a.Broken))
	default:
		s.add(a, "rules", Good, text.Text{EN: "its quality rules hold", ZH: "质量规则全部通过"})
	}
}

func (s *Support) dataset(a Asset) {
	if a.Steward == "" && a.Owner == "" {
		s.add(a, "steward", Watch, text.Text{EN: "nobody answers for these data; name a steward", ZH: "没有数据责任人，请指定数据管家"})
	} else {
		name := a.Steward
		if name == "" {
			name = a.Owner
		}
		s.add(a, "steward", Good, text.Text{EN: "{name} answers for the data", ZH: "数据责任人：{name}"}.With("name", name))
	}
	switch {
	case a.Source == "direct":
	case a.Rows == 0:
		s.add(a, "rows", Bad, text.Text{EN: "there are no rows; upload them, connect where they are, or send them", ZH: "还没有数据；请上传、连接数据源或上报"})
	default:
		s.add(a, "rows", Good, text.Text{EN: "there are {n} rows", ZH: "共 {n} 行"}.With("n", a.Rows))
	}
	if a.Source == "hand" || a.Source == "files" || a.Source == "" {
		s.add(a, "source", Watch, text.Text{EN: "somebody has to load its files by hand; a connection brings them by itself", ZH: "需要人工导入文件；建立连接后可自动更新"})
	} else {
		s.add(a, "source", Good, text.Text{EN: "its rows come by themselves", ZH: "数据自动更新"})
	}
	switch {
	case a.Freshness == "late":
		s.add(a, "freshness", Bad, text.Text{EN: "it is late by {by}", ZH: "数据迟到 {by}"}.With("by", text.Span(a.status.LateBy)))
	case a.status.Promise == "":
		s.add(a, "freshness", Watch, text.Text{EN: "nobody promises how fresh it is; set its freshness", ZH: "没有新鲜度承诺，请设置"})
	case a.status.Future > 0 && a.Freshness == "none":
		s.add(a, "freshness", Watch, text.Text{EN: "all rows are of the future, so it cannot be told how fresh they are; mend their dates, or choose another time", ZH: "所有数据的时间都在未来，无法判断新鲜度；请修正日期，或改用其他时间列"})
	default:
		s.add(a, "freshness", Good, text.Text{EN: "it is as fresh as promised ({within})", ZH: "符合新鲜度承诺（{within}）"}.With("within", text.Span(a.status.Promise)))
	}
}
