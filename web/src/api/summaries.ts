// A metric at a glance, as lists of metrics and steps of processes show it.
import type { Freshness, Grain, Judgement, Point, Warning } from "./types";

export interface Summary {
  metric: string;
  period: Grain;
  value: number | null;
  previous: number | null;
  change: number | null;
  changeRate: number | null;
  judgement: Judgement;
  series: Point[];
  freshness: Freshness | null;
  noValue: Warning | null;
}

/** Whether a change is good. Late data look like a fall, which is neither good nor bad but late; nor is one of data in doubt. */
export const judgementOf = (s: Summary): Judgement => (s.freshness?.late === true || (s.freshness?.distrust ?? []).length > 0 ? "none" : s.judgement);
