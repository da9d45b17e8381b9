import type { ColumnSpec, DatasetSpec, FileFormat, Text } from "@/api/types";
import type { Detection } from "@/features/data";

/** Where a secret is kept; exactly one of the three. */
export interface SecretRef {
  vault?: string;
  env?: string;
  file?: string;
}

export type ConnectionSpec = { type: string } & Record<string, unknown>;

/** What trying a connection has shown. */
export interface Trial {
  ok: boolean;
  millis: number;
  streams: number;
  error?: { code: string; text: Text };
}

/** Some of what a stream gives, before its connection is kept. */
export interface Glimpse {
  error?: { code: string; text: Text };
  columns: { name: string; type: ColumnSpec["type"]; native?: string }[];
  records: unknown[];
  answer?: unknown;
  /** Where records were found in the answer, with dots. */
  path: string;
  lists: { path: string; count: number }[];
  /** Records on the pages that were read. */
  pages: number[];
  paging?: Paging;
}

/** How pages seem to follow one another. */
export interface Paging {
  type: "page" | "cursor" | "link";
  param?: string;
  next?: string;
}

export interface Stream {
  name: string;
  columns?: { name: string; type: ColumnSpec["type"]; native?: string }[];
  key?: string[];
  /** The columns are those of a sample. */
  sampled?: boolean;
  rows?: number;
  files?: number;
  bytes?: number;
  modes: SyncMode[];
  why?: Partial<Record<SyncMode, Text>>;
}

export type SyncMode = "full" | "incremental" | "changes";

export interface Sync {
  mode: SyncMode;
  cursor?: string;
  deletes?: "keep" | "compare";
  every?: string;
  cron?: string;
}

export interface SourceSpec {
  connection?: string;
  table?: string;
  format?: FileFormat;
  sync?: Sync;
}

export type SourcedSpec = Omit<DatasetSpec, "source"> & { source?: SourceSpec };

/** A dataset that could read a stream. */
export interface Offer {
  stream: Stream;
  name: string;
  title?: Text;
  spec: SourcedSpec;
  cursors: string[];
  used: string[];
  /** Some records, where it took a look at them to know the columns. */
  records?: unknown[];
  /** What is in a file, where the stream is one of files. */
  detection?: Detection;
}
