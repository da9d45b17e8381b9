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

export interface Stream {
  name: string;
  columns?: { name: string; type: ColumnSpec["type"]; native?: string }[];
  key?: string[];
  rows?: number;
  files?: number;
  bytes?: number;
  modes: SyncMode[];
  why?: Partial<Record<SyncMode, string>>;
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
  /** What is in a file, where the stream is one of files. */
  detection?: Detection;
}
