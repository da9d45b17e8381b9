import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { useTranslation } from "react-i18next";
import { refreshAll } from "@/api/hooks";
import { callTables, useTables } from "@/api/tables";
import { useText } from "@/i18n/useText";
import type { Claim, EntitySpec, Id, Report, Trial, Who } from "./types";

const at = (entity: string, rest = "") => `/entities/${encodeURIComponent(entity)}/identity${rest}`;

/** What people call where a link comes from: a dataset, an event, a call, or a person. */
export function useSourceTitle(): (name: string) => string {
  const { t } = useTranslation("identity");
  const { pick } = useText();
  const tables = useTables();
  return (name) => (name === "people" ? t("who.people") : pick(tables.data?.find((x) => x.metadata.name === name)?.metadata.title ?? callTables.find((x) => x.name === name)?.title, name));
}

export function useReports(entity: string, enabled = true) {
  return useQuery({
    queryKey: ["data", "identity", entity],
    queryFn: ({ signal }) => api<{ items: Report[] }>("GET", at(entity), { signal }),
    enabled,
    select: (answer) => answer.items,
  });
}

/** The strongest conflicts, and whether there are more of them. */
export function useConflicts(entity: string, most: number) {
  return useQuery({
    queryKey: ["data", "identity", entity, "conflicts", most],
    queryFn: ({ signal }) => api<{ items: Claim[] }>("GET", at(entity, "/conflicts"), { query: { limit: most + 1 }, signal }),
    select: ({ items }) => ({ shown: items.slice(0, most), more: items.length > most }),
    placeholderData: keepPreviousData,
  });
}

export function useWho(entity: string, id: Id | null) {
  return useQuery({
    queryKey: ["data", "identity", entity, "find", id],
    queryFn: ({ signal }) => api<Who>("GET", at(entity, "/find"), { query: { kind: id?.kind, value: id?.value }, signal }),
    enabled: id !== null,
    retry: false,
  });
}

export function useRefresh(entity: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => api<Report>("POST", at(entity, "/refresh")), onSuccess: () => refreshAll(client) });
}

export interface Verdict {
  a: Id;
  b: Id;
  together: boolean;
  why: string;
}

/** Says that two ids are of one entity or are not; null forgets what was said. */
export function useDecide(entity: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ undo, ...body }: Verdict & { undo?: boolean }) => api<Report>("POST", at(entity, undo === true ? "/decisions/undo" : "/decisions"), { body }),
    onSuccess: () => refreshAll(client),
  });
}

/** What a definition would make of the links that there are; nothing is kept. */
export const tryEntity = (entity: string, spec: EntitySpec) => api<Trial>("POST", at(entity, "/trial"), { body: { spec } });
