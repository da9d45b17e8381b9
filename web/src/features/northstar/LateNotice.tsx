import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Text, TreeState, Warning } from "@/api/types";
import { useText } from "@/i18n/useText";
import { dayIn, formatDay } from "@/lib/date";
import { datasetPath } from "@/lib/place";
import { Icon } from "@/ui";
import styles from "./northstar.module.css";

interface Late {
  dataset: string;
  title: Text | undefined;
  dataTo: string;
}

/** The datasets that warnings call late, each once. */
export function lateDatasets(warnings: readonly Warning[]): Late[] {
  const found = new Map<string, Late>();
  for (const { code, params } of warnings) {
    const dataset = params?.["dataset"];
    if (code !== "late" || typeof dataset !== "string") continue;
    const dataTo = params?.["dataTo"];
    found.set(dataset, { dataset, title: params?.["title"] as Text | undefined, dataTo: typeof dataTo === "string" ? dataTo : "" });
  }
  return [...found.values()];
}

interface Doubt {
  key: string;
  dataset: string;
  title: Text | undefined;
  rule: string;
  label: Text | undefined;
}

/** The promises about data that warnings call broken, each once. */
export function doubted(warnings: readonly Warning[]): Doubt[] {
  const found = new Map<string, Doubt>();
  for (const { code, params } of warnings) {
    const dataset = params?.["dataset"];
    const rule = params?.["rule"];
    if (code !== "data_quality" || typeof dataset !== "string" || typeof rule !== "string") continue;
    found.set(`${dataset} ${rule}`, { key: `${dataset} ${rule}`, dataset, title: params?.["title"] as Text | undefined, rule, label: params?.["label"] as Text | undefined });
  }
  return [...found.values()];
}

/** One calm line on what the numbers below lack, and where to mend it. */
export function LateNotice({ state }: { state: TreeState }) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  const late = lateDatasets(state.warnings);
  // That the end is missing says the same again, and the headline says it of a running period.
  const others = state.warnings.filter((w) => w.code !== "late" && w.code !== "data_quality" && w.code !== "incomplete_period");
  const doubts = doubted(state.warnings);
  if (late.length === 0 && others.length === 0 && doubts.length === 0) return null;
  return (
    <div className={styles["lateNote"]}>
      <Icon name={late.length > 0 ? "clock" : doubts.length > 0 ? "alert" : "info"} size={16} />
      <p>
        {doubts.length > 0 && (
          <>
            {t("doubtNote.before")}
            {doubts.map((d, i) => (
              <Fragment key={d.key}>
                {i > 0 && t("lateNote.and")}
                <Link to={`${datasetPath(d.dataset)}?tab=quality`}>{pick(d.title, d.dataset)}</Link> {t("doubtNote.rule", { rule: pick(d.label, d.rule) })}
              </Fragment>
            ))}
            {t("doubtNote.after")}{" "}
          </>
        )}
        {late.length > 0 && (
          <>
            {t("lateNote.before")}
            {late.map((d, i) => (
              <Fragment key={d.dataset}>
                {i > 0 && t("lateNote.and")}
                <Link to={datasetPath(d.dataset)}>{pick(d.title, d.dataset)}</Link>
                {d.dataTo !== "" && t("lateNote.to", { day: formatDay(dayIn(d.dataTo, state.timezone), lang, false) })}
              </Fragment>
            ))}
            {t("lateNote.after")}
          </>
        )}
        {others.map((w) => pick(w.text)).join(" ")}
      </p>
    </div>
  );
}
