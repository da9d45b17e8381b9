import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import { useText } from "@/i18n/useText";
import { useUrlState } from "@/lib/url";
import { Button, Card, Chip, LinkButton } from "@/ui";
import styles from "./data.module.css";
import { pageOf } from "./DatasetList";
import { Freshness } from "./marks";
import type { Fault, Standing } from "./standing";

const most = { datasets: 5, metrics: 5 };
/** The tab that shows what is wrong, and what to do. */
const tabs: Record<Fault, string> = { unusable: "code", failing: "sync", late: "loads", event: "", doubt: "quality", key: "profile", outdated: "rejects" };

function Wrong({ row, fault }: { row: Standing; fault: Fault }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  if (fault === "late") return <Freshness status={row} />;
  const why = (row.event?.why ?? []).map((w) => pick(w.text)).join(lang === "zh-CN" ? "；" : "; ");
  const rules = row.broken.map((m) => pick(m.label, m.rule)).join(lang === "zh-CN" ? "、" : ", ");
  return <Chip tone="bad">{{ unusable: t("home.quarantined"), failing: t("trouble.failing"), event: why === "" ? t("trouble.event") : why, doubt: t("trouble.doubt", { rules }), key: t("keyState.broken"), outdated: t("trouble.outdated", { count: row.outdated ?? 0 }) }[fault]}</Chip>;
}

/** Which metrics show wrong numbers because of it. */
function Distorts({ row, title }: { row: Standing; title: (metric: string) => string }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const count = row.distorted.length;
  if (count === 0) return <p className={styles["muted"]}>{row.usedBy > 0 ? t("trouble.used", { count: row.usedBy }) : t("trouble.nothing")}</p>;
  return (
    <p>
      {t("trouble.distorts", { count })}{" "}
      {row.distorted.slice(0, most.metrics).map((metric, i) => (
        <Fragment key={metric}>
          {i > 0 && (lang === "zh-CN" ? "、" : ", ")}
          <Link to={`/metrics/${encodeURIComponent(metric)}`}>{title(metric)}</Link>
        </Fragment>
      ))}
      {count > most.metrics && <> {t("trouble.more", { count: count - most.metrics })}</>}
    </p>
  );
}

/** What is late, broken or distorting, before everything else: each with what it distorts. */
export function Trouble({ rows }: { rows: readonly Standing[] }) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const [, setView] = useUrlState("view");
  const metrics = useResources("metrics", rows.some((row) => row.distorted.length > 0));
  const title = (name: string) => pick(metrics.data?.find((m) => m.metadata.name === name)?.metadata.title, name);
  if (rows.length === 0) return null;
  return (
    <Card title={t("trouble.title")} actions={rows.length > most.datasets ? <Button onClick={() => setView("trouble")}>{t("trouble.all", { count: rows.length })}</Button> : undefined}>
      <ul className={styles["found"]} aria-label={t("trouble.title")}>
        {rows.slice(0, most.datasets).map((row) => (
          <li key={row.name}>
            <div>
              <p className={styles["chips"]}>
                <Link to={pageOf(row)}>
                  <strong>{pick(row.title, row.name)}</strong>
                </Link>
                {row.wrong.map((fault) => (
                  <Link key={fault} to={pageOf(row, tabs[fault])}>
                    <Wrong row={row} fault={fault} />
                  </Link>
                ))}
              </p>
              <Distorts row={row} title={title} />
            </div>
            <LinkButton small icon="tree" to={`/data/impact/${encodeURIComponent(row.name)}`}>
              {t("trouble.impact")}
            </LinkButton>
          </li>
        ))}
      </ul>
    </Card>
  );
}
