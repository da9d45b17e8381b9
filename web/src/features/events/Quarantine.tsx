import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useReport } from "@/api/events";
import { useResources } from "@/api/hooks";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { formatFull } from "@/lib/number";
import { useUrlState } from "@/lib/url";
import { Button, Card, Chip, ConfirmButton, Empty, Loaded, SelectField, Skeleton, useErrorText, useToast } from "@/ui";
import { useCounts, useDismiss, useMessages, useReplay } from "./hooks";
import { EditDialog } from "./EditDialog";
import { MendDialog } from "./MendDialog";
import styles from "./events.module.css";
import type { Count, EventSpec, Message } from "./types";

const selectionOf = (c: Count) => ({ event: c.event, kind: c.kind, property: c.property === "" ? undefined : c.property });

/** Messages of one reason, as they were sent. */
function Messages({ of, onEdit }: { of: Count; onEdit: (m: Message) => void }) {
  const { t } = useTranslation("events");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const messages = useMessages(selectionOf(of), true);
  return (
    <Loaded query={messages} skeleton={<Skeleton height={80} />}>
      {(list) => (
        <ul className={styles["reasons"]}>
          {list.map((m) => (
            <li key={m.id}>
              <span className={styles["chips"]}>
                <code>{m.messageId}</code> <span className={styles["muted"]}>{formatInstant(m.received, zone, lang)}</span> <span className={styles["muted"]}>{m.source}</span>
              </span>
              <Button small icon="edit" onClick={() => onEdit(m)}>
                {t("edit")}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}

function Reason({ of, title, property, open, onOpen, onMend, onEdit }: { of: Count; title: string; property: string; open: boolean; onOpen: () => void; onMend: () => void; onEdit: (m: Message) => void }) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  const editor = useCan("editor");
  const say = useToast();
  const textOf = useErrorText();
  const dismiss = useDismiss();
  return (
    <li>
      <div>
        <p className={styles["chips"]}>
          <strong title={of.event}>{title}</strong> <Chip tone="bad">{t(`kind.${of.kind}`)}</Chip> {property} {of.property !== "" && <code>{of.property}</code>} <span>{t("messages", { count: of.n, n: formatFull(of.n, lang) })}</span>
        </p>
        <p className={styles["muted"]}>{pick(of.text)}</p>
        {open && <Messages of={of} onEdit={onEdit} />}
      </div>
      {editor && (
        <span className={styles["chips"]}>
          <Button small aria-expanded={open} onClick={onOpen}>
            {open ? t("hide") : t("show")}
          </Button>
          <Button small variant="primary" onClick={onMend}>
            {t("mend.open")}
          </Button>
          <ConfirmButton small label={t("dismiss.label")} title={t("dismiss.title")} onConfirm={() => dismiss.mutate(selectionOf(of), { onError: (error) => say(textOf(error), "bad") })}>
            {t("dismiss.text", { count: of.n })}
          </ConfirmButton>
        </span>
      )}
    </li>
  );
}

/** What breaks the plan, by reason: to look at, mend and store after all. */
export function Quarantine() {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  const editor = useCan("editor");
  const counts = useCounts();
  const report = useReport();
  const definitions = useResources<EventSpec>("events");
  const propertyOf = (c: Count) => pick(definitions.data?.find((d) => d.metadata.name === c.event)?.spec.properties?.find((p) => p.name === c.property)?.title);
  const titleOf = (name: string) => pick(report.data?.events.find((e) => e.name === name)?.title, name);
  const replay = useReplay();
  const say = useToast();
  const textOf = useErrorText();
  const [event, setEvent] = useUrlState("event");
  const [open, setOpen] = useState("");
  const [mending, setMending] = useState<Count | null>(null);
  const [editing, setEditing] = useState<Message | null>(null);
  const again = () =>
    replay.mutate(
      { of: event === "" ? {} : { event } },
      { onSuccess: (done) => say(t("replayed", { stored: formatFull(done.stored, lang), left: formatFull(done.left, lang) })), onError: (error) => say(textOf(error), "bad") },
    );
  return (
    <Loaded query={counts} skeleton={<Skeleton height={240} />}>
      {(all) => {
        const events = [...new Set(all.map((c) => c.event))].sort();
        const shown = all.filter((c) => event === "" || c.event === event);
        return all.length === 0 ? (
          <Card>
            <Empty icon="check" title={t("clean")}>
              {t("cleanText")}
            </Empty>
          </Card>
        ) : (
          <Card
            title={t("tab.quarantine")}
            actions={
              editor ? (
                <Button icon="play" busy={replay.isPending} onClick={again}>
                  {t("again")}
                </Button>
              ) : undefined
            }
          >
            <div className={styles["stack"]}>
              {events.length > 1 && <SelectField label={t("onlyEvent")} value={event} options={[{ value: "", label: t("allEvents") }, ...events.map((value) => ({ value, label: titleOf(value) }))]} onChange={(e) => setEvent(e.target.value)} />}
              <ul className={styles["reasons"]}>
                {shown.map((c) => {
                  const key = `${c.event} ${c.kind} ${c.property}`;
                  return <Reason key={key} of={c} title={titleOf(c.event)} property={propertyOf(c)} open={open === key} onOpen={() => setOpen(open === key ? "" : key)} onMend={() => setMending(c)} onEdit={setEditing} />;
                })}
              </ul>
            </div>
            {mending !== null && <MendDialog of={mending} title={titleOf(mending.event)} onClose={() => setMending(null)} />}
            {editing !== null && <EditDialog message={editing} title={titleOf(editing.event)} onClose={() => setEditing(null)} />}
          </Card>
        );
      }}
    </Loaded>
  );
}
