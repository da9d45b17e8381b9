package httpapi

import (
	"context"
	"slices"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/process"
	"lodestar/internal/semantic"
)

type processStateIn struct {
	Name   string `path:"name"`
	Period string `query:"period" enum:"day,week,month,quarter,year" doc:"of the values; week otherwise"`
	AsOf   string `query:"asOf"`
}

// processView is a process with the metrics of its steps at a glance.
type processView struct {
	process.State
	Values []metricSummary `json:"values" nullable:"false"` // of every metric of a step, once
}

// processRoutes tell how the steps of processes stand.
func (a *API) processRoutes() {
	const tag = "Processes"
	register(a, operation{id: "getProcessState", method: "GET", path: "/processes/{name}/state", role: access.Viewer, tag: tag,
		summary: "Each step of a process with its metrics, their values and targets, its events, and what it lacks"},
		func(ctx context.Context, who access.Actor, in *processStateIn) (*out[processView], error) {
			v, err := a.processView(ctx, who, in)
			return &out[processView]{v}, err
		})
	register(a, operation{id: "listMetricSteps", method: "GET", path: "/metrics/{name}/steps", role: access.Viewer, tag: tag,
		summary: "In which steps of which processes a metric stands"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[items[process.Place]], error) {
			if _, err := a.cfg.Catalog.Get(ctx, who, semantic.KindMetric, in.Name); err != nil {
				return nil, err
			}
			list, err := a.cfg.Processes.Of(who, in.Name)
			return &out[items[process.Place]]{listOf(list)}, err
		})
}

func (a *API) processView(ctx context.Context, who access.Actor, in *processStateIn) (processView, error) {
	state, err := a.cfg.Processes.State(ctx, who, in.Name)
	if err != nil {
		return processView{}, err
	}
	names := []string{}
	for _, step := range state.Steps {
		for _, m := range step.Metrics {
			if !slices.Contains(names, m.Name) {
				names = append(names, m.Name)
			}
		}
	}
	v := processView{State: *state}
	v.Values, err = a.summaries(ctx, who, summariesBody{names, calendar.Grain(in.Period), in.AsOf})
	return v, err
}
