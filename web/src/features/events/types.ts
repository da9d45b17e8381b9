import type { Metadata, Text } from "@/api/types";

// The shapes of the events part of the REST interface.

export interface Told {
  layer: "event" | "property" | "id";
  kind: string;
  property?: string;
  found?: string;
  expected?: string;
  text: Text;
}

export interface Day {
  day: string;
  received: number;
  stored: number;
  quarantined: number;
}

export interface EventHealth {
  name: string;
  title: Text;
  planned: boolean;
  system: boolean;
  key: boolean;
  owner: string;
  received: number;
  stored: number;
  quarantined: number;
  open: number;
  duplicates: number;
  violations: { kind: string; property: string; n: number }[];
  days: Day[];
  last?: string;
  usual: number;
  change?: number;
  state: "ok" | "watch" | "bad";
  why: { code: string; text: Text }[];
  metrics: string[];
  targets: string[];
}

export interface Chain {
  event: string;
  after: string;
  by: string;
  took: number;
  before: number;
  share?: number;
}

export interface EventReport {
  from: string;
  to: string;
  progress: { behind: number; failing?: string };
  events: EventHealth[];
  chains: Chain[];
}

export interface Count {
  event: string;
  layer: Told["layer"];
  kind: string;
  property: string;
  n: number;
  first: string;
  last: string;
  text: Text;
}

export interface Message {
  id: number;
  messageId: string;
  call: string;
  event: string;
  source: string;
  userId: string;
  received: string;
  reasons: Told[];
  payload: unknown;
  state: string;
}

export interface Rule {
  do: "rename" | "cast" | "default" | "remove" | "rename_event";
  property?: string;
  to?: string;
  value?: string;
}

export interface Selection {
  event?: string;
  kind?: string;
  property?: string;
  ids?: number[];
}

export interface Replayed {
  tried: number;
  stored: number;
  left: number;
  why: (Told & { n: number })[];
}

export interface Proposal {
  name: string;
  sent: string;
  extends: boolean;
  seen: number;
  neededBy: string[];
  properties: { name: string; sent: string; type: string; share: number; values?: string[] }[];
  metadata: Metadata;
  spec: EventSpec;
  yaml: string;
  because: Text;
}

export interface Property {
  name: string;
  source?: string;
  type: string;
  precision?: number;
  scale?: number;
  required?: boolean;
  values?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  entity?: string;
  title?: Text;
}

export interface EventSpec {
  names?: string[];
  calls?: string[];
  key?: boolean;
  ids?: string[];
  after?: string[];
  properties?: Property[];
  onUnplanned?: "keep" | "drop" | "quarantine";
  onViolation?: "quarantine" | "keep";
  freshness?: { within: string };
}
