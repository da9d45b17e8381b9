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
	done := map[string]bool{}
	var way []string
	var visit func(name string)
	visit = func(name string) {
		if i := slices.Index(way, name); i >= 0 {
			round := append(slices.Clone(way[i:]), name) // each is started by the next one
			told := slices.Clone(round)
			slices.Reverse(told)
			for j, n := range round[:len(round)-1] {
				if !c.bad[catalog.Ref{Kind: KindDataset, Name: n}] {
					c.report(KindDataset, n, problem(c.model.datasets[n].Spec.starts()[round[j+1]], "cycle", text.Text{
						ZH: "数据集互相触发，成了环：{way}", EN: "datasets start each other, in a circle: {way}"}, "way", arrows(told)))
				}
			}
			return
		}
		d := c.model.datasets[name]
		if d == nil || done[name] {
			return
		}
		way = append(way, name)
		for _, other := range slices.Sorted(maps.Keys(d.Spec.starts())) {
			visit(other)
		}
		way = way[:len(way)-1]
		done[name] = true
	}
	for _, name := range c.datasetNames() {
		visit(name)
	}
}
