// How events keep the tracking plan, as pages of events and of all data tell it.
import { useQuery } from "@tanstack/react-query";
import { api } from "./client";
import type { Text } from "./types";

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

export const shownDays = 14;

/** Asked again while a page is open, since events keep coming. */
export function useReport(enabled = true) {
  return useQuery({
    queryKey: ["data", "events", "report"],
    queryFn: ({ signal }) => api<EventReport>("GET", "/events/report", { query: { days: shownDays }, signal }),
    refetchInterval: 15_000,
    enabled,
  });
}
