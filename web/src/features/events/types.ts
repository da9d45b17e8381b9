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
