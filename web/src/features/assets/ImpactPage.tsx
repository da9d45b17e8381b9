import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useText } from "@/i18n/useText";
import { dayIn, formatDay, secondsOf, spanOf } from "@/lib/date";
import { useSession } from "@/app/session";
import { datasetPath } from "@/lib/place";
import { useTitle } from "@/lib/title";
import { Card, Chip, LinkButton, Loaded, Notice, Page, PageHead, Skeleton } from "@/ui";
import { useImpact } from "./hooks";
import { NodeLink } from "./LineageView";
import type { Hit, Impact } from "./types";
import styles from "./assets.module.css";

function Hits({ title, hits }: { title: string; hits: Hit[] }) {
  const { t } = useTranslation("assets");
  if (hits.length === 0) return null;
  return (
    <Card title={t("impact.count", { title, count: hits.length })}>
      <ul className={styles["plain"]}>
        {hits
          .toSorted((a, b) => Number(b.distorted) - Number(a.distorted))
          .map((h) => (
            <li key={h.id}>
              {h.distorted ? <Chip tone="bad">{t("impact.distorted")}</Chip> : <Chip tone="good">{t("impact.fine")}</Chip>} <NodeLink node={h} />
              {h.columns !== undefined && h.columns.length > 0 && <span className={styles["muted"]}> {t("lineage.columns", { columns: h.columns.join(", ") })}</span>}
              {h.owner !== undefined && <span className={styles["muted"]}> · {t("impact.owner", { name: h.owner })}</span>}
            </li>
          ))}
      </ul>
    </Card>
  );
}

function State({ impact }: { impact: Impact }) {
  const { t } = useTranslation("assets");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const bad = [...impact.metrics, ...impact.trees, ...impact.targets, ...impact.others].filter((h) => h.distorted).length;
  if (!impact.late && impact.marks.length === 0) return <Notice>{t("impact.ok")}</Notice>;
  return (
    <Notice tone="bad">
      {impact.late && <p>{t("impact.late", { by: spanOf(secondsOf(impact.lateBy), lang) })}</p>}
      {impact.marks.map((m) => (
        <p key={m.rule}>{t("impact.broken", { rule: pick(m.label, m.rule), day: formatDay(dayIn(m.since, zone), lang, false) })}</p>
      ))}
      <p>{t("impact.total", { count: bad })}</p>
    </Notice>
  );
}

/** What a late or broken dataset distorts, and whom to tell. */
export function ImpactPage() {
  const { t } = useTranslation("assets");
  const { name = "" } = useParams();
  const { lang, pick } = useText();
  const impact = useImpact(name);
  const titleOf = (i: Impact, id: string) => {
    const hit = [...i.metrics, ...i.trees, ...i.targets, ...i.others].find((h) => h.id === id);
    return hit === undefined ? pick(i.title, id.split("/")[1]) : pick(hit.title, hit.name);
  };
  const title = t("impact.title", { name: pick(impact.data?.title, name) });
  useTitle(title);
  return (
    <Page>
      <PageHead
        title={title}
        lead={t("impact.lead")}
        actions={
          <LinkButton icon="data" to={`${datasetPath(name)}?tab=quality`}>
            {t("impact.toDataset")}
          </LinkButton>
        }
      />
      <Loaded query={impact} skeleton={<Skeleton height={320} />}>
        {(i) => (
          <div className={styles["stack"]}>
            <State impact={i} />
            <Hits title={t("impact.metrics")} hits={i.metrics} />
            <Hits title={t("impact.trees")} hits={i.trees} />
            <Hits title={t("impact.targets")} hits={i.targets} />
            <Hits title={t("impact.others")} hits={i.others} />
            <Card title={t("impact.people")}>
              {i.people.length === 0 ? (
                <p className={styles["muted"]}>
                  {t("impact.nobody")} <Link to="/data/assets?owner=none" className={styles["link"]}>{t("impact.toOwners")}</Link>
                </p>
              ) : (
                <ul className={styles["plain"]}>
                  {i.people.map((p) => (
                    <li key={p.name}>
                      <strong>{p.name}</strong> <span className={styles["muted"]}>{t("impact.for", { count: p.of.length, list: p.of.map((id) => titleOf(i, id)).join(lang === "zh-CN" ? "、" : ", ") })}</span>
                    </li>
                  ))}
                </ul>
              )}
            </Card>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
