import { formatFull, formatRounded } from "./number";

/** A value as the warehouse answers it. */
export type Raw = string | number | boolean | null;

/** Whether values of a type stand at the end of their column. */
export const isNumber = (type: string) => type === "integer" || type === "decimal" || type === "float";

/** More digits after the point than this are those of a type that nobody chose. */
const mostFixed = 4;

/** Digits after the point that every value of a column has, where its definition says so: amounts stand below each other. */
export const fixedDigits = (type: string, scale: number | undefined): number | undefined => (type === "decimal" && scale !== undefined && scale <= mostFixed ? scale : undefined);

/** Writes a value as people read it: moments in the zone of the workspace, decimals with the digits of their column. */
export function formatCell(value: Raw, type: string, lang: string, zone: string | undefined, scale?: number): string {
  if (value === null) return "";
  if (type === "timestamp" && typeof value === "string") {
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? value : new Intl.DateTimeFormat("sv-SE", { timeZone: zone || "UTC", dateStyle: "short", timeStyle: "medium" }).format(date);
  }
  if (typeof value === "number" && type !== "integer") return formatFull(value, lang, digitFormat(fixedDigits(type, scale)));
  return String(value);
}

const digitFormat = (digits: number | undefined) => (digits === undefined ? undefined : digits === 0 ? "0" : `0.${"0".repeat(digits)}`);

/** Writes the mean of a column: as its values, or with no more digits than say something. */
export function formatMean(value: number, type: string, lang: string, scale?: number): string {
  const digits = fixedDigits(type, scale);
  return digits === undefined || digits === 0 ? formatRounded(value, lang) : formatFull(value, lang, digitFormat(digits));
}
