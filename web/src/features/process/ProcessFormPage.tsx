import { useTranslation } from "react-i18next";
import { useResources } from "@/api/hooks";
import type { ProcessSpec } from "@/api/types";
import { useCan } from "@/app/session";
import { DefinitionFormPage } from "@/features/write";
import { Loaded, Skeleton } from "@/ui";
import { NoProcess } from "./NoProcess";
import { ProcessForm } from "./ProcessForm";

/** Makes a process, or changes one. */
export function ProcessFormPage() {
  const { t } = useTranslation("process");
  const editor = useCan("editor");
  const metrics = useResources("metrics", editor);
  const events = useResources("events", editor);
  return (
    <DefinitionFormPage<ProcessSpec> plural="processes" title={(name) => (name === undefined ? t("form.new") : t("form.change", { name }))} lead={t("form.lead")} none={(name) => <NoProcess name={name} />}>
      {(existing, all) => (
        <Loaded query={metrics} skeleton={<Skeleton height={480} />}>
          {(ms) => (
            <Loaded query={events} skeleton={<Skeleton height={480} />}>
              {(es) => <ProcessForm existing={existing} taken={all.map((p) => p.metadata.name)} metrics={ms} events={es} />}
            </Loaded>
          )}
        </Loaded>
      )}
    </DefinitionFormPage>
  );
}
