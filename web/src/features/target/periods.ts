import type { Grain, WorkspaceSpec } from "@/api/types";
import { addDays } from "@/lib/date";

// Targets are written per period under keys such as 2026-01, 2026-Q1, 2026-W05
// or 2026.

export type TargetGrain = Extract<Grain, "week" | "month" | "quarter" | "year">;

const two = (n: number) => String(n).padStart(2, "0");

/** The customs of the workspace that periods follow. */
export interface Customs {
  /** First day of a week: 0 is Sunday. */
  weekStart: number;
  /** First month of a year: 1 is January. */
  yearStart: number;
}

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

export function customsOf(workspace: WorkspaceSpec): Customs {
  const day = weekdays.indexOf(workspace.weekStart ?? "monday");
  return { weekStart: day < 0 ? 1 : day, yearStart: workspace.yearStart || 1 };
}

/** The first day of a week. As the server reads 2026-W05: the week of 4 January is the first, whichever day weeks begin on. */
export function weekOf(year: number, week: number, weekStart: number): string {
  const fourth = `${year}-01-04`;
  const back = (new Date(`${fourth}T00:00:00Z`).getUTCDay() - weekStart + 7) % 7;
  return addDays(fourth, (week - 1) * 7 - back);
}

/** How many weeks a year has: 52, or 53 when the fourth day of one more still lies in it. */
export function weeksOf(year: number, weekStart: number): number {
  return addDays(weekOf(year, 53, weekStart), 3).startsWith(String(year)) ? 53 : 52;
}

export interface Slot {
  key: string;
  /** First day, for the label. */
  day: string;
}

/** The first day of a month counted from the start of a year; a year that does not start in January bears the name of the one in which it ends. */
function monthOf(year: number, yearStart: number, month: number): string {
  const first = yearStart === 1 ? year : year - 1;
  const n = yearStart - 1 + month;
  return `${first + Math.floor(n / 12)}-${two((n % 12) + 1)}-01`;
}

/** The periods of a year; for years, five from this one on. */
export function slots(grain: TargetGrain, year: number, { weekStart, yearStart }: Customs): Slot[] {
  switch (grain) {
    case "year":
      return Array.from({ length: 5 }, (_, i) => ({ key: String(year + i), day: monthOf(year + i, yearStart, 0) }));
    case "quarter":
      return [1, 2, 3, 4].map((q) => ({ key: `${year}-Q${q}`, day: monthOf(year, yearStart, 3 * (q - 1)) }));
    case "month":
      return Array.from({ length: 12 }, (_, i) => ({ key: `${year}-${two(i + 1)}`, day: `${year}-${two(i + 1)}-01` }));
    case "week":
      return Array.from({ length: weeksOf(year, weekStart) }, (_, i) => ({ key: `${year}-W${two(i + 1)}`, day: weekOf(year, i + 1, weekStart) }));
  }
}

/** Typed values: what is empty is no target; null says that something is no number. */
export function parseValues(typed: ReadonlyMap<string, string>, percent: boolean): Record<string, number> | null {
  const out: Record<string, number> = {};
  for (const [key, text] of typed) {
    const clean = text.replaceAll(",", "").replaceAll("，", "").trim();
    if (clean === "") continue;
    const value = Number(clean);
    if (!Number.isFinite(value)) return null;
    out[key] = percent ? Number((value / 100).toPrecision(12)) : value;
  }
  return out;
}

/** The key of a period; definitions as code may name it by its first day instead. */
function keyOf(stored: string, grain: TargetGrain, customs: Customs): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(stored)) return stored;
  const year = Number(stored.slice(0, 4));
  // A year of weeks or of months may begin in the one before.
  return [year, year + 1, year - 1].flatMap((y) => slots(grain, y, customs)).find((s) => s.day === stored)?.key ?? stored;
}

/** Stored values as people type them. */
export function showValues(values: Record<string, number>, percent: boolean, grain: TargetGrain, customs: Customs): Map<string, string> {
  return new Map(Object.entries(values).map(([key, v]) => [keyOf(key, grain, customs), String(percent ? Number((v * 100).toPrecision(12)) : v)]));
}

/** Fills periods from a first value, each later one grown by a rate in percent. */
export function fill(keys: readonly string[], first: number, growth: number): Map<string, string> {
  return new Map(keys.map((key, i) => [key, String(Number((first * (1 + growth / 100) ** i).toPrecision(6)))]));
}
