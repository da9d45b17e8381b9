// Package large makes up a workspace of 2,000 metrics: the benchmarks' model,
// copies of its order lines as facts of their own, and metrics in files as
// people keep them.
package large

import (
	"bytes"
	"fmt"
	"strings"

	"lodestar/bench/model"
	"lodestar/internal/catalog"
)

// Sizes of the workspace.
const (
	Metrics = 2000
	Facts   = 6  // copies of the order lines, apart from the facts of the model
	perFile = 40 // metrics
)

// Fact is the name of a copy of the order lines.
func Fact(i int) string { return fmt.Sprintf("lines_%d", i) }

// Metric is the name of a made-up metric; those of one fact follow one another.
func Metric(i int) string { return fmt.Sprintf("made_up_%04d", i) }

// Files is the workspace as YAML. The first file is the model with the copies.
func Files() []catalog.File {
	have := strings.Count(string(model.YAML), "kind: Metric\n")
	files := []catalog.File{{Name: "model.yaml", Text: string(model.YAML) + facts()}}
	for first := 0; first < Metrics-have; first += perFile {
		var b strings.Builder
		for i := first; i < min(first+perFile, Metrics-have); i++ {
			b.WriteString(Definition(i, 0))
		}
		files = append(files, catalog.File{Name: fmt.Sprintf("metrics_%02d.yaml", first/perFile), Text: b.String()})
	}
	return files
}

// facts copies the definition of the order lines.
func facts() string {
	var out strings.Builder
	for doc := range bytes.SplitSeq(model.YAML, []byte("\n---\n")) {
		if !bytes.Contains(doc, []byte("name: order_lines,")) {
			continue
		}
		for i := range Facts {
			copied := strings.Replace(string(doc), "name: order_lines,", "name: "+Fact(i)+",", 1)
			out.WriteString("\n---\n" + strings.Replace(copied, "  source: {files: [order_lines.csv]}", "", 1))
		}
	}
	return out.String()
}

// Definition is a metric as YAML; the salt changes what it means.
func Definition(i, salt int) string {
	spec := fmt.Sprintf("{type: simple, dataset: %s, agg: sum, expr: \"amount - discount * %d\", where: \"store_id = %d and channel = 'web'\", unit: CNY}",
		Fact(i%Facts), salt+1, i%400)
	switch {
	case i%5 == 3 && i > Facts*5:
		spec = fmt.Sprintf("{type: derived, expr: \"%s / (%s + %d)\", unit: CNY}", Metric(i-1), Metric(i-2-Facts), salt+1)
	case i%5 == 4 && i > Facts*5:
		spec = fmt.Sprintf("{type: ratio, numerator: {metric: %s, where: \"store.city.region = 'East'\"}, denominator: {metric: %s}, unit: percent}",
			Metric(i-2), Metric(i-2))
	}
	return fmt.Sprintf(`---
kind: Metric
metadata:
  name: %s
  title: {zh: 虚构指标 %d, en: Made-up metric %d}
  description: {zh: 第 %d 个虚构指标，用来称量工作区, en: "Number %d of the metrics that make the workspace heavy"}
  owner: bench
  domain: sales
  tags: [made_up]
spec: %s
`, Metric(i), i, i, i, i, spec)
}
