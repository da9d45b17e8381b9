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

/** What hangs on the dataset; which of it is distorted, once something is wrong. */
function Hits({ title, hits, wrong }: { title: string; hits: Hit[]; wrong: boolean }) {
  const { t } = useTranslation("assets");
  if (hits.length === 0) return null;
  return (
    <Card title={t("impact.count", { title, count: hits.length })}>
      <ul className={styles["plain"]}>
        {hits
          .toSorted((a, b) => Number(b.distorted) - Number(a.distorted))
          .map((h) => (
            <li key={h.id}>
              {wrong && (h.distorted ? <Chip tone="bad">{t("impact.distorted")}</Chip> : <Chip>{t("impact.fine")}</Chip>)} <NodeLink node={h} />
              {h.columns !== undefined && h.columns.length > 0 && <span className={styles["muted"]}> {t("lineage.columns", { columns: h.columns.join(", ") })}</span>}
              {h.owner !== undefined && <span className={styles["muted"]}> · {t("impact.owner", { name: h.owner })}</span>}
            </li>
          ))}
      </ul>
    </Card>
  );
}

/** Whether anything is wrong with the dataset now. */
const wrong = (i: Impact) => i.late || i.marks.length > 0;

function State({ impact }: { impact: Impact }) {
  const { t } = useTranslation("assets");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const bad = [...impact.metrics, ...impact.trees, ...impact.targets, ...impact.others].filter((h) => h.distorted).length;
  if (!wrong(impact)) return <Notice>{t("impact.ok")}</Notice>;
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

/** As many titles as stand after a name; of more, how many there are, and the titles behind it. */
const mostNamed = 3;

function Person({ name, titles }: { name: string; titles: string[] }) {
  const { t } = useTranslation("assets");
  const { lang } = useText();
  const list = titles.join(lang === "zh-CN" ? "、" : ", ");
  if (titles.length <= mostNamed) {
    return (
      <li>
        <strong>{name}</strong> <span className={styles["muted"]}>{t("impact.for", { list })}</span>
      </li>
    );
  }
  return (
    <li>
      <details>
        <summary>
          <strong>{name}</strong> <span className={styles["muted"]}>{t("impact.many", { count: titles.length })}</span>
        </summary>
        <p className={styles["muted"]}>{list}</p>
      </details>
    </li>
  );
}

/** What a late or broken dataset distorts, and whom to tell. */
export function ImpactPage() {
  const { t } = useTranslation("assets");
  const { name = "" } = useParams();
  const { pick } = useText();
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
            <Hits title={t("impact.metrics")} hits={i.metrics} wrong={wrong(i)} />
            <Hits title={t("impact.trees")} hits={i.trees} wrong={wrong(i)} />
            <Hits title={t("impact.targets")} hits={i.targets} wrong={wrong(i)} />
            <Hits title={t("impact.others")} hits={i.others} wrong={wrong(i)} />
            <Card title={t("impact.people")}>
              {i.people.length === 0 ? (
                <p className={styles["muted"]}>
                  {t("impact.nobody")} <Link to="/data/assets?owner=none" className={styles["link"]}>{t("impact.toOwners")}</Link>
                </p>
              ) : (
                <ul className={styles["plain"]}>
                  {i.people.map((p) => (
                    <Person key={p.name} name={p.name} titles={p.of.map((id) => titleOf(i, id))} />
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
