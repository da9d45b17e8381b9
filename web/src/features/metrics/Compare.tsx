import { useTranslation } from "react-i18next";
import { useRun } from "@/api/hooks";
import { LinesChart } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatPeriod } from "@/lib/date";
import { formatDelta, formatShare, formatValue } from "@/lib/number";
import { Button, Card, Loaded, Picker, Skeleton, Table } from "@/ui";
import type { Metric } from "./catalog";
import { Definition } from "./Definition";
import styles from "./metrics.module.css";

interface Props {
  a: Metric;
  b: Metric;
  all: readonly Metric[];
  onClose: () => void;
  onSwap: (a: string, b: string) => void;
}

/** Two metrics side by side: what they mean, what they say, how far apart they are. */
export function Compare({ a, b, all, onClose, onSwap }: Props) {
  const { t } = useTranslation("metrics");
  const { lang, pick } = useText();
  const query = useRun({ metrics: [a.metadata.name, b.metadata.name], by: [{ time: "week" }], time: { last: "13 week" }, fill: true });
  const title = (m: Metric) => pick(m.metadata.title, m.metadata.name);
  const options = all.map((m) => ({ value: m.metadata.name, label: title(m), detail: m.metadata.name }));
  const sameUnit = (a.spec.unit ?? "") === (b.spec.unit ?? "");
  const number = (cell: unknown) => (typeof cell === "number" ? cell : null);
  return (
    <>
      <div className={styles["compareHead"]}>
        <Button icon="left" onClick={onClose}>
          {t("compare.back")}
        </Button>
      </div>
      <div className={styles["two"]}>
        <Card className={styles["stack"]}>
          <Picker label={t("compare.first")} options={options} value={a.metadata.name} onChange={(name) => onSwap(name, b.metadata.name)} />
          <Definition metric={a} all={all} short />
        </Card>
        <Card className={styles["stack"]}>
          <Picker label={t("compare.second")} options={options} value={b.metadata.name} onChange={(name) => onSwap(a.metadata.name, name)} />
          <Definition metric={b} all={all} short />
        </Card>
      </div>
      <Card title={t("compare.values")}>
        <Loaded query={query} skeleton={<Skeleton height={320} />}>
          {(result) => {
            const rows = result.rows.map((row) => {
              const [time, first, second] = [String(row[0] ?? ""), number(row[1]), number(row[2])];
              return { time, first, second, difference: first === null || second === null ? null : first - second };
            });
            return (
              <>
                {sameUnit && (
                  <LinesChart
                    title={t("compare.chart", { a: title(a), b: title(b) })}
                    times={rows.map((r) => r.time)}
                    grain="week"
                    measure={a.spec}
                    fileName={`${a.metadata.name}-${b.metadata.name}`}
                    series={[
                      { key: "a", name: title(a), values: rows.map((r) => r.first) },
                      { key: "b", name: title(b), values: rows.map((r) => r.second) },
                    ]}
                  />
                )}
                <Table
                  label={t("compare.values")}
                  rows={rows}
                  rowKey={(r) => r.time}
                  columns={[
                    { key: "time", title: t("chart.period"), head: true, cell: (r) => formatPeriod(r.time, "week", lang), sort: (r) => r.time },
                    { key: "a", title: title(a), end: true, cell: (r) => formatValue(r.first, a.spec, lang) },
                    { key: "b", title: title(b), end: true, cell: (r) => formatValue(r.second, b.spec, lang) },
                    ...(sameUnit
                      ? [
                          { key: "d", title: t("compare.difference"), end: true, cell: (r: (typeof rows)[number]) => formatDelta(r.difference, a.spec, lang) },
                          { key: "r", title: t("compare.relative"), end: true, cell: (r: (typeof rows)[number]) => formatShare(r.difference === null || r.second === null || r.second === 0 ? null : r.difference / r.second, lang) },
                        ]
                      : []),
                  ]}
                />
                {!sameUnit && <p className={styles["quiet"]}>{t("compare.units")}</p>}
              </>
            );
          }}
        </Loaded>
      </Card>
    </>
  );
}
