import type { Cell, QueryResult } from "@/api/types";
import type { Ask } from "./state";

// The shape of the answer chooses the chart.

export type Shape = "values" | "line" | "lines" | "bars" | "heat" | "stacked" | "table";

/** What may be drawn, the best first. */
export function shapesOf(ask: Pick<Ask, "by" | "grain">): Shape[] {
  const n = ask.by.length;
  if (ask.grain === "") return n === 0 ? ["values"] : n === 1 ? ["bars"] : n === 2 ? ["heat"] : ["table"];
  return n === 0 ? ["line"] : n === 1 ? ["lines", "heat", "stacked"] : ["table"];
}

export interface Grid {
  xs: Cell[];
  ys: Cell[];
  /** values[y][x]; null where there is no value. */
  values: (number | null)[][];
}

const keyOf = (cell: Cell) => JSON.stringify(cell);
export const numberOf = (cell: Cell | undefined) => (typeof cell === "number" && Number.isFinite(cell) ? cell : null);

/** Rows of two keys and a value as a grid. Periods are sorted; members keep the size of their sum, the largest first. */
export function gridOf(rows: readonly Cell[][], x: number, y: number, value: number, xIsTime: boolean): Grid {
  const xs = new Map<string, Cell>();
  const ys = new Map<string, Cell>();
  const cells = new Map<string, number | null>();
  const weight = new Map<string, number>();
  const heavier = (key: string, v: number | null) => weight.set(key, (weight.get(key) ?? 0) + Math.abs(v ?? 0));
  for (const row of rows) {
    const a = row[x] ?? null;
    const b = row[y] ?? null;
    const v = numberOf(row[value]);
    xs.set(keyOf(a), a);
    ys.set(keyOf(b), b);
    cells.set(`${keyOf(a)}|${keyOf(b)}`, v);
    heavier(`x${keyOf(a)}`, v);
    heavier(`y${keyOf(b)}`, v);
  }
  const byWeight = (axis: string) => (a: Cell, b: Cell) => (weight.get(axis + keyOf(b)) ?? 0) - (weight.get(axis + keyOf(a)) ?? 0);
  const sortedX = [...xs.values()].toSorted(xIsTime ? (a, b) => String(a).localeCompare(String(b)) : byWeight("x"));
  const sortedY = [...ys.values()].toSorted(byWeight("y"));
  return { xs: sortedX, ys: sortedY, values: sortedY.map((b) => sortedX.map((a) => cells.get(`${keyOf(a)}|${keyOf(b)}`) ?? null)) };
}

export interface Places {
  time: number;
  dims: number[];
  /** Output name → column. */
  at: (name: string) => number;
}

/** Where the columns of an answer are. */
export function placesOf(result: QueryResult, ask: Ask): Places {
  const at = (name: string) => result.columns.findIndex((c) => c.name === name);
  return { time: ask.grain === "" ? -1 : at(`time.${ask.grain}`), dims: ask.by.map(at), at };
}

/** Whether shares of a total make sense: the parts add up to it. */
export function addsUp(values: readonly (number | null)[], total: number | null): boolean {
  if (total === null || total <= 0 || values.some((v) => (v ?? 0) < 0)) return false;
  const sum = values.reduce<number>((s, v) => s + (v ?? 0), 0);
  return Math.abs(sum - total) <= Math.abs(total) * 1e-6;
}
