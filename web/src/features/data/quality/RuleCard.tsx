import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { DatasetSpec } from "@/api/types";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatAgo, formatInstant } from "@/lib/date";
import { formatFull, formatShare } from "@/lib/number";
import { Chip, type Tone } from "@/ui";
import styles from "../data.module.css";
import { pastOf, type Past } from "./history";
import { ruleId } from "./rules";
import type { QualityRun, RuleResult, RuleState } from "./types";
import own from "./quality.module.css";

const tones: Record<RuleState, Tone> = { kept: "good", broken: "bad", unknown: "neutral" };

/** A bar for each run: how much broke the rule then. */
function PastBars({ past, label }: { past: readonly Past[]; label: string }) {
  const most = Math.max(...past.map((p) => p.value ?? 0), 0);
  const width = 6;
  const height = 28;
  return (
    <svg width={past.length * width} height={height} className={own["past"]} role="img" aria-label={label}>
      {past.map((p, i) => {
        const tall = p.value === null || most === 0 ? 2 : Math.max(2, (p.value / most) * height);
        return (
          <rect key={`${p.at}-${i}`} x={i * width} y={height - tall} width={width - 1} height={tall} data-state={p.state}>
            <title>{p.at}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function useMeasure(): (r: RuleResult) => string {
  const { t } = useTranslation("quality");
  const { lang } = useText();
  return (r) => {
    if (r.state === "unknown") return "";
    switch (r.kind) {
      case "distribution":
        return t("measure.index", { value: r.observed?.toFixed(3), bound: r.bound });
      case "freshness":
        return t("measure.age", { value: Math.round((r.observed ?? 0) / 3600), bound: Math.round((r.bound ?? 0) / 3600) });
      case "inspection":
        return "";
      case "silence":
        return t("measure.silent", { broken: formatFull(r.broken, lang), checked: formatFull(r.checked, lang) });
      case "volume":
      case "reconcile":
        return t("measure.periods", { broken: formatFull(r.broken, lang), checked: formatFull(r.checked, lang) });
      default:
        return r.broken === 0
          ? t("measure.all", { checked: formatFull(r.checked, lang) })
          : t("measure.rows", { broken: formatFull(r.broken, lang), checked: formatFull(r.checked, lang), share: formatShare(r.observed ?? 0, lang) });
    }
  };
}

function Examples({ result, columnTitle }: { result: RuleResult; columnTitle: (name: string) => string }) {
  const { t } = useTranslation("quality");
  const columns = result.examples?.columns ?? [];
  const rows = result.examples?.rows ?? [];
  if (rows.length === 0) return null;
  return (
    <details className={own["examples"]}>
      <summary>{t(result.kind === "inspection" ? "inspections" : "examples", { count: rows.length })}</summary>
      <div className={styles["sample"]}>
        <table>
          <thead>
            <tr>
              {columns.map((c) => (
                <th key={c} scope="col">
                  <div>{columnTitle(c)}</div>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {row.map((value, j) => (
                  <td key={columns[j]}>{value === null ? <span className={styles["muted"]}>∅</span> : value === "" ? <span className={styles["muted"]}>{t("emptyText")}</span> : String(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** One rule: whether it holds, how it went, and what breaks it. */
export function RuleCard({ result, spec, runs, actions }: { result: RuleResult; spec: DatasetSpec; runs: readonly QualityRun[]; actions?: ReactNode }) {
  const { t } = useTranslation("quality");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const measure = useMeasure();
  const titleOf = (column: string) => pick(spec.columns.find((c) => c.name === column)?.title, column);
  const words: Record<string, string> = { day: t("column.day"), rows: t("column.rows"), least: t("column.least"), most: t("column.most"), load: t("column.load"), period: t("column.period"), here: t("column.here"), there: t("column.there"), difference: t("column.difference"), value: t("column.value"), before: t("column.before"), now: t("column.now"), at: t("column.at"), by: t("column.by"), note: t("column.note"), since: t("column.since"), hours: t("column.hours"), most_hours: t("column.mostHours") };
  const aboutPeriods = ["volume", "reconcile", "distribution", "silence", "inspection"].includes(result.kind);
  const past = pastOf(runs, result.rule);
  const label = pick(result.title, result.rule);
  const rule = spec.quality?.find((r) => ruleId(r) === result.rule);
  const columns = (result.columns ?? (rule?.column === undefined ? rule?.columns : [rule.column]) ?? []).map(titleOf).join(" + ");
  return (
    <li className={own["rule"]} data-state={result.state}>
      <div className={own["head"]}>
        <Chip tone={result.state === "broken" && result.severity === "warning" ? "watch" : tones[result.state]}>{t(`state.${result.state}`)}</Chip>
        <strong>{label === result.rule ? `${t(`kind.${result.kind}`)}${columns === "" ? "" : ` · ${columns}`}` : label}</strong>
        <span className={styles["muted"]}>{t(`severity.${result.severity}`)}</span>
        {result.sampled === true && <Chip>{t("sampled")}</Chip>}
        {actions !== undefined && <span className={own["actions"]}>{actions}</span>}
      </div>
      <div className={own["body"]}>
        <p>
          {label !== result.rule && <span className={styles["muted"]}>{`${t(`kind.${result.kind}`)}${columns === "" ? "" : ` · ${columns}`}`} </span>}
          {measure(result)} {pick(result.note)}
          {rule?.who !== undefined && <span className={styles["muted"]}> {t("inspection.who", { who: rule.who })}</span>}
          {result.state === "broken" && result.since !== undefined && <span title={formatInstant(result.since, zone, lang)}> {t("since", { ago: formatAgo(result.since, lang) })}</span>}
        </p>
        {past.length > 1 && <PastBars past={past} label={t("past", { count: past.length, broken: past.filter((p) => p.state === "broken").length })} />}
      </div>
      <Examples result={result} columnTitle={(c) => (aboutPeriods ? (words[c] ?? titleOf(c)) : titleOf(c))} />
    </li>
  );
}
