import type { Metadata, Text } from "@/api/types";

export interface LineageNode {
  id: string;
  kind: string;
  name: string;
  title: Text;
  owner?: string;
  steward?: string;
  /** Below 0 for what flows in, above 0 for what it flows into. */
  distance: number;
}

export interface Lineage {
  of: string;
  nodes: LineageNode[];
  edges: { from: string; to: string; columns?: string[] }[];
}

export interface Hit extends LineageNode {
  columns?: string[];
  distorted: boolean;
}

export interface Impact {
  dataset: string;
  title: Text;
  late: boolean;
  lateBy?: string;
  marks: { rule: string; label: Text; since: string; columns?: string[] }[];
  metrics: Hit[];
  trees: Hit[];
  targets: Hit[];
  others: Hit[];
  people: { name: string; of: string[] }[];
}

export type CheckState = "good" | "watch" | "bad";

export interface Check {
  /** Kind/name of what it is about. */
  of: string;
  title: Text;
  code: "definition" | "owner" | "steward" | "rows" | "source" | "freshness" | "rules";
  state: CheckState;
  text: Text;
}

export interface Support {
  of: string;
  state: CheckState;
  checks: Check[];
}

export interface Asset extends Pick<Metadata, "owner" | "steward" | "domain" | "tags" | "sensitivity" | "keyAsset" | "duties"> {
  kind: "Connection" | "Dataset" | "Event" | "Entity" | "Metric";
  name: string;
  title: Text;
  description: Text;
  state: "published" | "quarantined";
  asked: number;
  source?: "hand" | "files" | "sync" | "direct" | "steps" | "events";
  handLoads?: number;
  handFiles?: string[];
  freshness?: "fresh" | "late" | "none";
  /** Rows that were of the future when they were loaded. */
  future?: number;
  loadedAt?: string;
  rows: number;
  bytes: number;
  score: number | null;
  broken: number;
  /** Of the broken rules, those that mark metrics. */
  errors: number;
}

export interface SourceKept {
  kind: string;
  name: string;
  title: Text;
  within: string;
  kept: number | null;
  since?: string;
  times: number;
  late: boolean;
}

/** How well promises of freshness were kept. */
export interface Kept {
  of: string;
  since?: string;
  to?: string;
  kept: number | null;
  late: { from: string; to: string }[];
  days: { day: string; kept: number }[];
  sources: SourceKept[];
}

/** The quality of the data under a metric, now and by day. */
export interface ScoreHistory {
  score: { value: number | null; rules: number; kept: number; broken: number; unknown: number; errors: number };
  days: { day: string; score: number; errors: number }[];
}
