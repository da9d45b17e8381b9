import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";

/** A key with which a source sends events, without what it is made of. */
export interface WriteKey {
  name: string;
  /** Calls that it may make; none for all. */
  calls: string[];
  on: boolean;
  by: string;
  at: string;
  /** The first characters, to tell keys apart. */
  start: string;
  usedAt?: string;
}

/** The calls of the protocol. */
export const calls = ["track", "identify", "page", "screen", "group", "alias"];

const key = ["events", "keys"];
const at = (name: string) => `/events/keys/${encodeURIComponent(name)}`;

export const useWriteKeys = (enabled: boolean) => useQuery({ queryKey: key, queryFn: ({ signal }) => api<{ items: WriteKey[] }>("GET", "/events/keys", { signal }), select: (answer) => answer.items, enabled, refetchInterval: 15_000 });

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; calls: readonly string[] }) => api<WriteKey & { writeKey: string }>("POST", "/events/keys", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
    gcTime: 0, // the key is not kept on the page
  });
}

export function useChangeKey() {
  const client = useQueryClient();
  const done = () => client.invalidateQueries({ queryKey: key });
  return {
    toggle: useMutation({ mutationFn: ({ name, on }: { name: string; on: boolean }) => api<WriteKey>("PATCH", at(name), { body: { on } }), onSuccess: done }),
    revoke: useMutation({ mutationFn: (name: string) => api<void>("DELETE", at(name)), onSuccess: done }),
  };
}
