import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Asset, Impact, Kept, Lineage, ScoreHistory, Support } from "./types";

export function useAssets() {
  return useQuery({ queryKey: ["data", "assets"], queryFn: ({ signal }) => api<{ items: Asset[] }>("GET", "/data/assets", { signal }), select: (answer) => answer.items });
}

export function useLineage(of: string) {
  return useQuery({ queryKey: ["data", "lineage", of], queryFn: ({ signal }) => api<Lineage>("GET", "/lineage", { query: { of }, signal }) });
}

export function useImpact(dataset: string) {
  return useQuery({ queryKey: ["data", "impact", dataset], queryFn: ({ signal }) => api<Impact>("GET", `/data/impact/${encodeURIComponent(dataset)}`, { signal }) });
}

export function useSupport(of: string) {
  return useQuery({ queryKey: ["data", "support", of], queryFn: ({ signal }) => api<Support>("GET", "/support", { query: { of }, signal }) });
}

export function useKept(of: string) {
  return useQuery({ queryKey: ["data", "promise", of], queryFn: ({ signal }) => api<Kept>("GET", "/promise", { query: { of }, signal }) });
}

export function useScores(metric: string) {
  return useQuery({ queryKey: ["data", "score", metric], queryFn: ({ signal }) => api<ScoreHistory>("GET", `/metrics/${encodeURIComponent(metric)}/quality`, { signal }) });
}
