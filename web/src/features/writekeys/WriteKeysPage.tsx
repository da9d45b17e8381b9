import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatAgo, formatInstant } from "@/lib/date";
import { useTitle } from "@/lib/title";
import { Button, Card, Chip, ConfirmButton, Denied, Empty, LinkButton, Loaded, Page, PageHead, Skeleton, Table, useErrorText, useToast } from "@/ui";
import { useChangeKey, useWriteKeys, type WriteKey } from "./hooks";
import { NewKey } from "./NewKey";
import { Snippets } from "./Snippets";
import styles from "./writekeys.module.css";

function Keys({ keys }: { keys: WriteKey[] }) {
  const { t } = useTranslation("writekeys");
  const { lang } = useText();
  const say = useToast();
  const textOf = useErrorText();
  const { toggle, revoke } = useChangeKey();
  const onError = (error: unknown) => say(textOf(error), "bad");
  return (
    <Table
      label={t("title")}
      rows={keys}
      rowKey={(k) => k.name}
      columns={[
        { key: "name", title: t("list.source"), head: true, sort: (k) => k.name, cell: (k) => <code>{k.name}</code> },
        { key: "key", title: t("list.key"), cell: (k) => <code>{k.start}…</code> },
        { key: "state", title: t("list.state"), sort: (k) => Number(k.on), cell: (k) => <Chip tone={k.on ? "good" : "neutral"}>{k.on ? t("list.on") : t("list.off")}</Chip> },
        { key: "calls", title: t("list.calls"), cell: (k) => (k.calls.length === 0 ? t("list.allCalls") : k.calls.join(", ")) },
        { key: "used", title: t("list.used"), sort: (k) => k.usedAt, cell: (k) => <span title={formatInstant(k.usedAt, undefined, lang)}>{formatAgo(k.usedAt, lang) || t("list.never")}</span> },
        { key: "made", title: t("list.made"), sort: (k) => k.at, cell: (k) => t("list.madeBy", { when: formatInstant(k.at, undefined, lang), who: k.by }) },
        {
          key: "do",
          title: <span className="sr-only">{t("actions")}</span>,
          end: true,
          cell: (k) => (
            <span className={styles["row"]}>
              <Button small aria-label={t(k.on ? "list.switchOffNamed" : "list.switchOnNamed", { name: k.name })} onClick={() => toggle.mutate({ name: k.name, on: !k.on }, { onError })}>
                {k.on ? t("list.switchOff") : t("list.switchOn")}
              </Button>
              <ConfirmButton small label={t("revoke.action")} title={t("revoke.title", { name: k.name })} onConfirm={() => revoke.mutate(k.name, { onError, onSuccess: () => say(t("revoke.done", { name: k.name })) })}>
                <p>{t("revoke.text")}</p>
              </ConfirmButton>
            </span>
          ),
        },
      ]}
    />
  );
}

/** The keys with which sources send events. */
export function WriteKeysPage() {
  const { t } = useTranslation("writekeys");
  const admin = useCan("admin");
  const keys = useWriteKeys(admin);
  const [making, setMaking] = useState(false);
  useTitle(t("title"));
  if (!admin) {
    return (
      <Page>
        <Denied detail={t("denied")} />
      </Page>
    );
  }
  const make = (
    <Button variant="primary" icon="plus" onClick={() => setMaking(true)}>
      {t("new.title")}
    </Button>
  );
  return (
    <Page>
      <PageHead
        title={t("title")}
        lead={t("lead")}
        actions={
          <>
            <LinkButton icon="list" to="/data/events">
              {t("events")}
            </LinkButton>
            {make}
          </>
        }
      />
      <div className={styles["stack"]}>
        <Card>
          <Loaded query={keys} skeleton={<Skeleton height={160} />}>
            {(list) =>
              list.length === 0 ? (
                <Empty icon="link" title={t("list.empty")} action={make}>
                  {t("list.emptyText")}
                </Empty>
              ) : (
                <Keys keys={list} />
              )
            }
          </Loaded>
        </Card>
        <Card title={t("how")}>
          <Snippets writeKey="lsw_…" />
        </Card>
      </div>
      {making && <NewKey taken={(keys.data ?? []).map((k) => k.name)} onClose={() => setMaking(false)} />}
    </Page>
  );
}
