import { useTranslation } from "react-i18next";
import { useResources } from "@/api/hooks";
import { useText } from "@/i18n/useText";

/** A kind of ids, and whose they are. */
export interface IdKind {
  name: string;
  label: string;
}

interface WithIds {
  ids: (string | { name: string })[];
}

/** The kinds of ids there are: those of every message, then those of the entities. */
export function useIdKinds(): IdKind[] {
  const { t } = useTranslation("events");
  const { pick } = useText();
  const entities = useResources<WithIds>("entities").data ?? [];
  const of = new Map<string, string>();
  for (const { metadata, spec } of entities) for (const id of spec.ids) of.set(typeof id === "string" ? id : id.name, pick(metadata.title, metadata.name));
  const names = [...new Set(["user_id", "anonymous_id", ...of.keys()])];
  return names.map((name) => ({ name, label: of.has(name) ? t("form.idOf", { id: name, entity: of.get(name) }) : name }));
}
