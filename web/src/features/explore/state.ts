import type { Cell, Grain } from "@/api/types";
import { decodeOption, encodeOption, type Option } from "./option";

// What a person asks on the page, and how it is written in the address.

export type FilterOp = "in" | "not" | "from" | "to" | "if";

/** One condition: a dimension among values, not among them, at least, below; or ("if") an expression as written. */
export interface Filter {
  dimension: string;
  op: FilterOp;
  values: Cell[];
}

export interface Ask {
  metrics: string[];
  /** Shares, ranks and moving averages of metrics asked. */
  options: Option[];
  by: string[];
  grain: Grain | "";
  filters: Filter[];
  /** "" for the usual range, "all", "last:13 week", "this:month", "to_date:year" or "2026-01-01..2026-02-01" (the end is not included). */
  time: string;
  compare: string;
  /** Members kept; 0 for all; null for the usual number. */
  top: number | null;
  /** Output name, with "-" in front for descending. */
  order: string;
  /** The metric that the chart shows. */
  shown: string;
  /** How the answer is drawn; "" for what fits. */
  chart: string;
  /** The open part of the right side. */
  side: string;
}

export const grains: readonly Grain[] = ["day", "week", "month", "quarter", "year"];
export const comparisons = ["previous_period", "previous_week", "previous_month", "previous_year"] as const;
export const usualTop = 8;

/** The range when none is chosen: whole periods of the step, so that no half month looks like a fall. */
export function usualTime(grain: Grain | ""): string {
  const usual: Partial<Record<Grain, string>> = { day: "last:30 day", month: "last:13 month", quarter: "last:8 quarter", year: "last:5 year" };
  return (grain === "" ? undefined : usual[grain]) ?? "last:13 week";
}

export const emptyAsk: Ask = { metrics: [], options: [], by: [], grain: "", filters: [], time: "", compare: "", top: null, order: "", shown: "", chart: "", side: "" };

const ops: readonly FilterOp[] = ["in", "not", "from", "to", "if"];

/** A list whose items may hold any character; commas inside are escaped. */
const joined = (items: readonly string[]) => items.map((item) => item.replaceAll("~", "~0").replaceAll(",", "~1")).join(",");
const parted = (text: string | null) => (text === null || text === "" ? [] : text.split(",").map((item) => item.replaceAll("~1", ",").replaceAll("~0", "~")));

/** Writes what is asked; what is usual is not written. */
export function encode(ask: Ask): URLSearchParams {
  const out = new URLSearchParams();
  const set = (key: string, value: string) => value !== "" && out.set(key, value);
  set("m", joined(ask.metrics));
  set("x", joined(ask.options.map(encodeOption)));
  set("by", joined(ask.by));
  set("g", ask.grain);
  if (ask.filters.length > 0) out.set("f", JSON.stringify(ask.filters.map((f) => [f.dimension, f.op, ...f.values])));
  set("t", ask.time);
  set("c", ask.compare);
  if (ask.top !== null) out.set("top", String(ask.top));
  set("o", ask.order);
  set("v", ask.shown);
  set("as", ask.chart);
  set("side", ask.side);
  return out;
}

function isCell(value: unknown): value is Cell {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function filtersOf(text: string | null): Filter[] {
  if (text === null) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return []; // Not written by this page.
  }
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((item: unknown): Filter[] => {
    if (!Array.isArray(item)) return [];
    const [dimension, named, ...values] = item as unknown[];
    const op = ops.find((o) => o === named);
    return typeof dimension === "string" && op !== undefined && values.length > 0 && values.every(isCell) ? [{ dimension, op, values }] : [];
  });
}

const timePattern = /^(all|last:\d{1,4} (minute|hour|day|week|month|quarter|year)|(this|to_date):(day|week|month|quarter|year)|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$/;

/** Reads an address; what it does not understand is left out. */
export function decode(params: URLSearchParams): Ask {
  const time = params.get("t") ?? "";
  const top = params.get("top");
  const metrics = [...new Set(parted(params.get("m")))];
  const options = [...new Set(parted(params.get("x")))].map(decodeOption).filter((o) => o !== null && metrics.includes(o.metric));
  return {
    metrics,
    options: options as Option[],
    by: [...new Set(parted(params.get("by")))],
    grain: grains.find((g) => g === params.get("g")) ?? "",
    filters: filtersOf(params.get("f")),
    time: timePattern.test(time) ? time : "",
    compare: comparisons.find((c) => c === params.get("c")) ?? "",
    top: top !== null && /^\d{1,3}$/.test(top) ? Number(top) : null,
    order: params.get("o") ?? "",
    shown: params.get("v") ?? "",
    chart: params.get("as") ?? "",
    side: params.get("side") ?? "",
  };
}
