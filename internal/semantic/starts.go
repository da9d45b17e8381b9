package semantic

import (
	"maps"
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/steps"
	"lodestar/internal/text"
)

// starts lists the datasets whose new rows start a run of this one, with the
// place that says so.
func (s *DatasetSpec) starts() map[string]string {
	out := map[string]string{}
	if s.Prepared() {
		for _, name := range steps.Names(s.Source.From, s.Source.Steps) {
			out[name] = "source.from"
		}
		if s.Source.Refresh != nil {
			for _, name := range s.Source.Refresh.After {
				out[name] = "source.refresh.after"
			}
		}
	}
	if s.Source.syncs() {
		for _, name := range s.Source.Sync.After {
			out[name] = "source.sync.after"
		}
	}
	return out
}

// startEachOther finds datasets that start each other in a circle: they would run for
// ever, or never.
func (c *compiler) startEachOther() {
	depthFirst(c.datasetNames(), func(name string) []string {
		if d := c.model.datasets[name]; d != nil {
			return slices.Sorted(maps.Keys(d.Spec.starts()))
		}
		return nil
	}, func(round []string) { // each is started by the next one
		told := slices.Clone(round)
		slices.Reverse(told)
		for j, n := range round[:len(round)-1] {
			if !c.bad[catalog.Ref{Kind: KindDataset, Name: n}] {
				c.report(KindDataset, n, problem(c.model.datasets[n].Spec.starts()[round[j+1]], "cycle", text.Text{
					ZH: "数据集互相触发，成了环：{way}", EN: "datasets start each other, in a circle: {way}"}, "way", arrows(told)))
			}
		}
	}, func(string) {})
}
