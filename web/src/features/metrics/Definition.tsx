import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useTables } from "@/api/tables";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { datasetPath } from "@/lib/place";
import type { Metric } from "./catalog";
import { inWords } from "./formula";
import { Typeset } from "./Typeset";
import styles from "./metrics.module.css";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined || children === null || children === "" || children === false) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What a metric means and how it is computed, line by line. */
export function Definition({ metric, all, short = false }: { metric: Metric; all: readonly Metric[]; short?: boolean }) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const actorName = useActor();
  const { metadata, spec } = metric;
  const title = (name: string) => {
    const found = all.find((m) => m.metadata.name === name);
    return found === undefined ? undefined : pick(found.metadata.title, name);
  };
  const datasets = useTables();
  const dataset = datasets.data?.find((d) => d.metadata.name === spec.dataset);
  const column = (name: string) => pick([...(dataset?.spec.columns ?? []), ...(dataset?.spec.dimensions ?? [])].find((c) => c.name === name)?.title, name);
  const aggregate = (agg: string, of: string) => (of === "" ? t("agg.rows") : t(`agg.of.${agg}`, { of: inWords(of, column), percentile: Math.round((spec.percentile ?? 0) * 100) }));
  return (
    <dl className={styles["facts"]}>
      <Fact name={t("def.meaning")}>{pick(metadata.description) || <span className={styles["quiet"]}>{t("def.noMeaning")}</span>}</Fact>
      <Fact name={t("def.formula")}>
        <Typeset spec={spec} title={title} aggregate={aggregate} />
      </Fact>
      <Fact name={t("def.where")}>{spec.where !== undefined && spec.where !== "" && <code>{spec.where}</code>}</Fact>
      <Fact name={t("def.dataset")}>{spec.dataset !== undefined && spec.dataset !== "" && <Link to={datasetPath(spec.dataset)}>{pick(dataset?.metadata.title, spec.dataset)}</Link>}</Fact>
      <Fact name={t("def.time")}>{spec.time !== undefined && spec.time !== "" && <code>{spec.time}</code>}</Fact>
      <Fact name={t("def.unit")}>{spec.unit === "percent" ? "%" : spec.unit}</Fact>
      <Fact name={t("def.direction")}>{t(`direction.${spec.direction || "none"}`)}</Fact>
      {!short && (
        <>
          <Fact name={t("def.action")}>{pick(spec.action)}</Fact>
          <Fact name={t("def.pitfalls")}>{pick(spec.pitfalls)}</Fact>
          <Fact name={t("def.synonyms")}>{(metadata.synonyms ?? []).join(" · ")}</Fact>
          <Fact name={t("def.tags")}>{(metadata.tags ?? []).join(" · ")}</Fact>
        </>
      )}
      <Fact name={t("def.owner")}>{metadata.owner || <span className={styles["quiet"]}>{t("noOwner")}</span>}</Fact>
      <Fact name={t("def.steward")}>{metadata.steward}</Fact>
      <Fact name={t("def.revision")}>{t("def.revisionBy", { revision: metric.revision, author: actorName(metric.author) })}</Fact>
    </dl>
  );
}
