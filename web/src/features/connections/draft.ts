import type { Metadata, Text } from "@/api/types";
import { isSecret, kinds } from "./kinds";
import type { ConnectionSpec, SecretRef } from "./types";

/** A connection as it is being written. Secrets typed here go to the vault. */
export interface Draft {
  type: string;
  name: string;
  title: Text;
  values: Record<string, string>;
  /** Typed secrets by field; empty for one that stays as it is. */
  secrets: Record<string, string>;
}

export const emptyDraft = (type: string): Draft => ({ type, name: "", title: {}, values: {}, secrets: {} });

/** The name under which the vault keeps a field's secret. */
export const vaultName = (connection: string, field: string) => `${connection}_${field}`.toLowerCase().slice(0, 60);

export function draftOf(metadata: Metadata, spec: ConnectionSpec): Draft {
  const draft = { ...emptyDraft(spec.type), name: metadata.name, title: metadata.title ?? {} };
  for (const field of kinds[spec.type] ?? []) {
    const value = spec[field.key];
    if (!isSecret(field.kind) && (typeof value === "string" || typeof value === "number")) draft.values[field.key] = String(value);
  }
  return draft;
}

/** The definition that a draft stands for; what the form does not know stays as it was. */
export function specOf(draft: Draft, before: ConnectionSpec | undefined): ConnectionSpec {
  const spec: ConnectionSpec = { ...(before?.type === draft.type ? before : {}), type: draft.type };
  for (const field of kinds[draft.type] ?? []) {
    if (isSecret(field.kind)) {
      if ((draft.secrets[field.key] ?? "") !== "") spec[field.key] = { vault: vaultName(draft.name, field.key) } satisfies SecretRef;
      continue;
    }
    const value = (draft.values[field.key] ?? "").trim();
    if (value === "") delete spec[field.key];
    else spec[field.key] = field.kind === "number" ? Number(value) : value;
  }
  return spec;
}

/** The required fields that are empty. */
export const missing = (draft: Draft): string[] => (kinds[draft.type] ?? []).filter((f) => f.required === true && !isSecret(f.kind) && (draft.values[f.key] ?? "").trim() === "").map((f) => f.key);

export const isName = (name: string) => /^[a-z][a-z0-9_]{0,40}$/.test(name) && !name.includes("__");
