import type { Metadata, MetricInput, MetricSpec, Text } from "@/api/types";
import type { Metric } from "./catalog";
import { emptyTimed, timedComplete, timedDraft, timedSpec, timedWays, type TimedDraft, type TimedWay } from "./timed";

// A metric as a form holds it, and back.

export const ways = ["simple", "ratio", "derived", "cumulative", "conversion", "retention"] as const;
export type Way = (typeof ways)[number];

export interface Draft {
  way: Way;
  name: string;
  titleZh: string;
  titleEn: string;
  meaningZh: string;
  meaningEn: string;
  owner: string;
  domain: string;
  unit: string;
  direction: "" | "up" | "down";
  role: string;
  dataset: string;
  agg: string;
  expr: string;
  where: string;
  percentile: string;
  /** What each row of a weighted average counts for. */
  weight: string;
  /** A level, such as stock: which rows of a period count, and what has a newest row of its own. */
  level: "" | "last" | "first";
  levelBy: readonly string[];
  numerator: MetricInput;
  denominator: MetricInput;
  formula: string;
  inputs: Record<string, MetricInput>;
  timed: TimedDraft;
}

export const aggs = ["count", "sum", "count_distinct", "avg", "weighted_avg", "min", "max", "median", "percentile"] as const;

export const emptyDraft: Draft = {
  way: "simple",
  name: "",
  titleZh: "",
  titleEn: "",
  meaningZh: "",
  meaningEn: "",
  owner: "",
  domain: "",
  unit: "",
  direction: "",
  role: "",
  dataset: "",
  agg: "count",
  expr: "",
  where: "",
  percentile: "0.9",
  numerator: { metric: "" },
  denominator: { metric: "" },
  weight: "",
  level: "",
  levelBy: [],
  formula: "",
  inputs: {},
  timed: emptyTimed,
};

export function draftOf({ metadata, spec }: Pick<Metric, "metadata" | "spec">): Draft {
  const simple = spec.type === "simple";
  return {
    way: ways.find((w) => w === spec.type) ?? "simple",
    name: metadata.name,
    titleZh: metadata.title?.zh ?? "",
    titleEn: metadata.title?.en ?? "",
    meaningZh: metadata.description?.zh ?? "",
    meaningEn: metadata.description?.en ?? "",
    owner: metadata.owner ?? "",
    domain: metadata.domain ?? "",
    unit: spec.unit ?? "",
    direction: spec.direction ?? "",
    role: spec.role ?? "",
    dataset: spec.dataset ?? "",
    agg: spec.agg ?? "count",
    expr: simple ? (spec.expr ?? "") : "",
    where: spec.where ?? "",
    percentile: String(spec.percentile ?? 0.9),
    numerator: spec.numerator ?? { metric: "" },
    denominator: spec.denominator ?? { metric: "" },
    weight: spec.weight ?? "",
    level: spec.balance?.take === "last" || spec.balance?.take === "first" ? spec.balance.take : "",
    levelBy: spec.balance?.by ?? [],
    formula: simple ? "" : (spec.expr ?? ""),
    inputs: spec.inputs ?? {},
    timed: timedDraft(spec),
  };
}

const text = (zh: string, en: string): Text | undefined => {
  const out: Text = {};
  if (zh.trim() !== "") out.zh = zh.trim();
  if (en.trim() !== "") out.en = en.trim();
  return out.zh === undefined && out.en === undefined ? undefined : out;
};

const filled = (value: string): string | undefined => value.trim() || undefined;
const input = ({ where, ...rest }: MetricInput): MetricInput => ({ ...rest, where: filled(where ?? "") });

/** A simple metric; what the form does not show stays, as far as it goes with the aggregate. */
function simpleSpec(d: Draft, old: MetricSpec | undefined): MetricSpec {
  const sketched = d.agg === "count_distinct" || d.agg === "median" || d.agg === "percentile";
  return {
    type: "simple",
    dataset: d.dataset,
    agg: d.agg,
    expr: d.agg === "count" ? filled(old?.agg === "count" ? d.expr : "") : filled(d.expr),
    percentile: d.agg === "percentile" ? Number(d.percentile) : undefined,
    weight: d.agg === "weighted_avg" ? filled(d.weight) : undefined,
    balance: d.level === "" ? undefined : { take: d.level, by: d.levelBy.length === 0 ? undefined : [...d.levelBy], over: old?.balance?.over },
    time: old?.time,
    empty: old?.empty,
    pad: old?.pad,
    approximate: sketched ? old?.approximate : undefined,
    discrete: d.agg === "percentile" ? old?.discrete : undefined,
  };
}

function wayOf(d: Draft, old: MetricSpec | undefined): MetricSpec {
  if (d.way === "simple") return simpleSpec(d, old);
  if (d.way === "ratio") return { type: "ratio", numerator: input(d.numerator), denominator: input(d.denominator) };
  if (d.way === "derived") return { type: "derived", expr: filled(d.formula), inputs: Object.keys(d.inputs).length === 0 ? undefined : d.inputs };
  return timedSpec(d.way, d.timed, old);
}

/** The definition that a draft stands for. What the form does not show stays as it was. */
export function definitionOf(d: Draft, name: string, before?: Pick<Metric, "metadata" | "spec">): { metadata: Metadata; spec: MetricSpec } {
  const old = before?.spec;
  const kept: Partial<MetricSpec> = { format: old?.format, pitfalls: old?.pitfalls, action: old?.action, rules: old?.rules };
  const spec: MetricSpec = { ...wayOf(d, old), ...kept, where: filled(d.where), unit: filled(d.unit), direction: d.direction || undefined, role: filled(d.role) };
  return {
    metadata: { ...before?.metadata, name, title: text(d.titleZh, d.titleEn), description: text(d.meaningZh, d.meaningEn), owner: filled(d.owner), domain: filled(d.domain) },
    spec,
  };
}

/** Whether enough is filled in to be judged. */
export function complete(d: Draft): boolean {
  return (d.titleZh.trim() !== "" || d.titleEn.trim() !== "") && computable(d);
}

/** Whether it is said how to compute it. */
export function computable(d: Draft): boolean {
  if (d.way === "simple") return d.dataset !== "" && (d.agg === "count" || d.expr.trim() !== "") && (d.agg !== "weighted_avg" || d.weight.trim() !== "");
  if (d.way === "ratio") return d.numerator.metric !== "" && d.denominator.metric !== "";
  if (d.way === "derived") return d.formula.trim() !== "";
  return timedComplete(d.way, d.timed);
}

const squeezed = (source: string | undefined) => (source ?? "").toLowerCase().replace(/\s+/g, "");

/** Metrics that compute the same, or the same under another filter. */
export function lookAlikes(d: Draft, all: readonly Metric[], self: string): { metric: Metric; exact: boolean }[] {
  if (!computable(d)) return [];
  const { spec } = definitionOf(d, "x");
  const core = (s: MetricSpec) => {
    if (timedWays.some((w) => w === s.type)) return JSON.stringify(timedSpec(s.type as TimedWay, timedDraft(s), undefined));
    if (s.type === "simple") return ["simple", s.dataset, s.agg, squeezed(s.expr)].join("|");
    if (s.type === "ratio") return ["ratio", s.numerator?.metric, squeezed(s.numerator?.where), s.denominator?.metric, squeezed(s.denominator?.where)].join("|");
    return ["derived", squeezed(s.expr)].join("|");
  };
  return all.filter((m) => m.metadata.name !== self && core(m.spec) === core(spec)).map((metric) => ({ metric, exact: squeezed(metric.spec.where) === squeezed(spec.where) }));
}
