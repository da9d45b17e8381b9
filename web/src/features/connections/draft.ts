import { ApiError } from "@/api/client";
import type { Metadata, Text } from "@/api/types";
import { kinds, streamFields } from "./kinds";
import type { ConnectionSpec } from "./types";
import { definitionOf, read, typedOf, valuesOf, wrongOf, type Values, type Wrong } from "./values";

/** A list of an interface as it is being written. */
export interface StreamDraft {
  /** Tells drafts apart while they have no name. */
  id: number;
  values: Values;
  before: Record<string, unknown>;
}

/** A connection as it is being written. Secrets typed here go to the vault when it is saved. */
export interface Draft {
  type: string;
  name: string;
  title: Text;
  values: Values;
  streams: StreamDraft[];
}

let drafts = 0;

export function streamDraft(before: Record<string, unknown> = {}): StreamDraft {
  return { id: ++drafts, values: valuesOf(streamFields, before), before };
}

export const emptyDraft = (type: string): Draft => ({ type, name: "", title: {}, values: valuesOf(kinds[type] ?? [], {}), streams: type === "rest" ? [streamDraft()] : [] });

export function draftOf(metadata: Metadata, spec: ConnectionSpec): Draft {
  const streams = Array.isArray(spec["streams"]) ? (spec["streams"] as Record<string, unknown>[]).map(streamDraft) : [];
  return { type: spec.type, name: metadata.name, title: metadata.title ?? {}, values: valuesOf(kinds[spec.type] ?? [], spec), streams };
}

/** The definition that a draft stands for; what the form does not know stays as it was. */
export function specOf(draft: Draft, before: ConnectionSpec | undefined): ConnectionSpec {
  const same = before?.type === draft.type ? before : {};
  const spec = { ...definitionOf(kinds[draft.type] ?? [], draft.values, same, draft.name), type: draft.type } as ConnectionSpec;
  if (draft.type === "rest") spec["streams"] = draft.streams.map((s) => definitionOf(streamFields, s.values, s.before, draft.name));
  return spec;
}

/** The secrets that were typed, by their names in the vault. */
export const secretsOf = (draft: Draft) => typedOf(kinds[draft.type] ?? [], draft.values, draft.name);

/** Whether a secret of the stored connection is at a path already. */
export const keptIn = (draft: Draft, before: ConnectionSpec | undefined) => (path: string) => {
  if (before?.type !== draft.type) return false;
  const [, header] = /^secretHeaders\.(.*)$/.exec(path) ?? [];
  if (header === undefined) return read(before, path) !== undefined;
  return Object.hasOwn((before["secretHeaders"] as object | undefined) ?? {}, header);
};

/** What is wrong with a draft before the server is asked, by path: also of one list alone. */
export function problemsOf(draft: Draft, before: ConnectionSpec | undefined, only?: number): Record<string, Wrong> {
  const out = wrongOf(kinds[draft.type] ?? [], draft.values, keptIn(draft, before));
  draft.streams.forEach((s, i) => {
    if (only !== undefined && only !== i) return;
    for (const [path, wrong] of Object.entries(wrongOf(streamFields, s.values, () => false))) out[`streams.${i}.${path}`] = wrong;
  });
  return out;
}

export const isName = (name: string) => /^[a-z][a-z0-9_]{0,40}$/.test(name) && !name.includes("__");

/** What the server finds wrong, by path. `shift` is the place of the list that was sent alone. */
export function findingsOf(error: unknown, shift = 0): Record<string, string> {
  const out: Record<string, string> = {};
  if (!(error instanceof ApiError)) return out;
  for (const { path = "", detail, message } of error.problem.errors ?? []) {
    const at = path.replace(/^spec\./, "").replace(/\[(\d+)\]/g, (_, n: string) => `.${Number(n) + shift}`);
    out[at] ??= detail ?? message ?? "";
  }
  return out;
}

