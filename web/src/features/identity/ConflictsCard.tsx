import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, Empty, Loaded, Skeleton, Table } from "@/ui";
import { DecideDialog } from "./DecideDialog";
import { useConflicts, useSourceTitle } from "./hooks";
import { IdText } from "./IdText";
import styles from "./identity.module.css";
import type { Claim } from "./types";

/** How many are shown at first, and how many more each time. */
const step = 100;
/** As many as the server tells. */
const end = 9900;

interface ListProps {
  claims: readonly Claim[];
  judge: (claim: Claim, together: boolean) => void;
}

/** Links that were held back. */
function Claims({ claims, judge }: ListProps) {
  const { t } = useTranslation("identity");
  const titleOf = useSourceTitle();
  const keyOf = (c: Claim) => `${c.a.kind} ${c.a.value} ${c.b.kind} ${c.b.value} ${c.source}`;
  const why = (c: Claim) =>
    c.parted === true ? t("conflicts.parted") : c.kind === undefined ? t("conflicts.all", { limit: c.limit }) : t("conflicts.limit", { limit: c.limit, kind: c.kind });
  const buttons = (c: Claim) => (
    <span className={styles["judge"]}>
      <Button small onClick={() => judge(c, true)}>
        {t("conflicts.same")}
      </Button>
      <Button small onClick={() => judge(c, false)}>
        {t("conflicts.other")}
      </Button>
    </span>
  );
  return (
    <Table
      label={t("conflicts.title")}
      rows={claims}
      rowKey={keyOf}
      item={(c) => (
        <>
          <IdText id={c.a} />
          <IdText id={c.b} />
          <span className={styles["muted"]}>
            {titleOf(c.source)} · {why(c)}
          </span>
          {buttons(c)}
        </>
      )}
      columns={[
        { key: "a", title: t("who.id"), cell: (c) => <IdText id={c.a} /> },
        { key: "b", title: t("who.with"), cell: (c) => <IdText id={c.b} /> },
        { key: "source", title: t("who.source"), cell: (c) => titleOf(c.source) },
        { key: "why", title: t("conflicts.why"), cell: why },
        { key: "do", title: t("who.do"), cell: buttons },
      ]}
    />
  );
}

/** Links that were held back, for a person to judge. */
export function ConflictsCard({ entity }: { entity: string }) {
  const { t } = useTranslation("identity");
  const [most, setMost] = useState(step);
  const conflicts = useConflicts(entity, most);
  const [judging, setJudging] = useState<{ claim: Claim; together: boolean }>();
  return (
    <Card title={t("conflicts.title")}>
      <Loaded query={conflicts} skeleton={<Skeleton height={120} />}>
        {({ shown, more }) =>
          shown.length === 0 ? (
            <Empty icon="check" title={t("conflicts.none")}>
              {t("conflicts.noneText")}
            </Empty>
          ) : (
            <>
              <Claims claims={shown} judge={(claim, together) => setJudging({ claim, together })} />
              {more && (
                <p className={styles["more"]}>
                  <span className={styles["muted"]}>{t("conflicts.strongest", { count: shown.length })}</span>
                  {most < end && (
                    <Button small busy={conflicts.isPlaceholderData} onClick={() => setMost(most + step)}>
                      {t("conflicts.more")}
                    </Button>
                  )}
                </p>
              )}
            </>
          )
        }
      </Loaded>
      {judging !== undefined && <DecideDialog entity={entity} a={judging.claim.a} b={judging.claim.b} together={judging.together} onClose={() => setJudging(undefined)} />}
    </Card>
  );
}
