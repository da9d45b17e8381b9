import type { DatasetSpec, SyncSpec } from "@/api/types";

/** A sync as it is being written. What was chosen for another mode or clock stays until it is saved. */
export interface Draft {
  mode: SyncSpec["mode"];
  cursor: string | undefined;
  lookback: string | undefined;
  deletes: SyncSpec["deletes"];
  drift: SyncSpec["drift"];
  clock: "none" | "every" | "cron";
  every: string | undefined;
  cron: string | undefined;
  after: string[] | undefined;
}

export const modes = ["full", "incremental", "changes"] as const;
export const clocks = ["none", "every", "cron"] as const;
export const drifts = ["hold", "add", "fail"] as const;
export const deletions = ["keep", "compare"] as const;

export function draftOf({ mode, cursor, lookback, deletes, drift, every, cron, after }: SyncSpec): Draft {
  return { mode, cursor, lookback, deletes, drift, every, cron, after, clock: cron !== undefined ? "cron" : every !== undefined ? "every" : "none" };
}

/** The sync that a draft says; what the form does not show stays as it was. */
export function syncOf(draft: Draft, before: SyncSpec): SyncSpec {
  const { cursor, lookback, deletes } = draft.mode === "incremental" ? draft : {};
  const said: SyncSpec = { ...before, mode: draft.mode, cursor, lookback, deletes, drift: draft.drift, every: undefined, cron: undefined, after: draft.after };
  if (draft.clock !== "none") said[draft.clock] = draft[draft.clock];
  return Object.fromEntries(Object.entries(said).filter(([, v]) => v !== undefined && v !== "")) as unknown as SyncSpec;
}

/** Columns that can tell what is new. */
export const cursorsOf = ({ columns }: DatasetSpec): string[] => columns.filter((c) => c.type === "timestamp" || c.type === "date" || c.type === "integer").map((c) => c.name);

/** Whether the rows that are here are not gone on from: all are read once more. */
export const readsAgain = (now: SyncSpec, before: SyncSpec): boolean => now.mode !== before.mode || now.cursor !== before.cursor;
