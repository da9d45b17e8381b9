import type { ColumnSpec, DatasetSpec, Text } from "@/api/types";
import { slug } from "@/lib/name";
import type { DetectedColumn, Detection, LoadMode, LoadRequest } from "../types";
import { stemOf } from "../upload";

// What a person makes of a detection before the load: pure, so that it can be
// tested without a page.

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
