import { useQuery } from "@tanstack/react-query";
import { allOf, useResources } from "./hooks";
import type { ColumnSpec, DatasetSpec, Resource, Text } from "./types";

/** What this needs of an event of the tracking plan. */
interface EventShape {
  ids?: string[];
  properties?: ColumnSpec[];
  onUnplanned?: string;
  relationships?: DatasetSpec["relationships"];
  dimensions?: DatasetSpec["dimensions"];
}

const common: ColumnSpec[] = [
  { name: "message_id", type: "string", title: { zh: "消息编号", en: "Message id" } },
  { name: "user_id", type: "string", entity: "user_id", title: { zh: "用户编号", en: "User id" } },
  { name: "anonymous_id", type: "string", entity: "anonymous_id", title: { zh: "匿名编号", en: "Anonymous id" } },
  { name: "time", type: "timestamp", title: { zh: "发生时间", en: "Time" } },
  { name: "received_at", type: "timestamp", title: { zh: "接收时间", en: "Received" } },
  { name: "source", type: "string", title: { zh: "来源", en: "Source" } },
];

/** The dataset that an event's rows are, as the server makes it. */
export function tableOf(event: Resource<EventShape>): Resource<DatasetSpec> {
  const { ids = [], properties = [], onUnplanned, relationships, dimensions } = event.spec;
  const carried = ids.filter((id) => id !== "user_id" && id !== "anonymous_id" && !properties.some((p) => p.name === id));
  const columns = [
    ...common,
    ...properties.map(({ name, type, precision, scale, title, entity }) => ({ name, type, precision, scale, title, entity })),
    ...carried.map((name) => ({ name, type: "string" as const, entity: name })),
    ...(onUnplanned === undefined || onUnplanned === "keep" ? [{ name: "extra", type: "string" as const, title: { zh: "计划外属性", en: "Other properties" } }] : []),
  ];
  return { ...event, kind: "Dataset", spec: { columns, primaryKey: ["message_id"], time: "time", relationships, dimensions } };
}

/** Everything that a metric may count: the datasets and the events of the plan. */
export function useTables(enabled = true) {
  return useQuery({
    queryKey: ["defs", "tables"],
    queryFn: async ({ signal }) => {
      const [datasets, events] = await Promise.all([allOf<DatasetSpec>("datasets", signal), allOf<EventShape>("events", signal)]);
      return [...datasets, ...events.map(tableOf)];
    },
    structuralSharing: false,
    enabled,
  });
}

/** What people say of themselves besides doing things: who they are now, and who they were. */
export const callTables: { name: string; title: Text; columns: ColumnSpec[] }[] = [
  { name: "identifies", title: { zh: "身份上报", en: "Identify calls" }, columns: common },
  { name: "aliases", title: { zh: "编号合并", en: "Alias calls" }, columns: [...common, { name: "previous_id", type: "string", title: { zh: "原编号", en: "Previous id" } }] },
  { name: "groups", title: { zh: "组织归属", en: "Group calls" }, columns: [...common, { name: "group_id", type: "string", title: { zh: "组织编号", en: "Group id" } }] },
];

interface WithLinks {
  ids: (string | { name: string })[];
  links?: unknown[];
}

/** What counts whom a row is of, whichever ids it comes by: for each entity whose ids are linked and of which the columns have one. */
export function unifiedOf(columns: readonly ColumnSpec[], entities: readonly Resource<WithLinks>[]): { expr: string; entity: Resource<WithLinks> }[] {
  return entities
    .filter(({ spec }) => (spec.links ?? []).length > 0 && columns.some((c) => c.entity !== undefined && spec.ids.some((id) => (typeof id === "string" ? id : id.name) === c.entity)))
    .map((entity) => ({ expr: `unified_${entity.metadata.name}.id`, entity }));
}

export const useEntities = () => useResources<WithLinks>("entities");
