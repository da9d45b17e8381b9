package httpapi

import (
	"context"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
	"lodestar/internal/target"
	"lodestar/internal/tree"
)

type treeStateIn struct {
	Name       string `path:"name"`
	PeriodFrom string `query:"period_from" doc:"first day of the period; the last complete one otherwise"`
	AsOf       string `query:"asOf"`
}

type targetStateIn struct {
	Name string `path:"name"`
	AsOf string `query:"asOf"`
}

// checklist is what a new workspace still needs before it lives.
type checklist struct {
	Data   bool `json:"data"`
	Metric bool `json:"metric"`
	Tree   bool `json:"tree"`
	Target bool `json:"target"`
	Invite bool `json:"invite"`
}

type northStar struct {
	Tree      *string     `json:"tree"`
	Checklist checklist   `json:"checklist"`
	State     *tree.State `json:"state"`
}

type northStarIn struct {
	PeriodFrom string `query:"period_from"`
	AsOf       string `query:"asOf"`
}

// treeRoutes evaluate trees and targets.
func (a *API) treeRoutes() {
	register(a, operation{id: "getTreeState", method: "GET", path: "/trees/{name}/state", role: access.Viewer, tag: "Trees",
		summary: "The tree evaluated for a period, with its verdict"},
		func(ctx context.Context, who access.Actor, in *treeStateIn) (*out[*tree.State], error) {
			s, err := a.cfg.Trees.State(ctx, who, in.Name, tree.Options{AsOf: in.AsOf, Period: in.PeriodFrom})
			return &out[*tree.State]{s}, err
		})
	register(a, operation{id: "getTargetState", method: "GET", path: "/targets/{name}/state", role: access.Viewer, tag: "Targets",
		summary: "How far along a target is"},
		func(ctx context.Context, who access.Actor, in *targetStateIn) (*out[*target.State], error) {
			s, err := a.cfg.Targets.State(ctx, who, in.Name, target.Options{AsOf: in.AsOf})
			return &out[*target.State]{s}, err
		})
	register(a, operation{id: "getNorthStar", method: "GET", path: "/north-star", role: access.Viewer, tag: "Trees",
		summary: "The home page: the workspace's tree, and what is still missing"},
		func(ctx context.Context, who access.Actor, in *northStarIn) (*out[northStar], error) {
			n, err := a.northStar(ctx, who, in)
			return &out[northStar]{n}, err
		})
}

func (a *API) northStar(ctx context.Context, who access.Actor, in *northStarIn) (northStar, error) {
	snap := a.cfg.Catalog.Snapshot()
	var n northStar
	var err error
	if n.Checklist, err = a.checklist(ctx, who, snap); err != nil {
		return n, err
	}
	name := a.homeTree(snap)
	if name == "" {
		return n, nil
	}
	n.Tree = &name
	n.State, err = a.cfg.Trees.State(ctx, who, name, tree.Options{AsOf: in.AsOf, Period: in.PeriodFrom})
	return n, err
}

// homeTree is the tree that the workspace names, or the only one.
func (a *API) homeTree(snap catalog.Snapshot) string {
	trees := snap.Published(tree.KindTree)
	named := a.workspace().Tree
	for _, t := range trees {
		if t.Metadata.Name == named {
			return named
		}
	}
	if len(trees) == 1 {
		return trees[0].Metadata.Name
	}
	return ""
}

func (a *API) checklist(ctx context.Context, who access.Actor, snap catalog.Snapshot) (checklist, error) {
	c := checklist{Metric: len(snap.Published(semantic.KindMetric)) > 0, Tree: len(snap.Published(tree.KindTree)) > 0,
		Target: len(snap.Published(target.KindTarget)) > 0}
	people, err := a.cfg.Access.People(ctx)
	if err != nil {
		return c, err
	}
	c.Invite = len(people) > 1
	all, err := a.cfg.Ingest.StatusAll(ctx, who)
	for _, s := range all {
		c.Data = c.Data || s.Rows > 0
	}
	return c, err
}
