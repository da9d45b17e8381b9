import type { Grain, Range } from "@/api/types";

// Days are text such as 2026-01-05 and are added up in UTC, where no day has
// 23 hours. Instants are read in the zone that the answer names.

const DAY = 86_400_000;

/** The day of an instant in a zone; a plain day stays as it is. */
export function dayIn(instant: string, zone: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(instant)) return instant;
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone || "UTC", year: "numeric", month: "2-digit", day: "2-digit" }).format(date);
}

function utc(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

/** A day moved by whole days. */
export function addDays(day: string, n: number): string {
  return new Date(utc(day).getTime() + n * DAY).toISOString().slice(0, 10);
}

/** A day moved by periods; month ends are clamped. */
export function addPeriods(day: string, grain: Grain, n: number): string {
  if (grain === "week") return addDays(day, 7 * n);
  const months = grain === "month" ? n : grain === "quarter" ? 3 * n : grain === "year" ? 12 * n : 0;
  if (months === 0) return addDays(day, n);
  const date = utc(day);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, Math.min(date.getUTCDate(), last))).toISOString().slice(0, 10);
}

/** A day as people write it; the year only when it is not this one, or always. */
export function formatDay(day: string, lang: string, withYear = true): string {
  if (day === "") return "";
  return new Intl.DateTimeFormat(lang, {
    timeZone: "UTC",
    year: withYear ? "numeric" : undefined,
    month: lang.startsWith("zh") ? "long" : "short",
    day: "numeric",
  }).format(utc(day));
}

/** The name of the period that begins on a day: "Jan 2026", "2026年第1季度", "Jan 5 – 11, 2026". */
export function formatPeriod(day: string, grain: Grain, lang: string): string {
  if (day === "") return "";
  const date = utc(day);
  const year = date.getUTCFullYear();
  const zh = lang.startsWith("zh");
  if (grain === "year") return zh ? `${year}年` : String(year);
  if (grain === "quarter") {
    const quarter = Math.floor(date.getUTCMonth() / 3) + 1;
    return zh ? `${year}年第${quarter}季度` : `Q${quarter} ${year}`;
  }
  if (grain === "month") {
    return new Intl.DateTimeFormat(lang, { timeZone: "UTC", year: "numeric", month: zh ? "long" : "short" }).format(date);
  }
  if (grain === "week") return formatDays(day, addDays(day, 6), lang);
  return formatDay(day, lang);
}

/** The shortest name of a period, for axes. */
export function formatTick(day: string, grain: Grain, lang: string): string {
  if (grain === "year" || grain === "quarter") return formatPeriod(day, grain, lang);
  const date = utc(day.slice(0, 10));
  if (grain === "month") return new Intl.DateTimeFormat(lang, { timeZone: "UTC", year: "2-digit", month: lang.startsWith("zh") ? "numeric" : "short" }).format(date);
  return new Intl.DateTimeFormat(lang, { timeZone: "UTC", month: "numeric", day: "numeric" }).format(date);
}

/** Two days, both included, as a span. */
export function formatDays(first: string, last: string, lang: string): string {
  if (first === last) return formatDay(first, lang);
  if (lang.startsWith("zh")) {
    const [a, b] = [first.split("-").map(Number), last.split("-").map(Number)];
    const end = a[0] !== b[0] ? `${b[0]}年${b[1]}月${b[2]}日` : a[1] !== b[1] ? `${b[1]}月${b[2]}日` : `${b[2]}日`;
    return `${a[0]}年${a[1]}月${a[2]}日–${end}`;
  }
  const style = new Intl.DateTimeFormat(lang, { timeZone: "UTC", year: "numeric", month: "short", day: "numeric" });
  return style.formatRange(utc(first), utc(last));
}

/** A half-open range of instants as a span of days in a zone. */
export function formatRange(range: Range, zone: string, lang: string): string {
  return formatDays(dayIn(range.from, zone), addDays(dayIn(range.to, zone), -1), lang);
}

/** Date and time of an instant in a zone. */
export function formatInstant(instant: string | undefined | null, zone: string | undefined, lang: string): string {
  if (!instant) return "";
  const date = new Date(instant);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1971) return "";
  return new Intl.DateTimeFormat(lang, { timeZone: zone || undefined, dateStyle: "medium", timeStyle: "short" }).format(date);
}

/** How long ago an instant was: "2 hours ago", "3天前". */
export function formatAgo(instant: string | undefined | null, lang: string, now = Date.now()): string {
  if (!instant) return "";
  const seconds = (new Date(instant).getTime() - now) / 1000;
  if (Number.isNaN(seconds)) return "";
  const style = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  const size = Math.abs(seconds);
  if (size < 60) return lang.startsWith("zh") ? "刚刚" : "just now"; // Intl says "this minute"
  if (size < 3600) return style.format(Math.trunc(seconds / 60), "minute");
  if (size < 86_400) return style.format(Math.trunc(seconds / 3600), "hour");
  if (size < 86_400 * 60) return style.format(Math.trunc(seconds / 86_400), "day");
  return style.format(Math.trunc(seconds / (86_400 * 30.4)), "month");
}

/** A length of time as definitions write it, "30 hours", in the language of the page. */
export function formatSpan(span: string, lang: string): string {
  const match = /^(\d+)\s*(minute|hour|day|week|month|quarter|year)s?$/.exec(span.trim());
  if (match === null) return span;
  if (match[2] === "quarter") return lang.startsWith("zh") ? `${match[1]}个季度` : span.trim(); // Intl has no such unit
  return new Intl.NumberFormat(lang, { style: "unit", unit: match[2], unitDisplay: "long" }).format(Number(match[1]));
}

/** Seconds of a duration as Go writes it: "7h40m", "26h0m0s". */
export function secondsOf(duration: string | undefined): number {
  const sizes: Record<string, number> = { h: 3600, m: 60, s: 1 };
  let sum = 0;
  for (const [, n, unit] of (duration ?? "").matchAll(/(\d+(?:\.\d+)?)([hms])(?!s)/g)) sum += Number(n) * (sizes[unit ?? ""] ?? 0);
  return sum;
}

/** A number of seconds in the largest unit that fits: "3 hours". */
export function spanOf(seconds: number, lang: string): string {
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const [unit, size] = units.find(([, n]) => seconds >= n) ?? units[3];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(Math.floor(seconds / size));
}
