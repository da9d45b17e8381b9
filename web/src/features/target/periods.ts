import type { Grain } from "@/api/types";
import { addDays } from "@/lib/date";

// Targets are written per period under keys such as 2026-01, 2026-Q1, 2026-W05
// or 2026.

export type TargetGrain = Extract<Grain, "week" | "month" | "quarter" | "year">;

const two = (n: number) => String(n).padStart(2, "0");

/** How many ISO weeks a year has: 52 or 53. The 28th of December is always in the last one. */
export function weeksOf(year: number): number {
  const day = new Date(Date.UTC(year, 11, 28));
  const thursday = day.getTime() + (3 - ((day.getUTCDay() + 6) % 7)) * 86_400_000;
  const start = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.ceil(((thursday - start) / 86_400_000 + 1) / 7);
}

/** The Monday of an ISO week. */
export function mondayOf(year: number, week: number): string {
  const fourth = `${year}-01-04`; // always in week 1
  const weekday = (new Date(`${fourth}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(fourth, (week - 1) * 7 - weekday);
}

export interface Slot {
  key: string;
  /** First day, for the label. */
  day: string;
}

/** The periods of a year; for years, five from this one on. */
export function slots(grain: TargetGrain, year: number): Slot[] {
  switch (grain) {
    case "year":
      return Array.from({ length: 5 }, (_, i) => ({ key: String(year + i), day: `${year + i}-01-01` }));
    case "quarter":
      return [1, 2, 3, 4].map((q) => ({ key: `${year}-Q${q}`, day: `${year}-${two(q * 3 - 2)}-01` }));
    case "month":
      return Array.from({ length: 12 }, (_, i) => ({ key: `${year}-${two(i + 1)}`, day: `${year}-${two(i + 1)}-01` }));
    case "week":
      return Array.from({ length: weeksOf(year) }, (_, i) => ({ key: `${year}-W${two(i + 1)}`, day: mondayOf(year, i + 1) }));
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

/** Stored values as people type them. */
export function showValues(values: Record<string, number>, percent: boolean): Map<string, string> {
  return new Map(Object.entries(values).map(([key, v]) => [key, String(percent ? Number((v * 100).toPrecision(12)) : v)]));
}

/** Fills periods from a first value, each later one grown by a rate in percent. */
export function fill(keys: readonly string[], first: number, growth: number): Map<string, string> {
  return new Map(keys.map((key, i) => [key, String(Number((first * (1 + growth / 100) ** i).toPrecision(6)))]));
}
