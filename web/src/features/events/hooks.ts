import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { refreshAll } from "@/api/hooks";
import type { Count, Message, Proposal, Replayed, Rule, Selection } from "./types";

export function useCounts() {
  return useQuery({
    queryKey: ["data", "events", "counts"],
    queryFn: ({ signal }) => api<{ items: Count[] }>("GET", "/events/quarantine/counts", { signal }),
    select: (answer) => answer.items,
  });
}

export function useMessages(of: Selection, enabled: boolean) {
  return useQuery({
    queryKey: ["data", "events", "messages", of],
    queryFn: ({ signal }) => api<{ items: Message[] }>("GET", "/events/quarantine", { query: { event: of.event, kind: of.kind, property: of.property, limit: 20 }, signal }),
    select: (answer) => answer.items,
    enabled,
  });
}

export const tryReplay = (of: Selection, rule: Rule | undefined) => api<Replayed>("POST", "/events/quarantine/replay", { body: { ...of, rule, dry: true } });

export function useReplay() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ of, rule }: { of: Selection; rule?: Rule }) => api<Replayed>("POST", "/events/quarantine/replay", { body: { ...of, rule } }),
    onSuccess: () => refreshAll(client),
  });
}

export function useEdit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, payload }: { id: number; payload: unknown }) => api<Replayed>("PUT", `/events/quarantine/${id}`, { body: { payload } }),
    onSuccess: () => refreshAll(client),
  });
}

export function useDismiss() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (of: Selection) => api<{ dismissed: number }>("POST", "/events/quarantine/dismiss", { body: of }), onSuccess: () => refreshAll(client) });
}

export function useProposals(enabled: boolean) {
  return useQuery({
    queryKey: ["data", "events", "proposals"],
    queryFn: ({ signal }) => api<{ items: Proposal[] }>("GET", "/events/proposals", { signal }),
    select: (answer) => answer.items,
    enabled,
  });
}

/** Takes a proposal into the plan as it is; what came before goes where it belongs now. */
export function useAccept() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (p: Proposal) => {
      await api<unknown>("POST", "/apply", { body: { files: [{ name: `${p.name}.yaml`, text: p.yaml }] } });
      return api<Replayed>("POST", "/events/quarantine/replay", { body: { event: p.name } });
    },
    onSuccess: () => refreshAll(client),
  });
}
