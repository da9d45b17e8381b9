// Values of fields as a form holds them, and definitions as the server does.
import { isSecret, type FieldDef } from "./kinds";
import type { SecretRef } from "./types";

export type Pair = readonly [string, string];

/** What was typed, by the path of the field; numbers and lists as they are written. */
export type Values = Record<string, string | readonly Pair[]>;

type Fields = Record<string, unknown>;

const isFields = (v: unknown): v is Fields => typeof v === "object" && v !== null && !Array.isArray(v);

export const pairsOf = (value: Values[string] | undefined): readonly Pair[] => (Array.isArray(value) ? (value as readonly Pair[]) : []);
export const textOf = (value: Values[string] | undefined): string => (typeof value === "string" ? value : "");
export const listOf = (value: string): string[] => value.split(/[,，\n]/).map((part) => part.trim()).filter((part) => part !== "");

/** What is at a path of a definition. */
export function read(from: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => (isFields(at) ? at[name] : undefined), from);
}

/** The definition with another value at a path; undefined takes it away, and what is left empty by that. */
export function write(into: Fields, path: string, value: unknown): Fields {
  const [name = "", ...rest] = path.split(".");
  const inner = rest.length === 0 ? value : write(isFields(into[name]) ? into[name] : {}, rest.join("."), value);
  const out = { ...into };
  if (inner === undefined || (rest.length > 0 && isFields(inner) && Object.keys(inner).length === 0)) delete out[name];
  else out[name] = inner;
  return out;
}

function shown(field: FieldDef, value: unknown): Values[string] {
  switch (field.kind) {
    case "pairs":
      return isFields(value) ? Object.entries(value).map(([k, v]) => [k, String(v)] as const) : [];
    case "secretPairs":
      return isFields(value) ? Object.keys(value).map((k) => [k, ""] as const) : [];
    case "list":
      return Array.isArray(value) ? value.join(", ") : "";
    default:
      return !isSecret(field.kind) && (typeof value === "string" || typeof value === "number") ? String(value) : "";
  }
}

/** What a form shows of a definition. Secrets are not shown. */
export const valuesOf = (fields: readonly FieldDef[], from: unknown): Values => Object.fromEntries(fields.map((f) => [f.path, shown(f, read(from, f.path))]));

export const applies = (field: FieldDef, values: Values) => field.when?.(values) ?? true;

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "_");

/** The name under which the vault keeps a field's secret. Long ones are told apart by a number. */
export function vaultName(connection: string, path: string): string {
  const name = plain(`${connection}_${path.replace(/^auth\./, "")}`);
  if (name.length <= 60) return name;
  const sum = [...name].reduce((n, c) => (Math.imul(n, 31) + c.charCodeAt(0)) >>> 0, 7);
  return `${name.slice(0, 50)}_${sum.toString(36)}`;
}

/** The secrets that were typed, by the names that the vault is to keep them under. */
export function typedOf(fields: readonly FieldDef[], values: Values, connection: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const f of fields.filter((field) => applies(field, values))) {
    if (isSecret(f.kind) && textOf(values[f.path]) !== "") out[vaultName(connection, f.path)] = textOf(values[f.path]);
    if (f.kind === "secretPairs") for (const [name, value] of pairsOf(values[f.path])) if (name.trim() !== "" && value !== "") out[vaultName(connection, `header.${name.trim()}`)] = value;
  }
  return out;
}

function meant(field: FieldDef, value: Values[string] | undefined, before: unknown, connection: string): unknown {
  const text = textOf(value).trim();
  switch (field.kind) {
    case "secret":
    case "longSecret":
      return textOf(value) === "" ? before : ({ vault: vaultName(connection, field.path) } satisfies SecretRef);
    case "secretPairs": {
      const refs = pairsOf(value).flatMap(([raw, secret]) => {
        const name = raw.trim();
        if (name === "") return [];
        return [[name, secret === "" ? (isFields(before) ? before[name] : undefined) : { vault: vaultName(connection, `header.${name}`) }] as const];
      });
      return refs.length === 0 ? undefined : Object.fromEntries(refs);
    }
    case "pairs": {
      const given = pairsOf(value).filter(([name]) => name.trim() !== "");
      return given.length === 0 ? undefined : Object.fromEntries(given.map(([name, v]) => [name.trim(), v]));
    }
    case "list":
      return text === "" ? undefined : listOf(text);
    case "number":
      return text === "" ? undefined : Number(text);
    default:
      return text === "" ? undefined : text;
  }
}

/** The definition that values stand for; what the form does not know stays as it was before. */
export function definitionOf(fields: readonly FieldDef[], values: Values, before: Fields, connection: string): Fields {
  let out = before;
  for (const f of fields) if (!applies(f, values) && !fields.some((o) => o.path === f.path && applies(o, values))) out = write(out, f.path, undefined);
  for (const f of fields) if (applies(f, values)) out = write(out, f.path, meant(f, values[f.path], read(before, f.path), connection));
  return out;
}

export type Wrong = "required" | "number" | "pair";

/** What is wrong with values before anybody is asked, by path. `kept` tells which secrets there are already. */
export function wrongOf(fields: readonly FieldDef[], values: Values, kept: (path: string) => boolean): Record<string, Wrong> {
  const out: Record<string, Wrong> = {};
  for (const f of fields.filter((field) => applies(field, values))) {
    const text = textOf(values[f.path]).trim();
    if (f.kind === "pairs" || f.kind === "secretPairs") {
      // Secrets are kept by their names, in which signs do not count.
      const names = pairsOf(values[f.path]).map(([name]) => (f.kind === "pairs" ? name.trim().toLowerCase() : plain(name.trim())));
      const lacking = f.kind === "secretPairs" && pairsOf(values[f.path]).some(([name, secret]) => name.trim() !== "" && secret === "" && !kept(`${f.path}.${name.trim()}`));
      if (lacking || names.some((name, i) => (name === "" ? pairsOf(values[f.path])[i]?.[1] !== "" : names.indexOf(name) !== i))) out[f.path] = "pair";
    } else if (text === "") {
      if (f.required === true && !(isSecret(f.kind) && kept(f.path))) out[f.path] = "required";
    } else if (f.kind === "number" && !/^\d{1,9}$/.test(text)) out[f.path] = "number";
  }
  return out;
}
