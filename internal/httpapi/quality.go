package httpapi

import (
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/quality"
)

type runsIn struct {
	Name  string `path:"name"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"30"`
}

type entryIn struct {
	Name     string `path:"name"`
	Reporter string `query:"reporter" required:"true" doc:"column that says who reported, or for which place"`
	Value    string `query:"value" required:"true" doc:"column of the number reported"`
	Entered  string `query:"entered" doc:"column of the time of entry"`
}

type inspectionIn struct {
	Name string `path:"name"`
	Body struct {
		Rule string `json:"rule" doc:"id of the rule of kind inspection"`
		Note string `json:"note" doc:"what was looked at and found"`
	}
}

// qualityRoutes are for the rules about the rows of datasets.
func (a *API) qualityRoutes() {
	const tag = "Quality"
	register(a, operation{id: "getQualityScores", method: "GET", path: "/data/quality", role: access.Viewer, tag: tag,
		summary: "Scores and marks of all datasets with rules and of the metrics over them"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[quality.Scores], error) {
			s, err := a.cfg.Quality.Scores(ctx, who)
			return &out[quality.Scores]{s}, err
		})
	register(a, operation{id: "getQuality", method: "GET", path: "/datasets/{name}/quality", role: access.Viewer, tag: tag,
		summary: "The rules of a dataset and what was found of them last"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[quality.RuleReport], error) {
			r, err := a.cfg.Quality.Report(ctx, who, in.Name)
			return &out[quality.RuleReport]{r}, err
		})
	register(a, operation{id: "runQuality", method: "POST", path: "/datasets/{name}/quality/run", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Check the rules of a dataset now"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[quality.Run], error) {
			r, err := a.cfg.Quality.Run(ctx, who, in.Name)
			return &out[quality.Run]{r}, err
		})
	register(a, operation{id: "confirmInspection", method: "POST", path: "/datasets/{name}/quality/inspections", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Confirm that a person did the inspection that a rule asks for, and check the rules"},
		func(ctx context.Context, who access.Actor, in *inspectionIn) (*out[quality.Run], error) {
			r, err := a.cfg.Quality.Inspect(ctx, who, in.Name, in.Body.Rule, in.Body.Note)
			return &out[quality.Run]{r}, err
		})
	register(a, operation{id: "listQualityRuns", method: "GET", path: "/datasets/{name}/quality/runs", role: access.Viewer, tag: tag,
		summary: "What was found over time, the newest first; only the newest has examples"},
		func(ctx context.Context, who access.Actor, in *runsIn) (*out[items[quality.Run]], error) {
			list, err := a.cfg.Quality.Runs(ctx, who, in.Name, in.Limit)
			return &out[items[quality.Run]]{listOf(list)}, err
		})
	register(a, operation{id: "getMetricQuality", method: "GET", path: "/metrics/{name}/quality", role: access.Viewer, tag: tag,
		summary: "The score of the data under a metric, now and at the end of each of the newest 90 days"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[quality.History], error) {
			h, err := a.cfg.Quality.History(ctx, who, in.Name)
			return &out[quality.History]{h}, err
		})
	register(a, operation{id: "suggestQuality", method: "GET", path: "/datasets/{name}/quality/suggestions", role: access.Viewer, tag: tag,
		summary: "Rules that the rows keep already, with what speaks for them"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[items[quality.RuleSuggestion]], error) {
			list, err := a.cfg.Quality.Suggest(ctx, who, in.Name)
			return &out[items[quality.RuleSuggestion]]{listOf(list)}, err
		})
	register(a, operation{id: "getManualEntry", method: "GET", path: "/datasets/{name}/quality/entry", role: access.Viewer, tag: tag,
		summary: "Values entered by hand: late, rounded, repeated or missing, each reporter against the others"},
		func(ctx context.Context, who access.Actor, in *entryIn) (*out[quality.EntryReport], error) {
			r, err := a.cfg.Quality.Entries(ctx, who, quality.EntryRequest{Dataset: in.Name, Reporter: in.Reporter, Value: in.Value, Entered: in.Entered})
			return &out[quality.EntryReport]{r}, err
		})
}
