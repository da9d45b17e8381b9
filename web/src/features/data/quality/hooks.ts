import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { refreshAll } from "@/api/hooks";
import type { EntryReport, QualityReport, QualityRun, RuleSuggestion, Scores } from "./types";

const at = (name: string, rest = "") => `/datasets/${encodeURIComponent(name)}/quality${rest}`;

export function useScores() {
  return useQuery({ queryKey: ["data", "quality"], queryFn: ({ signal }) => api<Scores>("GET", "/data/quality", { signal }) });
}

export function useQuality(name: string) {
  return useQuery({ queryKey: ["data", "quality", name], queryFn: ({ signal }) => api<QualityReport>("GET", at(name), { signal }) });
}

/** What was found over time, the newest first. */
export function useQualityRuns(name: string) {
  return useQuery({
    queryKey: ["data", "quality", name, "runs"],
    queryFn: ({ signal }) => api<{ items: QualityRun[] | null }>("GET", at(name, "/runs"), { query: { limit: 30 }, signal }),
    select: (answer) => answer.items ?? [],
  });
}

export function useRunQuality(name: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => api<QualityRun>("POST", at(name, "/run"), { body: {} }), onSuccess: () => refreshAll(client) });
}

/** Confirms what a rule of kind inspection asks. */
export function useInspect(name: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: (body: { rule: string; note: string }) => api<QualityRun>("POST", at(name, "/inspections"), { body }), onSuccess: () => refreshAll(client) });
}

/** Rules that the rows keep already. */
export function useRuleSuggestions(name: string, enabled: boolean) {
  return useQuery({
    queryKey: ["data", "quality", name, "suggestions"],
    queryFn: ({ signal }) => api<{ items: RuleSuggestion[] | null }>("GET", at(name, "/suggestions"), { signal }),
    select: (answer) => answer.items ?? [],
    enabled,
  });
}

export interface EntryColumns {
  reporter: string;
  value: string;
  entered: string;
}

/** Values entered by hand, each reporter against the others. */
export function useEntry(name: string, { reporter, value, entered }: EntryColumns) {
  return useQuery({
    queryKey: ["data", "quality", name, "entry", reporter, value, entered],
    queryFn: ({ signal }) => api<EntryReport>("GET", at(name, "/entry"), { query: { reporter, value, entered: entered || undefined }, signal }),
    enabled: reporter !== "" && value !== "",
    retry: false,
  });
}
