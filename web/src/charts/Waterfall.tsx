import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatDelta, formatShare, formatValue, type Measure } from "@/lib/number";
import { cx, Icon, judge } from "@/ui";
import { ChartFrame } from "./ChartFrame";
import { extent } from "./scale";
import styles from "./charts.module.css";

export interface Step {
  key: string;
  name: string;
  /** Shown small after the name: the operator, "12 members". */
  note?: string;
  contribution: number;
  share: number | null;
  /** Opens the part. */
  onOpen?: () => void;
  /** Others, overlap and residual are hatched: they are not a thing by themselves. */
  rest?: boolean;
  /** More words for hover. */
  detail?: string;
}

interface Props {
  title: string;
  from: { name: string; value: number };
  to: { name: string; value: number };
  steps: readonly Step[];
  measure: Measure;
  direction: string;
  fileName: string;
  /** False when the steps do not claim to add up: bars then start at zero. */
  adds?: boolean;
  actions?: ReactNode;
}

interface Row {
  key: string;
  name: string;
  low: number;
  high: number;
  step: Step | null;
  value: number;
}

function rowsOf({ from, to, steps, adds = true }: Props): Row[] {
  let level = adds ? from.value : 0;
  const rows: Row[] = [{ key: "from", name: from.name, low: Math.min(0, from.value), high: Math.max(0, from.value), step: null, value: from.value }];
  for (const step of steps) {
    const next = level + step.contribution;
    rows.push({ key: step.key, name: step.name, low: Math.min(level, next), high: Math.max(level, next), step, value: step.contribution });
    if (adds) level = next;
  }
  rows.push({ key: "to", name: to.name, low: Math.min(0, to.value), high: Math.max(0, to.value), step: null, value: to.value });
  return rows;
}

/** From the value before to the value now, part by part. Rows that open are buttons. */
export function Waterfall(props: Props) {
  const { title, from, to, measure, direction, fileName, adds = true } = props;
  const { t } = useTranslation();
  const { lang } = useText();
  const all = rowsOf(props);
  const rows = adds ? all : all.filter((r) => r.step !== null);
  const moves = extent(all.filter((r) => r.step !== null).flatMap((r) => [r.low, r.high])) ?? { min: 0, max: 0 };
  const whole = extent(rows.flatMap((r) => [r.low, r.high])) ?? { min: 0, max: 1 };
  // When the moves are small beside the totals, the axis is cut and says so.
  const span = moves.max - moves.min;
  const cut = adds && moves.min > 0 && span < (whole.max - whole.min) * 0.35;
  const low = cut ? Math.max(0, moves.min - span * 0.6) : whole.min;
  const high = cut ? moves.max + span * 0.1 : whole.max;
  const place = (v: number) => ((Math.min(Math.max(v, low), high) - low) / (high - low || 1)) * 100;
  const largest = props.steps.reduce<Step | null>((best, s) => (best === null || Math.abs(s.contribution) > Math.abs(best.contribution) ? s : best), null);

  return (
    <ChartFrame
      title={title}
      fileName={fileName}
      actions={props.actions}
      summary={t("chart.waterfallSummary", {
        from: formatValue(from.value, measure, lang),
        to: formatValue(to.value, measure, lang),
        name: largest?.name ?? "",
        value: formatDelta(largest?.contribution ?? null, measure, lang),
      })}
      table={{
        columns: [
          { key: "name", title: t("chart.part"), cell: (r: Row) => r.name, head: true },
          { key: "value", title: t("chart.contribution"), end: true, cell: (r) => (r.step === null ? formatValue(r.value, measure, lang) : formatDelta(r.value, measure, lang)) },
          { key: "share", title: t("chart.share"), end: true, cell: (r) => (r.step === null ? "" : formatShare(r.step.share, lang)) },
        ],
        rows: all,
        rowKey: (r) => r.key,
        csv: () => [[t("chart.part"), t("chart.contribution"), t("chart.share")], ...all.map((r) => [r.name, r.value, r.step?.share ?? null])],
      }}
    >
      <div className={styles["waterfall"]}>
        {rows.map((row) => {
          const step = row.step;
          const tone = step === null ? "total" : step.rest === true ? "rest" : judge(row.value, direction);
          const left = step === null && cut ? 0 : place(row.low);
          const body = (
            <>
              <span className={styles["rowName"]}>
                {step?.onOpen !== undefined && <Icon name="right" size={14} />}
                <span title={row.name}>{row.name}</span>
                {step?.note !== undefined && <small>{step.note}</small>}
              </span>
              <span className={styles["bars"]} aria-hidden="true">
                {!cut && low < 0 && <span className={styles["zero"]} style={{ left: `${place(0)}%` }} />}
                <span className={styles["bar"]} data-tone={tone} data-hatched={step?.rest || undefined} data-cut={(cut && step === null) || undefined} style={{ left: `${left}%`, width: `${Math.max(place(row.high) - left, 0.4)}%` }} />
              </span>
              <span className={styles["amount"]}>
                {step === null ? formatValue(row.value, measure, lang) : formatDelta(row.value, measure, lang)}
                {step !== null && step.share !== null && <small>{formatShare(step.share, lang, 0)}</small>}
              </span>
            </>
          );
          return step?.onOpen === undefined ? (
            <div key={row.key} className={cx(styles["row"], step === null && styles["total"])} title={step?.detail}>
              {body}
            </div>
          ) : (
            <button key={row.key} type="button" className={styles["row"]} onClick={step.onOpen} title={step.detail ?? t("chart.open", { name: row.name })}>
              {body}
            </button>
          );
        })}
        {cut && <p className={styles["cutNote"]}>{t("chart.cut")}</p>}
      </div>
    </ChartFrame>
  );
}
