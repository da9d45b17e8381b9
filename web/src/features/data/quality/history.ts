import type { QualityRun, RuleState } from "./types";

export interface Past {
  at: string;
  state: RuleState;
  /** What was measured: the share of rows that break the rule, an index, seconds; else how many broke it. */
  value: number | null;
}

/** What was found of one rule, the oldest first. */
export function pastOf(runs: readonly QualityRun[], rule: string): Past[] {
  return runs
    .flatMap((run) => run.results.filter((r) => r.rule === rule).map((r) => ({ at: run.at, state: r.state, value: r.state === "unknown" ? null : (r.observed ?? r.broken) })))
    .reverse();
}
