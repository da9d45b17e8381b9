import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";

// Kept sums of a dataset: how they are doing.

export interface RollupSpec {
  dataset: string;
  grain?: string;
  dimensions?: string[];
  metrics?: string[];
}

export interface RollupStatus {
  name: string;
  dataset: string;
  state: "fresh" | "behind" | "empty" | "failed";
  rows: number;
  base: number;
  builtAt?: string;
  error?: string;
  hits: number;
  misses?: Record<string, number>;
}

export interface RollupCheck {
  name: string;
  compared: number;
  different: string[] | null;
}

export function useRollups() {
  return useQuery({ queryKey: ["data", "rollups"], queryFn: ({ signal }) => api<{ items: RollupStatus[] }>("GET", "/data/rollups", { signal }), select: (answer) => answer.items });
}

export function useRefresh() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => api<RollupStatus>("POST", `/rollups/${encodeURIComponent(name)}/refresh`),
    onSettled: () => client.invalidateQueries({ queryKey: ["data", "rollups"] }),
  });
}

export const useVerify = () => useMutation({ mutationFn: (name: string) => api<RollupCheck>("POST", `/rollups/${encodeURIComponent(name)}/verify`) });

/** Why a question was answered from the rows, as a person may read it; `of` is what is missing. */
export function missOf(reason: string): { why: "behind" | "split" | "holds" | "time" | "zone" | "range" | "rows"; of: string } {
  const split = /^it is not split by (?!time$)(.+)$/.exec(reason);
  if (split !== null) return { why: "split", of: split[1] ?? "" };
  const holds = /^it does not hold (.+)$/.exec(reason);
  if (holds !== null) return { why: "holds", of: holds[1] ?? "" };
  if (reason === "behind") return { why: "behind", of: "" };
  if (reason.includes("time zone") || reason.includes("weeks or years begin")) return { why: "zone", of: "" };
  if (reason.includes("range ends inside")) return { why: "range", of: "" };
  if (reason.includes("split by time") || reason.includes("another time") || reason.includes("periods are longer")) return { why: "time", of: "" };
  return { why: "rows", of: "" };
}
