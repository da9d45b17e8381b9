import type { Definition } from "@/features/write";
import type { EventSpec, Property, Proposal } from "./types";

// An event of the plan as the form holds it: the definition itself, so that keys
// which the form does not show stay.

export type EventDraft = Definition<EventSpec>;

export const propertyTypes = ["string", "integer", "decimal", "float", "boolean", "date", "timestamp"] as const;

export const emptyDraft = (owner: string): EventDraft => ({ metadata: { name: "", owner: owner || undefined }, spec: { ids: ["user_id"] } });

/** What a property's type has no use for goes. */
export function fitted(p: Property): Property {
  const number = p.type === "integer" || p.type === "decimal" || p.type === "float";
  const title = (p.title?.zh ?? "") === "" && (p.title?.en ?? "") === "" ? undefined : p.title;
  return {
    ...p,
    title,
    min: number ? p.min : undefined,
    max: number ? p.max : undefined,
    pattern: p.type === "string" ? p.pattern : undefined,
    values: p.type === "string" || p.type === "integer" ? p.values : undefined,
    precision: p.type === "decimal" ? p.precision : undefined,
    scale: p.type === "decimal" ? p.scale : undefined,
  };
}

/** A draft with what a proposal has besides; what somebody wrote stays. */
export function adopted(draft: EventDraft, p: Proposal): EventDraft {
  const { metadata, spec } = draft;
  const properties = spec.properties ?? [];
  const more = (p.spec.properties ?? []).filter((x) => !properties.some((own) => own.name === x.name));
  return {
    metadata: { ...metadata, name: metadata.name || p.name, title: metadata.title ?? p.metadata.title },
    spec: { ...spec, names: spec.names ?? p.spec.names, properties: [...properties, ...more] },
  };
}

/** A list with an entry put in or taken out; undefined when nothing is left. */
export function toggled(list: readonly string[] | undefined, entry: string, on: boolean): string[] | undefined {
  const rest = (list ?? []).filter((x) => x !== entry);
  const next = on ? [...rest, entry] : rest;
  return next.length === 0 ? undefined : next;
}
