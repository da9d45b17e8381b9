import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Grain } from "@/api/types";
import { useText } from "@/i18n/useText";
import { addPeriods, formatPeriod, formatTick } from "@/lib/date";
import { formatValue, type Measure } from "@/lib/number";
import { ChartFrame } from "./ChartFrame";
import { extent, linePath, padded, ticks, yScale } from "./scale";
import { useWidth } from "./useWidth";
import styles from "./charts.module.css";

export interface TrendPoint {
  time: string; // a day
  value: number | null;
  previous?: number | null;
  target?: number | null;
  incomplete?: boolean;
}

interface Props {
  title: string;
  points: readonly TrendPoint[];
  grain: Grain;
  measure: Measure;
  fileName: string;
  height?: number;
  /** Days on which the definition changed. */
  breaks?: readonly { time: string; text: string }[];
}

/** The period in which each break lies, with what it says; those before the first or after the last are left out. */
export function breaksAt(points: readonly TrendPoint[], breaks: readonly { time: string; text: string }[], end: string): { index: number; text: string }[] {
  return breaks.flatMap(({ time, text }) => {
    const index = time >= end ? -1 : points.findLastIndex((p) => p.time.slice(0, 10) <= time);
    return index < 0 ? [] : [{ index, text }];
  });
}

/** One line over time with its comparison (dashed) and its target (thin). */
export function TrendChart({ title, points, grain, measure, fileName, height = 220, breaks = [] }: Props) {
  const { t } = useTranslation();
  const { lang } = useText();
  const [box, width] = useWidth(480);
  const [hover, setHover] = useState<number | null>(null);
  const show = (v: number | null | undefined) => formatValue(v, measure, lang);
  const name = (p: TrendPoint) => formatPeriod(p.time.slice(0, 10), grain, lang) + (p.incomplete === true ? ` (${t("chart.incomplete")})` : "");

  const range = extent(points.flatMap((p) => [p.value, p.previous, p.target])) ?? { min: 0, max: 1 };
  const frame = padded(range);
  const marks = ticks(frame);
  const left = Math.max(40, ...marks.map((m) => show(m).length * 7.5 + 8));
  const bottom = height - 22;
  const y = yScale(frame, 8, bottom);
  const step = points.length > 1 ? (width - left - 32) / (points.length - 1) : 0;
  const x = (i: number) => left + 8 + i * step;
  const at = (v: number | null | undefined, i: number) => (v === null || v === undefined ? null : ([x(i), y(v)] as const));
  const last = points.length - 1;
  const open = points[last]?.incomplete === true && last > 0;
  const every = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor((width - left) / 64))));
  const values = extent(points.map((p) => p.value));
  const final = points.findLast((p) => p.value !== null);
  const lastDay = points[last]?.time.slice(0, 10) ?? "";
  const marked = lastDay === "" ? [] : breaksAt(points, breaks, addPeriods(lastDay, grain, 1));
  const read = hover === null ? undefined : points[hover];

  return (
    <ChartFrame
      title={title}
      fileName={fileName}
      summary={
        values === null || final === undefined
          ? t("noValue.noData")
          : t("chart.trendSummary", { first: formatPeriod(points[0]?.time.slice(0, 10) ?? "", grain, lang), last: name(final), min: show(values.min), max: show(values.max), value: show(final.value) })
      }
      table={{
        columns: [
          { key: "time", title: t("chart.period"), cell: name, head: true },
          { key: "value", title: t("chart.value"), end: true, cell: (p: TrendPoint) => show(p.value) },
          ...(points.some((p) => p.previous !== undefined) ? [{ key: "previous", title: t("chart.previous"), end: true, cell: (p: TrendPoint) => show(p.previous) }] : []),
          ...(points.some((p) => (p.target ?? null) !== null) ? [{ key: "target", title: t("chart.target"), end: true, cell: (p: TrendPoint) => show(p.target) }] : []),
        ],
        rows: points,
        rowKey: (p) => p.time,
        csv: () => [[t("chart.period"), t("chart.value"), t("chart.previous"), t("chart.target")], ...points.map((p) => [p.time, p.value, p.previous ?? null, p.target ?? null])],
      }}
    >
      <div ref={box}>
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          style={{ display: "block", maxWidth: "100%" }}
          aria-hidden="true"
          onMouseLeave={() => setHover(null)}
          onMouseMove={(e) => {
            const place = e.clientX - e.currentTarget.getBoundingClientRect().left;
            setHover(Math.max(0, Math.min(last, Math.round((place - x(0)) / (step || 1)))));
          }}
        >
          {marks.map((m) => (
            <g key={m}>
              <line x1={left} x2={width - 4} y1={y(m)} y2={y(m)} className={m === 0 ? styles["axis"] : styles["grid"]} />
              <text x={left - 6} y={y(m) + 4} textAnchor="end" className={styles["text"]}>
                {show(m)}
              </text>
            </g>
          ))}
          {points.map((p, i) =>
            i % every === 0 ? (
              <text key={p.time} x={x(i)} y={height - 4} textAnchor="middle" className={styles["text"]}>
                {formatTick(p.time.slice(0, 10), grain, lang)}
              </text>
            ) : null,
          )}
          {open && <rect x={x(last) - step / 2} y={8} width={step / 2 + 12} height={bottom - 8} className={styles["hatchGround"]} />}
          <path d={linePath(points.map((p, i) => at(p.target, i)))} className={styles["targetLine"]} />
          <path d={linePath(points.map((p, i) => at(p.previous, i)))} className={styles["previousLine"]} />
          <path d={linePath(points.map((p, i) => (open && i === last ? null : at(p.value, i))))} className={styles["line"]} />
          {open && <path d={linePath([at(points[last - 1]?.value, last - 1), at(points[last]?.value, last)])} className={styles["openLine"]} />}
          {points.map((p, i) => {
            const spot = at(p.value, i);
            return spot === null ? null : <circle key={p.time} cx={spot[0]} cy={spot[1]} r={i === hover ? 4 : 2.5} className={open && i === last ? styles["openDot"] : styles["dot"]} />;
          })}
          {marked.map((b) => (
            <g key={`${b.index}${b.text}`} className={styles["break"]}>
              <title>{b.text}</title>
              <line x1={x(b.index)} x2={x(b.index)} y1={8} y2={bottom} />
              <path d={`M${x(b.index) - 5} ${bottom - 8}l10 -5m-10 11l10 -5`} />
            </g>
          ))}
          {hover !== null && <line x1={x(hover)} x2={x(hover)} y1={8} y2={bottom} className={styles["axis"]} />}
        </svg>
        <p className={styles["readout"]} aria-hidden="true">
          {read !== undefined &&
            [
              name(read),
              `${t("chart.value")} ${show(read.value)}`,
              read.previous === undefined ? "" : `${t("chart.previous")} ${show(read.previous)}`,
              ...marked.filter((b) => b.index === hover).map((b) => b.text),
              (read.target ?? null) === null ? "" : `${t("chart.target")} ${show(read.target)}`,
            ]
              .filter(Boolean)
              .join(" · ")}
        </p>
        {marked.length > 0 && (
          <ul className={styles["breaks"]}>
            {marked.map((b) => (
              <li key={`${b.index}${b.text}`}>{b.text}</li>
            ))}
          </ul>
        )}
      </div>
    </ChartFrame>
  );
}
