import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "@/api/client";
import type { Summary } from "@/api/summaries";
import type { Grain } from "@/api/types";

// The parts of the REST interface that only these pages call.

const batch = 25;

/** Newest values of many metrics, asked in batches; a metric is missing until its batch came. */
export function useSummaries(names: readonly string[], period: Grain): ReadonlyMap<string, Summary> {
  const batches = useMemo(() => Array.from({ length: Math.ceil(names.length / batch) }, (_, i) => names.slice(i * batch, (i + 1) * batch)), [names]);
  return useQueries({
    queries: batches.map((some) => ({
      queryKey: ["data", "summaries", period, some],
      queryFn: ({ signal }: { signal: AbortSignal }) => api<{ items: Summary[] | null }>("POST", "/metrics/summaries", { body: { names: some, period }, signal }),
    })),
    combine: (answers) => new Map(answers.flatMap((a) => a.data?.items ?? []).map((s) => [s.metric, s])),
  });
}

export function useSummary(name: string, period: Grain) {
  return useQuery({
    queryKey: ["data", "summary", name, period],
    queryFn: ({ signal }) => api<Summary>("GET", `/metrics/${encodeURIComponent(name)}/summary`, { query: { period }, signal }),
  });
}

export interface Preview {
  columns: { name: string; type: string }[];
  rows: (string | number | boolean | null)[][] | null;
  total: number;
}

export function usePreview(dataset: string) {
  return useQuery({
    queryKey: ["data", "preview", dataset],
    queryFn: ({ signal }) => api<Preview>("GET", `/datasets/${encodeURIComponent(dataset)}/preview`, { query: { limit: 20 }, signal }),
    enabled: dataset !== "",
  });
}
