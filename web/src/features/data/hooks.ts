import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api } from "@/api/client";
import { refreshAll } from "@/api/hooks";
import type { DatasetSpec, FileFormat, Finding, Metadata, Resource } from "@/api/types";
import type { DataOverview, DatasetStatus, Detection, Load, LoadRequest, Preview, Profile, Recast, Rejects, Relation, Suggestion } from "./types";

const at = (name: string, rest: string) => `/datasets/${encodeURIComponent(name)}/${rest}`;

/** How all data stand; asked whenever the page is opened, since data become late by themselves. */
export function useData() {
  return useQuery({ queryKey: ["data", "overview"], queryFn: ({ signal }) => api<DataOverview>("GET", "/data", { signal }), refetchOnMount: "always" });
}

export function useStatus(name: string) {
  return useQuery({ queryKey: ["data", "status", name], queryFn: ({ signal }) => api<DatasetStatus>("GET", at(name, "status"), { signal }), retry: false });
}

export function usePreview(name: string, limit: number) {
  return useQuery({ queryKey: ["data", "preview", name, limit], queryFn: ({ signal }) => api<Preview>("GET", at(name, "preview"), { query: { limit }, signal }) });
}

export function useProfile(name: string) {
  return useQuery({ queryKey: ["data", "profile", name], queryFn: ({ signal }) => api<Profile>("GET", at(name, "profile"), { signal }) });
}

/** What a changed definition would do to the rows that are loaded. */
export function useRecast(name: string, spec: DatasetSpec, enabled: boolean) {
  return useQuery({
    queryKey: ["data", "recast", name, spec.columns],
    queryFn: ({ signal }) => api<Recast>("POST", at(name, "recast/preview"), { body: { spec }, signal }),
    enabled,
    retry: false,
  });
}

export function useRelations(name: string, enabled: boolean) {
  return useQuery({
    queryKey: ["data", "relations", name],
    queryFn: ({ signal }) => api<{ items: Relation[] | null }>("GET", at(name, "relations"), { signal }),
    select: (answer) => answer.items ?? [],
    enabled,
  });
}

export function useRejects(name: string) {
  return useInfiniteQuery({
    queryKey: ["data", "rejects", name],
    queryFn: ({ signal, pageParam }) => api<Rejects>("GET", at(name, "rejects"), { query: { cursor: pageParam, limit: 100 }, signal }),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** The runs of a dataset; asked again while one of them is under way. What one brought is seen as soon as it ends. */
export function useLoads(name: string) {
  const client = useQueryClient();
  const loads = useQuery({
    queryKey: ["data", "loads", name],
    queryFn: ({ signal }) => api<{ items: Load[] | null }>("GET", "/loads", { query: { dataset: name }, signal }),
    select: (answer) => answer.items ?? [],
    refetchInterval: (query) => (query.state.data?.items?.some((load) => load.state === "running") ? 1500 : false),
  });
  const ended = loads.data?.map((load) => load.endedAt ?? "").toSorted().at(-1);
  const seen = useRef<string>(undefined);
  useEffect(() => {
    if (ended === undefined) return;
    // At first sight, what the page knows may be from before a run that has just ended.
    const news = seen.current === undefined ? Date.now() - Date.parse(ended) < 60_000 : seen.current !== ended;
    if (news) void refreshAll(client);
    seen.current = ended;
  }, [client, ended]);
  return loads;
}

/** What can be joined to what among these datasets, judged by names and values. */
export function useSuggestions(datasets: string[]) {
  return useQuery({
    queryKey: ["data", "suggestions", datasets],
    queryFn: ({ signal }) => api<{ items: Suggestion[] | null }>("POST", "/relations/suggest", { body: { datasets }, signal }),
    select: (answer) => answer.items ?? [],
    enabled: datasets.length > 1,
  });
}

export function detect(upload: string, format: FileFormat, dataset: string | undefined): Promise<Detection> {
  return api<Detection>("POST", `/uploads/${encodeURIComponent(upload)}/detect`, { body: { format, dataset } });
}

export const dropUpload = (id: string) => api<void>("DELETE", `/uploads/${encodeURIComponent(id)}`);
export const startLoad = (body: LoadRequest) => api<Load>("POST", "/loads", { body });
export const loadOf = (id: string, signal?: AbortSignal) => api<Load>("GET", `/loads/${encodeURIComponent(id)}`, { signal });
export const cancelLoad = (id: string) => api<void>("DELETE", `/loads/${encodeURIComponent(id)}`);
export const loadsOf = async (dataset: string) => (await api<{ items: Load[] | null }>("GET", "/loads", { query: { dataset } })).items ?? [];

/** What the server would say of a definition, without storing it. JSON is YAML too. */
export async function validate(metadata: Metadata, spec: DatasetSpec): Promise<Finding[]> {
  const text = JSON.stringify({ kind: "Dataset", metadata, spec });
  const answer = await api<{ findings: Finding[] | null }>("POST", "/validate", { body: { files: [{ name: `${metadata.name}.yaml`, text }] } });
  return answer.findings ?? [];
}

export function useUndo(name: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => api<Load>("POST", at(name, "undo")), onSuccess: () => refreshAll(client) });
}

export function useCancel() {
  const client = useQueryClient();
  return useMutation({ mutationFn: cancelLoad, onSuccess: () => client.invalidateQueries({ queryKey: ["data", "loads"] }) });
}

/** Changes a dataset's definition as it is on the server now. */
export function useAmend() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, change }: { name: string; change: (now: DatasetSpec) => DatasetSpec }) => {
      const path = `/datasets/${encodeURIComponent(name)}`;
      const now = await api<Resource<DatasetSpec>>("GET", path);
      return api<Resource<DatasetSpec>>("PUT", path, { body: { metadata: now.metadata, spec: change(now.spec) }, headers: { "If-Match": `"${now.revision}"` } });
    },
    onSuccess: () => refreshAll(client),
  });
}
