import type { DatasetSpec, FileFormat, Metadata, Text } from "@/api/types";
import type { Raw } from "@/lib/cell";

// The shapes of the data part of the REST interface, as the server's loading
// package defines them.

export interface Upload {
  id: string;
  name: string;
  bytes: number;
}

export interface TypeCount {
  type: string;
  format?: string;
  count: number;
}

export interface DetectedColumn {
  header: string;
  name: string;
  title?: Text;
  type: string;
  precision?: number;
  scale?: number;
  format?: string;
  rescued?: number;
  nulls?: string[];
  values: number;
  missing: number;
  distinct: number;
  bad: number;
  badCells?: { line: number; text: string }[];
  samples?: string[];
  fits?: TypeCount[];
}

export interface Note {
  code: string;
  text: Text;
}

export interface Detection {
  format: FileFormat;
  sheets?: string[];
  skipped?: string[];
  footer?: string[];
  columns: DetectedColumn[];
  sample: (string | null)[][];
  sampled: number;
  complete: boolean;
  key: { columns: string[]; rows: number }[] | null;
  time: string;
  dataset?: string;
  name: string;
  spec: DatasetSpec | null;
  extra?: string[];
  missing?: string[];
  loadedAt?: string;
  warnings?: Note[];
}

export type LoadMode = "replace" | "append" | "upsert";

export interface LoadRequest {
  upload: string;
  dataset: string;
  mode?: LoadMode;
  format?: FileFormat;
  ignoreExtra?: boolean;
  allowMissing?: boolean;
  maxRejects?: string;
  create?: { metadata: Metadata; spec: DatasetSpec };
}

export interface Load {
  id: string;
  dataset: string;
  mode: LoadMode | "change" | "retain" | "undo" | "recast" | "drop";
  file: string;
  actor: string;
  state: "running" | "done" | "failed" | "canceled";
  phase: "waiting" | "reading" | "checking" | "saving" | "ended";
  bytesDone: number;
  bytesTotal: number;
  records: number;
  loaded: number;
  rejected: number;
  version?: number;
  startedAt: string;
  endedAt?: string;
  error?: Note;
  warnings?: Note[];
}

export interface DatasetStatus {
  name: string;
  title: Text;
  description: Text;
  rows: number;
  rejects: number;
  /** Rows that are older than at their source, and rows of the source that did not fit. */
  outdated?: number;
  absent?: number;
  loadedAt?: string;
  dataTo?: string;
  /** Rows that were of the future when they were loaded, and the newest of them. */
  future?: number;
  futureTo?: string;
  freshness: "fresh" | "late" | "none";
  promise?: string;
  lateBy?: string;
  version: number;
  keyBroken?: boolean;
  canUndo?: boolean;
  bytes: number;
  usedBy: number;
  distorts: string[] | null;
  /** Where the rows are, when they are asked where they live. */
  connection?: string;
  table?: string;
  /** Rows come from event intake alone. */
  events?: boolean;
}

export interface DataOverview {
  items: DatasetStatus[];
  summary: { datasets: number; fresh: number; late: number; bytes: number; free: number };
}

export interface Preview {
  columns: { name: string; type: string }[];
  rows: Raw[][] | null;
  total: number;
}

export interface ColumnProfile {
  name: string;
  type: string;
  missing: number;
  distinct: number;
  min: Raw;
  max: Raw;
  mean?: Raw;
  top?: { value: Raw; count: number }[];
  histogram?: { from: Raw; to: Raw; count: number }[];
}

export interface Profile {
  rows: number;
  columns: ColumnProfile[];
}

export interface Reject {
  n: number;
  line: number;
  column?: string;
  reason: string;
  text: Text;
  value?: string;
  raw: string;
}

export interface Rejects {
  items: Reject[] | null;
  total: number;
  byReason: { reason: string; column?: string; text: Text; count: number }[] | null;
  next?: number;
}

export interface Relation {
  relationship: string;
  to: string;
  matched: number;
  unmatched: number;
  missing: number;
  share: number;
}

export interface Suggestion {
  from: string;
  to: string;
  name: string;
  columns: Record<string, string>;
  share: number;
  values: number;
}

/** What changing the stored columns does. */
export interface Recast {
  rows: number;
  /** Values that do not convert. */
  lost: number;
  columns: { name: string; from?: string; to?: string; lost: number; samples?: string[] }[] | null;
}

export const columnTypes = ["string", "integer", "decimal", "float", "boolean", "date", "timestamp"] as const;
