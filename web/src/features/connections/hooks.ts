import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { refreshAll } from "@/api/hooks";
import type { FileFormat, Metadata, Resource } from "@/api/types";
import type { ConnectionSpec, Glimpse, Offer, SourcedSpec, Stream, Trial } from "./types";

const at = (name: string, rest = "") => `/connections/${encodeURIComponent(name)}${rest}`;

export function useStreams(name: string) {
  return useQuery({
    queryKey: ["data", "streams", name],
    queryFn: ({ signal }) => api<{ items: Stream[] }>("GET", at(name, "/streams"), { signal }),
    select: (answer) => answer.items,
    retry: false,
  });
}

/** A dataset that could read a stream; `format` says how files are written, where the look into one was wrong. */
export function useOffer(name: string, stream: string, format: FileFormat = {}) {
  return useQuery({
    queryKey: ["data", "offer", name, stream, format],
    queryFn: ({ signal }) => api<Offer>("POST", at(name, "/proposal"), { body: { stream, format: Object.keys(format).length > 0 ? format : undefined }, signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity, // what a person has said of it must not change under the hands
    retry: false,
  });
}

export const tryStored = (name: string) => api<Trial>("POST", at(name, "/test"));

/** Secrets that were typed, by their names in the vault; they are used for the trial, and not kept. */
type Typed = Record<string, string>;
export const tryDraft = (spec: ConnectionSpec, secrets: Typed) => api<Trial>("POST", "/connections/test", { body: { spec, secrets } });
export const peekDraft = (spec: ConnectionSpec, secrets: Typed, stream: string) => api<Glimpse>("POST", "/connections/peek", { body: { spec, secrets, stream } });

/** Gives the vault what was typed. Nothing of it stays on the page. */
export const keepSecret = (name: string, value: string) => api<unknown>("PUT", `/secrets/${encodeURIComponent(name)}`, { body: { value } });

export function useSaveConnection() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ metadata, spec, revision }: { metadata: Metadata; spec: ConnectionSpec; revision: number | null }) =>
      api<Resource<ConnectionSpec>>("PUT", at(metadata.name), { body: { metadata, spec }, headers: revision === null ? { "If-None-Match": "*" } : { "If-Match": `"${revision}"` } }),
    onSuccess: () => refreshAll(client),
  });
}

export function useDeleteConnection() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (name: string) => api<void>("DELETE", at(name)), onSuccess: () => refreshAll(client) });
}

/** Defines a dataset that reads a stream; a copied one begins to sync at once. */
export function useBringIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ metadata, spec }: { metadata: Metadata; spec: SourcedSpec }) => {
      await api<unknown>("PUT", `/datasets/${encodeURIComponent(metadata.name)}`, { body: { metadata, spec }, headers: { "If-None-Match": "*" } });
      if (spec.source?.sync !== undefined) await api<unknown>("POST", `/datasets/${encodeURIComponent(metadata.name)}/sync`, { body: {} });
    },
    onSuccess: () => refreshAll(client),
  });
}
