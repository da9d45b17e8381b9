import type { Cell, DimensionInfo, Grain } from "@/api/types";
import { addPeriods } from "@/lib/date";
import { encodeSteps, type DrillStep } from "@/features/explain";
import { filterExpr } from "./question";
import type { Ask, Filter } from "./state";

/** What a bar, a line or a cell stands for. */
export interface Mark {
  /** Dimension → member. */
  members: { dimension: string; value: Cell }[];
  /** First day of the period; "" for the whole range. */
  time: string;
}

const finer: Record<string, Grain> = { year: "month", quarter: "month", month: "day", week: "day" };

function narrowed(ask: Ask, mark: Mark): Filter[] {
  const added = mark.members.map((m): Filter => ({ dimension: m.dimension, op: "in", values: [m.value] }));
  return [...ask.filters.filter((f) => f.op !== "in" || !added.some((a) => a.dimension === f.dimension)), ...added];
}

function timeOf(ask: Ask, mark: Mark): Partial<Ask> {
  if (mark.time === "" || ask.grain === "") return {};
  const from = mark.time.slice(0, 10);
  return { time: `${from}..${addPeriods(from, ask.grain, 1)}` };
}

/** Only what the mark stands for; its dimensions need not be shown any more. */
export function keepOnly(ask: Ask, mark: Mark): Partial<Ask> {
  const closed = new Set(mark.members.map((m) => m.dimension));
  return { filters: narrowed(ask, mark), by: ask.by.filter((d) => !closed.has(d)), order: "", chart: "", ...timeOf(ask, mark), ...(mark.time === "" ? {} : { grain: finer[ask.grain] ?? ask.grain }) };
}

/** Everything but the mark's member. */
export function leaveOut(ask: Ask, member: Mark["members"][number]): Partial<Ask> {
  return { filters: [...ask.filters, { dimension: member.dimension, op: "not", values: [member.value] }] };
}

/** Into the mark, split by another dimension. */
export function drill(ask: Ask, mark: Mark, dimension: string): Partial<Ask> {
  const closed = new Set(mark.members.map((m) => m.dimension));
  return { filters: narrowed(ask, mark), by: [...ask.by.filter((d) => !closed.has(d) && d !== dimension), dimension], order: "", chart: "", ...timeOf(ask, mark), ...(mark.time === "" ? {} : { grain: "" as const }) };
}

/** The page that says why the metric moved, narrowed to the mark and to what was filtered. */
export function whyPath(metric: string, ask: Ask, mark: Mark | null, dimensions: readonly DimensionInfo[], label: (f: Filter) => string): string {
  const typeOf = (name: string) => dimensions.find((d) => d.name === name)?.type ?? "string";
  const filters = mark === null ? ask.filters : narrowed(ask, mark);
  const steps = filters.map((f): DrillStep => ({ kind: "member", value: filterExpr(f, typeOf(f.dimension)), label: label(f) }));
  const search = new URLSearchParams({ tab: "trend" });
  if (ask.grain !== "") search.set("g", ask.grain);
  if (mark !== null && mark.time !== "") search.set("p", mark.time.slice(0, 10));
  if (steps.length > 0) search.set("why", encodeSteps(steps));
  return `/metrics/${encodeURIComponent(metric)}?${search.toString()}`;
}
