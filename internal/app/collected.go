package app

import (
	"context"

	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/metrictest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// try is what a change is tried by before it is stored: the tests of metrics,
// and whether there are data for the metrics that it publishes.
func (a *App) try(ctx context.Context, t catalog.Trial) []catalog.Finding {
	return append(metrictest.Guard{Open: openBench}.Try(ctx, t), a.uncollected(ctx, t)...)
}

// uncollected warns of metrics of the change that stand on a dataset which has
// been there before and has no rows: nobody collects what they need. One that
// comes with the same change cannot have any yet.
func (a *App) uncollected(ctx context.Context, t catalog.Trial) []catalog.Finding {
	var out []catalog.Finding
	var model *semantic.Model // compiled when there is a metric
	for _, ref := range t.Changed {
		if ref.Kind != semantic.KindMetric || a.ingest == nil {
			continue
		}
		if model == nil {
			model, _ = a.compiler.Compile(t.After.Published(""))
		}
		m := model.Metric(ref.Name)
		if m == nil {
			continue // deleted
		}
		for _, use := range semantic.Uses(m) {
			if warning, ok := a.without(ctx, t.Before, use.Dataset); ok {
				warning.Kind, warning.Name, warning.Path = ref.Kind, ref.Name, "spec"
				out = append(out, warning)
			}
		}
	}
	return out
}

// without warns of a dataset that was there and has no rows.
func (a *App) without(ctx context.Context, before catalog.Snapshot, d *semantic.Dataset) (catalog.Finding, bool) {
	_, dataset := before.Get(semantic.KindDataset, d.Name)
	_, event := before.Get(semantic.KindEvent, d.Name)
	if connection, _ := d.Spec.Direct(); connection != "" || !dataset && !event {
		return catalog.Finding{}, false
	}
	state, ok, err := a.warehouse.State(ctx, d.Name)
	why := text.Text{EN: "there are no rows of {dataset}, so the metric has no value until they are collected: upload them, connect where they are, or send them",
		ZH: "{dataset} 还没有数据，采集之前该指标没有数值：请上传、连接数据源或上报"}
	switch {
	case err != nil:
		why = text.Text{EN: "whether there are rows of {dataset} could not be found out: {why}", ZH: "无法确认 {dataset} 是否有数据：{why}"}.With("why", fault.Of(err).Text)
	case ok && state.Rows > 0:
		return catalog.Finding{}, false
	}
	return catalog.Finding{Rule: "no_data", Severity: catalog.Warning, Text: why.With("dataset", d.Name)}, true
}
