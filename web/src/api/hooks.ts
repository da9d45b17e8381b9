import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { inReadingOrder } from "./dimensions";
import type {
  Change,
  DatasetSpec,
  DimensionInfo,
  ExplainRequest,
  Explanation,
  NorthStar,
  Page,
  Plural,
  QueryRequest,
  QueryResult,
  References,
  Resource,
  Metadata,
  SearchHit,
  Session,
  TreeState,
} from "./types";

// Query keys start with what the data depend on: "session", "defs" (changes
// when definitions do) or "data" (changes with definitions and with loads).

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => api<Session>("GET", "/session", { signal }),
  staleTime: Infinity,
  retry: false,
});

/** After definitions or rows changed: everything computed from them is asked again. */
export async function refreshAll(client: QueryClient): Promise<void> {
  await Promise.all([client.invalidateQueries({ queryKey: ["defs"] }), client.invalidateQueries({ queryKey: ["data"] })]);
}

export function useNorthStar() {
  return useQuery({ queryKey: ["data", "north-star"], queryFn: ({ signal }) => api<NorthStar>("GET", "/north-star", { signal }) });
}

/** State of a tree in the period that begins on `periodFrom`; empty for the newest. */
export function useTreeState(tree: string | null, periodFrom: string, enabled = true) {
  return useQuery({
    queryKey: ["data", "tree", tree, periodFrom],
    queryFn: ({ signal }) =>
      api<TreeState>("GET", `/trees/${encodeURIComponent(tree ?? "")}/state`, { query: { period_from: periodFrom }, signal }),
    enabled: enabled && tree !== null,
    placeholderData: (previous) => previous,
  });
}

export function useExplain(request: ExplainRequest | null) {
  return useQuery({
    queryKey: ["data", "explain", request],
    queryFn: ({ signal }) => api<Explanation>("POST", "/explain", { body: request, signal }),
    enabled: request !== null,
  });
}

export function useRun(request: QueryRequest | null, keepPrevious = false) {
  return useQuery({
    queryKey: ["data", "query", request],
    queryFn: ({ signal }) => api<QueryResult>("POST", "/query", { body: request, signal }),
    enabled: request !== null,
    placeholderData: keepPrevious ? (previous) => previous : undefined,
  });
}

const dimensionsOf = (answer: { items: DimensionInfo[] | null }) => inReadingOrder(answer.items ?? []);

export function useDimensions(metrics: string[], enabled = true) {
  return useQuery({
    queryKey: ["defs", "dimensions", metrics],
    queryFn: ({ signal }) => api<{ items: DimensionInfo[] | null }>("POST", "/dimensions", { body: { metrics }, signal }),
    select: dimensionsOf,
    enabled,
  });
}

/**
 * Columns of datasets that are made by steps follow from them and are not part
 * of the definition. They are filled in where pages read columns, in a way that
 * is neither copied nor stored with it.
 */
async function withColumns<S>(plural: Plural, items: Resource<S>[], signal: AbortSignal): Promise<Resource<S>[]> {
  const bare = plural === "datasets" ? items.filter(({ spec }) => (spec as Partial<DatasetSpec>).source?.from !== undefined && (spec as Partial<DatasetSpec>).columns === undefined) : [];
  if (bare.length === 0) return items;
  const { items: tables } = await api<{ items: { dataset: string; columns: unknown[] }[] }>("GET", "/preparation/tables", { signal });
  for (const r of bare) Object.defineProperty(r.spec, "columns", { value: tables.find((t) => t.dataset === r.metadata.name)?.columns ?? [], enumerable: false });
  return items;
}

/** Every resource of a kind (a workspace holds a few thousand at most). */
export async function allOf<S>(plural: Plural, signal: AbortSignal): Promise<Resource<S>[]> {
  const items: Resource<S>[] = [];
  let cursor: string | undefined;
  do {
    const page = await api<Page<Resource<S>>>("GET", `/${plural}`, { query: { limit: 500, cursor }, signal });
    items.push(...(page.items ?? []));
    cursor = page.next || undefined;
  } while (cursor !== undefined);
  return withColumns(plural, items, signal);
}

/** Every resource of a kind, asked again when definitions change. */
export function useResources<S>(plural: Plural, enabled = true) {
  return useQuery({
    queryKey: ["defs", plural],
    queryFn: ({ signal }) => allOf<S>(plural, signal),
    structuralSharing: plural !== "datasets",
    enabled,
  });
}

export function useResource<S>(plural: Plural, name: string | undefined) {
  return useQuery({
    queryKey: ["defs", plural, name],
    queryFn: async ({ signal }) => {
      const [resource] = await withColumns(plural, [await api<Resource<S>>("GET", `/${plural}/${encodeURIComponent(name ?? "")}`, { signal })], signal);
      return resource as Resource<S>;
    },
    structuralSharing: plural !== "datasets",
    enabled: name !== undefined && name !== "",
  });
}

export function useReferences(plural: Plural, name: string | undefined) {
  return useQuery({
    queryKey: ["defs", plural, name, "references"],
    queryFn: ({ signal }) => api<References>("GET", `/${plural}/${encodeURIComponent(name ?? "")}/references`, { signal }),
    enabled: name !== undefined && name !== "",
  });
}

/** What was changed of something (Kind/name) and of all that flows into it, newest first. */
export function useChanges(of: string) {
  return useQuery({ queryKey: ["defs", "changes", of], queryFn: ({ signal }) => api<{ items: Change[] }>("GET", "/lineage/changes", { query: { of }, signal }), select: (answer) => answer.items });
}

export function useSearch(q: string) {
  return useQuery({
    queryKey: ["defs", "search", q],
    queryFn: ({ signal }) => api<{ items: SearchHit[] | null }>("GET", "/search", { query: { q }, signal }),
    enabled: q.trim() !== "",
    select: (answer) => answer.items ?? [],
    placeholderData: (previous) => previous,
  });
}

export interface PutArgs<S> {
  metadata: Metadata;
  spec: S;
  /** Revision the edit started from; 0 says the resource must not exist yet; undefined overwrites. */
  revision?: number;
}

/** Stores a resource and asks again for all that depends on it. */
export function usePut<S>(plural: Plural) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ metadata, spec, revision }: PutArgs<S>) => {
      const headers: Record<string, string> = {};
      if (revision === 0) headers["If-None-Match"] = "*";
      else if (revision !== undefined) headers["If-Match"] = `"${revision}"`;
      return api<Resource<S>>("PUT", `/${plural}/${encodeURIComponent(metadata.name)}`, { body: { metadata, spec }, headers });
    },
    onSuccess: () => refreshAll(client),
  });
}

export function useDelete(plural: Plural) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, cascade }: { name: string; cascade?: boolean }) =>
      api<void>("DELETE", `/${plural}/${encodeURIComponent(name)}`, { query: { cascade } }),
    onSuccess: () => refreshAll(client),
  });
}
