import type { EventHealth } from "@/api/events";
import type { DatasetSpec, Resource } from "@/api/types";
import type { Score, Scores } from "./quality/types";
import type { SyncStatus } from "./sync/types";
import type { DatasetStatus } from "./types";

/** What can be wrong with a dataset, the worst first. */
export const faults = ["unusable", "failing", "late", "event", "doubt", "key", "outdated"] as const;
export type Fault = (typeof faults)[number];

/** How a dataset stands: what is wrong with it, and which metrics that distorts. */
export interface Standing extends DatasetStatus {
  definition?: Resource<DatasetSpec>;
  sync?: SyncStatus;
  wrong: Fault[];
  /** How the rules of quality stand, and those that are broken. */
  score?: Score;
  broken: Scores["datasets"][number]["marks"];
  /** How an event keeps its plan, where the rows are those of one. */
  event?: EventHealth;
  distorted: string[];
}

interface Known {
  definitions: readonly Resource<DatasetSpec>[];
  syncs: readonly SyncStatus[];
  scores: Scores | undefined;
  events: readonly EventHealth[];
}

/** Every dataset with how it stands: first what distorts most metrics, then what is wrong otherwise, then the rest as they came. */
export function standings(items: readonly DatasetStatus[], { definitions, syncs, scores, events }: Known): Standing[] {
  const rows = items.map((item): Standing => {
    const definition = definitions.find((d) => d.metadata.name === item.name);
    const sync = syncs.find((s) => s.dataset === item.name);
    const quality = scores?.datasets.find((d) => d.name === item.name);
    const broken = quality?.marks ?? [];
    const event = events.find((e) => e.name === item.name);
    const is: Record<Fault, boolean> = {
      unusable: definition?.state === "quarantined",
      failing: sync?.failing === true,
      late: item.freshness === "late",
      event: event?.state === "bad",
      doubt: broken.length > 0,
      key: item.keyBroken === true,
      outdated: (item.outdated ?? 0) > 0,
    };
    const marked = (scores?.metrics ?? []).filter((m) => m.marks.some((mark) => mark.dataset === item.name)).map((m) => m.name);
    return { ...item, definition, sync, wrong: faults.filter((f) => is[f]), score: quality?.score, broken, event, distorted: [...new Set([...(item.distorts ?? []), ...(is.event ? (event?.metrics ?? []) : []), ...marked])] };
  });
  const worst = (row: Standing) => (row.wrong[0] === undefined ? faults.length : faults.indexOf(row.wrong[0]));
  return rows.toSorted((a, b) => b.distorted.length - a.distorted.length || worst(a) - worst(b));
}

/** The datasets in whose names, meaning, people or tags all words occur. */
export function found(rows: readonly Standing[], q: string): Standing[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const meta = row.definition?.metadata;
    const text = [row.name, row.title.zh, row.title.en, row.description.zh, row.description.en, meta?.owner, meta?.steward, meta?.domain, ...(meta?.tags ?? []), row.connection, row.sync?.connection].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
