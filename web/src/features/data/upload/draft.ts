import type { ColumnSpec, DatasetSpec, Text } from "@/api/types";
import { slug } from "@/lib/name";
import type { DetectedColumn, Detection, LoadMode, LoadRequest, TypeCount } from "../types";
import { stemOf } from "../upload";

// What a person makes of a detection before the load: pure, so that it can be
// tested without a page.

/** The server tries types on so many values of a column. */
const tried = 5000;

export interface DraftColumn {
  header: string;
  source?: string;
  name: string;
  title: Text;
  type: string;
  format: string;
  precision?: number;
  scale?: number;
  nulls: string[];
  leaveOut: boolean;
}

export interface Draft {
  /** The dataset that the rows go into; "" for a new one. */
  target: string;
  name: string;
  title: Text;
  description: Text;
  columns: DraftColumn[];
  /** Positions in `columns`. */
  key: number[];
  time: number | null;
  zone: string;
  mode: LoadMode | "";
  ignoreExtra: boolean;
  allowMissing: boolean;
}

const han = /\p{Script=Han}/u;

/** A text in the language that it is written in. */
export function textIn(value: string): Text {
  return han.test(value) ? { zh: value } : { en: value };
}

function columnOf(found: DetectedColumn, proposed: ColumnSpec | undefined): DraftColumn {
  return {
    header: found.header,
    source: proposed?.source ?? (found.header === found.name ? undefined : found.header),
    name: found.name,
    title: found.title ?? {},
    type: found.type,
    format: found.format ?? "",
    precision: found.precision,
    scale: found.scale,
    nulls: found.nulls ?? [],
    leaveOut: false,
  };
}

/** What is proposed for a file: a new dataset as the detection reads it. */
export function draftOf(found: Detection, fileName: string, zone: string, taken: readonly string[]): Draft {
  const names = found.columns.map((c) => c.name);
  const stem = stemOf(fileName);
  const best = found.key?.[0]?.columns.map((name) => names.indexOf(name)) ?? [];
  const time = names.indexOf(found.time);
  return {
    target: found.dataset ?? "",
    name: taken.includes(found.name) ? slug(found.name.replace(/_\d+$/, ""), "dataset", taken) : found.name,
    title: textIn(stem),
    description: {},
    columns: found.columns.map((c, i) => columnOf(c, found.dataset === undefined || found.dataset === "" ? found.spec?.columns[i] : undefined)),
    key: best.every((i) => i >= 0) ? best : [],
    time: time < 0 ? null : time,
    zone,
    mode: "",
    ignoreExtra: false,
    allowMissing: false,
  };
}

/** A new detection of the same file: what was said of the dataset and of columns that are still there stays. */
export function redraft(before: Draft | undefined, fresh: Draft): Draft {
  if (before === undefined) return fresh;
  const same = before.columns.length === fresh.columns.length && before.columns.every((c, i) => c.header === fresh.columns[i]?.header);
  return {
    ...fresh,
    name: before.name,
    title: before.title,
    description: before.description,
    zone: before.zone,
    columns: same && before.target === fresh.target && fresh.target === "" ? before.columns : fresh.columns,
    key: same ? before.key : fresh.key,
    time: same ? before.time : fresh.time,
  };
}

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

/** Whether times without a zone are among the columns, so that the zone matters. */
export function hasNaiveTimes(draft: Draft, found: Detection): boolean {
  return draft.columns.some((c, i) => !c.leaveOut && c.type === "timestamp" && !(found.columns[i]?.samples ?? []).every((s) => /(Z|[+-]\d{2}:?\d{2})$/i.test(s.trim())));
}

export type Problem = "name" | "taken" | "columnName" | "columnTwice" | "noColumns" | "mode" | "extra" | "missing";

const nameRule = /^[a-z][a-z0-9_]{0,59}$/;

/** Whether a text can name a dataset or a column. */
export function isName(name: string): boolean {
  return nameRule.test(name) && !name.includes("__");
}

/** What has to be settled before the load. */
export function problemsOf(draft: Draft, found: Detection, taken: readonly string[], loaded: boolean): Problem[] {
  const out: Problem[] = [];
  if (draft.target !== "") {
    if (loaded && draft.mode === "") out.push("mode");
    if ((found.extra ?? []).length > 0 && !draft.ignoreExtra) out.push("extra");
    if ((found.missing ?? []).length > 0 && !draft.allowMissing) out.push("missing");
    return out;
  }
  if (!isName(draft.name) || draft.name === "upload") out.push("name");
  else if (taken.includes(draft.name)) out.push("taken");
  const names = draft.columns.filter((c) => !c.leaveOut).map((c) => c.name);
  if (names.length === 0) out.push("noColumns");
  if (!names.every(isName)) out.push("columnName");
  if (new Set(names).size !== names.length) out.push("columnTwice");
  return out;
}

function given(text: Text): Text | undefined {
  const zh = text.zh?.trim();
  const en = text.en?.trim();
  return zh || en ? { ...(zh ? { zh } : {}), ...(en ? { en } : {}) } : undefined;
}

function specColumn(column: DraftColumn): ColumnSpec {
  const source = column.source ?? (column.name === column.header ? undefined : column.header);
  return {
    name: column.name,
    source: source === column.name ? undefined : source,
    type: column.type,
    precision: column.precision,
    scale: column.scale,
    format: column.format || undefined,
    nulls: column.nulls.length > 0 ? column.nulls : undefined,
    title: given(column.title),
  };
}

/** The definition of a new dataset. */
export function specOf(draft: Draft, found: Detection): DatasetSpec {
  const kept = (i: number) => draft.columns[i]?.leaveOut === false;
  const key = draft.key.filter(kept).map((i) => draft.columns[i]?.name ?? "");
  return {
    ...found.spec,
    columns: draft.columns.filter((c) => !c.leaveOut).map(specColumn),
    primaryKey: key.length > 0 && key.length === draft.key.length ? key : undefined,
    time: draft.time !== null && kept(draft.time) ? draft.columns[draft.time]?.name : undefined,
    zone: hasNaiveTimes(draft, found) ? draft.zone : undefined,
  };
}

/** The load that a draft asks for. */
export function requestOf(upload: string, draft: Draft, found: Detection): LoadRequest {
  if (draft.target !== "") {
    return { upload, dataset: draft.target, mode: draft.mode || undefined, format: found.format, ignoreExtra: draft.ignoreExtra || undefined, allowMissing: draft.allowMissing || undefined };
  }
  const metadata = { name: draft.name, title: given(draft.title), description: given(draft.description) };
  return { upload, dataset: draft.name, format: found.format, ignoreExtra: draft.columns.some((c) => c.leaveOut) || undefined, create: { metadata, spec: specOf(draft, found) } };
}
