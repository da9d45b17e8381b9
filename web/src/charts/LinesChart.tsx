import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Grain } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatPeriod, formatTick } from "@/lib/date";
import { formatValue, type Measure } from "@/lib/number";
import { ChartFrame } from "./ChartFrame";
import { extent, linePath, padded, ticks, yScale, type Extent } from "./scale";
import { useWidth } from "./useWidth";
import styles from "./charts.module.css";

export interface Series {
  key: string;
  name: string;
  values: readonly (number | null)[];
  /** Others: drawn in grey. */
  rest?: boolean;
  onOpen?: () => void;
}

interface Props {
  title: string;
  times: readonly string[];
  grain: Grain;
  series: readonly Series[];
  measure: Measure;
  fileName: string;
  /** Bars on top of each other instead of lines; only for values that add up. */
  stacked?: boolean;
  onTime?: (time: string) => void;
  actions?: ReactNode;
  height?: number;
}

/** The colour of the n-th series; beyond eight, and for others, grey. */
export const seriesColour = (n: number, rest?: boolean) => (rest === true || n > 7 ? "var(--text-3)" : `var(--s${n + 1})`);

function heights(series: readonly Series[], count: number): Extent {
  let min = 0;
  let max = 0;
  for (let i = 0; i < count; i++) {
    let up = 0;
    let down = 0;
    for (const s of series) {
      const v = s.values[i] ?? 0;
      if (v > 0) up += v;
      else down += v;
    }
    max = Math.max(max, up);
    min = Math.min(min, down);
  }
  return { min, max: max || 1 };
}

/** Several series over time, as lines or as stacked bars; their names below are the legend. */
export function LinesChart({ title, times, grain, series, measure, fileName, stacked = false, onTime, actions, height = 280 }: Props) {
  const { t } = useTranslation();
  const { lang } = useText();
  const [box, width] = useWidth(640);
  const [hover, setHover] = useState<number | null>(null);
  const [strong, setStrong] = useState<string | null>(null);
  const show = (v: number | null | undefined) => formatValue(v, measure, lang);
  const name = (time: string) => formatPeriod(time.slice(0, 10), grain, lang);

  const whole = stacked ? heights(series, times.length) : padded(extent(series.flatMap((s) => s.values)) ?? { min: 0, max: 1 });
  const marks = ticks(whole);
  const left = Math.max(40, ...marks.map((m) => show(m).length * 7.5 + 8));
  const bottom = height - 22;
  const y = yScale(whole, 8, bottom);
  const room = width - left - 16;
  const step = times.length > 1 ? room / (stacked ? times.length : times.length - 1) : room;
  const x = (i: number) => (stacked ? left + (i + 0.5) * step : left + 8 + i * ((room - 8) / Math.max(1, times.length - 1)));
  const every = Math.max(1, Math.ceil(times.length / Math.max(2, Math.floor(room / 64))));
  const at = (clientX: number, element: Element) => {
    const place = clientX - element.getBoundingClientRect().left;
    let best = 0;
    for (let i = 1; i < times.length; i++) if (Math.abs(x(i) - place) < Math.abs(x(best) - place)) best = i;
    return best;
  };
  const largest = series.find((s) => s.rest !== true);
  const shownTime = hover === null ? times.length - 1 : hover;

  return (
    <ChartFrame
      title={title}
      fileName={fileName}
      actions={actions}
      summary={t("chart.linesSummary", { count: series.length, first: name(times[0] ?? ""), last: name(times.at(-1) ?? ""), name: largest?.name ?? "", value: show(largest?.values.at(-1)) })}
      table={{
        columns: [{ key: "time", title: t("chart.period"), cell: (i: number) => name(times[i] ?? ""), head: true }, ...series.map((s) => ({ key: s.key, title: s.name, end: true, cell: (i: number) => show(s.values[i]) }))],
        rows: times.map((_, i) => i),
        rowKey: (i) => String(i),
        csv: () => [[t("chart.period"), ...series.map((s) => s.name)], ...times.map((time, i) => [time, ...series.map((s) => s.values[i] ?? null)])],
      }}
    >
      <div ref={box}>
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          style={{ display: "block", maxWidth: "100%", cursor: onTime === undefined ? undefined : "pointer" }}
          aria-hidden="true"
          onMouseLeave={() => setHover(null)}
          onMouseMove={(e) => setHover(at(e.clientX, e.currentTarget))}
          onClick={(e) => onTime?.(times[at(e.clientX, e.currentTarget)] ?? "")}
        >
          {marks.map((m) => (
            <g key={m}>
              <line x1={left} x2={width - 4} y1={y(m)} y2={y(m)} className={m === 0 ? styles["axis"] : styles["grid"]} />
              <text x={left - 6} y={y(m) + 4} textAnchor="end" className={styles["text"]}>
                {show(m)}
              </text>
            </g>
          ))}
          {times.map((time, i) =>
            i % every === 0 ? (
              <text key={time} x={x(i)} y={height - 4} textAnchor="middle" className={styles["text"]}>
                {formatTick(time.slice(0, 10), grain, lang)}
              </text>
            ) : null,
          )}
          {hover !== null && <line x1={x(hover)} x2={x(hover)} y1={8} y2={bottom} className={styles["axis"]} />}
          {stacked
            ? times.map((time, i) => {
                let up = 0;
                let down = 0;
                return series.map((s, n) => {
                  const v = s.values[i] ?? 0;
                  const from = v >= 0 ? up : down;
                  if (v >= 0) up += v;
                  else down += v;
                  return <rect key={`${time}|${s.key}`} x={x(i) - step * 0.36} width={Math.max(1, step * 0.72)} y={Math.min(y(from), y(from + v))} height={Math.max(0, Math.abs(y(from) - y(from + v)) - 0.5)} fill={seriesColour(n, s.rest)} opacity={strong === null || strong === s.key ? 1 : 0.25} />;
                });
              })
            : series.map((s, n) => (
                <g key={s.key} opacity={strong === null || strong === s.key ? 1 : 0.2}>
                  <path d={linePath(s.values.map((v, i) => (v === null ? null : ([x(i), y(v)] as const))))} fill="none" stroke={seriesColour(n, s.rest)} strokeWidth={1.75} strokeDasharray={s.rest === true ? "2 3" : undefined} strokeLinejoin="round" />
                  {s.values.map((v, i) => (v !== null && (i === hover || s.values[i - 1] === null || i === s.values.length - 1) ? <circle key={times[i]} cx={x(i)} cy={y(v)} r={3} fill={seriesColour(n, s.rest)} /> : null))}
                </g>
              ))}
        </svg>
        <p className={styles["readout"]} aria-hidden="true">
          {name(times[shownTime] ?? "")}
        </p>
        <ul className={styles["legend"]}>
          {series.map((s, n) => {
            const body = (
              <>
                <span className={styles["swatch"]} style={{ background: seriesColour(n, s.rest) }} aria-hidden="true" />
                <span>{s.name}</span>
                <small>{show(s.values[shownTime])}</small>
              </>
            );
            return (
              // Keyboard: the focus on the button inside does the same.
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
              <li key={s.key} onMouseEnter={() => setStrong(s.key)} onMouseLeave={() => setStrong(null)}>
                {s.onOpen === undefined ? (
                  <span className={styles["legendItem"]}>{body}</span>
                ) : (
                  <button type="button" className={styles["legendItem"]} onClick={s.onOpen} onFocus={() => setStrong(s.key)} onBlur={() => setStrong(null)}>
                    {body}
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      </div>
    </ChartFrame>
  );
}
