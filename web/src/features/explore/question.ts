import type { By, QueryRequest, TimeRange } from "@/api/types";
import { literal, quotePath } from "@/lib/expr";
import { optionRef, optionsOf, outputsOf } from "./option";
import { usualTime, usualTop, type Ask, type Filter } from "./state";

/** One condition as an expression. A missing value is a value like any other here. */
export function filterExpr(filter: Filter, type: string): string {
  if (filter.op === "if") return String(filter.values[0] ?? "true");
  const name = quotePath(filter.dimension);
  if (filter.op === "from" || filter.op === "to") return `${name} ${filter.op === "from" ? ">=" : "<"} ${literal(filter.values[0] ?? null, type)}`;
  const known = filter.values.filter((v) => v !== null).map((v) => literal(v, type));
  const list = known.length === 0 ? "" : known.length === 1 ? `${name} ${filter.op === "in" ? "=" : "<>"} ${known[0]}` : `${name} ${filter.op === "in" ? "" : "not "}in (${known.join(", ")})`;
  const missing = filter.values.includes(null);
  if (filter.op === "in") return !missing ? list : list === "" ? `${name} is null` : `(${list} or ${name} is null)`;
  return missing ? (list === "" ? `${name} is not null` : `(${list} and ${name} is not null)`) : `(${list} or ${name} is null)`;
}

/** All conditions joined; undefined for none. */
export function whereOf(filters: readonly Filter[], typeOf: (dimension: string) => string): string | undefined {
  const parts = filters.filter((f) => f.values.length > 0).map((f) => filterExpr(f, typeOf(f.dimension)));
  if (parts.length === 0) return undefined;
  return parts.length === 1 ? parts[0] : parts.map((p) => `(${p})`).join(" and ");
}

/** The range as the query object writes it. */
export function rangeOf(time: string, grain: Ask["grain"]): TimeRange | undefined {
  const text = time === "" ? usualTime(grain) : time;
  if (text === "all") return undefined;
  const [kind, value] = text.split(":");
  if (value === undefined) {
    const [from, to] = text.split("..");
    return { from, to };
  }
  if (kind === "last") return { last: value };
  return kind === "this" ? { this: value as TimeRange["this"] } : { to_date: value as TimeRange["to_date"] };
}

/** How many members are kept; 0 for all. Usually few of one dimension, but all pairs of two: a grid with holes misleads. */
export const topOf = (ask: Ask) => (ask.by.length === 0 ? 0 : (ask.top ?? (ask.by.length === 1 ? usualTop : 0)));

/** A year before, weeks are compared with whole weeks: the same weekday, not the same date. */
export const comparisonOf = (to: string, grain: string) => (to === "previous_year" && grain === "week" ? { to, align: "weekday" } : { to });

/** The query object of what is asked; null while there is no metric. */
export function requestOf(ask: Ask, typeOf: (dimension: string) => string): QueryRequest | null {
  const first = ask.metrics[0];
  if (first === undefined) return null;
  const by: By[] = [...(ask.grain === "" ? [] : [{ time: ask.grain }]), ...ask.by];
  const top = topOf(ask);
  const shown = outputsOf(ask).includes(ask.shown) ? ask.shown : first;
  return {
    metrics: [...ask.metrics, ...optionsOf(ask).map((o) => optionRef(o, ask.grain))],
    by: by.length > 0 ? by : undefined,
    where: whereOf(ask.filters, typeOf),
    time: rangeOf(ask.time, ask.grain),
    compare: ask.compare === "" || ask.time === "all" ? undefined : comparisonOf(ask.compare, ask.grain),
    totals: by.length > 0 ? true : undefined,
    top: top > 0 ? { n: top, by: shown, others: true } : undefined,
    order: ask.order === "" ? undefined : [ask.order],
    fill: ask.grain !== "" && ask.time !== "all" ? true : undefined,
    limit: 2000,
  };
}

export type Place = "metrics" | "by" | "filters" | "time" | "compare" | "top" | "order";

/** Which chip an error of the server belongs to. */
export function placeOf(path: string): Place | null {
  const head = /^[a-z]+/i.exec(path)?.[0] ?? "";
  switch (head) {
    case "metrics":
    case "by":
    case "compare":
    case "top":
    case "order":
      return head;
    case "where":
    case "having":
      return "filters";
    case "time":
    case "timezone":
    case "asOf":
      return "time";
    default:
      return null;
  }
}
