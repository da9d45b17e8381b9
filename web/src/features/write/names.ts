import type { DatasetSpec, DimensionInfo, MetricSpec, Resource, Text } from "@/api/types";

// What can be named in an expression: columns and dimensions, step by step
// along relationships, or metrics.

export interface Named {
  name: string;
  title?: Text;
  kind: "column" | "dimension" | "relationship" | "metric" | "input";
  type?: string;
  /** The dataset that a relationship leads to. */
  to?: string;
  /** Searched, too. */
  also?: string;
}

/** What can follow a path of relationships; null where it leads nowhere. */
export type Names = (path: readonly string[]) => Named[] | null;

/** Columns, computed dimensions and relationships of a dataset and of those they lead to. */
export function namesOfDataset(datasets: readonly Resource<DatasetSpec>[], dataset: string): Names {
  const byName = new Map(datasets.map((d) => [d.metadata.name, d]));
  return (path) => {
    let at = byName.get(dataset);
    for (const step of path) {
      const to: string | undefined = at?.spec.relationships?.find((r) => r.name === step)?.to;
      at = to === undefined ? undefined : byName.get(to);
    }
    if (at === undefined) return null;
    const { columns, dimensions = [], relationships = [] } = at.spec;
    return [
      ...columns.map((c): Named => ({ name: c.name, title: c.title, kind: "column", type: c.type, also: c.source })),
      ...dimensions.map((d): Named => ({ name: d.name, title: d.title, kind: "dimension" })),
      ...relationships.map((r): Named => ({ name: r.name, title: byName.get(r.to)?.metadata.title, kind: "relationship", to: r.to })),
    ];
  };
}

/** The dimensions that some metrics share, whose names are paths. */
export function namesOfDimensions(dimensions: readonly DimensionInfo[]): Names {
  const fitting = dimensions.filter((d) => d.fits).map((d) => ({ ...d, parts: d.name.split(".") }));
  return (path) => {
    const here = fitting.filter((d) => d.parts.length > path.length && path.every((step, i) => d.parts[i] === step));
    if (here.length === 0) return null;
    const steps = new Set(here.filter((d) => d.parts.length > path.length + 1).map((d) => d.parts[path.length] ?? ""));
    return [
      ...here.filter((d) => d.parts.length === path.length + 1).map((d): Named => ({ name: d.parts.at(-1) ?? "", title: d.title, kind: "dimension", type: d.type })),
      ...[...steps].map((name): Named => ({ name, kind: "relationship", to: name })),
    ];
  };
}

/** Metrics, and the inputs of a formula by their short names. */
export function namesOfMetrics(metrics: readonly Resource<MetricSpec>[], inputs: Readonly<Record<string, string>>, self: string): Names {
  return (path) => {
    if (path.length > 0) return null;
    const titles = new Map(metrics.map((m) => [m.metadata.name, m.metadata.title]));
    return [
      ...Object.entries(inputs).map(([name, metric]): Named => ({ name, title: titles.get(metric), kind: "input" })),
      ...metrics.filter((m) => m.metadata.name !== self).map((m): Named => ({ name: m.metadata.name, title: m.metadata.title, kind: "metric", type: m.spec.unit, also: (m.metadata.synonyms ?? []).join(" ") })),
    ];
  };
}

/** How well something fits what was typed: 0 best, -1 not at all. Titles of both languages count. */
export function fit(n: { name: string; title?: Text; also?: string }, typed: string): number {
  const want = typed.toLowerCase();
  if (want === "") return 2;
  const name = n.name.toLowerCase();
  const titles = [n.title?.zh, n.title?.en].filter((t) => t !== undefined).map((t) => t.toLowerCase());
  if (name === want) return 0;
  if (name.startsWith(want)) return 1;
  if (titles.some((t) => t.startsWith(want))) return 2;
  if (name.includes(want) || titles.some((t) => t.includes(want))) return 3;
  return n.also?.toLowerCase().includes(want) === true ? 4 : -1;
}
