import type { MetricSpec, Resource, TargetSpec, TreeSpec } from "@/api/types";
import type { Summary } from "@/api/summaries";
import { namesIn, parseFormula } from "./formula";

// Searching and filtering the list of metrics.

export type Metric = Resource<MetricSpec>;

export interface ListFilter {
  q: string;
  domain: string;
  owner: string;
  role: string;
  state: string;
  tag: string;
  view: string;
}

export interface Context {
  me: string;
  following: ReadonlySet<string>;
  summaries: ReadonlyMap<string, Summary>;
}

/** Everything about a metric that a search may hit. */
function searched(m: Metric): string {
  const { metadata: d, spec: s } = m;
  return [d.name, d.title?.zh, d.title?.en, d.description?.zh, d.description?.en, ...(d.synonyms ?? []), ...(d.tags ?? []), d.domain, d.owner, s.expr, s.where, s.dataset, s.numerator?.metric, s.denominator?.metric].filter(Boolean).join("\n").toLowerCase();
}

/** Metrics that pass; the words of a search must all occur. Hits in the name or title come first. */
export function filterMetrics(all: readonly Metric[], f: ListFilter, { me, following, summaries }: Context): Metric[] {
  const words = f.q.toLowerCase().split(/\s+/).filter(Boolean);
  const passed = all.filter((m) => {
    const d = m.metadata;
    if (f.domain !== "" && (d.domain ?? "") !== f.domain) return false;
    if (f.owner !== "" && (d.owner ?? "") !== f.owner) return false;
    if (f.role !== "" && (m.spec.role ?? "") !== f.role) return false;
    if (f.state !== "" && m.state !== f.state) return false;
    if (f.tag !== "" && !(d.tags ?? []).includes(f.tag)) return false;
    if (f.view === "mine" && d.owner !== me) return false;
    if (f.view === "following" && !following.has(d.name)) return false;
    if (f.view === "unowned" && (d.owner ?? "") !== "") return false;
    if (f.view === "stale" && summaries.get(d.name)?.freshness?.late !== true) return false;
    const text = words.length > 0 ? searched(m) : "";
    return words.every((w) => text.includes(w));
  });
  if (words.length === 0) return passed;
  const rank = (m: Metric) => {
    const names = [m.metadata.name, m.metadata.title?.zh, m.metadata.title?.en].filter((n) => n !== undefined).map((n) => n.toLowerCase());
    if (names.includes(f.q.trim().toLowerCase())) return 0;
    return names.some((n) => words.every((w) => n.includes(w))) ? 1 : 2;
  };
  return passed.toSorted((a, b) => rank(a) - rank(b));
}

/** Different values of one property, sorted; for the choices of a filter. */
export function choices(all: readonly Metric[], of: (m: Metric) => string | readonly string[] | undefined): string[] {
  return [...new Set(all.flatMap((m) => of(m) ?? []))].filter((v) => v !== "").toSorted((a, b) => a.localeCompare(b));
}

/** The metrics that a metric is made of. */
export function operandsOf(spec: MetricSpec): string[] {
  if (spec.type === "ratio") return [spec.numerator?.metric ?? "", spec.denominator?.metric ?? ""].filter(Boolean);
  if (spec.type !== "derived") return [spec.metric, spec.base?.metric, spec.conversion?.metric, spec.return?.metric].filter((m) => m !== undefined);
  const inputs = spec.inputs ?? {};
  const tree = parseFormula(spec.expr ?? "");
  const names = tree === null ? ((spec.expr ?? "").match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []) : namesIn(tree);
  return [...new Set(names.map((n) => inputs[n]?.metric ?? n))];
}

/** How many metrics, trees and targets name each metric. */
export function usage(metrics: readonly Metric[], trees: readonly Resource<TreeSpec>[], targets: readonly Resource<TargetSpec>[]): Map<string, number> {
  const count = new Map<string, number>();
  const add = (names: readonly string[]) => {
    for (const name of new Set(names)) count.set(name, (count.get(name) ?? 0) + 1);
  };
  for (const m of metrics) add(operandsOf(m.spec));
  for (const t of trees) add([t.spec.root, ...(t.spec.guardrails ?? []).map((g) => g.metric), ...(t.spec.influences ?? []).flatMap((i) => [i.from, i.to])]);
  for (const t of targets) add([t.spec.metric]);
  return count;
}
