import { useEffect, useRef } from "react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { refreshAll } from "@/api/hooks";
import type { Able, SyncRun, SyncStatus, Upcoming } from "./types";

const path = (name: string, rest = "") => `/datasets/${encodeURIComponent(name)}/sync${rest}`;
const key = ["data", "syncs"];

/** How all syncs stand, by dataset. */
export function useSyncs(enabled: boolean) {
  return useQuery({
    queryKey: [...key, "all"],
    queryFn: ({ signal }) => api<{ items: SyncStatus[] | null }>("GET", "/syncs", { signal }),
    select: (answer) => answer.items ?? [],
    enabled,
    refetchInterval: (query) => ((query.state.data?.items ?? []).some((s) => s.current !== undefined) ? 2000 : 30_000),
  });
}

/** How one sync stands; what it brought is seen as soon as a run ends. */
export function useSync(name: string) {
  const client = useQueryClient();
  const sync = useQuery({
    queryKey: [...key, name],
    queryFn: ({ signal }) => api<SyncStatus>("GET", path(name), { signal }),
    refetchInterval: (query) => (query.state.data?.current === undefined ? 15_000 : 1000),
  });
  const last = sync.data?.last;
  const ended = sync.data === undefined ? undefined : (last?.id ?? "");
  const at = last?.endedAt;
  const seen = useRef<string>(undefined);
  useEffect(() => {
    if (ended === undefined) return;
    // At first sight, what the page knows may be from before a run that has just ended.
    const news = seen.current === undefined ? at !== undefined && Date.now() - Date.parse(at) < 60_000 : seen.current !== ended;
    if (news && ended !== "") void refreshAll(client);
    seen.current = ended;
  }, [client, ended, at]);
  return sync;
}

/** When a schedule would have a dataset run; not asked without one. */
export function useUpcoming(name: string, schedule: SyncStatus["schedule"] | null) {
  return useQuery({
    queryKey: [...key, name, "upcoming", schedule],
    queryFn: ({ signal }) => api<Upcoming>("POST", path(name, "/upcoming"), { body: schedule, signal }),
    enabled: schedule !== null,
    refetchInterval: 30_000,
    retry: false,
  });
}

/** The ways in which a table of a connection can be read. Topics are listened to for a while. */
export function useModes(connection: string, table: string) {
  return useQuery({
    queryKey: ["data", "offer", connection, table, {}],
    queryFn: ({ signal }) => api<{ stream: Able }>("POST", `/connections/${encodeURIComponent(connection)}/proposal`, { body: { stream: table }, signal }),
    select: (offer) => offer.stream,
    staleTime: Infinity,
    retry: false,
  });
}

export interface SyncRequest {
  from?: string;
  to?: string;
  full?: boolean;
}

export function useStartSync(name: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: (body: SyncRequest) => api<SyncRun>("POST", path(name), { body }), onSettled: () => client.invalidateQueries({ queryKey: key }) });
}

export function useCancelSync() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (id: string) => api<SyncRun>("POST", `/syncs/${encodeURIComponent(id)}/cancel`), onSettled: () => client.invalidateQueries({ queryKey: key }) });
}

export function usePauseSync(name: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: (paused: boolean) => api<SyncStatus>("POST", path(name, paused ? "/pause" : "/resume")), onSettled: () => client.invalidateQueries({ queryKey: key }) });
}
