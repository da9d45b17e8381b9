// Processes: the steps that people take, and what measures them.
import { useQuery } from "@tanstack/react-query";
import { api } from "./client";
import type { Summary } from "./summaries";
import type { ProcessPlace, TargetState, Text } from "./types";

export interface Named {
  name: string;
  title: Text;
}

export interface StepMetric extends Named {
  unit: string;
  format: string;
  target: TargetState | null;
}

export interface StepEvent extends Named {
  last: string | null;
}

export interface Gap {
  code: "unmeasured" | "not_collected" | "silent";
  /** Kind/name of the metric or event; empty for the step itself. */
  of: string;
  text: Text;
}

export interface StepState {
  name: string;
  stage: Text;
  title: Text;
  who: Text;
  does: Text;
  metrics: StepMetric[];
  events: StepEvent[];
  gaps: Gap[];
}

export interface ProcessState {
  process: string;
  title: Text;
  steps: StepState[];
  /** Metrics of the workspace in no step of any process. */
  outside: Named[];
  /** Of every metric of a step, once. */
  values: Summary[];
}

export function useProcessState(name: string, enabled: boolean) {
  return useQuery({
    queryKey: ["data", "process", name],
    queryFn: ({ signal }) => api<ProcessState>("GET", `/processes/${encodeURIComponent(name)}/state`, { signal }),
    enabled,
  });
}

/** The steps that a metric is in. */
export function useStepsOf(metric: string) {
  return useQuery({
    queryKey: ["defs", "metrics", metric, "steps"],
    queryFn: ({ signal }) => api<{ items: ProcessPlace[] }>("GET", `/metrics/${encodeURIComponent(metric)}/steps`, { signal }),
    select: (answer) => answer.items,
  });
}
