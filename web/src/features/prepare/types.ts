import type { Finding, Text } from "@/api/types";

// Steps and what the server says of them, as its packages steps and prepare
// define them.

export const kinds = ["select", "drop", "rename", "cast", "filter", "derive", "join", "union", "aggregate", "deduplicate", "pivot", "unpivot", "fill", "split", "standardise", "map", "mask", "session", "sample"] as const;

export type Kind = (typeof kinds)[number];

/** What a step holds under its one key: a text, names, or an object of fields, or some of them. */
export type Part = string | string[] | Fields | Fields[];

export type Fields = { [key: string]: unknown };

export type Step = { [K in Kind]?: Part } & { note?: string };

export interface Draft {
  from: string;
  steps: Step[];
}

export interface StageColumn {
  name: string;
  type: string;
  precision?: number;
  scale?: number;
  title?: Text;
  from?: { dataset: string; column: string }[];
}

export interface Stage {
  kind: string;
  columns: StageColumn[];
  key?: string[];
}

export interface Preview {
  step: number;
  stages: Stage[];
  rows: (string | number | boolean | null)[][];
  total: number;
  before: number;
  lost: { step: number; column: string; count: number; reject?: boolean }[];
  fans: { step: number; dataset: string; keys: number }[];
  millis: number;
  values?: { value: string | number | boolean | null; count: number }[];
  missing?: string;
  findings: Finding[];
}

export interface Table {
  dataset: string;
  title?: Text;
  columns: StageColumn[];
  key?: string[];
}

/** The one key that a step has. */
export const kindOf = (step: Step): Kind => kinds.find((k) => step[k] !== undefined) ?? "select";
