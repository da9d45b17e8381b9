package httpapi

import (
	"bytes"
	"context"

	"lodestar/internal/access"
	"lodestar/internal/asset"
	"lodestar/internal/text"
)

type lineageIn struct {
	Of        string `query:"of" required:"true" doc:"Kind/name, or Column/dataset.column"`
	Direction string `query:"direction" enum:"up,down,both" default:"both"`
}

type ofIn struct {
	Of string `query:"of" required:"true" doc:"Kind/name"`
}

type promiseIn struct {
	Of   string `query:"of" required:"true" doc:"Kind/name"`
	Days int    `query:"days" minimum:"1" maximum:"90" default:"30"`
}

type assetsCSVIn struct {
	Lang string `query:"lang" enum:"zh,en" default:"en"`
}

// assetRoutes are for the inventory and for how things hang together.
func (a *API) assetRoutes() {
	const tag = "Assets"
	register(a, operation{id: "listAssets", method: "GET", path: "/data/assets", role: access.Viewer, tag: tag,
		summary: "Every connection, dataset, event, entity and metric: people, class, use, freshness, quality, size"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[items[asset.Asset]], error) {
			list, err := a.cfg.Assets.Assets(ctx, who)
			return &out[items[asset.Asset]]{listOf(list)}, err
		})
	file := operation{id: "downloadAssets", method: "GET", path: "/data/assets.csv", role: access.Viewer, tag: tag, summary: "The same for spreadsheets"}
	register(a, file, func(ctx context.Context, who access.Actor, in *assetsCSVIn) (*yamlOut, error) {
		var b bytes.Buffer
		lang := text.EN
		if in.Lang == "zh" {
			lang = text.ZH
		}
		err := a.cfg.Assets.AssetsCSV(ctx, who, lang, &b)
		return &yamlOut{"text/csv; charset=utf-8", `attachment; filename="assets.csv"`, b.Bytes()}, err
	})
	a.describe(file, answersText("text/csv"))
	register(a, operation{id: "getLineage", method: "GET", path: "/lineage", role: access.Viewer, tag: tag,
		summary: "What flows into something, and what it flows into"},
		func(ctx context.Context, who access.Actor, in *lineageIn) (*out[asset.Lineage], error) {
			l, err := a.cfg.Assets.Lineage(ctx, who, in.Of, in.Direction)
			return &out[asset.Lineage]{l}, err
		})
	register(a, operation{id: "listChanges", method: "GET", path: "/lineage/changes", role: access.Viewer, tag: tag,
		summary: "What was changed of something and of all that flows into it, newest first, and what may have moved its numbers"},
		func(ctx context.Context, who access.Actor, in *ofIn) (*out[items[asset.Change]], error) {
			list, err := a.cfg.Assets.Changes(ctx, who, in.Of)
			return &out[items[asset.Change]]{listOf(list)}, err
		})
	register(a, operation{id: "getSupport", method: "GET", path: "/support", role: access.Viewer, tag: tag,
		summary: "Whether data that are really collected hold a metric or a dataset up"},
		func(ctx context.Context, who access.Actor, in *ofIn) (*out[asset.Support], error) {
			s, err := a.cfg.Assets.Support(ctx, who, in.Of)
			return &out[asset.Support]{s}, err
		})
	register(a, operation{id: "getPromise", method: "GET", path: "/promise", role: access.Viewer, tag: tag,
		summary: "How well the promises of freshness under a metric or of a dataset were kept in the last days"},
		func(ctx context.Context, who access.Actor, in *promiseIn) (*out[asset.Promise], error) {
			p, err := a.cfg.Assets.Promise(ctx, who, in.Of, in.Days)
			return &out[asset.Promise]{p}, err
		})
	register(a, operation{id: "getImpact", method: "GET", path: "/data/impact/{name}", role: access.Viewer, tag: tag,
		summary: "What a late or broken dataset distorts, and whom to tell"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[asset.Impact], error) {
			i, err := a.cfg.Assets.Impact(ctx, who, in.Name)
			return &out[asset.Impact]{i}, err
		})
}
