import type { DetectedColumn, TypeCount } from "../types";
import type { DraftColumn } from "./draft";

// How the values of a column are read: which types fit, and what does not.

/** The server tries types on so many values of a column. */
const tried = 5000;

export interface TypeOption extends TypeCount {
  of: number;
}

/** The types that a column could have, with how many of the values looked at fit. */
export function typeOptions(found: DetectedColumn): TypeOption[] {
  const of = Math.min(found.values, tried);
  const fits = found.fits ?? [];
  const plain = new Map(fits.filter((f) => (f.format ?? "") === "").map((f) => [f.type, f.count]));
  const options: TypeOption[] = fits.filter((f) => (f.format ?? "") === "" || f.count > (plain.get(f.type) ?? 0)).map((f) => ({ ...f, of }));
  const own = { type: found.type, format: found.format };
  if (!options.some((o) => o.type === own.type && (o.format ?? "") === (own.format ?? "")) && own.type !== "string") options.push({ ...own, count: Math.max(0, of - found.bad), of });
  const decimal = plain.get("decimal");
  if (decimal !== undefined && !plain.has("float")) options.push({ type: "float", count: decimal, of });
  options.push({ type: "string", count: of, of });
  return options.toSorted((a, b) => b.count - a.count || Number(a.type === "string") - Number(b.type === "string"));
}

/** A type that nearly all values of a text column fit; the person may have meant it. */
export function betterType(found: DetectedColumn, column: DraftColumn): TypeOption | undefined {
  if (column.leaveOut || column.type !== "string" || found.type !== "string") return undefined;
  const best = typeOptions(found).find((o) => o.type !== "string");
  return best !== undefined && best.count > 0 && best.count >= 0.9 * best.of ? best : undefined;
}

/** How many of the values looked at the chosen type does not take. */
export function badCount(found: DetectedColumn, column: DraftColumn): number {
  if (column.leaveOut || column.type === "string") return 0;
  if (column.type === found.type && column.format === (found.format ?? "") && sameNulls(column, found)) return found.bad;
  const option = typeOptions(found).find((o) => o.type === column.type && (o.format ?? "") === column.format);
  const meant = column.nulls.length - (found.nulls?.length ?? 0);
  return Math.max(0, (option === undefined ? Math.min(found.values, tried) : option.of - option.count) - Math.max(0, meant));
}

function sameNulls(column: DraftColumn, found: DetectedColumn): boolean {
  return [...column.nulls].toSorted().join("\n") === [...(found.nulls ?? [])].toSorted().join("\n");
}

/** Whether a cell of the preview reads as the type; a mark for the eye, the load decides. */
export function reads(text: string, column: Pick<DraftColumn, "type" | "format" | "nulls">): boolean {
  const value = text.trim();
  if (column.nulls.includes(value)) return true;
  const number = numberOf(value, column.format);
  switch (column.type) {
    case "integer":
      return /^[+-]?\d+(\.0*)?$/.test(number);
    case "decimal":
    case "float":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(number);
    case "boolean":
      return /^(true|false|t|f|yes|no|y|n|0|1|是|否|真|假|有|无)$/i.test(value);
    case "date":
    case "timestamp":
      return column.format === "excel" ? /^\d+(\.\d+)?$/.test(value) : /\d/.test(value) && /^[\d\s年月日时分秒TZ:./+-]+(Z|UTC)?$/i.test(value);
    default:
      return true;
  }
}

function numberOf(value: string, format: string): string {
  if (format === "") return value;
  const bare = value.replace(/^\((.*)\)$/, "-$1").replace(/[¥￥$€£\s]/g, "").replace(/[%万亿元]$/, "");
  return format === "1.234,50" ? bare.replaceAll(".", "").replace(",", ".") : bare.replaceAll(",", "");
}

/** A pattern as a person would recognise it: the pattern applied to a day. */
export function patternExample(format: string): string {
  if (!format.includes("%")) return format;
  const parts: Record<string, string> = { "%Y": "2026", "%y": "26", "%m": "1", "%d": "5", "%H": "13", "%M": "45", "%S": "00" };
  const padded = !/年|\//.test(format);
  return format.replace(/%[YymdHMS]/g, (part) => (padded ? (parts[part] ?? part).padStart(2, "0") : (parts[part] ?? part)));
}

/** A change of type with what goes with it. */
export function retype(column: DraftColumn, type: string, format: string, samples: readonly (string | null)[]): DraftColumn {
  const next: DraftColumn = { ...column, type, format, precision: undefined, scale: undefined };
  if (type !== "decimal") return next;
  const digits = samples.map((s) => (s === null ? 0 : (/\.(\d+)$/.exec(numberOf(s.trim(), format))?.[1]?.length ?? 0)));
  return { ...next, precision: 18, scale: Math.min(9, Math.max(2, ...digits)) };
}
