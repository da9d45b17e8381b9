import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import { Button, Card, Loaded, Notice, Skeleton, Table } from "@/ui";
import { tryEntity } from "./hooks";
import styles from "./identity.module.css";
import type { EntitySpec, Trial } from "./types";

const facts = ["entities", "ids", "links", "conflicts", "largest", "refused"] as const;

function Effect({ trial }: { trial: Trial }) {
  const { t } = useTranslation("identity");
  const { lang } = useText();
  const full = (n: number | undefined) => (n === undefined ? "—" : formatFull(n, lang));
  return (
    <div className={styles["stack"]}>
      {trial.before !== undefined && (
        <Notice tone={trial.joined + trial.parted > 0 ? "watch" : "good"}>
          {trial.joined + trial.parted === 0 ? t("trial.same") : t("trial.changes", { joined: formatFull(trial.joined, lang), parted: formatFull(trial.parted, lang) })}
        </Notice>
      )}
      <Table
        label={t("trial.title")}
        rows={facts.map((key) => ({ key, before: trial.before?.[key], after: trial.after[key] }))}
        rowKey={(r) => r.key}
        columns={[
          { key: "what", title: "", head: true, cell: (r) => t(`tile.${r.key}`) },
          { key: "before", title: t("trial.before"), end: true, cell: (r) => full(r.before) },
          { key: "after", title: t("trial.after"), end: true, cell: (r) => full(r.after) },
        ]}
      />
    </div>
  );
}

/** What the definition would make of the links that there are, before it is stored. */
export function TrialCard({ name, spec, ready }: { name: string; spec: EntitySpec; ready: boolean }) {
  const { t } = useTranslation("identity");
  const now = JSON.stringify(spec);
  const [tried, setTried] = useState<string>();
  const trial = useQuery({ queryKey: ["data", "identity", name, "trial", tried], queryFn: () => tryEntity(name, JSON.parse(tried ?? "") as EntitySpec), enabled: tried !== undefined, retry: false });
  return (
    <Card
      title={t("trial.title")}
      actions={
        <Button icon="play" disabled={!ready || tried === now} busy={trial.isFetching} onClick={() => setTried(now)}>
          {t("trial.run")}
        </Button>
      }
    >
      {tried === undefined ? (
        <p className={styles["muted"]}>{t("trial.lead")}</p>
      ) : (
        <Loaded query={trial} skeleton={<Skeleton height={160} />}>
          {(found) => (
            <div className={styles["stack"]}>
              {tried !== now && <p className={styles["muted"]}>{t("trial.stale")}</p>}
              <Effect trial={found} />
            </div>
          )}
        </Loaded>
      )}
    </Card>
  );
}
