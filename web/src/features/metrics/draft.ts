import type { Metadata, MetricInput, MetricSpec, Text } from "@/api/types";
import type { Metric } from "./catalog";

// A metric as a form holds it, and back.

export const ways = ["simple", "ratio", "derived"] as const;
export type Way = (typeof ways)[number];

/** Whether the form can hold a metric; the others are edited as code. */
export const fitsForm = (spec: MetricSpec) => ways.some((w) => w === spec.type);

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
  numerator: MetricInput;
  denominator: MetricInput;
  formula: string;
}

export const aggs = ["count", "sum", "count_distinct", "avg", "min", "max", "median", "percentile"] as const;

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
  formula: "",
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
    formula: simple ? "" : (spec.expr ?? ""),
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

/** What the form of a simple metric does not show, as far as it goes with the aggregate. */
function unseen(agg: string, old: MetricSpec | undefined): Partial<MetricSpec> {
  const sketched = agg === "count_distinct" || agg === "median" || agg === "percentile";
  return { time: old?.time, empty: old?.empty, balance: old?.balance, pad: old?.pad, weight: agg === "weighted_avg" ? old?.weight : undefined, approximate: sketched ? old?.approximate : undefined };
}

/** The definition that a draft stands for. What the form does not show stays as it was. */
export function definitionOf(d: Draft, name: string, before?: Pick<Metric, "metadata" | "spec">): { metadata: Metadata; spec: MetricSpec } {
  const old = before?.spec;
  const kept: Partial<MetricSpec> = { format: old?.format, pitfalls: old?.pitfalls, action: old?.action, rules: old?.rules };
  const shared = { ...kept, where: filled(d.where), unit: filled(d.unit), direction: d.direction || undefined, role: filled(d.role) };
  const spec: MetricSpec =
    d.way === "simple"
      ? { type: "simple", dataset: d.dataset, agg: d.agg, expr: d.agg === "count" ? filled(old?.agg === "count" ? d.expr : "") : filled(d.expr), percentile: d.agg === "percentile" ? Number(d.percentile) : undefined, ...unseen(d.agg, old), ...shared }
      : d.way === "ratio"
        ? { type: "ratio", numerator: input(d.numerator), denominator: input(d.denominator), ...shared }
        : { type: "derived", expr: filled(d.formula), inputs: old?.inputs, ...shared };
  return {
    metadata: { ...before?.metadata, name, title: text(d.titleZh, d.titleEn), description: text(d.meaningZh, d.meaningEn), owner: filled(d.owner), domain: filled(d.domain) },
    spec,
  };
}

/** Whether enough is filled in to be judged. */
export function complete(d: Draft): boolean {
  if (d.titleZh.trim() === "" && d.titleEn.trim() === "") return false;
  if (d.way === "simple") return d.dataset !== "" && (d.agg === "count" || d.expr.trim() !== "");
  if (d.way === "ratio") return d.numerator.metric !== "" && d.denominator.metric !== "";
  return d.formula.trim() !== "";
}

const squeezed = (source: string | undefined) => (source ?? "").toLowerCase().replace(/\s+/g, "");

/** Metrics that compute the same, or the same under another filter. */
export function lookAlikes(d: Draft, all: readonly Metric[], self: string): { metric: Metric; exact: boolean }[] {
  if (!complete({ ...d, titleEn: "x" })) return [];
  const { spec } = definitionOf(d, "x");
  const core = (s: MetricSpec) => {
    if (s.type === "simple") return ["simple", s.dataset, s.agg, squeezed(s.expr)].join("|");
    if (s.type === "ratio") return ["ratio", s.numerator?.metric, squeezed(s.numerator?.where), s.denominator?.metric, squeezed(s.denominator?.where)].join("|");
    return ["derived", squeezed(s.expr)].join("|");
  };
  return all.filter((m) => m.metadata.name !== self && core(m.spec) === core(spec)).map((metric) => ({ metric, exact: squeezed(metric.spec.where) === squeezed(spec.where) }));
}
