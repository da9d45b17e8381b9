import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { useResources } from "@/api/hooks";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Denied, Loaded, Notice, Page, PageHead, Skeleton } from "@/ui";
import { adopted, emptyDraft } from "./draft";
import { EventForm } from "./EventForm";
import { useProposals } from "./hooks";
import { NoEvent } from "./NoEvent";
import type { EventSpec } from "./types";

/** Makes an event of the plan, from nothing or from what is sent, or changes one. */
export function EventFormPage() {
  const { t } = useTranslation("events");
  const { pick } = useText();
  const { name } = useParams();
  const [search] = useSearchParams();
  const from = search.get("from") ?? "";
  const editor = useCan("editor");
  const { user } = useSession();
  const all = useResources<EventSpec>("events", editor);
  const proposals = useProposals(editor && from !== "");
  const title = name === undefined ? t("form.new") : t("form.change", { name: pick(all.data?.find((e) => e.metadata.name === name)?.metadata.title, name) });
  useTitle(title);
  if (!editor) {
    return (
      <Page>
        <Denied />
      </Page>
    );
  }
  const skeleton = <Skeleton height={480} />;
  return (
    <Page narrow>
      <PageHead title={title} lead={t("form.lead")} />
      <Loaded query={all} skeleton={skeleton}>
        {(events) => {
          const existing = events.find((e) => e.metadata.name === name) ?? null;
          if (name !== undefined && existing === null) return <NoEvent name={name} />;
          const begin = existing ?? emptyDraft(user?.name ?? "");
          const start = { metadata: begin.metadata, spec: begin.spec };
          if (from === "") return <EventForm key={existing?.revision ?? 0} existing={existing} start={start} events={events} />;
          return (
            <Loaded query={proposals} skeleton={skeleton}>
              {(list) => {
                const proposal = list.find((p) => p.name === from);
                return (
                  <>
                    {proposal === undefined && <Notice tone="watch">{t("form.noProposal", { name: from })}</Notice>}
                    <EventForm key={existing?.revision ?? 0} existing={existing} start={proposal === undefined ? start : adopted(start, proposal)} events={events} />
                  </>
                );
              }}
            </Loaded>
          );
        }}
      </Loaded>
    </Page>
  );
}
