import type { Grain, MetricRef } from "@/api/types";
import type { Ask } from "./state";

// What a value is among others, asked beside the metric itself.

export type OptionKind = "share" | "rank" | "moving";

export interface Option {
  metric: string;
  kind: OptionKind;
  /** Periods that a moving average goes over; 0 for the other kinds. */
  periods: number;
}

const pattern = /^(share|rank|moving([1-9]\d{0,2})):(.+)$/s;

/** An option as it stands in the address: "share:revenue", "moving7:revenue". */
export const encodeOption = (o: Option) => `${o.kind}${o.kind === "moving" ? o.periods : ""}:${o.metric}`;

/** Reads an option; null for what this page does not write. */
export function decodeOption(text: string): Option | null {
  const [, word = "", periods, metric = ""] = pattern.exec(text) ?? [];
  if (metric === "") return null;
  return periods === undefined ? { metric, kind: word as OptionKind, periods: 0 } : { metric, kind: "moving", periods: Number(periods) };
}

export const sameOption = (a: Option, b: Option) => encodeOption(a) === encodeOption(b);

/** How many periods are offered for a moving average, by step. */
const windows: Partial<Record<Grain, number[]>> = { day: [7, 28], week: [4, 13], month: [3, 12], quarter: [4], year: [3] };

/** The options that a question of this shape has for a metric: something to share out, or a time to move along. */
export function optionsFor(ask: Pick<Ask, "by" | "grain">, metric: string): Option[] {
  const split = ask.by.length > 0 || ask.grain !== "";
  const moving = ask.grain === "" ? [] : (windows[ask.grain] ?? []);
  return [
    ...(split ? (["share", "rank"] as const).map((kind) => ({ metric, kind, periods: 0 })) : []),
    ...moving.map((periods) => ({ metric, kind: "moving" as const, periods })),
  ];
}

/** Whether the question has what the option is about. */
export const optionFits = (ask: Pick<Ask, "by" | "grain">, o: Option) => (o.kind === "moving" ? ask.grain !== "" : ask.by.length > 0 || ask.grain !== "");

/** The options that are asked: those of metrics asked that fit. */
export const optionsOf = (ask: Pick<Ask, "metrics" | "by" | "grain" | "options">) => ask.options.filter((o) => ask.metrics.includes(o.metric) && optionFits(ask, o));

/** The name of an option's column. */
export const optionName = (o: Option) => `${o.metric}_${o.kind}${o.kind === "moving" ? `_${o.periods}` : ""}`;

/** The names of the values in the answer: metrics, then options. */
export const outputsOf = (ask: Pick<Ask, "metrics" | "by" | "grain" | "options">) => [...ask.metrics, ...optionsOf(ask).map(optionName)];

/** An option as the query object has it. */
export function optionRef(o: Option, grain: Ask["grain"]): MetricRef {
  const ref = { metric: o.metric, as: optionName(o) };
  if (o.kind === "moving") return { ...ref, moving: { window: `${o.periods} ${grain}` } };
  return o.kind === "share" ? { ...ref, share: {} } : { ...ref, rank: {} };
}
