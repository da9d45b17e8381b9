// How numbers read: 万/亿 in Chinese, K/M/B in English, percent ×100, percentage
// points for changes of percents, currency signs, and "—" for no value.

export interface Measure {
  unit?: string;
  format?: string;
}

export const NO_VALUE = "—";

const scales = {
  zh: [
    { from: 1e8, by: 1e8, sign: "亿" },
    { from: 1e4, by: 1e4, sign: "万" },
  ],
  en: [
    { from: 1e9, by: 1e9, sign: "B" },
    { from: 1e6, by: 1e6, sign: "M" },
    { from: 1e4, by: 1e3, sign: "K" },
  ],
} as const;

const isZh = (lang: string) => lang.startsWith("zh");

/** Decimals that a format such as "0.00" asks for; null when it says nothing. */
export function decimalsOf(format: string | undefined): number | null {
  if (format === undefined || format === "") return null;
  const match = /^[#,0]*(?:\.(0*))?%?$/.exec(format);
  return match === null ? null : (match[1] ?? "").length;
}

function plain(value: number, lang: string, min: number, max: number): string {
  // -0 would read "-0"; a minus is as wide as a plus, a hyphen is not.
  const rounded = Number(value.toFixed(Math.min(max, 20)));
  return new Intl.NumberFormat(lang, { minimumFractionDigits: min, maximumFractionDigits: max }).format(rounded === 0 ? 0 : rounded).replace("-", "−");
}

function naturalDecimals(value: number): number {
  if (Number.isInteger(value)) return 0;
  const size = Math.abs(value);
  if (size >= 1000) return 0;
  if (size >= 100) return 1;
  if (size >= 1 || size === 0) return 2;
  return Math.min(6, 1 - Math.floor(Math.log10(size)));
}

/** A number without its unit, shortened to at most about four digits. */
export function formatShort(value: number, lang: string, format?: string): string {
  const size = Math.abs(value);
  const wanted = decimalsOf(format);
  const scale = scales[isZh(lang) ? "zh" : "en"].find((s) => size >= s.from);
  if (scale === undefined) {
    const decimals = wanted ?? naturalDecimals(value);
    return plain(value, lang, wanted ?? 0, decimals);
  }
  const scaled = value / scale.by;
  const digits = Math.abs(scaled) < 10 ? 2 : Math.abs(scaled) < 1000 ? 1 : 0;
  return plain(scaled, lang, 0, digits) + scale.sign;
}

/** A number without its unit, in full. */
export function formatFull(value: number, lang: string, format?: string): string {
  const wanted = decimalsOf(format);
  return plain(value, lang, wanted ?? 0, wanted ?? (Number.isInteger(value) ? 0 : 4));
}

/** A number that was computed, such as a mean, in full but with no more digits than say something. */
export function formatRounded(value: number, lang: string): string {
  return plain(value, lang, 0, naturalDecimals(value));
}

/** A size in bytes as people read it: "8.8 MB". */
export function formatBytes(bytes: number, lang: string): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${new Intl.NumberFormat(lang, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value)} ${units[unit]}`;
}

function isCurrency(unit: string): boolean {
  return /^[A-Z]{3}$/.test(unit);
}

function currencySign(unit: string, lang: string): string {
  try {
    const parts = new Intl.NumberFormat(lang, { style: "currency", currency: unit, currencyDisplay: "narrowSymbol" }).formatToParts(0);
    return parts.find((p) => p.type === "currency")?.value ?? unit;
  } catch {
    return unit;
  }
}

export interface ValueParts {
  before: string; // currency sign
  number: string;
  unit: string; // percent sign or a word
  full: string; // everything, not shortened
}

/** The pieces of a value, so that a headline can set its unit smaller. */
export function valueParts(value: number | null | undefined, measure: Measure, lang: string): ValueParts {
  if (value === null || value === undefined || !Number.isFinite(value)) return { before: "", number: NO_VALUE, unit: "", full: NO_VALUE };
  const unit = measure.unit ?? "";
  if (unit === "percent") {
    const decimals = decimalsOf(measure.format) ?? 1;
    const scaled = value * 100;
    return { before: "", number: plain(scaled, lang, decimals, decimals), unit: "%", full: `${plain(scaled, lang, 0, 6)}%` };
  }
  if (isCurrency(unit)) {
    const sign = currencySign(unit, lang);
    const minus = value < 0 ? "−" : "";
    const size = Math.abs(value);
    const decimals = decimalsOf(measure.format) === null && size < 1e4 && !Number.isInteger(size) ? "0.00" : measure.format;
    return {
      before: minus + sign,
      number: formatShort(size, lang, decimals),
      unit: "",
      full: `${minus}${sign}${formatFull(size, lang, decimals)}`,
    };
  }
  const full = formatFull(value, lang, measure.format);
  return { before: "", number: formatShort(value, lang, measure.format), unit, full: unit === "" ? full : `${full} ${unit}` };
}

/** A value with its unit, shortened. */
export function formatValue(value: number | null | undefined, measure: Measure, lang: string): string {
  const parts = valueParts(value, measure, lang);
  const gap = parts.unit !== "" && parts.unit !== "%" ? " " : "";
  return parts.before + parts.number + gap + parts.unit;
}

/** A value with its unit, in full. */
export function formatExact(value: number | null | undefined, measure: Measure, lang: string): string {
  return valueParts(value, measure, lang).full;
}

/** A share such as 0.0321 as "3.2%". What is not nothing is not called 0%, nor what is not all 100%. */
export function formatShare(value: number | null | undefined, lang: string, decimals = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_VALUE;
  const least = 10 ** -decimals;
  const rounded = Number((value * 100).toFixed(decimals));
  if (value > 0 && rounded === 0) return `<${plain(least, lang, 0, decimals)}%`;
  if (value < 1 && rounded === 100) return `>${plain(100 - least, lang, 0, decimals)}%`;
  return `${plain(value * 100, lang, 0, decimals)}%`;
}

/** Percentage points: "0.8 pp", "0.8个百分点". */
function points(size: number, lang: string): string {
  const scaled = size * 100;
  return plain(scaled, lang, 0, scaled < 1 ? 2 : 1) + (isZh(lang) ? "个百分点" : " pp");
}

/** A difference with its sign: "+3.2万", "−0.8 pp". */
export function formatDelta(value: number | null | undefined, measure: Measure, lang: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_VALUE;
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (measure.unit === "percent") return sign + points(size, lang);
  return sign + formatValue(size, measure, lang);
}

/** How a change reads without its sign: "3.2%" of the earlier value, or "0.8 pp" for percents. */
export function formatChange(change: number | null, rate: number | null, measure: Measure, lang: string): string {
  if (measure.unit === "percent" && change !== null && Number.isFinite(change)) return points(Math.abs(change), lang);
  if (rate === null || !Number.isFinite(rate)) return NO_VALUE;
  return formatShare(Math.abs(rate), lang, Math.abs(rate) >= 10 ? 0 : 1);
}
