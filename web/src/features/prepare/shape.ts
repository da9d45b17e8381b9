import type { Kind, Part } from "./types";

// What each kind of step asks for, so that one form shows them all.

export interface FieldShape {
  key: string;
  as: "column" | "columns" | "order" | "text" | "number" | "flag" | "choice" | "condition" | "value" | "dataset" | "datasets" | "thereColumn" | "thereColumns" | "pairs" | "match" | "names" | "list" | "part" | "salt";
  /** Under which name its label and hint stand, when not the key. */
  label?: string;
  choices?: readonly string[];
  /** An empty choice comes first, under this name. */
  none?: boolean;
  /** Shown only then. */
  when?: (fields: Record<string, unknown>) => boolean;
  /** Of a list or a part that may be left out: its fields, and what a new one is. */
  of?: readonly FieldShape[];
  fresh?: () => Record<string, unknown>;
}

export interface StepShape {
  /** One field that is the whole, an object, or a list of objects. */
  holds: "one" | "fields" | "list";
  fields: readonly FieldShape[];
  fresh: () => Part;
}

const types = ["string", "integer", "decimal", "float", "boolean", "date", "timestamp"] as const;
const aggs = ["sum", "count", "count_distinct", "min", "max", "avg", "median"] as const;
const is = (key: string, ...values: string[]) => (f: Record<string, unknown>) => values.includes(String(f[key] ?? ""));

export const shapes: Record<Kind, StepShape> = {
  select: { holds: "one", fields: [{ key: "select", as: "columns" }], fresh: () => [] },
  drop: { holds: "one", fields: [{ key: "drop", as: "columns" }], fresh: () => [] },
  rename: { holds: "one", fields: [{ key: "rename", as: "pairs" }], fresh: () => ({}) },
  cast: {
    holds: "list",
    fields: [
      { key: "column", as: "column" },
      { key: "type", as: "choice", choices: types },
      { key: "precision", as: "number", when: is("type", "decimal") },
      { key: "scale", as: "number", when: is("type", "decimal") },
      { key: "format", as: "text", when: is("type", "date", "timestamp", "integer", "decimal", "float") },
      { key: "onError", as: "choice", choices: ["reject"], none: true },
    ],
    fresh: () => [{ column: "", type: "integer" }],
  },
  filter: { holds: "one", fields: [{ key: "filter", as: "condition" }], fresh: () => "" },
  derive: {
    holds: "list",
    fields: [
      { key: "name", as: "text" },
      { key: "expr", as: "value" },
    ],
    fresh: () => [{ name: "", expr: "" }],
  },
  join: {
    holds: "fields",
    fields: [
      { key: "dataset", as: "dataset" },
      { key: "kind", as: "choice", choices: ["left", "inner", "full", "anti"] },
      { key: "on", as: "match" },
      { key: "columns", as: "thereColumns", when: (f) => f["kind"] !== "anti" },
      { key: "prefix", as: "text", when: (f) => f["kind"] !== "anti" },
      {
        key: "asof",
        as: "part",
        of: [
          { key: "time", as: "column" },
          { key: "other", as: "thereColumn" },
          { key: "within", as: "text" },
          { key: "which", as: "choice", choices: ["last", "first"] },
        ],
        fresh: () => ({ time: "", other: "", which: "last" }),
      },
      { key: "many", as: "flag", when: (f) => f["kind"] !== "anti" && f["asof"] === undefined },
    ],
    fresh: () => ({ dataset: "", kind: "left", on: {} }),
  },
  union: {
    holds: "fields",
    fields: [
      { key: "datasets", as: "datasets" },
      { key: "origin", as: "text" },
    ],
    fresh: () => ({ datasets: [] }),
  },
  aggregate: {
    holds: "fields",
    fields: [
      { key: "by", as: "columns" },
      {
        key: "values",
        as: "list",
        of: [
          { key: "name", as: "text" },
          { key: "agg", as: "choice", choices: [...aggs, "percentile"] },
          { key: "expr", as: "value" },
          { key: "where", as: "condition" },
          { key: "percentile", as: "number", when: is("agg", "percentile") },
        ],
        fresh: () => ({ name: "", agg: "count" }),
      },
    ],
    fresh: () => ({ by: [], values: [{ name: "rows", agg: "count" }] }),
  },
  deduplicate: {
    holds: "fields",
    fields: [
      { key: "by", as: "columns" },
      { key: "order", as: "order" },
      { key: "keep", as: "choice", choices: ["first", "last"] },
    ],
    fresh: () => ({ by: [], keep: "first" }),
  },
  pivot: {
    holds: "fields",
    fields: [
      { key: "by", as: "columns" },
      { key: "column", as: "column" },
      {
        key: "values",
        as: "list",
        of: [
          { key: "value", as: "text" },
          { key: "name", as: "text" },
        ],
        fresh: () => ({ value: "", name: "" }),
      },
      { key: "agg", as: "choice", choices: aggs },
      { key: "expr", as: "value" },
    ],
    fresh: () => ({ by: [], column: "", values: [{ value: "", name: "" }], agg: "count" }),
  },
  unpivot: {
    holds: "fields",
    fields: [
      { key: "columns", as: "columns" },
      { key: "name", as: "text" },
      { key: "value", as: "text" },
      { key: "dropMissing", as: "flag" },
    ],
    fresh: () => ({ columns: [], name: "name", value: "value" }),
  },
  fill: {
    holds: "list",
    fields: [
      { key: "column", as: "column" },
      { key: "from", as: "choice", choices: ["before", "after"], none: true },
      { key: "with", as: "text", when: (f) => f["from"] === undefined },
      { key: "order", as: "order", when: is("from", "before", "after") },
      { key: "by", as: "columns", when: is("from", "before", "after") },
    ],
    fresh: () => [{ column: "" }],
  },
  split: {
    holds: "fields",
    fields: [
      { key: "column", as: "column" },
      { key: "by", as: "text" },
      { key: "rows", as: "flag" },
      { key: "into", as: "names", when: (f) => f["rows"] !== true },
      { key: "position", as: "text", when: (f) => f["rows"] === true },
    ],
    fresh: () => ({ column: "", by: "," }),
  },
  standardise: {
    holds: "list",
    fields: [
      { key: "column", as: "column" },
      { key: "as", as: "choice", choices: ["trim", "lower", "upper", "width", "phone", "date", "province", "city"] },
      { key: "patterns", as: "names", when: is("as", "date") },
      { key: "onError", as: "choice", choices: ["keep", "reject"], none: true, when: is("as", "phone", "date", "province", "city") },
    ],
    fresh: () => [{ column: "", as: "trim" }],
  },
  map: {
    holds: "fields",
    fields: [
      { key: "column", as: "column" },
      { key: "values", as: "pairs" },
      { key: "default", as: "text", when: (f) => f["keep"] !== true },
      { key: "keep", as: "flag" },
      { key: "missing", as: "text" },
      { key: "into", as: "text" },
    ],
    fresh: () => ({ column: "", values: {}, keep: true }),
  },
  mask: {
    holds: "list",
    fields: [
      { key: "column", as: "column" },
      { key: "how", as: "choice", choices: ["partial", "hash", "generalise", "drop"] },
      { key: "salt", as: "salt", when: is("how", "hash") },
      { key: "left", as: "number", when: is("how", "partial") },
      { key: "right", as: "number", when: is("how", "partial") },
      { key: "to", as: "choice", choices: ["week", "month", "quarter", "year", "province", "city"], none: true, when: is("how", "generalise") },
      { key: "step", as: "number", when: (f) => f["how"] === "generalise" && f["to"] === undefined },
    ],
    fresh: () => [{ column: "", how: "partial", left: 3, right: 4 }],
  },
  session: {
    holds: "fields",
    fields: [
      { key: "by", as: "columns", label: "sessionBy" },
      { key: "time", as: "column" },
      { key: "gap", as: "text" },
      { key: "as", as: "text", label: "sessionAs" },
      { key: "change", as: "columns" },
      { key: "midnight", as: "flag" },
    ],
    fresh: () => ({ by: [], time: "", gap: "30 minutes" }),
  },
  sample: {
    holds: "fields",
    fields: [
      { key: "share", as: "number", when: (f) => f["count"] === undefined },
      { key: "count", as: "number", when: (f) => f["share"] === undefined },
      { key: "by", as: "columns" },
      { key: "seed", as: "text" },
    ],
    fresh: () => ({ share: 0.1 }),
  },
};

/** An object with a field set, or without it when nothing is written there. */
export function withField(fields: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  const out = { ...fields };
  const nothing = value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0);
  if (nothing) delete out[key];
  else out[key] = value;
  return out;
}
