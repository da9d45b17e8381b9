import { useTranslation } from "react-i18next";
import { useEntities } from "@/api/tables";
import { useText } from "@/i18n/useText";

/** A kind of ids, and whose they are. */
export interface IdKind {
  name: string;
  label: string;
}

/** The kinds of ids there are: those of every message, those of the entities, and those that are in use besides. */
export function useIdKinds(used: readonly (string | undefined)[] = []): IdKind[] {
  const { t } = useTranslation("write");
  const { pick } = useText();
  const entities = useEntities().data ?? [];
  const of = new Map<string, string>();
  for (const { metadata, spec } of entities) for (const id of spec.ids) of.set(typeof id === "string" ? id : id.name, pick(metadata.title, metadata.name));
  const names = [...new Set(["user_id", "anonymous_id", ...of.keys(), ...used.filter((u) => u !== undefined)])];
  return names.map((name) => ({ name, label: of.has(name) ? t("idOf", { id: name, entity: of.get(name) }) : name }));
}
