import type { MetricInput, MetricSpec } from "@/api/types";

// The part of a draft that is about metrics over other times: accumulated,
// converted, retained.

export const timedWays = ["cumulative", "conversion", "retention"] as const;
export type TimedWay = (typeof timedWays)[number];

export const units = ["day", "week", "month", "quarter", "year"] as const;
/** How long after its base row a conversion may come. */
export const windowUnits = ["minute", "hour", ...units] as const;

export interface TimedDraft {
  /** What is accumulated. */
  metric: string;
  span: "window" | "toDate" | "all";
  /** A number of periods, as it is typed, and which. */
  count: string;
  unit: string;
  toDate: string;
  /** Who began, and what they came to or came back for. */
  base: MetricInput;
  came: MetricInput;
  /** The column that says who it was; `whoElse` is that of the other side where it is called differently. */
  who: string;
  whoElse: string;
  /** Whether a conversion has to come within a window. */
  limited: boolean;
  constant: readonly { base: string; conversion: string }[];
  calculation: "rate" | "count";
  period: string;
  after: string;
  /** In exactly that period, not in any later one. */
  exact: boolean;
}

export const emptyTimed: TimedDraft = {
  metric: "",
  span: "window",
  count: "7",
  unit: "day",
  toDate: "month",
  base: { metric: "" },
  came: { metric: "" },
  who: "",
  whoElse: "",
  limited: true,
  constant: [],
  calculation: "rate",
  period: "week",
  after: "1",
  exact: true,
};

const spanOf = (text: string) => {
  const [count = "7", unit = "day"] = text.trim().split(/\s+/);
  return { count, unit: /^(minute|hour|day|week|month|quarter|year)s$/.test(unit) ? unit.slice(0, -1) : unit };
};

/** A number of periods as definitions write it. */
const spanText = (d: TimedDraft) => `${Number(d.count)} ${d.unit}${Number(d.count) === 1 ? "" : "s"}`;

/** What a definition says of other times; the usual where it says nothing. */
export function timedDraft(spec: MetricSpec): TimedDraft {
  const entity = typeof spec.entity === "string" ? { base: spec.entity, other: spec.entity } : { base: spec.entity?.["base"] ?? "", other: spec.entity?.["other"] ?? "" };
  return {
    metric: spec.metric ?? "",
    span: spec.type !== "cumulative" || spec.window ? "window" : spec.toDate ? "toDate" : "all",
    ...(spec.window ? spanOf(spec.window) : { count: emptyTimed.count, unit: emptyTimed.unit }),
    toDate: spec.toDate ?? emptyTimed.toDate,
    base: spec.base ?? { metric: "" },
    came: spec.conversion ?? spec.return ?? { metric: "" },
    who: entity.base,
    whoElse: entity.other === entity.base ? "" : entity.other,
    limited: spec.type !== "conversion" || Boolean(spec.window),
    constant: spec.constant ?? [],
    calculation: spec.calculation === "count" ? "count" : "rate",
    period: spec.period ?? emptyTimed.period,
    after: String(spec.after ?? emptyTimed.after),
    exact: spec.type !== "retention" || spec.bounded === true,
  };
}

const side = ({ where, ...rest }: MetricInput): MetricInput => ({ ...rest, where: where?.trim() || undefined });

/** The definition of a metric over other times. */
export function timedSpec(way: TimedWay, d: TimedDraft, old: MetricSpec | undefined): MetricSpec {
  if (way === "cumulative") {
    return { type: way, metric: d.metric, window: d.span === "window" ? spanText(d) : undefined, toDate: d.span === "toDate" ? d.toDate : undefined, reread: old?.reread };
  }
  const shared = { base: side(d.base), entity: { base: d.who, other: d.whoElse || d.who }, calculation: d.calculation === "count" ? "count" : undefined };
  if (way === "retention") return { type: way, ...shared, return: side(d.came), period: d.period, after: Number(d.after), bounded: d.exact || undefined };
  const constant = d.constant.filter((c) => c.base !== "" && c.conversion !== "");
  return { type: way, ...shared, conversion: side(d.came), window: d.limited ? spanText(d) : undefined, constant: constant.length === 0 ? undefined : constant };
}

const counts = (text: string) => /^[1-9]\d{0,3}$/.test(text.trim());

/** Whether enough is filled in to be judged. */
export function timedComplete(way: TimedWay, d: TimedDraft): boolean {
  if (way === "cumulative") return d.metric !== "" && (d.span !== "window" || counts(d.count));
  if (d.base.metric === "" || d.came.metric === "" || d.who === "") return false;
  return way === "retention" ? counts(d.after) : !d.limited || counts(d.count);
}
