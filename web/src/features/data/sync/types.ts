import type { SyncSpec, Text } from "@/api/types";

export interface Note {
  code: string;
  text: Text;
}

export interface SyncRun {
  id: string;
  dataset: string;
  connection: string;
  table: string;
  mode: SyncSpec["mode"];
  trigger: "schedule" | "person" | "event" | "backfill";
  actor?: string;
  from?: string;
  to?: string;
  full?: boolean;
  state: "waiting" | "running" | "done" | "failed" | "canceled";
  phase?: "connecting" | "reading" | "loading" | "comparing";
  attempt: number;
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  nextTry?: string;
  read: number;
  loaded: number;
  rejected: number;
  deleted: number;
  pieces: number;
  bytes: number;
  behind: number;
  error?: Note;
  warnings?: Note[] | null;
}

export interface SyncStatus {
  dataset: string;
  connection: string;
  table: string;
  mode: SyncSpec["mode"];
  schedule: Pick<SyncSpec, "every" | "cron" | "after">;
  paused?: boolean;
  next?: string;
  syncedAt?: string;
  behind: number;
  failing?: boolean;
  outdated?: number;
  absent?: number;
  drift?: { column: string; type: string; native?: string }[] | null;
  last?: SyncRun;
  current?: SyncRun;
  runs: SyncRun[];
}

/** When a dataset runs by itself. */
export interface Upcoming {
  due?: boolean;
  times: string[];
}

/** The modes in which a source can give a table, and why not in others. */
export interface Able {
  modes: SyncSpec["mode"][];
  why?: Record<string, Text>;
}
