import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import { useText } from "@/i18n/useText";
import styles from "./data.module.css";
import { lateSince } from "./late";
import { useScores } from "./quality/hooks";
import type { DataOverview } from "./types";

/** One sentence on all data; behind it, what is late and what that distorts. */
export function Health({ overview }: { overview: DataOverview }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const { datasets, fresh, late } = overview.summary;
  const scores = useScores();
  const broken = (scores.data?.datasets ?? []).filter((d) => d.marks.length > 0);
  const metrics = useResources("metrics", late > 0 || broken.length > 0);
  const title = (name: string) => pick(metrics.data?.find((m) => m.metadata.name === name)?.metadata.title, name);
  if (datasets === 0) return <>{t("home.lead")}</>;
  const others = datasets - fresh - late;
  const lates = overview.items.filter((d) => d.freshness === "late");
  const hitBy = (dataset: string) => (scores.data?.metrics ?? []).filter((m) => m.marks.some((mark) => mark.dataset === dataset)).map((m) => m.name);
  const listed = (names: readonly string[]) =>
    names.length > 0 && (
      <>
        {" "}
        {t("health.distorts", { count: names.length })}{" "}
        {names.slice(0, 5).map((metric, i) => (
          <Fragment key={metric}>
            {i > 0 && (lang === "zh-CN" ? "、" : ", ")}
            <Link to={`/metrics/${encodeURIComponent(metric)}`}>{title(metric)}</Link>
          </Fragment>
        ))}
      </>
    );
  const impact = (dataset: string) => (
    <>
      {" · "}
      <Link to={`/data/impact/${encodeURIComponent(dataset)}`}>{t("health.impact")}</Link>
    </>
  );
  return (
    <>
      <span className={styles["health"]}>
        {t("health.datasets", { count: datasets })}
        {fresh > 0 && <> · <span className={styles["good"]}>● {t("health.fresh", { count: fresh })}</span></>}
        {late > 0 && <> · <span className={styles["bad"]}>■ {t("health.late", { count: late })}</span></>}
        {others > 0 && <> · {t("health.unpromised", { count: others })}</>}
      </span>
      {lates.map((d) => {
        const since = lateSince(d.lateBy, lang);
        const distorts = d.distorts ?? [];
        return (
          <span key={d.name} className={styles["lateLine"]}>
            <Link to={`/data/${encodeURIComponent(d.name)}`}>{pick(d.title, d.name)}</Link> {since === "" ? t("health.lateNow") : t("health.lateSince", { since })}
            {listed(distorts)}
            {impact(d.name)}
          </span>
        );
      })}
      {broken.map((d) => (
        <span key={`broken ${d.name}`} className={styles["lateLine"]}>
          <Link to={`/data/${encodeURIComponent(d.name)}?tab=quality`}>{pick(d.title, d.name)}</Link> {t("health.doubt", { rules: d.marks.map((m) => pick(m.label, m.rule)).join(lang === "zh-CN" ? "、" : ", ") })}
          {listed(hitBy(d.name))}
          {impact(d.name)}
        </span>
      ))}
    </>
  );
}
