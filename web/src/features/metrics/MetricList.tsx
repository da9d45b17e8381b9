import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { judgementOf, type Summary } from "@/api/summaries";
import { Sparkline } from "@/charts";
import { useText } from "@/i18n/useText";
import { useMedia } from "@/lib/theme";
import { Change, Checkbox, Chip, type Column, DataMark, Num, Skeleton, Table } from "@/ui";
import type { Metric } from "./catalog";
import { Trust } from "./Trust";
import styles from "./metrics.module.css";

interface Props {
  metrics: readonly Metric[];
  summaries: ReadonlyMap<string, Summary>;
  uses: ReadonlyMap<string, number>;
  chosen: readonly string[];
  onChoose: (name: string) => void;
}

const path = (m: Metric) => `/metrics/${encodeURIComponent(m.metadata.name)}`;

function Value({ metric, summary }: { metric: Metric; summary: Summary | undefined }) {
  if (summary === undefined) return <Skeleton width={64} height={18} />;
  return <Num value={summary.value} unit={metric.spec.unit} format={metric.spec.format} reason={summary.noValue?.text} />;
}

function Moved({ metric, summary }: { metric: Metric; summary: Summary | undefined }) {
  if (summary === undefined || summary.change === null) return null;
  return <Change change={summary.change} rate={summary.changeRate} judgement={judgementOf(summary)} unit={metric.spec.unit} format={metric.spec.format} />;
}

/** The metrics as a table; as cards where a table does not fit. */
export function MetricList({ metrics, summaries, uses, chosen, onChoose }: Props) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const narrow = useMedia("(max-width: 899px)");
  const title = (m: Metric) => pick(m.metadata.title, m.metadata.name);
  const state = (m: Metric) => <Chip tone={m.state === "published" ? "neutral" : "bad"}>{t(`state.${m.state}`)}</Chip>;
  const tick = (m: Metric) => <Checkbox label={<span className="sr-only">{t("compare.tick", { name: title(m) })}</span>} checked={chosen.includes(m.metadata.name)} disabled={chosen.length >= 2 && !chosen.includes(m.metadata.name)} onChange={() => onChoose(m.metadata.name)} />;

  if (narrow) {
    return (
      <ul className={styles["cards"]} aria-label={t("title")}>
        {metrics.map((m) => {
          const s = summaries.get(m.metadata.name);
          return (
            <li key={m.metadata.name}>
              <div className={styles["cardTop"]}>
                <Link to={path(m)}>{title(m)}</Link>
                {m.state !== "published" && state(m)}
                {tick(m)}
              </div>
              <div className={styles["cardRow"]}>
                <span className={styles["cardValue"]}>
                  <Value metric={m} summary={s} />
                </span>
                <Moved metric={m} summary={s} />
                <Sparkline points={s?.series ?? []} width={96} height={28} label="" />
              </div>
              <p className={styles["meaning"]}>{pick(m.metadata.description)}</p>
              <div className={styles["cardRow"]}>
                <small>{m.metadata.owner || t("noOwner")}</small>
                {s !== undefined && <Trust freshness={s.freshness} />}
              </div>
            </li>
          );
        })}
      </ul>
    );
  }

  const columns: Column<Metric>[] = [
    { key: "tick", title: <span className="sr-only">{t("compare.column")}</span>, cell: tick },
    {
      key: "name",
      title: t("column.name"),
      head: true,
      sort: title,
      cell: (m) => (
        <span className={styles["nameCell"]}>
          <Link to={path(m)}>{title(m)}</Link>
          <code>{m.metadata.name}</code>
        </span>
      ),
    },
    { key: "meaning", title: t("column.meaning"), cell: (m) => <span className={styles["meaning"]} title={pick(m.metadata.description)}>{pick(m.metadata.description)}</span> },
    { key: "value", title: t("column.value"), end: true, sort: (m) => summaries.get(m.metadata.name)?.value, cell: (m) => <Value metric={m} summary={summaries.get(m.metadata.name)} /> },
    { key: "change", title: t("column.change"), end: true, sort: (m) => summaries.get(m.metadata.name)?.changeRate, cell: (m) => <Moved metric={m} summary={summaries.get(m.metadata.name)} /> },
    { key: "spark", title: t("column.spark"), cell: (m) => <Sparkline points={summaries.get(m.metadata.name)?.series ?? []} width={104} height={28} label="" /> },
    { key: "owner", title: t("column.owner"), sort: (m) => m.metadata.owner, cell: (m) => m.metadata.owner || <span className={styles["quiet"]}>{t("noOwner")}</span> },
    { key: "state", title: t("column.state"), sort: (m) => m.state, cell: state },
    { key: "trust", title: t("column.trust"), sort: (m) => (summaries.get(m.metadata.name)?.freshness?.late === true ? 0 : 1), cell: (m) => (summaries.has(m.metadata.name) ? <><Trust freshness={summaries.get(m.metadata.name)?.freshness} /> <DataMark distrust={summaries.get(m.metadata.name)?.freshness?.distrust} /></> : null) },
    { key: "uses", title: t("column.uses"), end: true, sort: (m) => uses.get(m.metadata.name) ?? 0, cell: (m) => uses.get(m.metadata.name) ?? 0 },
  ];
  return <Table label={t("title")} columns={columns} rows={metrics} rowKey={(m) => m.metadata.name} />;
}
