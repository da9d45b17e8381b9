import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useCan, useSession } from "@/app/session";
import { DefinitionFormPage } from "@/features/write";
import { Loaded, Notice, Skeleton } from "@/ui";
import { adopted, emptyDraft } from "./draft";
import { EventForm } from "./EventForm";
import { useProposals } from "./hooks";
import { NoEvent } from "./NoEvent";
import type { EventSpec } from "./types";

/** Makes an event of the plan, from nothing or from what is sent, or changes one. */
export function EventFormPage() {
  const { t } = useTranslation("events");
  const [search] = useSearchParams();
  const from = search.get("from") ?? "";
  const editor = useCan("editor");
  const { user } = useSession();
  const proposals = useProposals(editor && from !== "");
  return (
    <DefinitionFormPage<EventSpec> plural="events" title={(name) => (name === undefined ? t("form.new") : t("form.change", { name }))} lead={t("form.lead")} none={(name) => <NoEvent name={name} />}>
      {(existing, events) => {
        const { metadata, spec } = existing ?? emptyDraft(user?.name ?? "");
        const start = { metadata, spec };
        if (from === "") return <EventForm existing={existing} start={start} events={events} />;
        return (
          <Loaded query={proposals} skeleton={<Skeleton height={480} />}>
            {(list) => {
              const proposal = list.find((p) => p.name === from);
              return (
                <>
                  {proposal === undefined && <Notice tone="watch">{t("form.noProposal", { name: from })}</Notice>}
                  <EventForm existing={existing} start={proposal === undefined ? start : adopted(start, proposal)} events={events} />
                </>
              );
            }}
          </Loaded>
        );
      }}
    </DefinitionFormPage>
  );
}
