import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api } from "@/api/client";
import { useSettled } from "@/features/write";
import type { Draft, Preview, Table } from "./types";

/** The datasets that steps can read. */
export function useTables() {
  return useQuery({ queryKey: ["defs", "preparation", "tables"], queryFn: ({ signal }) => api<{ items: Table[] }>("GET", "/preparation/tables", { signal }), select: (a) => a.items });
}

/** The table after a step, a moment after the steps stopped changing; until then `stale` is the one before. An overtaken question is cancelled. */
export function usePreview(draft: Draft, step: number) {
  const wanted = JSON.stringify({ from: draft.from, steps: draft.steps, step, rows: 50 });
  const body = useSettled(wanted, 400);
  const answer = useQuery({
    queryKey: ["data", "preparation", body],
    queryFn: ({ signal }) => api<Preview>("POST", "/preparation/preview", { body: JSON.parse(body) as unknown, signal }),
    enabled: draft.from !== "",
    placeholderData: (previous) => previous,
    retry: false,
  });
  return { ...answer, stale: wanted !== body || answer.isFetching };
}

/** Gives the most frequent values of a column after a step. */
export function useLook(draft: Draft, step: number): (column: string) => Promise<string[]> {
  const client = useQueryClient();
  return useCallback(
    async (column) => {
      const body = { from: draft.from, steps: draft.steps.slice(0, step), step, rows: 1, values: column };
      const found = await client.fetchQuery({ queryKey: ["data", "preparation", "values", body], queryFn: () => api<Preview>("POST", "/preparation/preview", { body }), retry: false });
      return (found.values ?? []).flatMap((v) => (v.value === null ? [] : [String(v.value)]));
    },
    [client, draft, step],
  );
}
