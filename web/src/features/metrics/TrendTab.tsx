import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useDimensions, useRun } from "@/api/hooks";
import type { Cell, Grain, QueryRequest } from "@/api/types";
import { LinesChart, TrendChart, useBreaks } from "@/charts";
import { useSession } from "@/app/session";
import { comparisonOf } from "@/features/explore";
import { decodeSteps, encodeSteps, Why, type Mode, type WhyState } from "@/features/explain";
import { useText } from "@/i18n/useText";
import { addPeriods, formatPeriod } from "@/lib/date";
import { useSetUrl, useUrlState } from "@/lib/url";
import { Card, Empty, Loaded, Notice, Segmented, SelectField, Skeleton } from "@/ui";
import type { Metric } from "./catalog";
import styles from "./metrics.module.css";

const grains = ["day", "week", "month", "quarter", "year"] as const;
const spans: Record<(typeof grains)[number], readonly number[]> = { day: [30, 90, 180], week: [13, 26, 52, 104], month: [13, 24, 36], quarter: [8, 16], year: [5, 10] };
const modes: readonly Mode[] = ["formula", "dimension", "time"];
const number = (cell: Cell | undefined) => (typeof cell === "number" ? cell : null);

/** The metric split by a dimension over time; the largest members and the others. */
function Breakdown({ metric, title, grain, request, dimension, dimensionTitle }: { metric: Metric; title: string; grain: Grain; request: QueryRequest; dimension: string; dimensionTitle: string }) {
  const { t } = useTranslation("metrics");
  const name = metric.metadata.name;
  const query = useRun({ ...request, by: [{ time: grain }, dimension], compare: undefined, top: { n: 7, by: name, others: true } });
  return (
    <Loaded query={query} skeleton={<Skeleton height={320} />}>
      {(result) => {
        const times = [...new Set([...result.rows, ...(result.others ?? [])].map((r) => String(r[0])))].toSorted();
        const members = new Map<string, { cell: Cell; values: (number | null)[] }>();
        for (const row of result.rows) {
          const key = JSON.stringify(row[1] ?? null);
          const member = members.get(key) ?? { cell: row[1] ?? null, values: times.map(() => null) };
          member.values[times.indexOf(String(row[0]))] = number(row[2]);
          members.set(key, member);
        }
        const others = times.map((time) => number(result.others?.find((r) => r[0] === time)?.[2]));
        return (
          <LinesChart
            title={t("trend.by", { metric: title, dimension: dimensionTitle })}
            times={times}
            grain={grain}
            measure={metric.spec}
            fileName={`${name}-${dimension}`}
            series={[
              ...[...members].map(([key, m]) => ({ key, name: m.cell === null ? t("noValue") : String(m.cell), values: m.values })),
              ...((result.others ?? []).length > 0 ? [{ key: "others", name: t("others"), rest: true, values: others }] : []),
            ]}
          />
        );
      }}
    </Loaded>
  );
}

/** The way of a metric, and why it moved in one of the periods. */
export function TrendTab({ metric, title }: { metric: Metric; title: string }) {
  const { t } = useTranslation("metrics");
  const { lang, pick } = useText();
  const name = metric.metadata.name;
  const set = useSetUrl();
  const [g] = useUrlState("g");
  const [n] = useUrlState("n");
  const [compare] = useUrlState("c");
  const [by] = useUrlState("by");
  const [period] = useUrlState("p");
  const [path] = useUrlState("why");
  const [mode] = useUrlState("how");
  const grain = grains.find((x) => x === g) ?? "week";
  const count = spans[grain].find((x) => String(x) === n) ?? spans[grain][0] ?? 13;
  const dimensions = useDimensions([name]);
  const fitting = (dimensions.data ?? []).filter((d) => d.fits && d.type !== "timestamp");
  const compared = compare === "none" ? "" : compare === "previous_period" ? compare : "previous_year";
  const request = useMemo<QueryRequest>(
    () => ({ metrics: [name], by: [{ time: grain }], time: { last: `${count} ${grain}` }, compare: compared === "" ? undefined : comparisonOf(compared, grain), fill: true }),
    [name, grain, count, compared],
  );
  const query = useRun(request);
  const breaks = useBreaks(name, useSession().workspace.zone);
  const why = useMemo<WhyState>(() => ({ mode: modes.find((m) => m === mode) ?? "", steps: decodeSteps(path) }), [mode, path]);

  return (
    <div className={styles["stack"]}>
      <div className={styles["controls"]}>
        <Segmented label={t("trend.grain")} value={grain} onChange={(next) => set({ g: next === "week" ? "" : next, n: "", p: "" })} options={grains.map((x) => ({ value: x, label: t(`grain.${x}`) }))} />
        <SelectField label={t("trend.range")} value={String(count)} onChange={(e) => set({ n: e.target.value })} options={spans[grain].map((x) => ({ value: String(x), label: t(`trend.last.${grain}`, { count: x }) }))} />
        <SelectField
          label={t("trend.compare")}
          value={compared || "none"}
          onChange={(e) => set({ c: e.target.value === "previous_year" ? "" : e.target.value })}
          options={[
            { value: "previous_year", label: t("trend.year") },
            { value: "previous_period", label: t("trend.period") },
            { value: "none", label: t("trend.alone") },
          ]}
        />
        <SelectField label={t("trend.split")} value={by} onChange={(e) => set({ by: e.target.value })} options={[{ value: "", label: t("trend.whole") }, ...fitting.map((d) => ({ value: d.name, label: pick(d.title, d.name) }))]} />
      </div>
      <Loaded query={query} skeleton={<Skeleton height={280} />}>
        {(result) => {
          const at = (column: string) => result.columns.findIndex((c) => c.name === column);
          const [time, value, before] = [at(`time.${grain}`), at(name), at(`${name}__previous`)];
          const points = result.rows.map((row) => ({ time: String(row[time] ?? ""), value: number(row[value]), previous: before < 0 ? undefined : number(row[before]) }));
          if (points.length === 0) return <Card><Empty title={t("trend.empty")}>{t("trend.emptyText")}</Empty></Card>;
          const shown = before >= 0 && points.some((p) => (p.previous ?? null) !== null) ? points : points.map((p) => ({ ...p, previous: undefined }));
          const days = points.map((p) => p.time.slice(0, 10));
          const now = days.includes(period) || /^\d{4}-\d{2}-\d{2}$/.test(period) ? period : (points.findLast((p) => p.value !== null)?.time.slice(0, 10) ?? days.at(-1) ?? "");
          const choices = [...new Set([now, ...days.toReversed()])];
          return (
            <>
              <Card>
                {by !== "" && fitting.some((d) => d.name === by) ? (
                  <Breakdown metric={metric} title={title} grain={grain} request={request} dimension={by} dimensionTitle={pick(fitting.find((d) => d.name === by)?.title, by)} />
                ) : (
                  <TrendChart title={shown === points && before >= 0 ? t("trend.compared", { metric: title }) : t("trend.title", { metric: title })} points={shown} grain={grain} breaks={breaks} measure={metric.spec} fileName={name} height={280} />
                )}
                {(result.warnings ?? []).map((w) => (
                  <Notice key={w.code + pick(w.text)} tone="watch">
                    {pick(w.text, w.code)}
                  </Notice>
                ))}
              </Card>
              <Card title={t("trend.why")}>
                <div className={styles["whyPeriod"]}>
                  <SelectField label={t("trend.when")} value={now} onChange={(e) => set({ p: e.target.value, why: "", how: "" })} options={choices.map((d) => ({ value: d, label: formatPeriod(d, grain, lang) }))} />
                </div>
                <Why
                  metric={name}
                  title={title}
                  period={grain}
                  from={{ from: addPeriods(now, grain, -1), to: now }}
                  to={{ from: now, to: addPeriods(now, grain, 1) }}
                  timezone={result.timezone}
                  state={why}
                  onState={(next) => set({ why: encodeSteps(next.steps), how: next.mode }, true)}
                />
              </Card>
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
