import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatFull, formatShare } from "@/lib/number";
import { Button, Card, Chip, Empty, LinkButton, Loaded, Skeleton, Table, useErrorText, useToast } from "@/ui";
import { useAccept, useProposals } from "./hooks";
import styles from "./events.module.css";
import type { Proposal } from "./types";

function One({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  const say = useToast();
  const textOf = useErrorText();
  const accept = useAccept();
  return (
    <Card
      title={proposal.sent === "" ? proposal.name : proposal.sent}
      actions={
        <>
        <LinkButton icon="edit" to={`${proposal.extends ? `/data/events/${encodeURIComponent(proposal.name)}/edit` : "/data/new-event"}?from=${encodeURIComponent(proposal.name)}`}>
          {t("lookFirst")}
        </LinkButton>
        <Button variant="primary" icon="plus" busy={accept.isPending} onClick={() => accept.mutate(proposal, { onSuccess: () => say(t("accepted", { name: proposal.name })), onError: (error) => say(textOf(error), "bad") })}>
          {proposal.extends ? t("acceptMore") : t("accept")}
        </Button>
        </>
      }
    >
      <p className={styles["chips"]}>
        <code>{proposal.name}</code>
        {proposal.neededBy.length > 0 && <Chip tone="watch">{t("needed")}</Chip>}
        <span className={styles["muted"]}>{pick(proposal.because)}</span>
        {proposal.seen > 0 && <span className={styles["muted"]}>{t("looked", { n: formatFull(proposal.seen, lang) })}</span>}
      </p>
      {proposal.properties.length > 0 && (
        <Table
          label={t("properties")}
          rows={proposal.properties}
          rowKey={(p) => p.name}
          columns={[
            { key: "name", title: t("col.property"), head: true, cell: (p) => p.name },
            { key: "sent", title: t("col.sent"), cell: (p) => <code>{p.sent}</code> },
            { key: "type", title: t("col.type"), cell: (p) => t(`type.${p.type}`) },
            { key: "share", title: t("col.share"), end: true, sort: (p) => p.share, cell: (p) => formatShare(p.share, lang, 0) },
            { key: "values", title: t("col.values"), cell: (p) => <div className={styles["why"]}>{(p.values ?? []).join(", ")}</div> },
          ]}
        />
      )}
      <details className={styles["asCode"]}>
        <summary>{t("asCode")}</summary>
        <pre className={styles["code"]}>{proposal.yaml}</pre>
      </details>
    </Card>
  );
}

/** What is reported but not planned, and what metrics need: to take into the plan. */
export function Proposals() {
  const { t } = useTranslation("events");
  const proposals = useProposals(true);
  return (
    <Loaded query={proposals} skeleton={<Skeleton height={240} />}>
      {(list) =>
        list.length === 0 ? (
          <Card>
            <Empty icon="check" title={t("nothing")}>
              {t("nothingText")}
            </Empty>
          </Card>
        ) : (
          <div className={styles["stack"]}>
            {list.map((p) => (
              <One key={p.name} proposal={p} />
            ))}
          </div>
        )
      }
    </Loaded>
  );
}
